// How documents get into an index: through the table that a Delta Sync index follows, or straight into a Direct Access index.
import { createHash } from 'node:crypto'
import { LakedeskError } from '../../../core/errors.ts'
import {
  type ChunkRow,
  toChunkRows,
  toCountChunks,
  toCreateChunks,
  toDeleteChunks,
  toListDocuments,
  toMergeChunks,
  toStoredChunks,
} from '../../ports/chunk-table.ts'
import { readObjects, type Sql, type SqlStatement, type SqlValue } from '../../ports/sql.ts'
import type { IndexDocument, UpsertResult } from '../../ports/vector-index.ts'

/** What stands there of a chunk. */
export interface StoredChunk {
  chunk_id: string
  doc_id: string
  /** MD5 of its text. */
  digest: string
}

/** Where chunks are kept. */
export interface ChunkStore {
  stored(docIds: readonly string[], signal: AbortSignal): Promise<StoredChunk[]>
  write(rows: readonly ChunkRow[], signal: AbortSignal): Promise<void>
  remove(chunkIds: readonly string[], signal: AbortSignal): Promise<void>
  list(source: string | undefined, signal: AbortSignal): Promise<Map<string, string>>
  count(signal: AbortSignal): Promise<{ documents: number; chunks: number; bytes: number }>
}

/** Bytes of an embedding source column that Vector Search takes. */
const MAX_TEXT_BYTES = 32_764
/** Bytes of a row of a table that an index follows. */
const MAX_ROW_BYTES = 100_000
/** Of one statement or request: well below 16 MiB. */
const MAX_BATCH_BYTES = 2_000_000
const MAX_BATCH_ROWS = 1_000

/** Throws INDEX_FAILED before anything is sent. */
function checkRow(row: ChunkRow): void {
  const text = Buffer.byteLength(row.content)
  const whole = Buffer.byteLength(JSON.stringify(row))
  if (text <= MAX_TEXT_BYTES && whole <= MAX_ROW_BYTES) return
  const what =
    text > MAX_TEXT_BYTES
      ? `${text} bytes of text (at most ${MAX_TEXT_BYTES})`
      : `${whole} bytes (at most ${MAX_ROW_BYTES})`
  throw new LakedeskError(
    'INDEX_FAILED',
    `Chunk ${row.chunk_index} of ${row.doc_id.slice(0, 200)} has ${what}, which the index does not take. Cut the document into smaller chunks.`,
  )
}

/** In order, none larger than a statement may be. */
export function* toBatches(rows: readonly ChunkRow[]): Generator<ChunkRow[]> {
  let batch: ChunkRow[] = []
  let bytes = 0
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row))
    if (batch.length > 0 && (bytes + size > MAX_BATCH_BYTES || batch.length === MAX_BATCH_ROWS)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** Each document whole: its chunks as given, and none that it had before. Safe to call again after it broke off. */
export async function writeDocuments(
  documents: readonly IndexDocument[],
  store: ChunkStore,
  signal: AbortSignal,
  onProgress: (chunks: number) => void,
): Promise<UpsertResult> {
  signal.throwIfAborted()
  const rows = documents.flatMap(toChunkRows)
  rows.forEach(checkRow)
  const stored = await store.stored(
    documents.map(({ doc_id }) => doc_id),
    signal,
  )
  const before = new Map(stored.map((chunk) => [chunk.chunk_id, chunk]))
  const changed = rows.filter((row) => before.get(row.chunk_id)?.digest !== md5(row.content))
  let done = 0
  for (const batch of toBatches(rows)) {
    await store.write(batch, signal)
    done += batch.length
    onProgress(done)
  }
  const kept = new Set(rows.map(({ chunk_id }) => chunk_id))
  const gone = stored.filter(({ chunk_id }) => !kept.has(chunk_id)).map(({ chunk_id }) => chunk_id)
  if (gone.length > 0) await store.remove(gone, signal)
  return { documents: documents.length, chunks: changed.length, embedded: changed.length, removedChunks: gone.length }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The table that a Delta Sync index follows. It is made where it is missing, with its change data feed. */
export function createTableStore(sql: Sql, table: string): ChunkStore {
  let made: Promise<unknown> | null = null
  const run = async (statement: SqlStatement, signal: AbortSignal): Promise<Record<string, SqlValue>[]> =>
    readObjects(await sql.run(statement, signal))
  const open = async (signal: AbortSignal): Promise<void> => {
    made ??= run(toCreateChunks(table), signal)
    try {
      await made
    } catch (error) {
      made = null
      throw error
    }
  }
  const ask = async (statement: SqlStatement, signal: AbortSignal) => {
    await open(signal)
    return run(statement, signal)
  }
  return {
    stored: async (docIds, signal) =>
      (await ask(toStoredChunks(table, docIds), signal)).map(({ chunk_id, doc_id, digest }) => ({
        ...{ chunk_id: String(chunk_id), doc_id: String(doc_id), digest: String(digest) },
      })),
    write: async (rows, signal) => void (await ask(toMergeChunks(table, rows), signal)),
    remove: async (ids, signal) => void (await ask(toDeleteChunks(table, ids), signal)),
    list: async (source, signal) =>
      new Map(
        (await ask(toListDocuments(table, source), signal)).map(({ doc_id, content_hash }) => [
          String(doc_id),
          String(content_hash ?? ''),
        ]),
      ),
    async count(signal) {
      const [row] = await ask(toCountChunks(table), signal)
      return {
        documents: Number(row?.documents ?? 0),
        chunks: Number(row?.chunks ?? 0),
        bytes: Number(row?.bytes ?? 0),
      }
    },
  }
}
