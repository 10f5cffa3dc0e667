// The SQL of a streaming pipeline: what a person installs on Databricks, read by the same guard as every statement.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { createLocalSql } from '../../src/platform/local/sql/create-local-sql.ts'
import { readObjects } from '../../src/platform/ports/sql.ts'
import { readStatement } from '../../src/platform/sql/read-statement.ts'
import { DEFAULT_TICKET_PLAN, ticketPlanSchema } from '../../src/tickets/ticket-plan.ts'
import { writePipeline, writeReviewPipeline } from '../../src/tickets/write-pipeline.ts'
import { codeOf } from '../platform/contract-basics.ts'
import { createScriptedEngine } from '../platform/local/sql/scripted-engine.ts'

const PLACE = { source: 'main.support.raw_support_tickets', target: 'main.support.tickets_enriched' }
const read = (text: string) => readStatement({ text, mode: 'create' })

/** Strings of a Databricks literal, as the warehouse would read them. */
function literalsOf(sql: string): string[] {
  const found = sql.match(/'(?:[^'\\]|\\.)*'/gs) ?? []
  return found.map((literal) =>
    literal.slice(1, -1).replace(/\\(.)/gs, (_, sign: string) => ({ n: '\n', r: '\r' })[sign] ?? sign),
  )
}

describe('a pipeline for tickets', () => {
  it('calls the task functions on a stream, and is read as one streaming table', () => {
    const sql = writePipeline(DEFAULT_TICKET_PLAN, PLACE)
    expect(sql).toBe(`CREATE OR REFRESH STREAMING TABLE \`main\`.\`support\`.\`tickets_enriched\`
TBLPROPERTIES ('pipelines.channel' = 'PREVIEW')
AS SELECT
  \`ticket_id\`,
  \`created_date\`,
  \`ticket_text\`,
  ai_classify(\`ticket_text\`, '{"billing":"charges, invoices, refunds, payment methods, prices and plans","technical":"errors, crashes, slowness, broken features, integrations and APIs that do not work","account_access":"sign-in, passwords, two-factor codes, locked accounts, roles, invitations and permissions","feature_request":"wishes for something that the product cannot do yet, and suggestions","other":"everything else, such as thanks, sales and legal questions"}') AS \`classification\`,
  ai_extract(\`ticket_text\`, '{"product_name":{"type":"string","description":"the product or part of it that the ticket is about"},"error_code":{"type":"string","description":"the error code, as written"},"urgency_level":{"type":"enum","labels":["low","medium","high"],"description":"how urgent it is"}}') AS \`extraction\`,
  ai_summarize(\`ticket_text\`, 50) AS \`summary\`
FROM STREAM(\`main\`.\`support\`.\`raw_support_tickets\`);`)
    expect(read(sql)).toMatchObject({
      kind: 'create-streaming-table',
      writes: 'main.support.tickets_enriched',
      streamSource: 'main.support.raw_support_tickets',
      aiFunctions: ['ai_classify', 'ai_extract', 'ai_summarize'],
    })
  })

  it('asks an endpoint once per ticket under a format, and one failure stays in its row', () => {
    const sql = writePipeline(DEFAULT_TICKET_PLAN, { ...PLACE, endpoint: 'support-llm' })
    expect(sql).toContain('failOnError => false')
    const { sites } = read(sql)
    expect(sites.map(({ function: name }) => name)).toEqual(['ai_query'])
    expect(sites[0]?.databricksType).toMatch(/^STRUCT<response: STRING, errorMessage: STRING>$/)
    const format: unknown = JSON.parse(literalsOf(sql).find((text) => text.includes('json_schema')) ?? '')
    expect(format).toMatchObject({
      type: 'json_schema',
      json_schema: {
        strict: true,
        schema: {
          properties: {
            category: { enum: ['billing', 'technical', 'account_access', 'feature_request', 'other'] },
            urgency_level: { enum: ['low', 'medium', 'high', ''] },
          },
          required: ['category', 'product_name', 'error_code', 'urgency_level', 'summary'],
        },
      },
    })
  })

  it('keeps quotes, backslashes and line ends of labels inside their literal', () => {
    const labels = { "can't \\ '); DROP TABLE x --": 'a "b"\nc \\" d', other: '' }
    const plan = ticketPlanSchema.parse({ labels })
    const sql = writePipeline(plan, PLACE)
    expect(literalsOf(sql).map((text) => (text.startsWith('{"can') ? JSON.parse(text) : null))).toContainEqual(labels)
    expect(read(sql)).toMatchObject({ kind: 'create-streaming-table', reads: [PLACE.source] })
    // What the guard writes anew, such as for a warehouse, holds the same labels.
    expect(
      literalsOf(read(sql).text).map((text) => (text.startsWith('{"can') ? JSON.parse(text) : null)),
    ).toContainEqual(labels)
    const asked = writePipeline(plan, { ...PLACE, endpoint: 'e' })
    expect(read(asked).aiFunctions).toEqual(['ai_query'])
  })

  it.each(['a b', 'x`; DROP TABLE y', 'a.b.c.d', '', "t'"])('refuses %j as the name of a table', async (name) => {
    expect(
      await codeOf(Promise.resolve().then(() => writePipeline(DEFAULT_TICKET_PLAN, { ...PLACE, source: name }))),
    ).toBe('TICKETS_INVALID')
  })

  it('refuses an endpoint that is no name', async () => {
    const work = Promise.resolve().then(() => writePipeline(DEFAULT_TICKET_PLAN, { ...PLACE, endpoint: "a', 'b" }))
    expect(await codeOf(work)).toBe('TICKETS_INVALID')
  })
})

