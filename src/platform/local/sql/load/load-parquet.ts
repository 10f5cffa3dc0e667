// Takes a Parquet file over, read by an instance of its own that may read this file and nothing else.
import type { DuckDBConnection } from '@duckdb/node-api'
import { openForFile, quoteName, quoteText } from '../duck-file.ts'
import { invalid } from './decode-file.ts'
import { STAGE, type Staged } from './stage.ts'

export async function loadParquet(
  connection: DuckDBConnection,
  file: string,
  options: { signal: AbortSignal; onProgress?: ((rows: number) => void) | undefined },
): Promise<Staged> {
  const reader = await openForFile(file)
  try {
    const result = await reader.connection
      .stream(`SELECT * FROM read_parquet(${quoteText(file)})`)
      .catch((error: unknown) => {
        throw invalid(file, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error)
      })
    const columns = result.columnNames().map((name, i) => `${quoteName(name)} ${result.columnType(i)}`)
    await connection.run(`CREATE TEMP TABLE ${STAGE} (${columns.join(', ')})`)
    const appender = await connection.createAppender(STAGE, 'main', 'temp')
    let rows = 0
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      options.signal.throwIfAborted()
      appender.appendDataChunk(chunk)
      rows += chunk.rowCount
      options.onProgress?.(rows)
    }
    appender.closeSync()
    return { format: 'Parquet', query: `SELECT * FROM temp.main.${STAGE}` }
  } finally {
    reader.connection.closeSync()
    reader.instance.closeSync()
  }
}
