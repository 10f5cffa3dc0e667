// The file of the embedded platform: opened at first use, shared with other processes, one transaction per piece of work.
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy, refuse, toPlatformError } from './platform-errors.ts'
import { createSchema, isOurs } from './platform-schema.ts'

const BUSY_WAIT_MS = 15_000

export interface PlatformFile {
  /** Runs the work on one consistent state of the file. */
  read<T>(work: (db: DatabaseSync) => T): Promise<T>
  /** Runs the work as one transaction that takes the write lock first, and rolls back on any error. */
  write<T>(work: (db: DatabaseSync) => T): Promise<T>
  readonly readOnly: boolean
  close(): void
}

/** Identity of the file at this path, or null where there is none or it is empty. */
function identify(file: string): string | null {
  const facts = statSync(file, { throwIfNoEntry: false })
  return facts && (facts.size > 0 || !facts.isFile()) ? `${facts.dev}:${facts.ino}` : null
}

/** Tries again while another process holds the lock, without blocking this one; then the last error is thrown. */
async function whenFree<T>(attempt: () => T, waitMs: number): Promise<T> {
  const deadline = Date.now() + waitMs
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 20))
    }
  }
}

function openChecked(file: string, readOnly: boolean): DatabaseSync {
  const inMemory = file === ':memory:'
  if (!inMemory && !readOnly) mkdirSync(dirname(resolve(file)), { recursive: true })
  const db = new DatabaseSync(file, { readOnly, timeout: 20 })
  try {
    // Judged before anything is written: switching a foreign file to WAL would already change it.
    if (!isOurs(db, file)) createSchema(db)
    db.exec('PRAGMA synchronous = FULL')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function inTransaction<T>(db: DatabaseSync, begin: string, work: (db: DatabaseSync) => T): T {
  db.exec(begin)
  try {
    const result = work(db)
    db.exec('COMMIT')
    return result
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

/**
 * Opens nothing yet. Reading alone never creates the file: where there is none, everything is empty.
 * Its methods throw PLATFORM_CORRUPT, PLATFORM_UNREACHABLE (locked for too long), STORE_FULL or PLATFORM_FAILED.
 */
export function openPlatformFile(options: { file: string; readOnly: boolean; busyWaitMs?: number }): PlatformFile {
  const { file, readOnly, busyWaitMs = BUSY_WAIT_MS } = options
  let opened: { db: DatabaseSync; identity: string | null } | null = null
  let closed = false

  const close = (): void => {
    if (opened?.db.isOpen) opened.db.close()
    opened = null
  }
  const open = (): DatabaseSync => {
    if (closed) throw refuse('The platform is closed already. Start Lakedesk again.')
    if (opened && (file === ':memory:' || opened.identity === identify(file))) return opened.db
    // None open yet, or another file was put in its place.
    close()
    const db = openChecked(file, readOnly)
    opened = { db, identity: file === ':memory:' ? null : identify(file) }
    return db
  }
  const run = async <T>(begin: string, work: (db: DatabaseSync) => T): Promise<T> => {
    try {
      return await whenFree(() => {
        if (readOnly && file !== ':memory:' && identify(file) === null) {
          const empty = openChecked(':memory:', false)
          try {
            return work(empty)
          } finally {
            empty.close()
          }
        }
        return inTransaction(open(), begin, work)
      }, busyWaitMs)
    } catch (error) {
      throw toPlatformError(error, file)
    }
  }
  return {
    readOnly,
    read: (work) => run('BEGIN', work),
    async write(work) {
      if (readOnly) throw refuse(`The platform file ${file} was opened for reading only, so nothing was changed.`)
      return run('BEGIN IMMEDIATE', work)
    },
    close() {
      closed = true
      close()
    },
  }
}
