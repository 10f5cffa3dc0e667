// The embedded driver of the index: one SQLite file, searched in memory.
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import type { IndexDocument, IndexHit, IndexQuery, UpsertResult, VectorIndex } from '../../ports/vector-index.ts'
import { toIndexError, toMissingError } from './index-errors.ts'
import { type LoadedIndex, loadIndex } from './loaded-index.ts'
import { identifyFile, measureFile, type OpenedDatabase, openDatabase } from './open-database.ts'
import { parseQuery } from './parse-query.ts'
import { searchLoaded } from './search-loaded.ts'
import { prepareDocument, removeDocuments, toUnitVector, writeBatch } from './write-documents.ts'

export interface LocalIndexOptions {
  file: string
  embeddings: TextEmbeddings
  log: Log
  /** Refuse to write. Default false. */
  readOnly?: boolean
  /** Largest size of the file; writing beyond it is refused with STORE_FULL. Default none. */
  maxBytes?: number
}

/** Chunks and documents of one transaction. */
const BATCH_CHUNKS = 300
const BATCH_DOCUMENTS = 200

interface Opened extends OpenedDatabase {
  terms: Map<string, number>
  loading?: Promise<LoadedIndex> | undefined
}

/**
 * Opens nothing before the first call. The file is created by the first `upsert`; other processes may read and write it
 * at the same time, and what they wrote is found by the next query. Holds about 1.5 KB of memory for each chunk of 384
 * dimensions. Rejects with INDEX_MISSING, INDEX_CORRUPT, INDEX_MISMATCH, INDEX_FAILED, STORE_FULL, QUERY_INVALID,
 * FILTER_INVALID, or what the embeddings reject with.
 */
export function createLocalIndex(options: LocalIndexOptions): VectorIndex {
  const { file, embeddings, log, readOnly = false, maxBytes } = options
  let opened: Opened | null = null
  let opening: Promise<OpenedDatabase | null> | null = null
  let writing: Promise<unknown> = Promise.resolve()

  function closeFile(): void {
    if (opened?.db.isOpen) opened.db.close()
    opened = null
  }

  async function openFile(create: boolean): Promise<Opened | null> {
    // The file may have been deleted, or replaced by another, since it was opened.
    if (opened && opened.identity !== identifyFile(file)) closeFile()
    if (opened) return opened
    await opening?.catch(() => null)
    if (opened) return opened
    opening = openDatabase({ file, embeddings, readOnly, maxBytes }, create)
    try {
      const found = await opening
      opened = found && { ...found, terms: new Map() }
    } finally {
      opening = null
    }
    return opened
  }

  async function guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw toIndexError(error, file)
    }
  }

  /** One write at a time in this process; other processes are kept apart by the file's lock. */
  function write<T>(create: boolean, work: (opened: Opened | null) => Promise<T>): Promise<T> {
    if (readOnly) {
      return Promise.reject(new LakedeskError('INDEX_FAILED', `The index ${file} was opened for reading only.`))
    }
    const result = writing.then(() => guard(async () => work(await openFile(create))))
    writing = result.catch(() => undefined)
    return result
  }

  async function current(): Promise<{ db: DatabaseSync; loaded: LoadedIndex }> {
    const now = await openFile(false)
    if (!now) throw toMissingError(file)
    now.loading ??= load(now.db)
    const { loading } = now
    // Another query may have begun to load anew meanwhile: only our own attempt is given up.
    const giveUp = (): void => {
      if (now.loading === loading) now.loading = undefined
    }
    const loaded = await loading.catch((error: unknown) => {
      giveUp()
      throw error
    })
    if (loaded.catchUp()) return { db: now.db, loaded }
    giveUp()
    return current()
  }

  async function load(db: DatabaseSync): Promise<LoadedIndex> {
    const started = Date.now()
    const loaded = await loadIndex(db, embeddings.dimension)
    log.debug('Index loaded', { file, ms: Date.now() - started })
    return loaded
  }

  return {
    upsert: (documents, { signal, onProgress } = {}) =>
      write(true, async (target) => {
        if (!target) throw toMissingError(file)
        const total: UpsertResult = { documents: 0, chunks: 0, embedded: 0, removedChunks: 0 }
        let seen = 0
        for (const batch of toBatches(documents)) {
          signal?.throwIfAborted()
          const result = await writeBatch({ ...target, embeddings }, batch.map(prepareDocument), signal)
          total.documents += result.documents
          total.chunks += result.chunks
          total.embedded += result.embedded
          total.removedChunks += result.removedChunks
          for (const { chunks } of batch) seen += chunks.length
          onProgress?.(seen)
        }
        return total
      }),

    remove: (docIds) =>
      write(false, async (target) => (target && docIds.length > 0 ? removeDocuments(target.db, docIds) : 0)),

    listDocuments: (source) =>
      guard(async () => {
        const db = (await openFile(false))?.db
        const sql = 'SELECT doc_id, content_hash FROM documents WHERE ?1 IS NULL OR source = ?1'
        const rows = db?.prepare(sql).all(source ?? null) ?? []
        return new Map(rows.map((row) => [String(row.doc_id), String(row.content_hash)]))
      }),

    querySimilar: (query: IndexQuery): Promise<IndexHit[]> =>
      guard(async () => {
        const parsed = parseQuery(query)
        await current()
        const vector = parsed.queryType === 'FULL_TEXT' ? null : await embeddings.embedQuery(parsed.text)
        // From here on nothing waits, so the loaded index and the file are of the same moment.
        const { db, loaded } = await current()
        return searchLoaded(db, loaded, { ...parsed, vector: vector && toUnitVector(vector, embeddings) })
      }),

    describe: () =>
      guard(async () => {
        const db = (await openFile(false))?.db
        const sql = 'SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM chunks) AS chunks'
        const counts = db?.prepare(sql).get()
        return {
          documents: Number(counts?.documents ?? 0),
          chunks: Number(counts?.chunks ?? 0),
          dimension: embeddings.dimension,
          embeddings: embeddings.name,
          bytes: measureFile(file),
        }
      }),

    async close() {
      await writing
      closeFile()
    },
  }
}

function toBatches(documents: readonly IndexDocument[]): IndexDocument[][] {
  const batches: IndexDocument[][] = []
  let batch: IndexDocument[] = []
  let chunks = 0
  for (const document of documents) {
    if (batch.length >= BATCH_DOCUMENTS || (batch.length > 0 && chunks + document.chunks.length > BATCH_CHUNKS)) {
      batches.push(batch)
      batch = []
      chunks = 0
    }
    batch.push(document)
    chunks += document.chunks.length
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
