// The tables that statements may name, with their columns.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlTable } from '../../ports/sql.ts'
import { OWN_SCHEMA, quoteName, quoteText } from './duck-file.ts'
import { propertiesKeyOf, readProperties } from './run-ddl.ts'
import { toTypeText } from './sql-values.ts'

export async function listTables(connection: DuckDBConnection): Promise<SqlTable[]> {
  const result = await connection.run(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name <> ${quoteText(OWN_SCHEMA)} AND NOT temporary AND NOT internal
      ORDER BY schema_name <> 'main', schema_name, table_name`,
  )
  const found = await result.getRows()
  const properties = await readProperties(connection)
  const tables: SqlTable[] = []
  for (const [schema, table] of found.map((row) => row.map(String))) {
    const name = { schema: schema ?? '', table: table ?? '' }
    const written = `${quoteName(name.schema)}.${quoteName(name.table)}`
    const prepared = await connection.prepare(`SELECT * FROM ${written}`)
    const columns = Array.from({ length: prepared.columnCount }, (_, i) => ({
      name: prepared.columnName(i),
      type: toTypeText(prepared.columnType(i)),
    }))
    prepared.destroySync()
    const [count] = await (await connection.run(`SELECT count(*) FROM ${written}`)).getRows()
    const own = properties.get(propertiesKeyOf(name))
    tables.push({
      name: name.schema === 'main' ? name.table : `${name.schema}.${name.table}`,
      columns,
      rows: Number(count?.[0] ?? 0),
      ...(own ? { properties: own } : {}),
    })
  }
  return tables
}
