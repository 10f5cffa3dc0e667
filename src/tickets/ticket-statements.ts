// The statements over tickets, in the Databricks dialect. Every value is a parameter; names come from the checked plan alone.
import type { SqlStatement } from '../platform/ports/sql.ts'
import { LIKELY_FROM } from './confidence.ts'
import type { TicketPlan } from './ticket-plan.ts'
import {
  COLUMNS,
  digestOfText,
  ENRICHMENT_COLUMNS,
  fieldsOf,
  idOf,
  newestFirst,
  type Parameters,
  toDays,
  toSource,
  trimmed,
} from './ticket-source.ts'
import type { Period } from './triage.ts'

/** What people said of earlier tickets, as instructions for a platform that does not learn by itself. */
export interface Guidance {
  category: string
  fields: string
}

export const NO_GUIDANCE: Guidance = { category: '', fields: '' }

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
  const text = `SELECT t.${plan.text} AS text FROM ${plan.table} AS t WHERE ${idOf(plan, 't.')} = :ticket_id ORDER BY ${newestFirst(plan, 't.')} LIMIT 1`
  return { text, parameters: { ticket_id: ticketId }, mode: 'read' }
}

/** The valid result of one ticket with this text, as it stands in the table of results. */
export function toStoredStatement(plan: TicketPlan, ticketId: string, ticket: string): SqlStatement {
  const columns = ['category', 'confidence', 'summary', 'corrected_by', ...fieldsOf(plan)].join(', ')
  const valid = `(corrected_by IS NOT NULL OR (error IS NULL AND text_digest = ${digestOfText(':ticket')}))`
  const text = `SELECT ${columns} FROM ${plan.enrichment} WHERE ticket_id = :ticket_id AND ${valid} LIMIT 1`
  return { text, parameters: { ticket_id: ticketId, ticket }, mode: 'read' }
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

/** How the enrichment run is told from others: what failed in another run is tried again, in the same it is not. */
export interface PendingOptions {
  period: Period
  /** Id of the run. */
  run: string
  /** False where the enrichment table does not exist yet. */
  exists: boolean
}

/**
 * Tickets of the period without a valid result: never done, done for another text, or failed in another run.
 * What a person corrected is never done again.
 */
function toPending(
  plan: TicketPlan,
  { period, run, exists }: PendingOptions,
): { text: string; parameters: Parameters } {
  const done = `NOT EXISTS (SELECT 1 FROM ${plan.enrichment} AS e WHERE e.ticket_id = s.ticket_id AND (e.run = :run OR e.corrected_by IS NOT NULL OR (e.error IS NULL AND e.text_digest = s.text_digest)))`
  const columns = `s.ticket_id AS ticket_id, s.text_digest AS text_digest, nullif(${trimmed('s.ticket_text')}, '') AS ticket_text, s.created_at AS created_at`
  return {
    text: `SELECT ${columns} FROM (${toSource(plan)}) AS s${exists ? ` WHERE ${done}` : ''}`,
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
  return `(${toSource(plan)}) AS t LEFT JOIN ${plan.enrichment} AS e ON e.ticket_id = t.ticket_id AND (e.corrected_by IS NOT NULL OR e.text_digest = t.text_digest)`
}

const FAILED = 'e.category IS NULL AND e.error IS NOT NULL'

/** One row per day, state and category: `day`, `state` (missing, failed, done), `category`, `tickets`, of them `unsure`. */
export function toCountStatement(plan: TicketPlan, period: Period): SqlStatement {
  const day = 'CAST(CAST(t.created_at AS DATE) AS STRING)'
  const state = `CASE WHEN e.ticket_id IS NULL THEN 'missing' WHEN ${FAILED} THEN 'failed' ELSE 'done' END`
  const unsure = 'CASE WHEN e.category IS NOT NULL AND e.confidence < :likely_from THEN 1 ELSE 0 END'
  const text = `SELECT day, state, category, count(*) AS tickets, sum(unsure) AS unsure FROM (SELECT ${day} AS day, ${state} AS state, e.category AS category, ${unsure} AS unsure FROM ${toJoined(plan)}) AS counted GROUP BY day, state, category ORDER BY day, state, category`
  return { text, parameters: { ...toDays(period), likely_from: LIKELY_FROM }, mode: 'read' }
}

/** The first tickets that could not be classified: `ticket_id`, `error`. */
export function toFailuresStatement(plan: TicketPlan, period: Period, limit: number): SqlStatement {
  const text = `SELECT t.ticket_id AS ticket_id, e.error AS error FROM ${toJoined(plan)} WHERE ${FAILED} ORDER BY t.created_at, t.ticket_id LIMIT ${limit}`
  return { text, parameters: toDays(period), mode: 'read' }
}

export function toListStatement(plan: TicketPlan, period: Period, limit: number): SqlStatement {
  const fields = fieldsOf(plan).map((name) => `e.${name} AS ${name}`)
  const columns = [
    't.ticket_id AS ticket_id',
    'CAST(t.created_at AS STRING) AS created_at',
    't.ticket_text AS ticket_text',
    'e.category AS category, e.confidence AS confidence, e.summary AS summary, e.error AS error, e.corrected_by AS corrected_by',
    ...fields,
  ]
  const text = `SELECT ${columns.join(', ')} FROM ${toJoined(plan)} ORDER BY t.created_at, t.ticket_id`
  return { text, parameters: toDays(period), mode: 'read', rowLimit: limit }
}
