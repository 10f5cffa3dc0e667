// SQL on a Databricks warehouse by the Statement Execution API: guarded before it is sent, waited for, paged, cancelled.
import { silentLog } from '../../core/log.ts'
import type { AiPrice } from '../ports/ai-functions.ts'
import type { Sql, SqlEstimate, SqlRow, SqlStatement } from '../ports/sql.ts'
import { checkBudget, toEstimateResult } from '../sql/estimate-result.ts'
import { readDdl, takeTableOptions } from '../sql/read-ddl.ts'
import { readStatement } from '../sql/read-statement.ts'
import type { ReadStatement } from '../sql/statement.ts'
import { connectWorkspace, type WorkspaceOptions } from './connect-workspace.ts'
import { estimateSql } from './estimate-sql.ts'
import { createExecutor } from './execute-statement.ts'
import { readListing, writeListing } from './list-sql-tables.ts'
import { createWarehouse } from './open-warehouse.ts'
import { createRunner } from './run-on-warehouse.ts'

export interface DatabricksSqlOptions extends WorkspaceOptions {
  /** Id of the warehouse. AI functions need a pro or serverless one. */
  warehouseId: string
  /** Where names without a catalog or schema are looked up; by default those of the workspace. */
  catalog?: string
  schema?: string
  /** Of what the AI functions ask, for estimates; null where nobody knows. */
  price?: AiPrice | null
  /** Milliseconds to wait for a warehouse that sleeps; default 300,000. */
  startMs?: number
  /** Milliseconds before the first look at a statement or warehouse; default 100 and 2,000. */
  pollMs?: number
  warehousePollMs?: number
}

const START_MS = 300_000
const POLL_MS = 100
const MAX_POLL_MS = 5_000
const WAREHOUSE_POLL_MS = 2_000
/**
 * Connects at the first call. The API has no key by which a statement would run once: one that only reads is handed in again where nobody
 * knows whether it arrived, one that writes is not, and the error says that it may have run. What Lakedesk itself writes are MERGEs by key,
 * which change nothing the second time, so its callers may simply run them again.
 */
export function createDatabricksSql(options: DatabricksSqlOptions): Sql {
  const { warehouseId, catalog, schema, log = silentLog, startMs = START_MS, pollMs = POLL_MS, price = null } = options
  const { http } = connectWorkspace(options)
  const place = { ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) }
  const executor = createExecutor({ http, warehouseId, ...place, log, pollMs, maxPollMs: MAX_POLL_MS })
  const warehousePollMs = options.warehousePollMs ?? WAREHOUSE_POLL_MS
  const warehouse = createWarehouse({ http, id: warehouseId, log, startMs, pollMs: warehousePollMs })
  const runner = createRunner(http, warehouse, executor)

  /** The counting SELECT goes through the same guard as what it was made from. */
  function estimate(read: ReadStatement, { parameters }: SqlStatement, signal: AbortSignal): Promise<SqlEstimate> {
    const runOne = async (count: SqlStatement): Promise<SqlRow> => {
      const result = await runner.run(readStatement(count), count, signal)
      for await (const [row] of result.pages) if (row) return row
      return []
    }
    return estimateSql(read, parameters, { runOne, price })
  }

  return {
    get name() {
      return warehouse.name
    },
    learns: false,
    async read(statement) {
      const { text, reads, writes, aiFunctions } = readStatement(statement)
      return { text, reads, writes, aiFunctions }
    },
    async run(statement, signal) {
      // Room for tables is made as it is written: nothing of it is read or paid for.
      if (statement.mode === 'own' && readDdl(statement.text)) return runner.runOwn(statement.text, {}, signal)
      const read = readOwn(statement)
      if (read.explain) return toEstimateResult(await estimate(read, statement, signal))
      if (statement.budget && read.sites.length > 0) {
        checkBudget((await estimate(read, statement, signal)).total, statement.budget)
      }
      return runner.run(read, statement, signal)
    },
    estimate: async (statement, signal) => estimate(readStatement(statement), statement, signal),
    async listTables(signal) {
      return readListing(await runner.runOwn(writeListing(place), schema ? { schema } : {}, signal))
    },
    close: () => executor.cancelAll(),
  }
}

/** What a CREATE TABLE of Lakedesk's own says beside its columns, such as the format, is no part of what is checked, and goes to the warehouse. */
function readOwn(statement: SqlStatement): ReadStatement {
  if (statement.mode !== 'own') return readStatement(statement)
  const { text } = takeTableOptions(statement.text)
  const read = readStatement({ ...statement, text })
  return text === statement.text ? read : { ...read, text: statement.text }
}
