// `lakedesk sql` as real processes: files in, one statement, a table or JSON out, and nothing lost whatever goes wrong.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SqlOptions, sql } from '../../src/cli/sql.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { STREAM_OF_REVIEWS as REVIEWS, DAY_OF_TICKETS as TICKETS } from '../platform/sql/published-statements.ts'
import { type OpenAiStandIn, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { makeFolder, runCli, startCli } from './run-cli.ts'

const folder = makeFolder()
const at = (name: string): string => join(folder.path, name)
const offline = { LAKEDESK_DATA: at('data') }
let endpoint: OpenAiStandIn

const LABELS = ['billing', 'technical', 'account_access', 'feature_request', 'other']

/** 400 texts, each its own. */
const MANY = `id,text\n${Array.from({ length: 400 }, (_, i) => `${i},Ticket number ${i}`).join('\n')}\n`
const CLASSIFY = "SELECT ai_classify(text, ARRAY('billing', 'technical')) AS label, count(*) AS n FROM many GROUP BY 1"

const online = (more: Record<string, string> = {}): Record<string, string> => ({
  LAKEDESK_DATA: at('online'),
  LAKEDESK_MODEL: 'some-model',
  LAKEDESK_MODEL_BASE_URL: endpoint.baseUrl,
  LAKEDESK_MODEL_API_KEY: 'key',
  ...more,
})

const asked = (): string[] => endpoint.requests.map((request) => JSON.stringify(request.messages))

/** The same command within this process: a start takes longer than all that these tests look at. */
async function sqlHere(
  statement: string,
  options: Partial<SqlOptions>,
): Promise<{ out: string; err: string; error: string }> {
  const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const written = Promise.all([text(terminal.stdout), text(terminal.stderr)])
  const given = { load: [], param: [], json: false, write: false, yes: false, skipBroken: false, ...options }
  const error = await sql(statement, given, readConfig(offline), silentLog, terminal).then(
    () => '',
    (fault: unknown) => (fault instanceof LakedeskError ? fault.userMessage : `unknown: ${String(fault)}`),
  )
  terminal.stdout.end()
  terminal.stderr.end()
  const [out, err] = await written
  return { out, err, error }
}

/** One sentence or some, no trace of the stack. */
function expectSentence({ code, out, err }: { code: number | null; out: string; err: string }, mark: string): void {
  expect(err).toContain(`(${mark})`)
  expect(err).not.toMatch(/\n\s+at |Error:/)
  expect([code, out]).toEqual([1, ''])
}

beforeAll(async () => {
  endpoint = await startOpenAiStandIn()
  writeFileSync(at('tabs.tsv'), 'id\ttext\n1\tcharged twice\n2\tcannot sign in\n')
  writeFileSync(at('lines.jsonl'), '{"id":1,"city":"Ghent"}\n{"id":2,"city":"Porto"}\n')
  writeFileSync(at('list.json'), '[{"id":1,"sum":10.5},{"id":2,"sum":20}]')
  writeFileSync(at('names of people.csv'), 'id;name\n1;"Ana ""A"" Silva"\n2;Bo\n')
  writeFileSync(at('western.csv'), Buffer.from('id,name\n1,Ana\n2,J\xfcrgen\n', 'latin1'))
  writeFileSync(
    at('raw_product_reviews.csv'),
    'review_id,product_id,review_text,rating\n1,p1,"Great, really",5\n2,p1,,3\n3,p2,Broke at once,1\n',
  )
  writeFileSync(at('table.xlsx'), 'PK')
  writeFileSync(at('many.csv'), MANY)
})

afterAll(async () => {
  await endpoint.close()
  folder.dispose()
})

describe('lakedesk sql over files', () => {
  it('joins TSV, JSON Lines, JSON and CSV by their base names, and says how each was read', async () => {
    const statement = `SELECT t.id, n.name, l.city, j.sum, l.id FROM tabs t
      JOIN lines l ON l.id = t.id JOIN list j ON j.id = t.id JOIN names_of_people n ON n.id = t.id
      WHERE t.id <= :most ORDER BY t.id`
    const files = ['tabs.tsv', 'lines.jsonl', 'list.json', 'names of people.csv']
    const loads = files.flatMap((name) => ['--load', at(name)])
    const { code, out, err } = await runCli(['sql', ...loads, '--json', '--param', 'most=2', statement], offline)
    expect(code, err).toBe(0)
    const result = JSON.parse(out)
    expect(result.rows).toEqual([
      { id: 1, name: 'Ana "A" Silva', city: 'Ghent', sum: 10.5, id_2: 1 },
      { id: 2, name: 'Bo', city: 'Porto', sum: 20, id_2: 2 },
    ])
    // A script finds every column of a row by the name in the list of columns.
    expect(result.columns.map(({ name }: { name: string }) => name)).toEqual(Object.keys(result.rows[0]))
    expect(err).toContain(`Loaded ${at('names of people.csv')} as names_of_people: 2 rows (CSV (;)`)
  })

  it('reads a statement that begins with a comment, from standard input too, and says where the limit cut', async () => {
    const statement = '-- what there is\nSELECT id FROM lines ORDER BY id'
    const typed = await runCli(['sql', '--limit', '1', statement], offline)
    expect([typed.code, typed.out]).toEqual([0, 'id\n--\n1\n'])
    expect(typed.err).toContain('There are more rows than the limit: raise --limit.')
    const piped = await runCli(['sql', '-'], offline, statement)
    expect([piped.code, piped.out, piped.err]).toEqual([0, 'id\n--\n1\n2\n', '2 rows.\n'])
  })

  it('makes a table with --write alone, and names that option where it is missing', async () => {
    const statement = 'CREATE TABLE cities AS SELECT city FROM lines'
    const refused = await runCli(['sql', statement], offline)
    expectSentence(refused, 'SQL_REFUSED')
    expect(refused.err).toContain('--write')
    expect((await runCli(['sql', '--write', statement], offline)).code).toBe(0)
    const { out } = await runCli(['sql', 'SELECT count(*) AS n FROM cities'], offline)
    expect(out).toContain('2')
    const dropped = await runCli(['sql', '--write', 'DROP TABLE cities'], offline)
    expectSentence(dropped, 'SQL_REFUSED')
    expect(dropped.err).not.toContain('Or add --write')
  })

  it.each([
    ['CREATE OR REPLACE TABLE ticket_enrichment AS SELECT 1 AS a', 'another name'],
    ['CREATE TABLE Raw_Support_Tickets AS SELECT 1 AS a', 'lakedesk tickets load'],
    ['CREATE OR REFRESH STREAMING TABLE ticket_enrichment AS SELECT id FROM STREAM(lines)', 'another name'],
  ])('lets no statement replace what it keeps itself: %s', async (statement, part) => {
    const { out, error } = await sqlHere(statement, { write: true })
    expect(error).toContain('a statement may not replace it')
    expect(error).toContain(part)
    expect(out).toBe('')
  })

  it('names the line of a file in another encoding, and reads it where the encoding is named', async () => {
    const statement = 'SELECT name FROM western WHERE id = 2'
    const refused = await runCli(['sql', '--load', at('western.csv'), statement], offline)
    expectSentence(refused, 'TABLE_INVALID')
    expect(refused.err).toContain('line 3 holds bytes that are no UTF-8')
    expect(refused.err).toContain('--encoding windows-1252')
    const named = await runCli(
      ['sql', '--load', at('western.csv'), '--encoding', 'windows-1252', '--json', statement],
      offline,
    )
    expect(JSON.parse(named.out).rows).toEqual([{ name: 'Jürgen' }])
  })

  it('ends with exit code 1 and a sentence where a statement is refused', async () => {
    const result = await runCli(['sql', 'SELECT 1; DROP TABLE lines'], offline)
    expectSentence(result, 'SQL_REFUSED')
    expect(result.err).toContain('one by one')
  })

  it.each<[string, string, Partial<SqlOptions>, string]>([
    ['a file', "SELECT * FROM read_csv('/etc/passwd')", {}, 'Name a table'],
    ['nothing', ' -- only this', {}, 'There is no statement'],
    ['a typing error', 'SELCT 1', {}, 'line 1'],
    ['an unknown table', 'SELECT * FROM tickets_of_mars', {}, 'There is no table tickets_of_mars. SHOW TABLES'],
    ['an unknown table to describe', 'DESCRIBE tickets_of_mars', {}, 'There is no table tickets_of_mars.'],
    ['a folder', 'SELECT 1', { load: [folder.path] }, 'it is a folder'],
    ['an unknown kind of file', 'SELECT 1', { load: [at('table.xlsx')] }, '.csv, .tsv, .jsonl, .json or .parquet'],
    ['a parameter without a value', 'SELECT :day', {}, ':day'],
    ['a value without a name', 'SELECT 1', { param: ['2026'] }, '--param takes name=value'],
  ])('refuses %s, and says how to go on', async (_, statement, options, part) => {
    const { out, error } = await sqlHere(statement, options)
    expect(error).toContain(part)
    expect(out).toBe('')
  })

  it('describes a table in the words of Databricks', async () => {
    const { out } = await sqlHere('DESCRIBE TABLE lines', { load: [at('lines.jsonl')] })
    expect(out.replace(/ +\n/g, '\n')).toBe(
      'col_name  data_type  comment\n--------  ---------  -------\nid        bigint     NULL\ncity      string     NULL\n',
    )
  })
})

describe('the statements that the product began with', () => {
  it('runs the one over tickets word for word, with the offline rules', async () => {
    const loaded = await runCli(['tickets', 'sample'], offline)
    expect([loaded.code, loaded.err]).toEqual([0, ''])
    const { code, out, err } = await runCli(['sql', '--json', TICKETS], offline)
    expect(code, err).toBe(0)
    const { columns, rows } = JSON.parse(out)
    expect(columns.map(({ name }: { name: string }) => name)).toEqual([
      ...['ticket_id', 'ticket_text', 'category', 'extracted_fields', 'short_summary'],
    ])
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      expect(LABELS).toContain(row.category)
      expect(Object.keys(row.extracted_fields)).toEqual(['product_name', 'error_code', 'urgency_level'])
      expect((row.short_summary ?? '').split(/\s+/).length).toBeLessThanOrEqual(50)
    }
    // The second time everything is remembered.
    const again = await runCli(['sql', '--json', TICKETS], offline)
    expect(JSON.parse(again.out).rows).toEqual(rows)
    expect(again.err).toContain('0 asked now')
  })

  it('says without a model that the one over reviews needs one', async () => {
    const result = await runCli(['sql', '--load', at('raw_product_reviews.csv'), '--write', REVIEWS], offline)
    expectSentence(result, 'AI_FUNCTION_FAILED')
    expect(result.err).toContain('LAKEDESK_MODEL_BASE_URL')
  })

  it('runs the one over reviews word for word with a model, and only what is new the next time', async () => {
    endpoint.script = ({ messages }) => ({
      text: JSON.stringify(messages).includes('mentioned_features')
        ? '{"sentiment":"positive"}'
        : '{"label":"positive"}',
    })
    const reviews = at('raw_product_reviews.csv')
    const from = endpoint.requests.length
    const made = await runCli(['sql', '--load', reviews, '--write', REVIEWS], online())
    expect(made.code, made.err).toBe(0)
    expect(endpoint.requests.length - from).toBe(4)
    const { out } = await runCli(['sql', '--json', 'SELECT * FROM product_reviews_enriched ORDER BY 1'], online())
    const answers = JSON.parse(out).rows.map((row: Record<string, unknown>) => [row.llm_analysis, row.sentiment_label])
    expect(answers).toEqual([
      ['{"sentiment":"positive"}', 'positive'],
      [null, null],
      ['{"sentiment":"positive"}', 'positive'],
    ])
    writeFileSync(reviews, `${readFileSync(reviews, 'utf8')}4,p2,Works for me,4\n`)
    const watched = await runCli(['tickets', 'watch', reviews, '--once', '--into', REVIEWS], online())
    expect([watched.code, watched.err]).toEqual([0, ''])
    expect(endpoint.requests.length - from).toBe(6)
  })
})

