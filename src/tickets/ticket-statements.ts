// The statements over tickets, in the Databricks dialect. Every value is a parameter; names come from the checked plan alone.
import type { SqlParameter, SqlStatement } from '../platform/ports/sql.ts'
import type { TicketPlan } from './ticket-plan.ts'
import type { Period } from './triage.ts'

/** What people said of earlier tickets, as instructions for a platform that does not learn by itself. */
export interface Guidance {
  category: string
  fields: string
}

export const NO_GUIDANCE: Guidance = { category: '', fields: '' }

type Parameters = Record<string, SqlParameter>

/** Columns of the enrichment table beside one STRING per field. */
const COLUMNS: readonly (readonly [string, string])[] = [
  ['ticket_id', 'STRING'],
  ['text_digest', 'STRING'],
  ['category', 'STRING'],
  ['confidence', 'DOUBLE'],
  ['summary', 'STRING'],
  ['error', 'STRING'],
  ['run', 'STRING'],
  ['enriched_at', 'TIMESTAMP'],
  ['corrected_by', 'STRING'],
]
export const ENRICHMENT_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name)

const fieldsOf = (plan: TicketPlan): string[] => Object.keys(plan.fields)
const idOf = (plan: TicketPlan, of = ''): string => `CAST(${of}${plan.id} AS STRING)`
const digestOf = (plan: TicketPlan, of = ''): string => `md5(coalesce(${of}${plan.text}, ''))`

/** The three AI calls over `content`, as columns of a SELECT. */
function toCalls(plan: TicketPlan, content: string, guidance: Guidance): { columns: string[]; parameters: Parameters } {
  const schema = Object.fromEntries(
    Object.entries(plan.fields).map(([name, { type, labels, description }]) => [
      name,
      { type, ...(type === 'enum' && labels ? { labels } : {}), ...(description ? { description } : {}) },
    ]),
  )
  const guided = guidance.category === '' ? '' : ", map('instructions', :category_guidance)"
  const guidedFields = guidance.fields === '' ? '' : ", map('instructions', :fields_guidance)"
  const hasFields = fieldsOf(plan).length > 0
  return {
    columns: [
      `ai_classify(${content}, :labels${guided}) AS classified`,
      ...(hasFields ? [`ai_extract(${content}, :fields${guidedFields}) AS extracted`] : []),
      `ai_summarize(${content}, ${plan.summaryWords}) AS summary`,
    ],
    parameters: {
      labels: JSON.stringify(plan.labels),
      ...(hasFields ? { fields: JSON.stringify(schema) } : {}),
      ...(guided ? { category_guidance: guidance.category } : {}),
      ...(guidedFields ? { fields_guidance: guidance.fields } : {}),
    },
  }
}

/** One ticket; `part`: that call alone. */
export function toTriageStatement(
  plan: TicketPlan,
  text: string,
  guidance: Guidance,
  part?: 'classified' | 'extracted' | 'summary',
): SqlStatement {
  const { columns, parameters } = toCalls(plan, ':ticket', guidance)
  const wanted = columns.filter((column) => part === undefined || column.endsWith(` AS ${part}`))
  const select = `SELECT ${wanted.join(', ')}`
  const used = Object.entries(parameters).filter(([name]) => new RegExp(`:${name}\\b`).test(select))
  return { text: select, parameters: { ticket: text, ...Object.fromEntries(used) }, mode: 'read' }
}

/** Reads the text of one ticket. */
export function toTicketStatement(plan: TicketPlan, ticketId: string): SqlStatement {
  const text = `SELECT ${plan.text} AS text FROM ${plan.table} WHERE ${idOf(plan)} = :ticket_id LIMIT 1`
  return { text, parameters: { ticket_id: ticketId }, mode: 'read' }
}

export function toCreateStatement(plan: TicketPlan): SqlStatement {
  const columns = [
    ...COLUMNS.map(([name, type]) => `${name} ${type}`),
    ...fieldsOf(plan).map((name) => `${name} STRING`),
  ]
  return { text: `CREATE TABLE IF NOT EXISTS ${plan.enrichment} (${columns.join(', ')})`, mode: 'own' }
}

/** Fails with SQL_INVALID where the table or one of its columns is missing; reads no row. */
export function toProbeStatement(plan: TicketPlan, columns: readonly string[] = []): SqlStatement {
  const wanted = columns.length === 0 ? '1 AS one' : columns.join(', ')
  return { text: `SELECT ${wanted} FROM ${plan.enrichment} LIMIT 0`, mode: 'read' }
}

export function toAllColumns(plan: TicketPlan): string[] {
  return [...ENRICHMENT_COLUMNS, ...fieldsOf(plan)]
}

function toDays(period: Period): Parameters {
  return { first_day: period.from, end_day: period.until }
}

const WITHIN = (plan: TicketPlan, of: string): string =>
  `${of}${plan.created} >= CAST(:first_day AS DATE) AND ${of}${plan.created} < CAST(:end_day AS DATE)`

