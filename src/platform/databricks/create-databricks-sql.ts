// SQL on a Databricks warehouse by the Statement Execution API: guarded before it is sent, waited for, paged, cancelled.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { readBaseUrl } from '../mlflow/base-url.ts'
import { createMlflowHttp } from '../mlflow/mlflow-http.ts'
import type { AiPrice } from '../ports/ai-functions.ts'
import type { Sql, SqlColumn, SqlEstimate, SqlResult, SqlRow, SqlStatement, SqlTable } from '../ports/sql.ts'
import { checkBudget, toEstimateResult } from '../sql/estimate-result.ts'
import { readStatement } from '../sql/read-statement.ts'
import type { ReadStatement } from '../sql/statement.ts'
import type { DatabricksOptions } from './create-databricks-platform.ts'
import { createClientToken } from './databricks-token.ts'
import { estimateSql } from './estimate-sql.ts'
import { createExecutor, type Submission } from './execute-statement.ts'
import { createWarehouse } from './open-warehouse.ts'
import { readChunks } from './sql-chunks.ts'
import { isTooLargeForInline, toStatementError } from './sql-failures.ts'
import { toColumn } from './sql-values.ts'
import { checkLength, toParameters, type WireStatement } from './sql-wire.ts'

export interface DatabricksSqlOptions extends DatabricksOptions {
  /** Id of the warehouse. AI functions need a pro or serverless one. */
  warehouseId: string
  /** Where names without a catalog or schema are looked up; by default those of the workspace. */
  catalog?: string
  schema?: string
  log?: Log
  /** Of what the AI functions ask, for estimates; null where nobody knows. */
  price?: AiPrice | null
  /** Milliseconds to wait for a warehouse that sleeps; default 300,000. */
  startMs?: number
  /** Milliseconds before the first look at a statement or warehouse; default 100 and 2,000. */
  pollMs?: number
  warehousePollMs?: number
}

/** Its own AI functions too. */
const ON_DATABRICKS = { databricks: true } as const
const START_MS = 300_000
const POLL_MS = 100
const MAX_POLL_MS = 5_000
const WAREHOUSE_POLL_MS = 2_000
/** A result of AI functions with more rows than these may not fit into the answer, and must not be paid for twice. */
const SURE_TO_FIT_ROWS = 1_000

/**
 * Connects at the first call. The API has no key by which a statement would run once: one that only reads is handed in again where nobody
 * knows whether it arrived, one that writes is not, and the error says that it may have run. What Lakedesk itself writes are MERGEs by key,
 * which change nothing the second time, so its callers may simply run them again.
 */
