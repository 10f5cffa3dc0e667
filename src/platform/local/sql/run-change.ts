// Runs a statement that changes a table: its AI functions answered first, then all of it in one transaction.
import { LakedeskError } from '../../../core/errors.ts'
import { NO_USAGE, type SqlResult, type SqlRow, type SqlUsage } from '../../ports/sql.ts'
import { bodyOf } from '../../sql/tree.ts'
import { toNotices } from './ai-lookups.ts'
import { answerPasses, openWorkSession, type Work } from './answer-passes.ts'
import { quoteText } from './duck-file.ts'
import type { Session } from './session.ts'
import { toUsage } from './spending.ts'

/** The tables may change between the answers and the change itself, each time by somebody else. */
const TRIES = 5

/** One row: `num_affected_rows`, as Databricks tells it. */
export async function runChange(work: Work, signal: AbortSignal): Promise<SqlResult> {
  const { duck, statement } = work
  if (await isThereAlready(work, signal)) return toChanged(work, 0)
  return changeAnswered(work, duck.query, signal, async (session) => {
    const bound = await session.bind(duck.read.parameters, statement.parameters ?? {})
    const result = await session.run(duck.text, bound)
    const chunk = await result.fetchChunk()
    const affected = chunk && chunk.rowCount > 0 && result.columnName(0) === 'Count' ? chunk.getColumnValues(0)[0] : 0
    return Number(affected ?? 0)
  })
}

/** CREATE TABLE IF NOT EXISTS does nothing where the table is there, so nobody is asked for its rows. */
export async function isThereAlready({ duck, tables }: Work, signal: AbortSignal): Promise<boolean> {
  const { tree, writes } = duck.read
  if (bodyOf(tree, 'create_table')?.if_not_exists !== true || writes === null) return false
  const [name = '', schema = 'main', ...more] = writes.split('.').reverse()
  if (more.length > 0) return false
  const found = await tables.lease.use(signal, async (connection) => {
    const where = `lower(schema_name) = ${quoteText(schema)} AND lower(table_name) = ${quoteText(name)} AND NOT temporary`
    return (await connection.run(`SELECT 1 FROM duckdb_tables() WHERE ${where}`)).getRows()
  })
  return found.length > 0
}

/** `change` gives the rows it touched. It is run again, from the answers on, where it reached calls that nobody had answered. */
export async function changeAnswered(
  work: Work,
  query: string | null,
  signal: AbortSignal,
  change: (session: Session) => Promise<number>,
): Promise<SqlResult> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    if (query !== null) {
      const { session } = await answerPasses(work, query, signal)
      await session.end()
    }
    const session = await openWorkSession(work, signal, true)
    try {
      work.lookups.begin(work.lastStage)
      const affected = await change(session)
      if (work.lookups.fault) throw work.lookups.fault
      if (work.lookups.count().missing.length > 0) continue
      await session.commit()
      return toChanged(work, affected)
    } catch (error) {
      throw work.lookups.fault ?? error
    } finally {
      await session.end()
    }
  }
  const message = `The arguments of the statement's AI functions were different each time they were looked at, ${TRIES} times. Keep what changes (rand(), uuid()) out of them, or try again when nobody writes to the tables.`
  throw new LakedeskError('SQL_FAILED', message)
}

function toChanged({ lookups, spent, tables }: Work, affected: number): SqlResult {
  const count = lookups.count()
  const usage: SqlUsage = count.sites.length === 0 ? NO_USAGE : toUsage(count, spent, tables.engine.price)
  return {
    columns: [{ name: 'num_affected_rows', type: 'BIGINT' }],
    pages: onePage([[affected]]),
    truncated: false,
    notices: toNotices(count.sites),
    usage,
  }
}

export async function* onePage(rows: SqlRow[]): AsyncGenerator<SqlRow[]> {
  yield rows
}
