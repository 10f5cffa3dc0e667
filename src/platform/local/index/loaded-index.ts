// The part of the index that is held in memory for searching, kept in step with the file.
import type { DatabaseSync } from 'node:sqlite'
import type { FilterRow, ParsedFilters } from './parse-filters.ts'
import { createPostings, type Postings, unpackTerms } from './postings.ts'
import { createVectorScan, type VectorScan } from './vector-scan.ts'

/** Rows read between two turns of the event loop: a few milliseconds. */
const ROWS_A_STEP = 2000

type DocumentRow = Omit<FilterRow, 'chunk_id'>

export interface LoadedIndex {
  readonly dimension: number
  readonly vectors: VectorScan
  readonly postings: Postings
  /** 1 for every slot whose chunk exists, else 0. */
  readonly alive: Uint8Array
  chunkNo(slot: number): number
  documentNo(slot: number): number
  /** Numbers of those of these terms that the dictionary knows. */
  toTermNumbers(terms: readonly string[]): number[]
  /** 1 for every slot that passes, else 0. */
  select(filters: ParsedFilters | null): Uint8Array
  /** Takes over what has changed in the file. False where too much is gone to follow: load anew. */
  catchUp(): boolean
}

/** Reads the whole index, in steps that let other work run between them, and then what changed meanwhile. */
export async function loadIndex(db: DatabaseSync, dimension: number): Promise<LoadedIndex> {
  const loaded = createLoadedIndex(db, dimension)
  while (loaded.readChunks(ROWS_A_STEP) === ROWS_A_STEP) await new Promise(setImmediate)
  return loaded
}

function createLoadedIndex(db: DatabaseSync, dimension: number): LoadedIndex & { readChunks(limit: number): number } {
  const vectors = createVectorScan(dimension)
  const postings = createPostings()
  const documents = new Map<number, DocumentRow>()
  const termNumbers = new Map<string, number>()
  const slotOfChunk = new Map<number, number>()
  const chunkNumbers: number[] = []
  const chunkIds: string[] = []
  const documentNumbers: number[] = []
  let alive = new Uint8Array(0)
  const select = {
    state: db.prepare('SELECT version, removed_floor FROM state'),
    documents: db.prepare('SELECT * FROM documents WHERE version > ?'),
    terms: db.prepare('SELECT term_no, term FROM terms WHERE term_no > ? ORDER BY term_no'),
    removed: db.prepare('SELECT seq, chunk_no FROM removed WHERE seq > ? ORDER BY seq'),
    chunks: db.prepare(
      'SELECT chunk_no, chunk_id, doc_no, terms, vector FROM chunks JOIN vectors USING (chunk_no) WHERE chunk_no > ? ORDER BY chunk_no LIMIT ?',
    ),
  }
  const lastRemoved = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'removed'").get()?.seq
  const seen = { version: -1, chunk: 0, term: 0, removed: Number(lastRemoved ?? 0) }

  function readChunks(limit: number): number {
    let count = 0
    for (const row of select.chunks.iterate(seen.chunk, limit)) {
      const slot = chunkNumbers.length
      seen.chunk = Number(row.chunk_no)
      slotOfChunk.set(seen.chunk, slot)
      chunkNumbers.push(seen.chunk)
      chunkIds.push(String(row.chunk_id))
      documentNumbers.push(Number(row.doc_no))
      if (slot >= alive.length) alive = grow(alive)
      alive[slot] = 1
      vectors.set(slot, toVector(row.vector, dimension))
      postings.add(slot, unpackTerms(toBytes(row.terms)))
      count++
    }
    return count
  }

  function readDocuments(version: number): void {
    for (const row of select.documents.iterate(version)) {
      documents.set(Number(row.doc_no), {
        doc_id: String(row.doc_id),
        title: String(row.title),
        url: String(row.url),
        doc_type: String(row.doc_type),
        last_updated: String(row.last_updated),
        source: String(row.source),
      })
    }
  }

  function readRemoved(): void {
    for (const row of select.removed.iterate(seen.removed)) {
      seen.removed = Number(row.seq)
      const slot = slotOfChunk.get(Number(row.chunk_no))
      if (slot === undefined) continue
      slotOfChunk.delete(Number(row.chunk_no))
      alive[slot] = 0
    }
  }

  function catchUp(): boolean {
    const state = select.state.get()
    const version = Number(state?.version)
    if (version === seen.version) return true
    if (seen.removed < Number(state?.removed_floor)) return false
    // One read transaction, so that all five answers are of the same moment.
    db.exec('BEGIN')
    try {
      const now = Number(select.state.get()?.version)
      readDocuments(seen.version)
      while (readChunks(ROWS_A_STEP) === ROWS_A_STEP) {}
      readRemoved()
      for (const row of select.terms.iterate(seen.term)) {
        seen.term = Number(row.term_no)
        termNumbers.set(String(row.term), seen.term)
      }
      seen.version = now
    } finally {
      db.exec('COMMIT')
    }
    return true
  }

  function selectSlots(filters: ParsedFilters | null): Uint8Array {
    if (!filters) return alive
    const eligible = new Uint8Array(alive.length)
    // Chunks of a document lie side by side, so the last verdict mostly serves again.
    let verdict = false
    let verdictOf = -1
    for (let slot = 0; slot < chunkNumbers.length; slot++) {
      if (alive[slot] !== 1) continue
      const documentNo = documentNumbers[slot] ?? 0
      if (documentNo !== verdictOf || filters.perChunk) {
        const document = documents.get(documentNo)
        verdict = document !== undefined && filters.test({ ...document, chunk_id: chunkIds[slot] ?? '' })
        verdictOf = documentNo
      }
      if (verdict) eligible[slot] = 1
    }
    return eligible
  }

  return {
    dimension,
    vectors,
    postings,
    get alive() {
      return alive
    },
    chunkNo: (slot) => chunkNumbers[slot] ?? -1,
    documentNo: (slot) => documentNumbers[slot] ?? -1,
    toTermNumbers: (terms) => terms.flatMap((term) => termNumbers.get(term) ?? []),
    select: selectSlots,
    catchUp,
    readChunks,
  }
}

function grow(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(1024, bytes.length * 2))
  larger.set(bytes)
  return larger
}

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new Error('A stored value is not of bytes')
}

/** A stored vector as float32, little-endian as written. */
export function toVector(value: unknown, dimension: number): Float32Array {
  const bytes = toBytes(value)
  if (bytes.byteLength !== dimension * 4) throw new Error('A stored vector has another length')
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, dimension)
  return new Float32Array(bytes.slice().buffer, 0, dimension)
}
