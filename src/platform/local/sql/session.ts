// One connection set up for one statement: its clock, its AI function, its transaction, and its end when somebody stops it.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import type { SqlParameter } from '../../ports/sql.ts'
import type { LookUp } from './ai-function.ts'
import { type Bound, bindParameters } from './bind-parameters.ts'
import { quoteText } from './duck-file.ts'
import type { Lease } from './lease.ts'
import { toSqlError } from './sql-errors.ts'

export interface SessionOptions {
  lease: Lease
  lookUp: LookUp
  /** What the statement takes for now, in all its passes. */
  at: Date
  /** True for statements that may change tables. */
  writes: boolean
  /** Milliseconds that the database may compute, waiting for models and readers not counted; absent: without end. */
  limitMs?: number
}

export interface Session {
  connection: DuckDBConnection
  bind(names: readonly string[], parameters: Readonly<Record<string, SqlParameter>>): Promise<Bound>
  prepare(text: string): Promise<DuckDBPreparedStatement>
  /** A result that is read as it is computed. Throws as the port says. */
  stream(text: string, bound?: Bound): Promise<DuckDBResult>
  /** The next rows; null at the end. */
  fetch(result: DuckDBResult): Promise<DuckDBDataChunk | null>
  /** Runs to the end. */
  run(text: string, bound?: Bound): Promise<DuckDBResult>
  commit(): Promise<void>
  /** Rolls back what is not committed. May be called twice. */
  end(): Promise<void>
}

/** Functions of the clock that stand in the tree of a statement; all of them tell the time at which it began. */
const CLOCKS = ['now', 'current_timestamp', 'get_current_timestamp', 'transaction_timestamp']

export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const { connection, ai: aiFunction, release } = await options.lease.take(signal)
  const abort = (): void => connection.interrupt()
  signal.addEventListener('abort', abort)
  const ai = aiFunction.begin(connection, options.lookUp)
  let ended = false

  const clock = createComputeClock(options.limitMs, () => connection.interrupt())
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    try {
      return await clock.time(work)
    } catch (error) {
      if (clock.isOver && !signal.aborted) throw toTooLong(options.limitMs)
      throw toSqlError(error, signal)
    }
  }

  const session: Session = {
    connection,
    bind: (names, parameters) => guard(() => bindParameters(connection, names, parameters)),
    prepare: (text) =>
      guard(async () => {
        await checkOne(connection, text)
        return connection.prepare(text)
      }),
    stream: (text, bound) =>
      guard(async () => {
        await checkOne(connection, text)
        return connection.stream(text, bound?.values, bound?.types)
      }),
    fetch: (result) =>
      guard(async () => {
        const chunk = await result.fetchChunk()
        return chunk && chunk.rowCount > 0 ? chunk : null
      }),
    run: (text, bound) =>
      guard(async () => {
        await checkOne(connection, text)
        return connection.run(text, bound?.values, bound?.types)
      }),
    async commit() {
      await guard(() => connection.run('COMMIT'))
    },
    async end() {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', abort)
      ai.end()
      // Closing the connection rolls back too; a statement that was stopped may have left no transaction.
      await connection.run('ROLLBACK').catch(() => undefined)
      release()
    },
  }
  try {
    await guard(() => connection.run(toClock(options.at)))
    await session.run(options.writes ? 'BEGIN TRANSACTION' : 'BEGIN TRANSACTION READ ONLY')
  } catch (error) {
    await session.end()
    throw error
  }
  return session
}

/** Adds up how long the database computes, and calls `stop` when that is too long. */
function createComputeClock(limitMs: number | undefined, stop: () => void) {
  let spent = 0
  let isOver = false
  return {
    get isOver() {
      return isOver
    },
    async time<T>(work: () => Promise<T>): Promise<T> {
      if (limitMs === undefined) return work()
      const begun = performance.now()
      const timer = setTimeout(
        () => {
          isOver = true
          stop()
        },
        Math.max(1, limitMs - spent),
      )
      try {
        return await work()
      } finally {
        clearTimeout(timer)
        spent += performance.now() - begun
      }
    },
  }
}

function toTooLong(limitMs = 0): LakedeskError {
  return new LakedeskError(
    'SQL_FAILED',
    `The statement computed for more than ${Math.round(limitMs / 1000)} s, so it was stopped. Narrow its rows with WHERE, or join on equal columns.`,
  )
}

/** DuckDB would run all statements of a text. Throws SQL_REFUSED where it holds another number than one. */
async function checkOne(connection: DuckDBConnection, text: string): Promise<void> {
  const { count } = await connection.extractStatements(text).catch((error: Error) => {
    throw new Error(error.message.replace(/^Failed to extract statements: /, ''), { cause: error })
  })
  if (count !== 1)
    throw new LakedeskError('SQL_REFUSED', 'The text holds more than one statement. Send them one by one.')
}

/** Temporary macros come before DuckDB's own functions of the same name. */
function toClock(at: Date): string {
  const time = at.toISOString()
  const stamp = `TIMESTAMPTZ ${quoteText(time.replace('T', ' ').replace('Z', '+00'))}`
  const date = `DATE ${quoteText(time.slice(0, 10))}`
  const local = `TIMESTAMP ${quoteText(time.replace('T', ' ').replace('Z', ''))}`
  return [
    ...CLOCKS.map((name) => `CREATE OR REPLACE TEMP MACRO ${name}() AS ${stamp};`),
    `CREATE OR REPLACE TEMP MACRO current_date() AS ${date}; CREATE OR REPLACE TEMP MACRO today() AS ${date};`,
    `CREATE OR REPLACE TEMP MACRO localtimestamp() AS ${local}; CREATE OR REPLACE TEMP MACRO current_localtimestamp() AS ${local};`,
  ].join('\n')
}
