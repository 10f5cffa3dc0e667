// Writes documents into the index: embeds what is new, and changes each document as a whole.
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../../core/errors.ts'
import { EMBEDDING_BATCH, type TextEmbeddings } from '../../ports/models.ts'
import type { IndexDocument, UpsertResult } from '../../ports/vector-index.ts'
import { toVector } from './loaded-index.ts'
import { inTransaction } from './open-database.ts'
import { packTerms, toWeightByte } from './postings.ts'
import { type PreparedChunk, prepareChunk } from './prepare-chunk.ts'

/** Beyond this many rows the list of removed chunks is emptied, and readers that are so far behind load anew. */
const REMOVED_LIMIT = 50_000
/** Terms whose numbers a writer keeps in mind, about 50 MB at most. */
const KNOWN_TERMS = 400_000

export interface PreparedDocument {
  document: IndexDocument
  chunks: PreparedChunk[]
}

export interface Writer {
  db: DatabaseSync
  embeddings: TextEmbeddings
  /** Numbers of the terms that were seen lately; belongs to this file alone. */
  terms: Map<string, number>
}

export function prepareDocument(document: IndexDocument): PreparedDocument {
  return { document, chunks: document.chunks.map((chunk) => prepareChunk(document, chunk)) }
}

/** Writes these documents in one transaction, after embedding what has no vector yet. */
export async function writeBatch(
  writer: Writer,
  batch: readonly PreparedDocument[],
  signal?: AbortSignal,
): Promise<UpsertResult> {
  const vectors = readVectors(writer, batch)
  const embedded = await embedMissing(writer, batch, vectors, signal)
  signal?.throwIfAborted()
  const { db } = writer
  const work = () => {
    const version = nextVersion(db)
    const writeDocument = createDocumentWriter(db, version, writer.terms)
    const result = { documents: batch.length, chunks: 0, embedded, removedChunks: 0 }
    for (const prepared of batch) {
      const { written, removed } = writeDocument(prepared, vectors)
      result.chunks += written
      result.removedChunks += removed
    }
    pruneRemoved(db)
    return result
  }
  return inTransaction(db, work).catch((error: unknown) => {
    writer.terms.clear()
    throw error
  })
}

/** Removes these documents in one transaction; returns how many there were. */
export function removeDocuments(db: DatabaseSync, docIds: readonly string[]): Promise<number> {
  return inTransaction(db, () => {
    nextVersion(db)
    const find = db.prepare('SELECT doc_no FROM documents WHERE doc_id = ?')
    const chunksOf = db.prepare('SELECT chunk_no FROM chunks WHERE doc_no = ?')
    const removeChunk = createChunkRemover(db)
    const removeDocument = db.prepare('DELETE FROM documents WHERE doc_no = ?')
    let count = 0
    for (const docId of new Set(docIds)) {
      const docNo = find.get(docId)?.doc_no
      if (docNo === undefined || docNo === null) continue
      for (const { chunk_no } of chunksOf.all(docNo)) removeChunk(Number(chunk_no))
      removeDocument.run(docNo)
      count++
    }
    pruneRemoved(db)
    return count
  })
}

function nextVersion(db: DatabaseSync): number {
  return Number(db.prepare('UPDATE state SET version = version + 1 RETURNING version').get()?.version)
}

/** Vectors that these documents already have, by the hash of what was embedded. */
function readVectors({ db, embeddings }: Writer, batch: readonly PreparedDocument[]): Map<string, Float32Array> {
  const vectors = new Map<string, Float32Array>()
  const select = db.prepare(
    'SELECT input_hash, vector FROM documents JOIN chunks USING (doc_no) JOIN vectors USING (chunk_no) WHERE doc_id = ?',
  )
  for (const { document } of batch) {
    for (const row of select.iterate(document.doc_id)) {
      vectors.set(String(row.input_hash), toVector(row.vector, embeddings.dimension))
    }
  }
  return vectors
}

async function embedMissing(
  { embeddings }: Writer,
  batch: readonly PreparedDocument[],
  vectors: Map<string, Float32Array>,
  signal?: AbortSignal,
): Promise<number> {
  const missing = new Map<string, string>()
  for (const { chunks } of batch) {
    for (const { inputHash, input } of chunks) if (!vectors.has(inputHash)) missing.set(inputHash, input)
  }
  const todo = [...missing]
  for (let from = 0; from < todo.length; from += EMBEDDING_BATCH) {
    signal?.throwIfAborted()
    const slice = todo.slice(from, from + EMBEDDING_BATCH)
    const made = await embeddings.embedDocuments(slice.map(([, input]) => input))
    for (const [i, [inputHash]] of slice.entries()) vectors.set(inputHash, toUnitVector(made[i], embeddings))
  }
  return todo.length
}

