// Runs a statement that was read on a warehouse: started, executed, and its result read page by page.
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import type { SqlResult, SqlRow, SqlStatement } from '../ports/sql.ts'
import type { ReadStatement } from '../sql/statement.ts'
import type { Executor, Submission } from './execute-statement.ts'
import type { Warehouse } from './open-warehouse.ts'
import { readChunks } from './sql-chunks.ts'
import { isTooLargeForInline, toStatementError } from './sql-failures.ts'
import { toColumn } from './sql-values.ts'
import { checkLength, toParameters, type WireStatement } from './sql-wire.ts'

export interface Runner {
  /** Throws as `run` of the port. */
  run(read: ReadStatement, statement: SqlStatement, signal: AbortSignal): Promise<SqlResult>
  /** A statement of the driver's own that only reads, as it is. */
  runOwn(text: string, parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<SqlResult>
}

/** A result of AI functions with more rows than these may not fit into the answer, and must not be paid for twice. */
const SURE_TO_FIT_ROWS = 1_000

export function createRunner(http: MlflowHttp, warehouse: Warehouse, executor: Executor): Runner {
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

  async function toResult(ended: WireStatement, reads: boolean, signal: AbortSignal): Promise<SqlResult> {
    if (reads && ended.manifest === undefined) throw withoutManifest()
    const columns = (ended.manifest?.schema.columns ?? []).map(toColumn)
    const types = columns.map(({ type }) => type)
    const { statement_id: statementId, result: first, manifest } = ended
    const pages = readChunks({ http, statementId, first, manifest, types, signal })
    const truncated = ended.manifest?.truncated ?? false
    return { columns, pages: await withFirst(pages), truncated, notices: [], usage: null }
  }

  return {
    async run(read, statement, signal) {
      checkLength(read.text)
      const isPaid = read.sites.length > 0
      const limit = statement.rowLimit
      const needsLinks = isPaid && isQuery(read) && (limit === undefined || limit > SURE_TO_FIT_ROWS)
      const submission: Submission = {
        text: read.text,
        parameters: toParameters(read.parameters, statement.parameters),
        disposition: needsLinks ? 'EXTERNAL_LINKS' : 'INLINE',
        ...(limit === undefined ? {} : { rowLimit: limit }),
        // One that is paid for may run already: it is not handed in twice.
        repeatable: isQuery(read) && !isPaid,
      }
      return toResult(await execute(submission, isPaid, signal), isQuery(read), signal)
    },
    async runOwn(text, values, signal) {
      const parameters = toParameters(Object.keys(values), values)
      const submission: Submission = { text, parameters, disposition: 'INLINE', repeatable: true }
      return toResult(await execute(submission, false, signal), true, signal)
    },
  }
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

function withoutManifest(): LakedeskError {
  return new LakedeskError(
    'SQL_FAILED',
    'The warehouse ended the query without saying what its result is (no manifest in the answer), so nothing can be read from it. Run the query again; if it stays so, look at what stands between Lakedesk and the workspace.',
  )
}

function tooLarge(): LakedeskError {
  const fix = 'Ask for fewer rows or columns, or keep the result in a table with CREATE TABLE ... AS SELECT.'
  return new LakedeskError(
    'SQL_FAILED',
    `The result is larger than the 25 MiB that the warehouse sends at once, and is not computed a second time because its AI functions cost. ${fix}`,
  )
}
