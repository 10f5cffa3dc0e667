// The statement that brings a correction into the table of results. Every value is a parameter.
import type { SqlStatement } from '../platform/ports/sql.ts'
import type { TicketPlan } from './ticket-plan.ts'
import { digestOf, digestOfText, fieldsOf, idOf, newestFirst, type Parameters } from './ticket-source.ts'

/** What people made of one ticket, for its row; with no id: for every row of the same text that exists. */
export interface CorrectedRow {
  ticketId?: string
  text: string
  category: string | null
  confidence: number | null
  fields: Readonly<Record<string, string | null>>
  summary: string | null
  by: string
  /** The corrected ones: a row that is there already keeps all others, such as those corrected on another card of the ticket. */
  parts: readonly string[]
}

export function toCorrectionStatement(plan: TicketPlan, row: CorrectedRow): SqlStatement {
  const names = fieldsOf(plan)
  const values: [column: string, marker: string, value: string | number | null, part: string][] = [
    ['category', ':category', row.category, 'category'],
    ['confidence', ':confidence', row.confidence, 'category'],
    ['summary', ':summary', row.summary, 'summary'],
    ...names.map((name): [string, string, string | null, string] => [
      ...([name, `:field_${name}`, row.fields[name] ?? null, name] as const),
    ]),
  ]
  const changed = values.filter(([, , , part]) => row.parts.includes(part))
  const set = [
    ...changed.map(([column, marker]) => `${column} = ${marker}`),
    ...(row.parts.includes('category') ? ['error = NULL'] : []),
    'corrected_by = :corrected_by',
  ].join(', ')
  const toParameters = (of: typeof values): Parameters => ({
    ...Object.fromEntries(of.map(([, marker, value]) => [marker.slice(1), value])),
    corrected_by: row.by,
  })
  if (row.ticketId === undefined) {
    const text = `UPDATE ${plan.enrichment} SET ${set} WHERE text_digest = ${digestOfText(':ticket')}`
    return { text, parameters: { ...toParameters(changed), ticket: row.text }, mode: 'own' }
  }
  const inserted: [string, string][] = [
    ['ticket_id', 'fresh.ticket_id'],
    ['text_digest', 'fresh.text_digest'],
    ['run', "'correction'"],
    ['enriched_at', 'current_timestamp()'],
    ['corrected_by', ':corrected_by'],
    ...values.map(([column, marker]): [string, string] => [column, marker]),
  ]
  const numbered = `SELECT ${idOf(plan, 't.')} AS ticket_id, ${digestOf(plan, 't.')} AS text_digest, row_number() OVER (ORDER BY ${newestFirst(plan, 't.')}) AS nth FROM ${plan.table} AS t WHERE ${idOf(plan, 't.')} = :ticket_id`
  const text = [
    `MERGE INTO ${plan.enrichment} AS done USING (SELECT ticket_id, text_digest FROM (${numbered}) AS numbered WHERE nth = 1) AS fresh ON done.ticket_id = fresh.ticket_id`,
    `WHEN MATCHED THEN UPDATE SET ${set}`,
    `WHEN NOT MATCHED THEN INSERT (${inserted.map(([name]) => name).join(', ')}) VALUES (${inserted.map(([, value]) => value).join(', ')})`,
  ].join(' ')
  return { text, parameters: { ...toParameters(values), ticket_id: row.ticketId }, mode: 'own' }
}
