// Reads a result page by page, so that a large one is never in memory as a whole.
import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import type { SqlRow, SqlValue } from '../../ports/sql.ts'
import { toSqlValue } from './sql-values.ts'

const PAGE_ROWS = 1_000

/** Rows in pages of at most 1,000, without empty ones. */
export async function* readPages(
  chunks: AsyncIterable<DuckDBDataChunk> | Iterable<DuckDBDataChunk>,
  types: readonly DuckDBType[],
): AsyncGenerator<SqlRow[]> {
  let page: SqlRow[] = []
  for await (const chunk of chunks) {
    const columns = types.map((type, i) => chunk.getColumnValues(i).map((value) => toSqlValue(value, type)))
    for (let row = 0; row < chunk.rowCount; row += 1) {
      page.push(columns.map((column): SqlValue => column[row] ?? null))
      if (page.length === PAGE_ROWS) {
        yield page
        page = []
      }
    }
  }
  if (page.length > 0) yield page
}

/** Lets `limit` rows through; `onMore` is called where there is another one. */
export async function* limitPages(
  pages: AsyncIterable<SqlRow[]>,
  limit: number,
  onMore: () => void,
): AsyncGenerator<SqlRow[]> {
  let left = limit
  for await (const page of pages) {
    if (page.length > left) {
      onMore()
      if (left > 0) yield page.slice(0, left)
      return
    }
    left -= page.length
    yield page
  }
}