/** How the enrichment run is told from others: what failed in another run is tried again, in the same it is not. */
export interface PendingOptions {
  period: Period
  /** Id of the run. */
  run: string
  /** False where the enrichment table does not exist yet. */
  exists: boolean
}

/**
 * Tickets of the period without a valid result, one per id: never done, done for another text, or failed in another run.
 * What a person corrected is never done again.
 */
function toPending(
  plan: TicketPlan,
  { period, run, exists }: PendingOptions,
): { text: string; parameters: Parameters } {
  const id = idOf(plan, 't.')
  const done = `NOT EXISTS (SELECT 1 FROM ${plan.enrichment} AS e WHERE e.ticket_id = ${id} AND (e.run = :run OR e.corrected_by IS NOT NULL OR (e.error IS NULL AND e.text_digest = ${digestOf(plan, 't.')})))`
  const nth = `row_number() OVER (PARTITION BY t.${plan.id} ORDER BY t.${plan.created} DESC, t.${plan.text}) AS nth`
  const columns = `${id} AS ticket_id, ${digestOf(plan, 't.')} AS text_digest, nullif(trim(t.${plan.text}), '') AS ticket_text, t.${plan.created} AS created_at, ${nth}`
  const where = [`t.${plan.id} IS NOT NULL`, WITHIN(plan, 't.'), ...(exists ? [done] : [])].join(' AND ')
  return {
    text: `SELECT ticket_id, text_digest, ticket_text, created_at FROM (SELECT ${columns} FROM ${plan.table} AS t WHERE ${where}) AS numbered WHERE nth = 1`,
    parameters: { ...toDays(period), ...(exists ? { run } : {}) },
  }
}

export function toPendingCount(plan: TicketPlan, options: PendingOptions): SqlStatement {
  const { text, parameters } = toPending(plan, options)
  return { text: `SELECT count(*) AS pending FROM (${text}) AS pending`, parameters, mode: 'read' }
}

/** The reading part of the run over all pending tickets, for an estimate. */
export function toEstimateStatement(plan: TicketPlan, options: PendingOptions, guidance: Guidance): SqlStatement {
  const pending = toPending(plan, options)
  const { columns, parameters } = toCalls(plan, 'ticket_text', guidance)
  return {
    text: `SELECT ticket_id, ${columns.join(', ')} FROM (${pending.text}) AS pending`,
    parameters: { ...pending.parameters, ...parameters },
    mode: 'read',
  }
}

/** The first `limit` pending tickets, enriched and stored. With a `failure` no AI call is made: it stands as the error of each row. */
export function toMergeStatement(
  plan: TicketPlan,
  options: { period: Period; run: string; limit: number; guidance: Guidance; failure?: string },
): SqlStatement {
  const pending = toPending(plan, { ...options, exists: true })
  const batch = `SELECT * FROM (${pending.text}) AS pending ORDER BY created_at, ticket_id LIMIT ${options.limit}`
  const calls = toCalls(plan, 'ticket_text', options.guidance)
  const source = options.failure === undefined ? toEnriched(plan, batch, calls.columns) : toFailed(plan, batch)
  const values = toAllColumns(plan).filter((name) => name !== 'corrected_by')
  const set = values.filter((name) => name !== 'ticket_id').map((name) => `${name} = fresh.${name}`)
  const text = [
    `MERGE INTO ${plan.enrichment} AS done USING (${source}) AS fresh ON done.ticket_id = fresh.ticket_id`,
    `WHEN MATCHED AND done.corrected_by IS NULL THEN UPDATE SET ${set.join(', ')}`,
    `WHEN NOT MATCHED THEN INSERT (${values.join(', ')}) VALUES (${values.map((name) => `fresh.${name}`).join(', ')})`,
  ].join(' ')
  const parameters =
    options.failure === undefined
      ? { ...pending.parameters, ...calls.parameters }
      : { ...pending.parameters, failure: options.failure }
  return { text, parameters, mode: 'own' }
}

/** `run` is a marker of the statement already: the same value stands in the rows. */
function toEnriched(plan: TicketPlan, batch: string, calls: readonly string[]): string {
  const fields = fieldsOf(plan)
  const errors = [
    "CASE WHEN ticket_text IS NULL THEN 'The ticket has no text.' END",
    'classified:error_message::STRING',
    ...(fields.length > 0 ? ['extracted:error_message::STRING'] : []),
  ]
  const columns = [
    'ticket_id',
    'text_digest',
    'classified:response[0]::STRING AS category',
    'classified:metadata.confidence::DOUBLE AS confidence',
    'summary',
    `coalesce(${errors.join(', ')}) AS error`,
    ':run AS run',
    'current_timestamp() AS enriched_at',
    ...fields.map((name) => `extracted:response.${name}::STRING AS ${name}`),
  ]
  const called = `SELECT ticket_id, text_digest, ticket_text, ${calls.join(', ')} FROM (${batch}) AS batch`
  return `SELECT ${columns.join(', ')} FROM (${called}) AS called`
}

