// Reads examples from a table: a conversation, a prompt and a response, or a text and a label by row.
import { LakedeskError } from '../core/errors.ts'
import { readObjects, type Sql, type SqlColumn, type SqlValue } from '../platform/ports/sql.ts'
import type { RawData } from './check-examples.ts'
import { type Example, parseExample } from './example.ts'
import { eachPaced } from './paced.ts'

/** Above it the platform itself should read the table. */
export const MAX_TABLE_ROWS = 100_000

const TABLE = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*){0,2}$/
const TEXT_COLUMNS = ['text', 'ticket_text']
const LABEL_COLUMNS = ['label', 'category']

export function isTableName(text: string): boolean {
  return TABLE.test(text)
}

/** Reads no other table. A string is the sentence why not. Throws SQL_*, PLATFORM_*. */
export async function readTable(table: string, sql: Pick<Sql, 'run'>, signal: AbortSignal): Promise<RawData | string> {
  const quoted = table
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.')
  try {
    const result = await sql.run(
      { text: `SELECT * FROM ${quoted}`, mode: 'read', tables: [table.toLowerCase()], rowLimit: MAX_TABLE_ROWS },
      signal,
    )
    const columns = chooseColumns(result.columns)
    if (!columns) return whyNoColumns(table, result.columns)
    if (result.truncated) {
      return `${table} has more than ${MAX_TABLE_ROWS.toLocaleString('en-US')} rows, more than are trained on at once. Make a table of a part of it, and name that.`
    }
    return await toRaw(table, columns, await readObjects(result), signal)
  } catch (error) {
    if (error instanceof LakedeskError && ['SQL_INVALID', 'SQL_REFUSED'].includes(error.code))
      return `${table} cannot be read: ${error.userMessage}`
    throw error
  }
}

type Columns = { messages: string } | { prompt: string; response: string } | { text: string; label: string }

function chooseColumns(columns: readonly SqlColumn[]): Columns | null {
  const find = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const found = columns.find((column) => column.name.toLowerCase() === name)
      if (found) return found.name
    }
    return undefined
  }
  const messages = find(['messages'])
  if (messages !== undefined) return { messages }
  const [prompt, response] = [find(['prompt']), find(['response'])]
  if (prompt !== undefined && response !== undefined) return { prompt, response }
  const [text, label] = [find(TEXT_COLUMNS), find(LABEL_COLUMNS)]
  return text !== undefined && label !== undefined ? { text, label } : null
}

function whyNoColumns(table: string, columns: readonly SqlColumn[]): string {
  const names = columns.map(({ name }) => name).slice(0, 20)
  return `${table} has the columns ${names.join(', ')}, and needs messages, or prompt and response, or text and label (also spelled ticket_text and category).`
}

async function toRaw(
  table: string,
  columns: Columns,
  rows: readonly Record<string, SqlValue>[],
  signal: AbortSignal,
): Promise<RawData> {
  const examples: Example[] = []
  const broken: { line: number; why: string }[] = []
  const read = (row: Record<string, SqlValue>, at: number): void => {
    const wanted = Object.entries(columns).map(([name, column]) => [name, row[column] ?? ''])
    const example = parseExample(fromJson(Object.fromEntries(wanted)))
    if (typeof example === 'string') broken.push({ line: at + 1, why: example })
    else examples.push(example)
  }
  await eachPaced(rows, read, signal)
  return { name: table, examples, broken, notes: [] }
}

/** Messages may stand in the table as text. */
function fromJson(row: Record<string, unknown>): unknown {
  if (typeof row.messages !== 'string') return row
  try {
    return { messages: JSON.parse(row.messages) }
  } catch (error) {
    if (error instanceof SyntaxError) return row
    throw error
  }
}
