// Opens the index file: its schema, the checks that it is ours, and waiting for other processes.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { LakedeskError } from '../../../core/errors.ts'
import { isBusy, toCorruptError } from './index-errors.ts'

/** "LKDX": says in the file's header whose it is. */
const APPLICATION_ID = 0x4c4b4458
/** Raise it whenever the tables, the term analysis or the embedding input change: older files then must be rebuilt. */
const SCHEMA_VERSION = 1
const BUSY_WAIT_MS = 15_000
/** Five vectors of 384 numbers fill such a page. */
const PAGE_BYTES = 8192

/*
 * Chunk numbers only ever grow, and a changed chunk gets a new one. So a reader that has seen number n finds everything
 * new above n, and everything gone in `removed` after the last row it has seen there.
 */
const SCHEMA = `
CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, removed_floor INTEGER NOT NULL,
  embeddings TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE documents (doc_no INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
  url TEXT NOT NULL, doc_type TEXT NOT NULL, last_updated TEXT NOT NULL, content_hash TEXT NOT NULL,
  source TEXT NOT NULL, version INTEGER NOT NULL);
CREATE INDEX documents_by_version ON documents (version);
CREATE TABLE chunks (chunk_no INTEGER PRIMARY KEY AUTOINCREMENT, chunk_id TEXT NOT NULL UNIQUE,
  doc_no INTEGER NOT NULL REFERENCES documents, ordinal INTEGER NOT NULL, heading_path TEXT NOT NULL, text TEXT NOT NULL,
  fingerprint TEXT NOT NULL, input_hash TEXT NOT NULL, terms BLOB NOT NULL);
CREATE INDEX chunks_by_document ON chunks (doc_no);
CREATE TABLE vectors (chunk_no INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE terms (term_no INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);
CREATE TABLE removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, chunk_no INTEGER NOT NULL);
`

export interface OpenOptions {
  file: string
  embeddings: { name: string; dimension: number }
  readOnly: boolean
  /** Largest size of the file; beyond it the disk counts as full. */
  maxBytes?: number | undefined
}

export interface OpenedDatabase {
  db: DatabaseSync
  /** Tells this file from another one that was put in its place. */
  identity: string
}

/** Identity of the file at this path, or null where there is none or it is empty. */
export function identifyFile(file: string): string | null {
  const facts = statSync(file, { throwIfNoEntry: false })
  return facts && (facts.size > 0 || !facts.isFile()) ? `${facts.dev}:${facts.ino}` : null
}

/**
 * Opens the index, creating it where `create` is set; null where there is none.
 * Throws INDEX_CORRUPT for a file that is not an index of this version, INDEX_MISMATCH for one of other embeddings.
 */
export async function openDatabase(options: OpenOptions, create: boolean): Promise<OpenedDatabase | null> {
  if (identifyFile(options.file) === null) {
    if (!create) return null
    mkdirSync(path.dirname(path.resolve(options.file)), { recursive: true })
  }
  try {
    return await openChecked(options, options.file, create)
  } catch (error) {
    // Reading a WAL file needs to write beside it, which a full or read-only disk refuses. A file that nobody was
    // writing when it was closed is complete by itself and can be read as it stands.
    if (error instanceof LakedeskError || !options.readOnly || !isComplete(options.file)) throw error
    const { href } = pathToFileURL(path.resolve(options.file))
    return openChecked(options, `${href}?immutable=1`, false)
  }
}

/** True where the write-ahead log is empty: everything stands in the file itself. */
function isComplete(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0
}

function openChecked(options: OpenOptions, location: string, create: boolean): Promise<OpenedDatabase | null> {
  return whenFree(() => {
    const db = new DatabaseSync(location, { readOnly: options.readOnly, timeout: 20 })
    try {
      if (!isOurs(db, options.file)) {
        if (!create) {
          db.close()
          return null
        }
        createSchema(db, options)
      }
      db.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000')
      checkEmbeddings(db, options)
      if (options.maxBytes) db.exec(`PRAGMA max_page_count = ${Math.floor(options.maxBytes / PAGE_BYTES)}`)
    } catch (error) {
      if (db.isOpen) db.close()
      throw error
    }
    return { db, identity: identifyFile(options.file) ?? '' }
  })
}

/** Tries again while another process holds the lock, without blocking this one; after 15 s the last error is thrown. */
export async function whenFree<T>(attempt: () => T): Promise<T> {
  const deadline = Date.now() + BUSY_WAIT_MS
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

/** Runs the work as one transaction that takes the write lock first, and rolls back on any error. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): Promise<T> {
  return whenFree(() => {
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      db.exec('COMMIT')
      return result
    } finally {
      if (db.isTransaction) db.exec('ROLLBACK')
    }
  })
}

/** False for a database without any table; throws INDEX_CORRUPT for one of another kind or version. */
function isOurs(db: DatabaseSync, file: string): boolean {
  const id = db.prepare('PRAGMA application_id').get()?.application_id
  const version = db.prepare('PRAGMA user_version').get()?.user_version
  if (id === APPLICATION_ID && version === SCHEMA_VERSION) return true
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  if (tables === 0 && id === 0) return false
  throw toCorruptError(file)
}

function createSchema(db: DatabaseSync, { embeddings }: OpenOptions): void {
  db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`)
  db.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been first.
    if (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0) {
      db.exec(SCHEMA)
      db.prepare('INSERT INTO state VALUES (1, 0, 0, ?, ?)').run(embeddings.name, embeddings.dimension)
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    }
    db.exec('COMMIT')
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

function checkEmbeddings(db: DatabaseSync, { file, embeddings }: OpenOptions): void {
  const state = db.prepare('SELECT embeddings, dimension FROM state').get()
  if (!state) throw toCorruptError(file)
  if (state.embeddings === embeddings.name && state.dimension === embeddings.dimension) return
  const message = `The index ${file} was built with the embeddings ${state.embeddings} (${state.dimension} dimensions), but ${embeddings.name} (${embeddings.dimension}) are configured. Configure those again, or delete the file and ingest again.`
  throw new LakedeskError('INDEX_MISMATCH', message)
}

/** Bytes on disk, with the write-ahead log. */
export function measureFile(file: string): number {
  const sizeOf = (name: string): number => (existsSync(name) ? statSync(name).size : 0)
  return sizeOf(file) + sizeOf(`${file}-wal`)
}
