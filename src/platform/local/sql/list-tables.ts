// The tables that statements may name, with their columns.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlTable } from '../../ports/sql.ts'
import { quoteName } from './duck-file.ts'
import { toTypeText } from './sql-values.ts'

export async function listTables(connection: DuckDBConnection): Promise<SqlTable[]> {
  const result = await connection.run(
    "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary AND NOT internal ORDER BY table_name",
  )
  const tables: SqlTable[] = []
  for (const [name] of await result.getRows()) {
    const table = quoteName(String(name))
    const prepared = await connection.prepare(`SELECT * FROM main.${table}`)
    const columns = Array.from({ length: prepared.columnCount }, (_, i) => ({
      name: prepared.columnName(i),
      type: toTypeText(prepared.columnType(i)),
    }))
    prepared.destroySync()
    const [count] = await (await connection.run(`SELECT count(*) FROM main.${table}`)).getRows()
    tables.push({ name: String(name), columns, rows: Number(count?.[0] ?? 0) })
  }
  return tables
}
