// Runs a statement that only reads: its AI functions answered first, then its rows in pages.
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import { NO_USAGE, type SqlColumn, type SqlResult, type SqlRow } from '../../ports/sql.ts'
import { toNotices } from './ai-lookups.ts'
import { answerPasses, openWorkSession, toQuery, type Work } from './answer-passes.ts'
import { limitPages, readPages } from './read-pages.ts'
import type { Session } from './session.ts'
import { toUsage } from './spending.ts'
import { toTypeText } from './sql-values.ts'

/** A result that nobody reads on is given up after so long, since it keeps the tables from other processes. */
const UNREAD_MS = 60_000

export async function runSelect(work: Work, signal: AbortSignal): Promise<SqlResult> {
  const { duck, statement } = work
  const text = toQuery(work)
  const bindings = statement.parameters ?? {}
  if (duck.query === null || duck.read.sites.length === 0) {
    const session = await openWorkSession(work, signal, false)
    return endOnError(session, async () => {
      const names = await readNames(work, session)
      const result = await session.stream(text, await session.bind(duck.read.parameters, bindings))
      return toResult(work, session, toColumns(names, result), result, streamChunks(session, result))
    })
  }
  const { session, result, chunks } = await answerPasses(work, text, signal)
  return endOnError(session, async () => {
    const columns = toColumns(await readNames(work, session), result)
    if (chunks) return toResult(work, session, columns, result, chunks)
    const again = await session.stream(text, await session.bind(duck.read.parameters, bindings))
    return toResult(work, session, columns, again, streamChunks(session, again))
  })
}

/**
 * Names as written, or null where they are the result's own: a statement within a statement may not name two columns alike, so DuckDB renames
 * them there. To be called before a result is streamed: anything else on the connection ends the stream.
 */
async function readNames(work: Work, session: Session): Promise<string[] | null> {
  if (work.statement.rowLimit === undefined || work.duck.read.kind !== 'select') return null
  const prepared = await session.prepare(work.duck.text)
  const names = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnName(i))
  prepared.destroySync()
  return names
}

function toColumns(names: string[] | null, result: DuckDBResult): SqlColumn[] {
  const own = result.columnNames()
  const written = names?.length === own.length ? names : own
  return written.map((name, i) => ({ name, type: toTypeText(result.columnType(i)) }))
}

async function* streamChunks(session: Session, result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  for (let chunk = await session.fetch(result); chunk; chunk = await session.fetch(result)) yield chunk
}

/** Reads two pages, so that what is wrong is thrown here; where there are no more, the tables are free at once. */
async function toResult(
  work: Work,
  session: Session,
  columns: SqlColumn[],
  result: DuckDBResult,
  chunks: AsyncIterable<DuckDBDataChunk> | Iterable<DuckDBDataChunk>,
): Promise<SqlResult> {
  const { lookups, spent, statement, tables } = work
  let truncated = false
  const all = readPages(chunks, result.columnTypes())
  const pages = statement.rowLimit === undefined ? all : limitPages(all, statement.rowLimit, () => (truncated = true))
  const first = await pages.next()
  const second = await pages.next()
  const count = lookups.count()
  if (second.done) await session.end()
  return {
    columns,
    pages: second.done
      ? listPages(first.done ? [] : first.value)
      : restPages(session, first.value, second.value, pages),
    get truncated() {
      return truncated
    },
    notices: toNotices(count.sites),
    usage: count.sites.length === 0 ? NO_USAGE : toUsage(count, spent, tables.engine.price),
  }
}

async function* listPages(page: SqlRow[]): AsyncGenerator<SqlRow[]> {
  yield page
}

/** Ends the session after the last page, when the reader leaves, or when nobody reads any more. */
function restPages(
  session: Session,
  first: SqlRow[],
  second: SqlRow[],
  more: AsyncGenerator<SqlRow[]>,
): AsyncGenerator<SqlRow[]> {
  let late = false
  const wait = (): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      late = true
      void session.end()
    }, UNREAD_MS)
    return timer.unref()
  }
  let timer = wait()
  async function* read(): AsyncGenerator<SqlRow[]> {
    try {
      yield first
      for (let page: IteratorResult<SqlRow[]> = { done: false, value: second }; !page.done; page = await more.next()) {
        clearTimeout(timer)
        timer = wait()
        yield page.value
        if (late)
          throw new LakedeskError(
            'SQL_FAILED',
            'Nobody read on in this result for a minute, so it was given up. Run the statement again.',
          )
      }
    } finally {
      clearTimeout(timer)
      await session.end()
    }
  }
  const pages = read()
  // Whoever leaves before the first page never enters the generator, and its end would not be reached.
  const leave = pages.return.bind(pages)
  pages.return = async (value) => {
    clearTimeout(timer)
    await session.end()
    return leave(value)
  }
  return pages
}

async function endOnError<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await session.end()
    throw error
  }
}
