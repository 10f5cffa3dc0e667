// Reads the columns of a row with their types; another type than the tables promise means a damaged file.
import { LakedeskError } from '../../../core/errors.ts'

export type Row = Readonly<Record<string, unknown>>

function wrong(column: string): LakedeskError {
  return new LakedeskError(
    'PLATFORM_CORRUPT',
    `The platform file holds something unreadable in the column ${column}. Restore it from a backup.`,
  )
}

export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw wrong(column)
  return value
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw wrong(column)
  return value
}

/** ISO 8601 of a column with milliseconds since 1970. */
export function timeOf(row: Row, column: string): string {
  return new Date(numberOf(row, column)).toISOString()
}

/** What stands in a column as JSON. The caller wrote it itself, in the same shape. */
export function jsonOf(row: Row, column: string): unknown {
  try {
    return JSON.parse(textOf(row, column))
  } catch {
    throw wrong(column)
  }
}

/** A flat map of texts, as tags are. */
export function tagsOf(row: Row, column: string): Record<string, string> {
  const value = jsonOf(row, column)
  if (typeof value !== 'object' || value === null) throw wrong(column)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
}
