// The tables of a schema of Unity Catalog with their columns, by its information schema.
import { z } from 'zod'
import type { SqlColumn, SqlPlace, SqlResult, SqlTable } from '../ports/sql.ts'

/** A SELECT of table, column and type; `schema` is its parameter where one is set. */
export function writeListing({ catalog, schema }: SqlPlace): string {
  const from = catalog
    ? `\`${catalog.replaceAll('`', '``')}\`.information_schema.columns`
    : 'information_schema.columns'
  const where = `table_schema = ${schema ? ':schema' : 'current_schema()'}`
  return `SELECT table_name, column_name, full_data_type FROM ${from} WHERE ${where} ORDER BY table_name, ordinal_position`
}

const columnRowSchema = z.tuple([z.string(), z.string(), z.string()])

export async function readListing({ pages }: SqlResult): Promise<SqlTable[]> {
  const tables = new Map<string, SqlColumn[]>()
  for await (const page of pages) {
    for (const row of page) {
      const [table, name, type] = columnRowSchema.parse(row)
      tables.set(table, [...(tables.get(table) ?? []), { name, type: toSpelling(type) }])
    }
  }
  return [...tables].map(([name, columns]) => ({ name, columns, rows: null }))
}

/** `bigint` is BIGINT; names of fields keep their letters. */
function toSpelling(type: string): string {
  return type.replace(/`[^`]*`|\w+\s*:|\w+/g, (word) => (/[`:]/.test(word) ? word : word.toUpperCase()))
}
