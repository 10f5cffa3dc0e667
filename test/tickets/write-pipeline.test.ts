// The SQL of a streaming pipeline: what a person installs on Databricks, read by the same guard as every statement.
import { describe, expect, it } from 'vitest'
import { readStatement } from '../../src/platform/sql/read-statement.ts'
import { DEFAULT_TICKET_PLAN, ticketPlanSchema } from '../../src/tickets/ticket-plan.ts'
import { writePipeline, writeReviewPipeline } from '../../src/tickets/write-pipeline.ts'
import { codeOf } from '../platform/contract-basics.ts'

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
