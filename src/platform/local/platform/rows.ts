// Reads the columns of a row with their types; another type than the tables promise means a damaged file.
import { z } from 'zod'

export type Row = Readonly<Record<string, unknown>>

/** 11 is SQLITE_CORRUPT: told like the damage that SQLite itself stumbles over, with the name of the file. */
function wrong(column: string, cause?: unknown): Error {
  return Object.assign(new Error(`The column ${column} holds what it cannot.`, { cause }), { errcode: 11 })
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

/** What stands in a column as JSON. */
export function jsonOf<T>(row: Row, column: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(textOf(row, column)))
  } catch (error) {
    throw wrong(column, error)
  }
}

const tagsSchema = z.record(z.string(), z.string())

/** A flat map of texts, as tags are. */
export function tagsOf(row: Row, column: string): Record<string, string> {
  return jsonOf(row, column, tagsSchema)
}
