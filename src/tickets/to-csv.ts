// Tables as CSV files that a spreadsheet opens without running anything in them.
import { stringify } from 'csv-stringify/sync'
import { FILE_LIMIT } from '../core/reply.ts'
import type { TicketReport } from './triage.ts'

export interface CsvFile {
  text: string
  /** Rows in it, without the header. */
  rows: number
}

/** What spreadsheets take for a formula (https://owasp.org/www-community/attacks/CSV_Injection), also in full width. */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/
/** It begins like one and is none. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

/**
 * RFC 4180 with a header. Text that begins with = + - @ or a tab gets an apostrophe before it; a negative number stays one.
 * Whole rows only, at most `limit` characters.
 */
export function toCsvFile(
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  limit = FILE_LIMIT,
): CsvFile {
  const toLine = (cells: readonly (string | null)[]) =>
    stringify([cells.map((cell) => toCell(cell ?? ''))], { record_delimiter: '\r\n' })
  let text = toLine(columns)
  let written = 0
  for (const row of rows) {
    const line = toLine(row)
    if (text.length + line.length > limit) break
    text += line
    written += 1
  }
  return { text, rows: written }
}

function toCell(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
}

export function toCsv(report: TicketReport): CsvFile {
  const fields = Object.keys(report.tickets[0]?.fields ?? {})
  const columns = [
    'ticket_id',
    'created',
    'category',
    'confidence',
    ...fields,
    'summary',
    'error',
    'corrected_by',
    'text',
  ]
  const rows = report.tickets.map((ticket) => [
    ...[ticket.id, ticket.created, ticket.category, ticket.confidence === null ? null : String(ticket.confidence)],
    ...fields.map((name) => ticket.fields[name] ?? null),
    ...[ticket.summary, ticket.error, ticket.correctedBy, ticket.text],
  ])
  return toCsvFile(columns, rows)
}