/** The vector made unit length, since ranking takes the dot product for the cosine. Throws EMBEDDINGS_FAILED. */
export function toUnitVector(
  vector: ArrayLike<number> | undefined,
  embeddings: { name: string; dimension: number },
): Float32Array {
  let square = 0
  for (let i = 0; i < (vector?.length ?? 0); i++) square += (vector?.[i] ?? 0) ** 2
  if (!vector || vector.length !== embeddings.dimension || !Number.isFinite(square) || square === 0) {
    const message = `The embeddings ${embeddings.name} returned ${vector?.length ?? 0} numbers where ${embeddings.dimension} were expected, or no finite vector. Check the configured embedding model.`
    throw new LakedeskError('EMBEDDINGS_FAILED', message)
  }
  const scale = 1 / Math.sqrt(square)
  const unit = new Float32Array(vector.length)
  for (let i = 0; i < unit.length; i++) unit[i] = (vector[i] ?? 0) * scale
  return unit
}

function createChunkRemover(db: DatabaseSync): (chunkNo: number) => void {
  const statements = ['DELETE FROM chunks WHERE chunk_no = ?', 'DELETE FROM vectors WHERE chunk_no = ?']
  const steps = [...statements, 'INSERT INTO removed (chunk_no) VALUES (?)'].map((sql) => db.prepare(sql))
  return (chunkNo) => {
    for (const step of steps) step.run(chunkNo)
  }
}

function createDocumentWriter(db: DatabaseSync, version: number, terms: Map<string, number>) {
  const upsertDocument = db.prepare(
    'INSERT INTO documents (doc_id, title, url, doc_type, last_updated, content_hash, source, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT (doc_id) DO UPDATE SET title = excluded.title, url = excluded.url, doc_type = excluded.doc_type, ' +
      'last_updated = excluded.last_updated, content_hash = excluded.content_hash, source = excluded.source, version = excluded.version RETURNING doc_no',
  )
  const chunksOf = db.prepare('SELECT chunk_no, chunk_id, fingerprint FROM chunks WHERE doc_no = ?')
  const insertChunk = db.prepare(
    'INSERT INTO chunks (chunk_id, doc_no, ordinal, heading_path, text, fingerprint, input_hash, terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const insertVector = db.prepare('INSERT INTO vectors (chunk_no, vector) VALUES (?, ?)')
  const removeChunk = createChunkRemover(db)
  const toTermNumber = createTermNumbers(db, terms)

  return ({ document, chunks }: PreparedDocument, vectors: ReadonlyMap<string, Float32Array>) => {
    const d = document
    const row = upsertDocument.get(
      d.doc_id,
      d.title,
      d.url,
      d.doc_type,
      d.last_updated,
      d.content_hash,
      d.source,
      version,
    )
    const docNo = Number(row?.doc_no)
    const wanted = new Map(chunks.map((chunk) => [chunk.chunk.chunk_id, chunk]))
    const kept = new Set<string>()
    let removed = 0
    for (const old of chunksOf.all(docNo)) {
      const chunkId = String(old.chunk_id)
      if (wanted.get(chunkId)?.fingerprint === old.fingerprint) {
        kept.add(chunkId)
        continue
      }
      removeChunk(Number(old.chunk_no))
      if (!wanted.has(chunkId)) removed++
    }
    for (const [chunkId, prepared] of wanted) {
      if (kept.has(chunkId)) continue
      const { chunk, fingerprint, inputHash } = prepared
      const vector = vectors.get(inputHash)
      if (!vector) throw new Error('A chunk has no vector')
      const headings = JSON.stringify(chunk.heading_path)
      const packed = packFrequencies(prepared, toTermNumber)
      const { lastInsertRowid } = insertChunk.run(
        chunkId,
        docNo,
        chunk.ordinal,
        headings,
        chunk.text,
        fingerprint,
        inputHash,
        packed,
      )
      insertVector.run(lastInsertRowid, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    }
    return { written: wanted.size - kept.size, removed }
  }
}

function packFrequencies({ frequencies, length }: PreparedChunk, toNumber: (term: string) => number): Uint8Array {
  const terms = new Uint32Array(frequencies.size)
  const weights = new Uint8Array(frequencies.size)
  let at = 0
  for (const [term, frequency] of frequencies) {
    terms[at] = toNumber(term)
    weights[at] = toWeightByte(frequency)
    at++
  }
  return packTerms({ length, terms, weights })
}

/** Gives new terms the next number. `known` spares the look-ups, and must be emptied after a rollback. */
function createTermNumbers(db: DatabaseSync, known: Map<string, number>): (term: string) => number {
  if (known.size > KNOWN_TERMS) known.clear()
  const find = db.prepare('SELECT term_no FROM terms WHERE term = ?')
  const insert = db.prepare('INSERT INTO terms (term) VALUES (?)')
  return (term) => {
    const cached = known.get(term)
    if (cached !== undefined) return cached
    const termNo = Number(find.get(term)?.term_no ?? insert.run(term).lastInsertRowid)
    known.set(term, termNo)
    return termNo
  }
}

function pruneRemoved(db: DatabaseSync): void {
  const count = Number(db.prepare('SELECT count(*) AS n FROM removed').get()?.n)
  if (count <= REMOVED_LIMIT) return
  db.exec("UPDATE state SET removed_floor = (SELECT seq FROM sqlite_sequence WHERE name = 'removed')")
  db.exec('DELETE FROM removed')
}