describe('what a statement costs', () => {
  const prices = { LAKEDESK_PRICE_INPUT: '300', LAKEDESK_PRICE_OUTPUT: '1000' }

  it('is told by EXPLAIN before anything is asked, asks above the budget, and is spent with --yes', async () => {
    endpoint.script = () => ({ text: '{"label":"billing"}' })
    const from = endpoint.requests.length
    const load = ['--load', at('many.csv')]
    const told = await runCli(['sql', ...load, '--json', `EXPLAIN ${CLASSIFY}`], online(prices))
    expect(told.code, told.err).toBe(0)
    const total = JSON.parse(told.out).rows.at(-1)
    expect(total).toMatchObject({ rows: 400, distinct: 400, cached: 0, calls: 400 })
    expect(total.usd).toBeCloseTo((total.input_tokens * 300 + total.output_tokens * 1000) / 1_000_000, 2)

    const refused = await runCli(['sql', CLASSIFY], online(prices))
    expectSentence(refused, 'SQL_BUDGET')
    expect(refused.err).toContain('400 calls')
    expect(refused.err).toContain('--yes')
    expect(endpoint.requests.length).toBe(from)

    const spent = await runCli(['sql', '--yes', CLASSIFY], online(prices))
    expect([spent.code, spent.out]).toEqual([0, 'label    n\n-------  ---\nbilling  400\n'])
    expect(spent.err).toMatch(/400 asked now, 6,000 tokens, \$3\.2000\./)
    // What is remembered costs nothing, so that it is under any budget.
    const again = await runCli(['sql', CLASSIFY], online(prices))
    expect(again.code, again.err).toBe(0)
    expect(endpoint.requests.length - from).toBe(400)
  })
})

