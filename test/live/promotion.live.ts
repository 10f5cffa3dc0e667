// A promotion from the first command to the last on a real MLflow server, by the command line alone; MLflow's own client looks on.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CliResult, makeFolder, runCli } from '../cli/run-cli.ts'
import { newName } from '../platform/contract-basics.ts'
import { askPython } from './ask-python.ts'
import { describeLive } from './describe-live.ts'

const sample = join(dirname(fileURLToPath(import.meta.url)), '../../examples/tallyport')
const QUESTIONS = 16
const STEP_MS = 240_000

const promotedSchema = z.object({
  champion: z.string(),
  files: z.array(z.string()),
  params: z.record(z.string(), z.string()),
  evaluations: z.array(
    z.object({
      version: z.string(),
      status: z.string(),
      rows: z.number(),
      faithfulness: z.number(),
      files: z.array(z.string()),
      traces: z.number(),
      assessed: z.array(z.string()),
      unassessed: z.number(),
    }),
  ),
})

describeLive('A promotion on MLflow', (server) => {
  describe('A promotion on MLflow', () => {
    const folder = makeFolder()
    const model = newName('product_docs_rag')
    const policy = join(folder.path, 'policy.json')
    const env = {
      LAKEDESK_PLATFORM: 'mlflow',
      MLFLOW_TRACKING_URI: server.url,
      LAKEDESK_DATA: join(folder.path, 'data'),
      LAKEDESK_POLICY: policy,
    }
    const lakedesk = (...args: string[]) => runCli(args, env)
    const asMlflowSeesIt = async () => promotedSchema.parse(await askPython(server, 'promoted', { model }))
    /** The id of the request on a card. */
    const requestOn = ({ out }: CliResult) => /`approve (\w+)`/.exec(out)?.[1] ?? `no request in: ${out.slice(-500)}`

    beforeAll(async () => {
      const questions = readFileSync(join(sample, 'questions.jsonl'), 'utf8').split('\n').slice(0, QUESTIONS)
      writeFileSync(join(folder.path, 'questions.jsonl'), `${questions.join('\n')}\n`)
      const base = z.looseObject({}).parse(JSON.parse(readFileSync(join(sample, 'policy.json'), 'utf8')))
      const metrics = { 'faithfulness/v1/mean': { floor: 3, maxDrop: 0.5 } }
      const gate = { minimumSamples: 10, freshForHours: 1, metrics }
      writeFileSync(policy, JSON.stringify({ ...base, model, gate }))
      expect(await lakedesk('ingest', join(sample, 'docs'))).toMatchObject({ code: 0 })
    }, STEP_MS)
    afterAll(() => folder.dispose())

    it('registers two versions, of which the first is served', { timeout: STEP_MS }, async () => {
      for (const [version, results] of [
        ['v1', 5],
        ['v2', 6],
      ]) {
        const set = ['--set', `retrieval.numResults=${results}`]
        const logged = await lakedesk('chain', 'log', '--description', `The chain ${version}`, ...set)
        expect(logged.out).toContain(`Registered ${model} ${version}`)
      }
      const { out } = await lakedesk('versions')
      expect(out).toMatch(/v1\s+READY\s+Champion/)
    })

    it('evaluates both, and MLflow has the runs with a trace per question', { timeout: STEP_MS }, async () => {
      for (const version of ['v1', 'v2']) {
        expect(await lakedesk('evaluate', version, '--as', 'ana')).toMatchObject({ code: 0 })
      }
      const { evaluations, files } = await asMlflowSeesIt()
      expect(files).toEqual(expect.arrayContaining(['chain/MLmodel', 'chain/chain.json', 'prompt_template.txt']))
      expect(evaluations.map(({ version, status, rows, traces }) => [version, status, rows, traces])).toEqual([
        ['1', 'FINISHED', QUESTIONS, QUESTIONS],
        ['2', 'FINISHED', QUESTIONS, QUESTIONS],
      ])
      for (const { faithfulness, assessed, unassessed, files } of evaluations) {
        expect(faithfulness).toBeGreaterThan(3)
        expect(assessed).toEqual(expect.arrayContaining(['answer_relevance', 'faithfulness', 'refusal_correctness']))
        expect(unassessed).toBe(0)
        expect(files).toContain('eval_results_table.json')
      }
    })

    it('moves the alias when somebody else approves, and back by a rollback', { timeout: STEP_MS }, async () => {
      const card = await lakedesk('promote', 'v2', '--as', 'ana')
      expect(card.out).toContain('alias Champion: v1 -> v2')
      const request = requestOn(card)
      expect(await lakedesk('approve', request, '--as', 'ana')).toMatchObject({ code: 1 })
      expect((await asMlflowSeesIt()).champion).toBe('1')
      expect(await lakedesk('approve', request, '--as', 'bo')).toMatchObject({ code: 0 })
      expect(await asMlflowSeesIt()).toMatchObject({ champion: '2', params: { 'retrieval.num_results': '6' } })
      const back = requestOn(await lakedesk('rollback', '--as', 'bo'))
      expect(await lakedesk('approve', back, '--as', 'bo')).toMatchObject({ code: 0 })
      expect(await asMlflowSeesIt()).toMatchObject({ champion: '1', params: { 'retrieval.num_results': '5' } })
      expect(await lakedesk('audit', 'verify')).toMatchObject({ code: 0 })
    })
  })
})
