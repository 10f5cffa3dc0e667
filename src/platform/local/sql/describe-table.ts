// DESCRIBE of a table and SHOW TABLES, with the columns and types that Databricks answers.
import { NO_USAGE, type SqlResult } from '../../ports/sql.ts'
import { foldName } from '../../sql/check-names.ts'
import type { Work } from './answer-passes.ts'
import { listTables } from './list-tables.ts'
import { onePage } from './one-page.ts'
import { type DuckName, toDuckName } from './run-ddl.ts'
import { toUnknownTable } from './sql-errors.ts'

/** One row per column: `col_name`, `data_type`, `comment`. Throws SQL_INVALID where there is no such table. */
export async function describeTable({ tables, duck, statement }: Work, signal: AbortSignal): Promise<SqlResult> {
  const [name = ''] = duck.read.reads
  const wanted = toDuckName(name.split('.'))
  const table = (await tables.lease.use(signal, listTables)).find((one) =>
    isSame(toDuckName(one.name.split('.')), wanted),
  )
  if (!table) throw toUnknownTable(name)
  const rows = table.columns.map(({ name: column, type }) => [column, type.toLowerCase(), null])
  const limit = statement.rowLimit ?? rows.length
  return {
    columns: ['col_name', 'data_type', 'comment'].map((column) => ({ name: column, type: 'STRING' })),
    pages: onePage(rows.slice(0, limit)),
    truncated: rows.length > limit,
    notices: [],
    usage: NO_USAGE,
  }
}

/** One row per table: `database`, `tableName`, `isTemporary`. */
export async function showTables({ tables, statement }: Work, signal: AbortSignal): Promise<SqlResult> {
  const rows = (await tables.lease.use(signal, listTables)).map(({ name }) => {
    const parts = name.split('.')
    const table = parts.pop() ?? ''
    return [parts.join('.') || 'default', table, false]
  })
  const limit = statement.rowLimit ?? rows.length
  return {
    columns: [
      { name: 'database', type: 'STRING' },
      { name: 'tableName', type: 'STRING' },
      { name: 'isTemporary', type: 'BOOLEAN' },
    ],
    pages: onePage(rows.slice(0, limit)),
    truncated: rows.length > limit,
    notices: [],
    usage: NO_USAGE,
  }
}

function isSame(a: DuckName, b: DuckName): boolean {
  return foldName(a.schema) === foldName(b.schema) && foldName(a.table) === foldName(b.table)
}
