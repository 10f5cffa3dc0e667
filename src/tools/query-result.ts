// The rows of a query as people see them: a table cut to what a card holds, a chart where they are counts, and a file.
import type { Block, Saying } from '../core/reply.ts'
import { readObjects, type SqlResult, type SqlValue } from '../platform/ports/sql.ts'
import { toCsvFile } from '../tickets/to-csv.ts'
import { countOf, cutText, MOST_BARS, MOST_CELL, MOST_ROWS } from './ticket-blocks.ts'
import { nextDay, toTimeSteps } from './time-steps.ts'

export interface ReadRows {
  columns: readonly string[]
  rows: readonly (readonly SqlValue[])[]
  truncated: boolean
  notices: readonly string[]
}

const MOST_COLUMNS = 8

export async function readRows(result: SqlResult): Promise<ReadRows> {
  const objects = await readObjects(result)
  const [first] = objects
  // Two columns of one name are told apart by their numbered names.
  const columns = first ? Object.keys(first) : result.columns.map(({ name }) => name)
  const rows = objects.map((object) => Object.values(object))
  return { columns, rows, truncated: result.truncated, notices: result.notices.map(({ message }) => message) }
}

function toText(value: SqlValue): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function toResultSaying(
  read: ReadRows,
  about: { title: string; id: string },
): { outcome: string; blocks: Block[]; says: Saying | null } {
  const { columns, rows } = read
  const cut =
    rows.length > MOST_ROWS ||
    columns.length > MOST_COLUMNS ||
    rows.some((row) => row.some((cell) => toText(cell).length > MOST_CELL))
  const outcome = describeRows(read)
  const blocks = [...toTable(read), ...toChart(read, about.title)]
  if (!cut) return { outcome, blocks, says: null }
  const csv = toCsvFile(
    columns,
    rows.map((row) => row.map(toText)),
  )
  const file: Block = { kind: 'file', name: `query-${about.id}.csv`, mediaType: 'text/csv', text: csv.text }
  return { outcome, blocks, says: { text: describeFile(read, csv.rows, about.id), blocks: [file] } }
}

const MORE = 'there are more, which were not read'

function describeFile({ rows, truncated }: ReadRows, held: number, id: string): string {
  const first = `The first ${countOf(held, 'row')} of the result of request ${id}`
  if (truncated) return `${first}; ${MORE}.`
  if (held < rows.length) return `${first}, which has ${countOf(rows.length, 'row')}.`
  return `The whole result of request ${id}: ${countOf(held, 'row')}.`
}

function describeRows({ columns, rows, truncated, notices }: ReadRows): string {
  const [only] = rows
  const figures = (only ?? []).map((value, n) => `${columns[n]}: ${cutText(toText(value))}`).join(', ')
  const single = rows.length === 1 && columns.length <= 3 ? `${figures}.` : null
  const counted =
    rows.length === 0
      ? 'No row fits.'
      : truncated
        ? `The first ${countOf(rows.length, 'row')}; ${MORE}.`
        : `${countOf(rows.length, 'row')}.`
  return [truncated ? counted : (single ?? counted), ...notices].join(' ')
}

function toTable({ columns, rows }: ReadRows): Block[] {
  if (rows.length === 0) return []
  return [
    {
      kind: 'table',
      columns: columns.slice(0, MOST_COLUMNS).map((name) => cutText(name)),
      rows: rows.slice(0, MOST_ROWS).map((row) => row.slice(0, MOST_COLUMNS).map((cell) => cutText(toText(cell)))),
    },
  ]
}

/** A label and a number in each row: bars, or a line over days. */
function toChart({ columns, rows }: ReadRows, title: string): Block[] {
  const [label, number] = columns
  if (columns.length !== 2 || label === undefined || number === undefined || rows.length < 2 || rows.length > MOST_BARS)
    return []
  const values = rows.map((row) => row[1] ?? null)
  if (!values.every((value): value is number | null => value === null || typeof value === 'number')) return []
  if (rows.some((row) => typeof row[0] === 'number' || typeof row[0] === 'object')) {
    if (!rows.every((row) => row[0] === null || typeof row[0] === 'string')) return []
  }
  const labels = rows.map((row) => cutText(toText(row[0] ?? null), 40) || '(none)')
  const isDays = labels.every((each) => /^\d{4}-\d{2}-\d{2}/.test(each))
  const points = fillDays({ labels, values }, { label, number })
  return [
    {
      kind: 'chart',
      type: isDays ? 'line' : 'bar',
      title: cutText(title, 100) || `${number} by ${label}`,
      labels: points.labels,
      series: [{ name: number, values: points.values }],
    },
  ]
}

interface Points {
  labels: string[]
  values: (number | null)[]
}

/** Tickets by day, as a question in words reads them: a day that is not among the rows had none. */
function fillDays({ labels, values }: Points, { label, number }: { label: string; number: string }): Points {
  const [first, last] = [labels[0], labels.at(-1)]
  const counts = label === 'day' && number === 'tickets' && labels.every((each) => /^\d{4}-\d{2}-\d{2}$/.test(each))
  if (!counts || first === undefined || last === undefined || !(first < last)) return { labels, values }
  const steps = toTimeSteps(first, nextDay(last))
  const known = new Map(labels.map((day, at) => [day, values[at] ?? null]))
  if (steps.unit !== 'day' || known.size !== labels.length) return { labels, values }
  return { labels: steps.labels, values: steps.labels.map((day) => (known.has(day) ? (known.get(day) ?? null) : 0)) }
}
