// Runs a statement that changes a table: its AI functions answered first, then all of it in one transaction.
import { LakedeskError } from '../../../core/errors.ts'
import { NO_USAGE, type SqlResult, type SqlUsage } from '../../ports/sql.ts'
import { bodyOf } from '../../sql/tree.ts'
import { toNotices } from './ai-lookups.ts'
import { answerPasses, openWorkSession, type Work } from './answer-passes.ts'
import { onePage } from './one-page.ts'
import { isThere, makeSchemaOf, toDuckName } from './run-ddl.ts'
import type { Session } from './session.ts'
import { toUsage } from './spending.ts'

/** The tables may change between the answers and the change itself, each time by somebody else. */
const TRIES = 5

/** One row: `num_affected_rows`, as Databricks tells it. */
export async function runChange(work: Work, signal: AbortSignal): Promise<SqlResult> {
  const { duck, statement } = work
  if (await isThereAlready(work, signal)) return toChanged(work, 0)
  if (duck.read.kind === 'create-table' && duck.read.writes !== null) {
    await makeSchemaOf(work.tables.lease, duck.read.writes, signal)
  }
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
  return tables.lease.use(signal, (connection) => isThere(connection, toDuckName(writes.split('.'))))
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
    const endTurn = await work.tables.lease.takeTurn(signal)
    const session = await openWorkSession(work, signal, true).catch((error: unknown) => {
      endTurn()
      throw error
    })
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
      endTurn()
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
