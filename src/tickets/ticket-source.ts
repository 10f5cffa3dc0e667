// The rows of the ticket table as statements read them: one per id, the newest, with a digest of its text.
import type { SqlParameter } from '../platform/ports/sql.ts'
import type { TicketPlan } from './ticket-plan.ts'
import type { Period } from './triage.ts'

export type Parameters = Record<string, SqlParameter>

/** Columns of the enrichment table beside one STRING per field. */
export const COLUMNS: readonly (readonly [string, string])[] = [
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

export const fieldsOf = (plan: TicketPlan): string[] => Object.keys(plan.fields)
export const idOf = (plan: TicketPlan, of = ''): string => `CAST(${of}${plan.id} AS STRING)`

/** What trim() of JavaScript takes off: texts from chat come without it. As the signs themselves, which no dialect escapes. */
const BLANKS =
  ' \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

export const trimmed = (text: string): string => `trim(BOTH '${BLANKS}' FROM ${text})`
/** The same for texts that differ in blanks before and behind alone. */
export const digestOfText = (text: string): string => `md5(${trimmed(text)})`
export const digestOf = (plan: TicketPlan, of = ''): string => digestOfText(`coalesce(${of}${plan.text}, '')`)

/** Of rows with one id the newest counts, and of equally new ones the one with the smallest digest: always the same. */
export const newestFirst = (plan: TicketPlan, of = ''): string => `${of}${plan.created} DESC, ${digestOf(plan, of)}`

export function toDays(period: Period): Parameters {
  return { first_day: period.from, end_day: period.until }
}

/**
 * Tickets of the period, one per id: `ticket_id`, `text_digest`, `ticket_text`, `created_at`. One that has a newer row after the period is no
 * ticket of the period. Parameters: those of `toDays`.
 */
export function toSource(plan: TicketPlan): string {
  const id = idOf(plan, 't.')
  const nth = `row_number() OVER (PARTITION BY ${id} ORDER BY ${newestFirst(plan, 't.')}) AS nth`
  const columns = `${id} AS ticket_id, ${digestOf(plan, 't.')} AS text_digest, t.${plan.text} AS ticket_text, t.${plan.created} AS created_at, ${nth}`
  const within = `t.${plan.created} >= CAST(:first_day AS DATE) AND t.${plan.created} < CAST(:end_day AS DATE)`
  const newer = `SELECT 1 FROM ${plan.table} AS newer WHERE ${idOf(plan, 'newer.')} = ${id} AND newer.${plan.created} >= CAST(:end_day AS DATE)`
  const where = `t.${plan.id} IS NOT NULL AND ${within} AND NOT EXISTS (${newer})`
  return `SELECT ticket_id, text_digest, ticket_text, created_at FROM (SELECT ${columns} FROM ${plan.table} AS t WHERE ${where}) AS numbered WHERE nth = 1`
}