function toFailed(plan: TicketPlan, batch: string): string {
  const columns = [
    'ticket_id, text_digest, CAST(NULL AS STRING) AS category, CAST(NULL AS DOUBLE) AS confidence',
    'CAST(NULL AS STRING) AS summary, :failure AS error, :run AS run, current_timestamp() AS enriched_at',
    ...fieldsOf(plan).map((name) => `CAST(NULL AS STRING) AS ${name}`),
  ]
  return `SELECT ${columns.join(', ')} FROM (${batch}) AS batch`
}

/** The results of the period beside their tickets. A result for another text counts as none, unless a person corrected it. */
function toJoined(plan: TicketPlan): string {
  return `${plan.table} AS t LEFT JOIN ${plan.enrichment} AS e ON e.ticket_id = ${idOf(plan, 't.')} AND (e.corrected_by IS NOT NULL OR e.text_digest = ${digestOf(plan, 't.')}) WHERE ${WITHIN(plan, 't.')}`
}

/** One row per day, state and category: `day`, `state` (missing, failed, done), `category`, `tickets`. */
export function toCountStatement(plan: TicketPlan, period: Period): SqlStatement {
  const day = `CAST(CAST(t.${plan.created} AS DATE) AS STRING)`
  const state =
    "CASE WHEN e.ticket_id IS NULL THEN 'missing' WHEN e.category IS NULL AND e.error IS NOT NULL THEN 'failed' ELSE 'done' END"
  const text = `SELECT day, state, category, count(*) AS tickets FROM (SELECT ${day} AS day, ${state} AS state, e.category AS category FROM ${toJoined(plan)}) AS counted GROUP BY day, state, category ORDER BY day, state, category`
  return { text, parameters: toDays(period), mode: 'read' }
}

export function toListStatement(plan: TicketPlan, period: Period, limit: number): SqlStatement {
  const fields = fieldsOf(plan).map((name) => `e.${name} AS ${name}`)
  const columns = [
    `${idOf(plan, 't.')} AS ticket_id`,
    `CAST(t.${plan.created} AS STRING) AS created_at`,
    `t.${plan.text} AS ticket_text`,
    'e.category AS category, e.confidence AS confidence, e.summary AS summary, e.error AS error, e.corrected_by AS corrected_by',
    ...fields,
  ]
  const text = `SELECT ${columns.join(', ')} FROM ${toJoined(plan)} ORDER BY t.${plan.created}, ticket_id`
  return { text, parameters: toDays(period), mode: 'read', rowLimit: limit }
}

/** What people made of one ticket, for its row; with no id: for every row of the same text that exists. */
export interface CorrectedRow {
  ticketId?: string
  text: string
  category: string | null
  fields: Readonly<Record<string, string | null>>
  summary: string | null
  by: string
}

export function toCorrectionStatement(plan: TicketPlan, row: CorrectedRow): SqlStatement {
  const names = fieldsOf(plan)
  const values = [
    'category = :category',
    ...names.map((name) => `${name} = :field_${name}`),
    'corrected_by = :corrected_by',
  ]
  const parameters: Parameters = {
    category: row.category,
    ...Object.fromEntries(names.map((name) => [`field_${name}`, row.fields[name] ?? null])),
    corrected_by: row.by,
  }
  if (row.ticketId === undefined) {
    const text = `UPDATE ${plan.enrichment} SET ${[...values, 'error = NULL'].join(', ')} WHERE text_digest = md5(:ticket)`
    return { text, parameters: { ...parameters, ticket: row.text }, mode: 'own' }
  }
  const inserted: [string, string][] = [
    ['ticket_id', 'fresh.ticket_id'],
    ['text_digest', 'fresh.text_digest'],
    ['category', ':category'],
    ['summary', ':summary'],
    ['run', "'correction'"],
    ['enriched_at', 'current_timestamp()'],
    ['corrected_by', ':corrected_by'],
    ...names.map((name): [string, string] => [name, `:field_${name}`]),
  ]
  const source = `SELECT DISTINCT ${idOf(plan)} AS ticket_id, ${digestOf(plan)} AS text_digest FROM ${plan.table} WHERE ${idOf(plan)} = :ticket_id`
  const text = [
    `MERGE INTO ${plan.enrichment} AS done USING (${source}) AS fresh ON done.ticket_id = fresh.ticket_id`,
    `WHEN MATCHED THEN UPDATE SET ${[...values, 'error = NULL'].join(', ')}`,
    `WHEN NOT MATCHED THEN INSERT (${inserted.map(([name]) => name).join(', ')}) VALUES (${inserted.map(([, value]) => value).join(', ')})`,
  ].join(' ')
  return { text, parameters: { ...parameters, ticket_id: row.ticketId, summary: row.summary }, mode: 'own' }
}
