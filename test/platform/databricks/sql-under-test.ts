// The SQL driver of Databricks connected to the stand-in of a workspace.
import {
  createDatabricksSql,
  type DatabricksSqlOptions,
} from '../../../src/platform/databricks/create-databricks-sql.ts'
import type { SqlEngine } from '../../../src/platform/lakehouse/sql-engine.ts'
import type { SqlResult, SqlRow } from '../../../src/platform/ports/sql.ts'
import { startDatabricks } from '../../stand-ins/databricks.ts'

export const WAREHOUSE = { id: 'a1b2c3', name: 'Support warehouse' }

/** `now` is the clock of the workspace. */
export async function openSql(
  engine?: SqlEngine,
  options: Partial<DatabricksSqlOptions> = {},
  now: () => number = Date.now,
) {
  const standIn = await startDatabricks({ now, ...(engine ? { engine } : {}) })
  standIn.sql.warehouses.add(WAREHOUSE.id, WAREHOUSE.name)
  const { host, token } = standIn
  const sql = createDatabricksSql({
    ...{ host, auth: { kind: 'token', token }, warehouseId: WAREHOUSE.id },
    ...{ pollMs: 2, warehousePollMs: 5, ...options },
  })
  return {
    standIn,
    sql,
    async close(): Promise<void> {
      await sql.close()
      await standIn.close()
    },
  }
}

export type OpenSql = Awaited<ReturnType<typeof openSql>>

export async function rowsOf({ pages }: SqlResult): Promise<SqlRow[]> {
  const rows: SqlRow[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

export const never = (): AbortSignal => new AbortController().signal
