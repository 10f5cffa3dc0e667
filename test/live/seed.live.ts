// The programs of examples/seed, in the order of its README, on the real `lakedesk lakehouse` with an empty data folder: what each says at its end.
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, startCli } from '../cli/run-cli.ts'
import { describeLive } from './describe-live.ts'
import { runProgram } from './run-program.ts'

const PROGRAM_MS = 120_000
const seed = fileURLToPath(new URL('../../examples/seed/', import.meta.url))

/** What `lakedesk lakehouse` prints for other programs to set. */
async function readExports(child: ChildProcess): Promise<Record<string, string>> {
  let out = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (data) => {
      out += data
      if (!out.includes('Stop it with')) return
      resolve(
        Object.fromEntries([...out.matchAll(/export (\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value])),
      )
    })
    child.stderr?.on('data', (data) => {
      out += data
    })
    child.on('close', () => reject(new Error(`lakedesk lakehouse ended before it was ready:\n${out}`)))
  })
}

describeLive('the code of the seed', ({ python }) => {
  describe('the code of the seed', () => {
    const folder = makeFolder()
    let child: ChildProcess
    let env: NodeJS.ProcessEnv

    /** The last lines of what it says. */
    async function run(...args: [program: string, ...rest: string[]]): Promise<string> {
      const [program, ...rest] = args
      const ended = await runProgram(
        python,
        [join(seed, program), ...rest.map((one) => resolve(seed, one))],
        PROGRAM_MS,
        env,
      )
      if (ended.exitCode !== 0) throw new Error(`${args.join(' ')} failed: ${ended.why}`)
      return ended.stdout.trim()
    }

    beforeAll(async () => {
      child = startCli(['lakehouse', '--port', '0'], { LAKEDESK_DATA: join(folder.path, 'data') })
      const clean = Object.entries(process.env).filter(([key]) => !/^(DATABRICKS|MLFLOW|LAKEDESK|OPENAI)_/.test(key))
      env = {
        ...Object.fromEntries(clean),
        ...(await readExports(child)),
        DATABRICKS_CONFIG_FILE: join(tmpdir(), 'no-such-databrickscfg'),
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
        PYTHONDONTWRITEBYTECODE: '1',
      }
    }, PROGRAM_MS)
    afterAll(async () => {
      const ended = new Promise((resolve) => child?.once('close', resolve))
      if (child?.kill('SIGTERM')) await ended
      folder.dispose()
    })

    it('00 prepares schemas, tables and training data', { timeout: PROGRAM_MS }, async () => {
      expect(await run('00_prepare.py')).toBe('16 tickets, 3 reviews and 3 documents are there.')
    })

    it('01 fine-tunes and registers a version', { timeout: PROGRAM_MS }, async () => {
      expect(await run('01_fine_tune.py')).toMatch(
        /Registered: ml_catalog\.llm_models\.ticket_classifier version 1, MLflow run [0-9a-f]{32}$/,
      )
    })

    it('03 chats through the OpenAI client; the offline model says that it has nothing to quote', {
      timeout: PROGRAM_MS,
    }, async () => {
      const said = await run('03_chat.py')
      expect(said).toContain('Chat models: databricks-meta-llama-3-3-70b-instruct')
      expect(said).toMatch(/offline-extractive: The documentation does not say\.$/)
    })

    it('04 classifies, extracts and summarises tickets', { timeout: PROGRAM_MS }, async () => {
      const rows = (await run('run_sql.py', '04_tickets.sql')).split('\n')
      expect(rows[0]).toBe('ticket_id | ticket_text | category | extracted_fields | short_summary')
      expect(rows).toHaveLength(17)
      expect(rows.find((row) => row.startsWith('T-5 '))).toMatch(/\| technical \| .*"error_code":"E-2041"/)
      expect(rows.find((row) => row.startsWith('T-1 '))).toContain('| billing |')
    })

    it('05 keeps reviews enriched in a streaming table', { timeout: PROGRAM_MS }, async () => {
      expect(await run('run_sql.py', '05_reviews.sql')).toBe('num_affected_rows\n3')
      // What was read once is not read again.
      expect(await run('run_sql.py', '05_reviews.sql')).toBe('num_affected_rows\n0')
      const file = join(folder.path, 'reviews.sql')
      writeFileSync(
        file,
        'SELECT review_id, sentiment_label, llm_analysis FROM ml_catalog.support.product_reviews_enriched ORDER BY 1',
      )
      const [, ...rows] = (await run('run_sql.py', file)).split('\n')
      expect(rows.map((row) => row.split(' | ')[1])).toEqual(['positive', 'negative', 'neutral'])
      // Offline nothing writes text: the row says so, and the stream went on.
      for (const row of rows) expect(row).toContain('"response":null,"errorMessage":"ai_query needs a model.')
    })

    it('10 chunks by a job, and again to the same rows', { timeout: PROGRAM_MS }, async () => {
      const first = await run('10_chunk.py')
      expect(first).toMatch(/^\d+ chunks with (\d+) keys of 2 documents$/)
      expect(await run('10_chunk.py')).toBe(first)
    })

    it('08 makes the index, and 09 finds the page that the question asks for, by its filter', {
      timeout: PROGRAM_MS,
    }, async () => {
      expect(await run('08_index.py')).toMatch(/ml_catalog\.rag_data\.product_docs_index holds [1-9]\d* rows$/)
      const hits = (await run('09_query.py')).split('\n').filter((line) => /^\[\d/.test(line))
      expect(hits.length).toBeGreaterThan(0)
      for (const hit of hits) expect(hit).toMatch(/Single sign-on with Azure AD \(sso-azure, 2026-10-02\)$/)
    })

    it('07 moves alias and endpoint to the version, twice', { timeout: PROGRAM_MS }, async () => {
      const wanted =
        /Champion is version 1; support-llm-endpoint says \[\{'label': 'billing', 'confidence': 0\.\d+\}\]$/
      expect(await run('07_promote.py')).toMatch(wanted)
      expect(await run('07_promote.py')).toMatch(wanted)
    })

    it('06 evaluates the endpoint, and the run holds what was logged', { timeout: PROGRAM_MS }, async () => {
      const last = (await run('06_evaluate.py')).split('\n').at(-1)
      expect(last).toContain("'endpoint': 'support-llm-endpoint'")
      expect(last).toContain("{'exact_match_share/v1/mean': 1.0}")
    })

    it('11 logs the chain, loads it and answers out of the index', { timeout: PROGRAM_MS }, async () => {
      const said = await run('11_rag_chain.py')
      expect(said).toContain('register Tallyport as an enterprise application in Azure AD')
      expect(said).toMatch(/Logged as models:\/m-[0-9a-f]{32} on run [0-9a-f]{32}$/)
    })
  })
})