export function createDatabricksSql(options: DatabricksSqlOptions): Sql {
  const { warehouseId, catalog, schema, log = silentLog, startMs = START_MS, pollMs = POLL_MS } = options
  const http = connect(options)
  const place = { ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) }
  const executor = createExecutor({ http, warehouseId, ...place, log, pollMs, maxPollMs: MAX_POLL_MS })
  const warehousePollMs = options.warehousePollMs ?? WAREHOUSE_POLL_MS
  const warehouse = createWarehouse({ http, id: warehouseId, log, startMs, pollMs: warehousePollMs })

  /** The statement once it succeeded. What does not fit into the answer is asked for again behind links, unless that costs. */
  async function execute(submission: Submission, isPaid: boolean, signal: AbortSignal): Promise<WireStatement> {
    await warehouse.ready(signal)
    const ended = await executor.execute(submission, signal)
    if (isTooLargeForInline(ended.status) && submission.disposition === 'INLINE') {
      if (isPaid || !submission.repeatable) throw tooLarge()
      return execute({ ...submission, disposition: 'EXTERNAL_LINKS' }, isPaid, signal)
    }
    if (ended.status.state !== 'SUCCEEDED') throw toStatementError(ended.status, warehouse.name)
    return ended
  }

  async function toResult(ended: WireStatement, signal: AbortSignal): Promise<SqlResult> {
    const columns = (ended.manifest?.schema.columns ?? []).map(toColumn)
    const types = columns.map(({ type }) => type)
    const pages = readChunks({ http, statementId: ended.statement_id, first: ended.result, types, signal })
    return {
      columns,
      pages: await withFirst(pages),
      truncated: ended.manifest?.truncated ?? false,
      notices: [],
      usage: null,
    }
  }

  async function runRead(read: ReadStatement, statement: SqlStatement, signal: AbortSignal): Promise<SqlResult> {
    checkLength(read.text)
    const isPaid = read.sites.length > 0
    const limit = statement.rowLimit
    const needsLinks = isPaid && isQuery(read) && (limit === undefined || limit > SURE_TO_FIT_ROWS)
    const submission: Submission = {
      text: read.text,
      parameters: toParameters(read.parameters, statement.parameters),
      disposition: needsLinks ? 'EXTERNAL_LINKS' : 'INLINE',
      ...(limit === undefined ? {} : { rowLimit: limit }),
      repeatable: isQuery(read),
    }
    return toResult(await execute(submission, isPaid, signal), signal)
  }

  const readIt = (statement: SqlStatement): ReadStatement => readStatement(statement, ON_DATABRICKS)

  /** The counting SELECT goes through the same guard as what it was made from. */
  function estimate(read: ReadStatement, { parameters }: SqlStatement, signal: AbortSignal): Promise<SqlEstimate> {
    const runOne = async (count: SqlStatement): Promise<SqlRow> => {
      const result = await runRead(readIt(count), count, signal)
      for await (const [row] of result.pages) if (row) return row
      return []
    }
    return estimateSql(read, parameters, { runOne, price: options.price ?? null })
  }

  return {
    get name() {
      return warehouse.name
    },
    learns: false,
    read(statement) {
      const { text, reads, writes, aiFunctions } = readIt(statement)
      return { text, reads, writes, aiFunctions }
    },
    async run(statement, signal) {
      const read = readIt(statement)
      if (read.explain) return toEstimateResult(await estimate(read, statement, signal))
      if (statement.budget && read.sites.length > 0) {
        checkBudget((await estimate(read, statement, signal)).total, statement.budget)
      }
      return runRead(read, statement, signal)
    },
    estimate: async (statement, signal) => estimate(readIt(statement), statement, signal),
    async listTables(signal) {
      const parameters = toParameters(schema ? ['schema'] : [], schema ? { schema } : {})
      const text = listing(catalog, schema)
      const submission: Submission = { text, parameters, disposition: 'INLINE', repeatable: true }
      return toTables(await toResult(await execute(submission, false, signal), signal))
    },
    close: () => executor.cancelAll(),
  }
}

function connect({ host, auth, timeoutMs }: DatabricksOptions) {
  const { address } = readBaseUrl(host)
  const timeout = timeoutMs ? { timeoutMs } : {}
  const token = auth.kind === 'token' ? auth.token : createClientToken({ host: address, ...auth, ...timeout })
  return createMlflowHttp({ baseUrl: address, token, platform: 'Databricks', ...timeout })
}

const isQuery = ({ kind }: ReadStatement): boolean => ['select', 'show-tables', 'describe'].includes(kind)

/** So that what goes wrong with the first page is told by `run`. */
async function withFirst(pages: AsyncGenerator<readonly SqlRow[]>): Promise<AsyncIterable<readonly SqlRow[]>> {
  const first = await pages.next()
  return {
    async *[Symbol.asyncIterator]() {
      if (first.done) return
      yield first.value
      yield* pages
    },
  }
}

function tooLarge(): LakedeskError {
  const fix = 'Ask for fewer rows or columns, or keep the result in a table with CREATE TABLE ... AS SELECT.'
  return new LakedeskError(
    'SQL_FAILED',
    `The result is larger than the 25 MiB that the warehouse sends at once, and is not computed a second time because its AI functions cost. ${fix}`,
  )
}

/** Every schema of Unity Catalog has its columns in the information schema. */
function listing(catalog: string | undefined, schema: string | undefined): string {
  const from = catalog
    ? `\`${catalog.replaceAll('`', '``')}\`.information_schema.columns`
    : 'information_schema.columns'
  const where = `table_schema = ${schema ? ':schema' : 'current_schema()'}`
  return `SELECT table_name, column_name, full_data_type FROM ${from} WHERE ${where} ORDER BY table_name, ordinal_position`
}

const columnRowSchema = z.tuple([z.string(), z.string(), z.string()])

async function toTables({ pages }: SqlResult): Promise<SqlTable[]> {
  const tables = new Map<string, SqlColumn[]>()
  for await (const page of pages) {
    for (const row of page) {
      const [table, name, type] = columnRowSchema.parse(row)
      tables.set(table, [...(tables.get(table) ?? []), { name, type: type.toUpperCase() }])
    }
  }
  return [...tables].map(([name, columns]) => ({ name, columns, rows: null }))
}
