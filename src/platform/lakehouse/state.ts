// What the local lakehouse remembers: tables of plain data, in memory or in one SQLite file that outlives the process.
import { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../core/errors.ts'

/** Rows by key, in the order in which they were first put. What `get` gives is shared: whoever changes it puts it back. */
export interface Table<T> {
  get(key: string): T | undefined
  has(key: string): boolean
  /** Writes the row before it returns. */
  put(key: string, row: T): void
  /** False where there was none. */
  delete(key: string): boolean
  keys(): string[]
  values(): T[]
  entries(): [string, T][]
}

export interface State {
  /** `T` is plain JSON data. One name, one type. */
  table<T>(name: string): Table<T>
  close(): void
}

function createTable<T>(
  rows: Map<string, T>,
  keep: { put(key: string, row: T): void; drop(key: string): void },
): Table<T> {
  return {
    get: (key) => rows.get(key),
    has: (key) => rows.has(key),
    put(key, row) {
      keep.put(key, row)
      rows.set(key, row)
    },
    delete(key) {
      keep.drop(key)
      return rows.delete(key)
    },
    keys: () => [...rows.keys()],
    values: () => [...rows.values()],
    entries: () => [...rows.entries()],
  }
}

/** Forgets everything with the process. */
export function memoryState(): State {
  const tables = new Map<string, Map<string, unknown>>()
  return {
    table<T>(name: string) {
      const rows = (tables.get(name) ?? new Map<string, unknown>()) as Map<string, T>
      tables.set(name, rows)
      return createTable(rows, { put() {}, drop() {} })
    },
    close() {},
  }
}

/**
 * `file` is made where it is not there. Only one process has it: rows live in its memory too. Throws STORE_LOCKED where another
 * one has, STORE_CORRUPT where it is no such file.
 */
export function openState(file: string): State {
  const db = openDatabase(file)
  db.exec(
    `CREATE TABLE IF NOT EXISTS lakehouse (nth INTEGER PRIMARY KEY, area TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, UNIQUE (area, key))`,
  )
  const write = db.prepare(
    'INSERT INTO lakehouse (area, key, row) VALUES (?, ?, ?) ON CONFLICT (area, key) DO UPDATE SET row = excluded.row',
  )
  const remove = db.prepare('DELETE FROM lakehouse WHERE area = ? AND key = ?')
  const read = db.prepare('SELECT key, row FROM lakehouse WHERE area = ? ORDER BY nth')
  return {
    table<T>(name: string) {
      const rows = new Map<string, T>()
      for (const { key, row } of read.all(name)) rows.set(String(key), JSON.parse(String(row)) as T)
      return createTable(rows, {
        put: (key, row) => void write.run(name, key, JSON.stringify(row)),
        drop: (key) => void remove.run(name, key),
      })
    },
    close() {
      if (db.isOpen) db.close()
    },
  }
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  try {
    // The lock is taken by the first write, and ends with the process, however that ends.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      BEGIN IMMEDIATE; COMMIT`)
    return db
  } catch (error) {
    db.close()
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      const message = `Another lakehouse already runs over ${file}. Stop it, or give this one another folder with --data.`
      throw new LakedeskError('STORE_LOCKED', message, error)
    }
    const message = `The file ${file} of the local lakehouse cannot be read. Move it away to begin with an empty lakehouse, or restore it from a copy.`
    throw new LakedeskError('STORE_CORRUPT', message, error)
  }
}