describe('a pipeline for product reviews', () => {
  it('asks for JSON by a format, reads STREAM(x), and fails no stream for one row', () => {
    const endpoint = 'databricks-meta-llama-3-3-70b-instruct'
    const sql = writeReviewPipeline({ source: 'raw_product_reviews', target: 'product_reviews_enriched', endpoint })
    expect(sql).not.toContain('LIVE.')
    for (const part of ["'pipelines.channel' = 'PREVIEW'", 'failOnError => false', 'responseFormat =>', endpoint]) {
      expect(sql).toContain(part)
    }
    expect(read(sql)).toMatchObject({
      kind: 'create-streaming-table',
      writes: 'product_reviews_enriched',
      streamSource: 'raw_product_reviews',
      aiFunctions: ['ai_classify', 'ai_query'],
    })
  })
})

describe('the pipelines on the embedded warehouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-pipeline-'))
  const engine = createScriptedEngine()
  const sql = createLocalSql({ folder, engine, log: silentLog, rate: { concurrency: 4, perMinute: null } })
  const never = new AbortController().signal
  afterAll(async () => {
    await sql.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const rows = async (text: string, mode: 'read' | 'create' | 'own' = 'read') =>
    readObjects(await sql.run({ text, mode }, never))

  it('enrich new rows of tickets alone, with labels that hold quotes', async () => {
    const row = (id: string, text: string) =>
      `SELECT '${id}' AS ticket_id, '${text}' AS ticket_text, DATE'2026-11-22' AS created_date`
    await rows(`CREATE TABLE raw AS ${row('T-1', "a can\\'t matter")}`, 'own')
    const plan = ticketPlanSchema.parse({ labels: { "can't": 'says "no"\\n', other: '' } })
    const pipeline = writePipeline(plan, { source: 'raw', target: 'enriched' })
    await rows(pipeline, 'create')
    await rows(`INSERT INTO raw ${row('T-2', 'an other matter')}`, 'own')
    await rows(pipeline, 'create')
    expect(engine.asked.filter((call) => call.function === 'ai_classify').length).toBe(2)
    const found = await rows('SELECT ticket_id, classification FROM enriched ORDER BY ticket_id')
    expect(found).toMatchObject([
      { ticket_id: 'T-1', classification: { response: ["can't"], error_message: null } },
      { ticket_id: 'T-2', classification: { response: ['other'], error_message: null } },
    ])
  })

  it('enrich reviews, and one that fails says so in its row', async () => {
    const review = (id: number, text: string) =>
      `SELECT ${id} AS review_id, 7 AS product_id, '${text}' AS review_text, 4 AS rating`
    await rows(
      `CREATE TABLE raw_product_reviews AS ${review(1, 'positive and light')} UNION ALL ${review(2, 'broken')}`,
      'own',
    )
    engine.script = (call) =>
      call.function === 'ai_query'
        ? call.request.endsWith('broken')
          ? { value: null, error: 'The model gave no JSON.', usage: { inputTokens: 1, outputTokens: 0 } }
          : { value: { sentiment: 'positive' }, error: null, usage: { inputTokens: 1, outputTokens: 1 } }
        : undefined
    const place = { source: 'raw_product_reviews', target: 'product_reviews_enriched', endpoint: 'some-endpoint' }
    await rows(writeReviewPipeline(place), 'create')
    const found = await rows('SELECT review_id, llm_analysis FROM product_reviews_enriched ORDER BY review_id')
    expect(found).toMatchObject([
      { review_id: 1, llm_analysis: { errorMessage: null } },
      { review_id: 2, llm_analysis: { response: null, errorMessage: 'The model gave no JSON.' } },
    ])
  })
})