describe('a run that ends half-way', () => {
  /** Starts a run in a data folder of its own, and sends the signal when a quarter is answered. */
  async function breakOff(data: string, signal: NodeJS.Signals): Promise<{ code: number | null; err: string }> {
    mkdirSync(at(data), { recursive: true })
    const from = endpoint.requests.length
    endpoint.script = () => ({ text: '{"label":"billing"}', delayMs: 40 })
    const child = startCli(['sql', '--load', at('many.csv'), CLASSIFY], online({ LAKEDESK_DATA: at(data) }))
    let err = ''
    child.stderr?.on('data', (piece) => {
      err += piece
    })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    await expect.poll(() => endpoint.requests.length - from, { timeout: 20_000 }).toBeGreaterThan(100)
    child.kill(signal)
    return { code: await ended, err }
  }

  /** Calls of texts that had been asked for before. */
  async function goOn(data: string): Promise<number> {
    const before = new Set(asked())
    const from = endpoint.requests.length
    const { code, out, err } = await runCli(['sql', CLASSIFY], online({ LAKEDESK_DATA: at(data) }))
    expect(code, err).toBe(0)
    expect(out).toContain('billing  400')
    return asked()
      .slice(from)
      .filter((one) => before.has(one)).length
  }

  it('says after Ctrl-C that what was answered is kept, and goes on there', async () => {
    endpoint.requests.length = 0
    const { code, err } = await breakOff('stopped', 'SIGINT')
    expect(code).toBe(1)
    expect(err.trim().split('\n').at(-1)).toBe('Stopped. What was answered is kept: the same command goes on there.')
    // Only requests that were under way have to be asked again.
    expect(await goOn('stopped')).toBeLessThanOrEqual(16)
  })

  it('goes on after kill -9', async () => {
    endpoint.requests.length = 0
    await breakOff('killed', 'SIGKILL')
    expect(await goOn('killed')).toBeLessThanOrEqual(16)
  })
})
