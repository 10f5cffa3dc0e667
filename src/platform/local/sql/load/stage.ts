// Takes rows of texts into a temporary table, chunk by chunk, so that a large file is never in memory as a whole.
import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk, type DuckDBType, VARCHAR } from '@duckdb/node-api'

const CHUNK_ROWS = 2_048
const CHUNKS_PER_FLUSH = 50

export const STAGE = 'lakedesk_stage'

export interface Stage {
  /** As many values as there are columns. */
  add(row: readonly (string | null)[]): void
  readonly rows: number
  /** Writes what is left. */
  end(): void
}

/** How the table is made from what was staged. */
export interface Staged {
  format: string
  query: string
}

/** Columns `c0`, `c1`... of texts. To be called once per connection. */
export async function createStage(connection: DuckDBConnection, columns: number): Promise<Stage> {
  const names = Array.from({ length: columns }, (_, i) => `c${i} VARCHAR`)
  await connection.run(`CREATE TEMP TABLE ${STAGE} (${names.join(', ')})`)
  const appender: DuckDBAppender = await connection.createAppender(STAGE, 'main', 'temp')
  const types: DuckDBType[] = names.map(() => VARCHAR)
  let buffer: (string | null)[][] = []
  let [rows, chunks] = [0, 0]

  const write = (): void => {
    if (buffer.length === 0) return
    const chunk = DuckDBDataChunk.create(types, buffer.length)
    chunk.setColumns(types.map((_, column) => buffer.map((row) => row[column] ?? null)))
    appender.appendDataChunk(chunk)
    buffer = []
    chunks += 1
    if (chunks % CHUNKS_PER_FLUSH === 0) appender.flushSync()
  }

  return {
    add(row) {
      buffer.push([...row])
      rows += 1
      if (buffer.length === CHUNK_ROWS) write()
    },
    get rows() {
      return rows
    },
    end() {
      write()
      appender.closeSync()
    },
  }
}
