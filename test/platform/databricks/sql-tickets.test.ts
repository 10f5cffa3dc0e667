// The statement of the handbook on support tickets, unchanged, on a Databricks warehouse over 500 tickets.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { engineOf } from '../../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql, type LocalSql } from '../../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../../src/platform/ports/sql.ts'
import { DEFAULT_TICKET_PLAN } from '../../../src/tickets/ticket-plan.ts'
import { codeOf, sentenceOf } from '../contract-basics.ts'
import { createScriptedEngine } from '../local/sql/scripted-engine.ts'
import { STREAM_OF_REVIEWS as PIPELINE, DAY_OF_TICKETS as STATEMENT } from '../sql/published-statements.ts'
import { never, type OpenSql, openSql } from './sql-under-test.ts'

const TICKETS = join(dirname(fileURLToPath(import.meta.url)), '../../../examples/tallyport/tickets.csv')
/** Noon of the day after which every ticket of the sample is at most one day old. */
const TODAY = new Date('2026-11-23T12:00:00Z')
/** One of the 500 has no text: NULL goes in, NULL comes out, and nobody is asked. */
const ASKED = 499

describe('tickets on a Databricks warehouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-warehouse-'))
  const engine = createScriptedEngine()
  let warehouse: LocalSql
  let open: OpenSql
  let total: number

  beforeAll(async () => {
    const rate = { concurrency: 4, perMinute: null }
    warehouse = createLocalSql({ folder, engine, log: silentLog, rate, now: () => TODAY })
    await warehouse.load(TICKETS, { table: 'raw_support_tickets', signal: never() })
    open = await openSql(engineOf(warehouse), { price: { input: 1, output: 2 } })
    const counted = await open.sql.run({ text: 'SELECT count(*) AS n FROM raw_support_tickets' }, never())
    total = Number((await readObjects(counted))[0]?.n)
  })
  afterAll(async () => {
    await open?.close()
    await warehouse?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('runs the statement of the handbook unchanged: a label of the list, a struct of fields and a summary for each recent ticket', async () => {
    expect(total).toBe(500)
    const result = await open.sql.run({ text: STATEMENT }, never())
    expect(result.columns).toEqual([
      { name: 'ticket_id', type: expect.stringMatching(/^(STRING|BIGINT)$/) },
      { name: 'ticket_text', type: 'STRING' },
      { name: 'category', type: 'STRING' },
      {
        name: 'extracted_fields',
        type: 'STRUCT<product_name: STRING, error_code: STRING, urgency_level: STRING>',
      },
      { name: 'short_summary', type: 'STRING' },
    ])
    const rows = await readObjects(result)
    const where = "created_date >= DATE '2026-11-22'"
    const counted = await open.sql.run(
      { text: `SELECT count(*) AS n FROM raw_support_tickets WHERE ${where}` },
      never(),
    )
    expect(rows.length).toBe(Number((await readObjects(counted))[0]?.n))
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) {
      expect([null, 'billing', 'technical', 'account_access', 'feature_request', 'other']).toContain(row.category)
      expect(Object.keys(Object(row.extracted_fields))).toEqual(['product_name', 'error_code', 'urgency_level'])
      expect(String(row.short_summary).split(' ').length).toBeLessThanOrEqual(50)
    }
    expect(rows.some(({ category }) => category !== null)).toBe(true)
    const last = open.standIn.sql.submitted.findLast(({ text }) => /ai_classify/i.test(text))
    expect(last?.disposition).toBe('EXTERNAL_LINKS')
  })

  it('runs it over all 500, in chunks', async () => {
    open.standIn.sql.rowsPerChunk = 120
    const text = STATEMENT.replace('INTERVAL 1 DAY', 'INTERVAL 3650 DAY')
    const result = await open.sql.run({ text }, never())
    const sizes: number[] = []
    for await (const page of result.pages) sizes.push(page.length)
    expect(sizes).toEqual([120, 120, 120, 120, 20])
  })

  it('says what it would cost before a model is asked, counted on the warehouse', async () => {
    const asked = engine.asked.length
    const text = STATEMENT.replace('INTERVAL 1 DAY', 'INTERVAL 3650 DAY')
    const estimate = await open.sql.estimate({ text }, never())
    expect(engine.asked.length).toBe(asked)
    expect(estimate.exact).toBe(true)
    expect(estimate.sites.map(({ function: name, rows, calls }) => [name, rows, calls])).toEqual([
      ['ai_classify', ASKED, ASKED],
      ['ai_extract', ASKED, ASKED],
      ['ai_summarize', ASKED, ASKED],
    ])
    const texts = await open.sql.run(
      { text: 'SELECT count(DISTINCT ticket_text) AS d, sum(length(ticket_text)) AS c FROM raw_support_tickets' },
      never(),
    )
    const [{ d, c } = { d: 0, c: 0 }] = await readObjects(texts)
    expect(estimate.sites.map(({ distinct }) => distinct)).toEqual([d, d, d])
    expect(estimate.total.inputTokens).toBeGreaterThan((3 * Number(c)) / 4)
    expect(estimate.total.usd).toBeGreaterThan(0)
    const explained = await readObjects(await open.sql.run({ text: `EXPLAIN ${text}` }, never()))
    expect(explained.map((row) => [row.function, row.calls])).toEqual([
      ['ai_classify', ASKED],
      ['ai_extract', ASKED],
      ['ai_summarize', ASKED],
      ['total', 3 * ASKED],
    ])
  })

  it('spends nothing above the budget', async () => {
    const asked = engine.asked.length
    const text = STATEMENT.replace('INTERVAL 1 DAY', 'INTERVAL 3650 DAY')
    const sentence = await sentenceOf(open.sql.run({ text, budget: { calls: 1000 } }, never()))
    expect(sentence).toMatch(/1,497 calls.*1,000 calls/)
    expect(engine.asked.length).toBe(asked)
  })

  it.each([
    [
      'GROUP BY an answer',
      "SELECT ai_classify(ticket_text, ARRAY('a', 'b')) AS c, count(*) FROM raw_support_tickets GROUP BY c",
      [500],
      false,
    ],
    [
      'a filter on an answer',
      "SELECT 1 FROM raw_support_tickets WHERE ticket_id IS NOT NULL AND ai_classify(ticket_text, ARRAY('a', 'b')) = 'a'",
      [ASKED],
      false,
    ],
    [
      'a CTE with a limit',
      'WITH t AS (SELECT ai_gen(ticket_text) AS g FROM raw_support_tickets LIMIT 10) SELECT g FROM t',
      [10],
      true,
    ],
    [
      'an aggregate as argument',
      'SELECT customer, ai_gen(max(ticket_text)) FROM raw_support_tickets GROUP BY customer',
      null,
      true,
    ],
    [
      'nested calls',
      "SELECT ai_summarize(ai_translate(ticket_text, 'en'), 5) FROM raw_support_tickets",
      [ASKED, 500],
      false,
    ],
    [
      'an insert',
      "CREATE TABLE x AS SELECT ai_query('e-1', concat('Say: ', ticket_text)) AS g FROM raw_support_tickets",
      [ASKED],
      true,
    ],
  ] as const)('counts %s', async (_what, text, rows, exact) => {
    const asked = engine.asked.length
    const estimate = await open.sql.estimate({ text, mode: 'create' }, never())
    if (rows) expect(estimate.sites.map((site) => site.rows).sort()).toEqual([...rows].sort())
    else expect(estimate.total.rows).toBeGreaterThan(1)
    expect(estimate.exact).toBe(exact)
    expect(engine.asked.length).toBe(asked)
  })

  it("runs the handbook's pipeline unchanged where tables may be made", async () => {
    const reviews = `CREATE TABLE raw_product_reviews AS SELECT 1 AS review_id, 7 AS product_id, 'A positive surprise' AS review_text, 5 AS rating`
    await warehouse.run({ text: reviews, mode: 'own' }, never())
    expect(await codeOf(open.sql.run({ text: PIPELINE }, never()))).toBe('SQL_REFUSED')
    await open.sql.run({ text: PIPELINE, mode: 'create' }, never())
    const sent = open.standIn.sql.submitted.at(-1)?.text ?? ''
    expect(sent).toMatch(/^CREATE OR REFRESH STREAMING TABLE product_reviews_enriched AS/)
    expect(sent).toMatch(/FROM STREAM\(LIVE\.raw_product_reviews\)$/)
    const made = await open.sql.run({ text: 'SELECT * FROM product_reviews_enriched' }, never())
    expect(await readObjects(made)).toMatchObject([
      {
        review_id: 1,
        rating: 5,
        llm_analysis: expect.stringContaining('A positive surprise'),
        sentiment_label: 'positive',
      },
    ])
  })

  it('lists tables with their columns', async () => {
    const tables = await open.sql.listTables(never())
    const tickets = tables.find(({ name }) => name === 'raw_support_tickets')
    expect(tickets?.columns.map(({ name }) => name)).toContain(DEFAULT_TICKET_PLAN.text)
    expect(tickets?.columns.find(({ name }) => name === 'ticket_text')?.type).toBe('STRING')
  })

  it('tells a table and a column that are not there', async () => {
    expect(await codeOf(open.sql.run({ text: 'SELECT * FROM nowhere' }, never()))).toBe('SQL_INVALID')
    expect(await codeOf(open.sql.run({ text: 'SELECT nothing FROM raw_support_tickets' }, never()))).toBe('SQL_INVALID')
  })
})
