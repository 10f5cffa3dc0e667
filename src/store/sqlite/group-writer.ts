// Group commit: writes that arrive together share one transaction, so one flush to disk serves them all.
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../core/errors.ts'
import { translateStoreError } from './translate-error.ts'

/** A transaction holds at most this many writes, so that no commit keeps the process busy for long. */
const MOST_PER_COMMIT = 512

export interface GroupWriter {
  /** Runs the job inside the next transaction; resolves with its result once that is on disk. Jobs run in call order. */
  write<T>(job: () => T): Promise<T>
  /** Commits what waits. Later writes reject. */
  close(): void
}

interface Waiting {
  /** Runs the job; returns what announces the result once it is on disk. */
  run(): () => void
  reject(error: unknown): void
}

/**
 * The commit itself is synchronous (node:sqlite), so calls that come in while one runs wait in the event loop and
 * are gathered by the next. setImmediate fires after all pending input was read: that is the gathering.
 */
export function createGroupWriter(db: DatabaseSync, file: string): GroupWriter {
  let waiting: Waiting[] = []
  let scheduled = false
  let closed = false

  function commit(batch: readonly Waiting[]): void {
    try {
      db.exec('BEGIN IMMEDIATE')
      const announce = batch.map((item) => item.run())
      db.exec('COMMIT')
      for (const tell of announce) tell()
    } catch (error) {
      // SQLite has already rolled back by itself after some errors, a full disk among them.
      if (db.isTransaction) db.exec('ROLLBACK')
      const [only] = batch
      // One bad write must not take the others with it: each then gets a transaction of its own.
      if (batch.length > 1) for (const item of batch) commit([item])
      else only?.reject(translateStoreError(error, file))
    }
  }

  function flush(): void {
    scheduled = false
    const batch = waiting.slice(0, MOST_PER_COMMIT)
    waiting = waiting.slice(MOST_PER_COMMIT)
    if (waiting.length > 0) schedule()
    if (batch.length > 0) commit(batch)
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }

  return {
    write(job) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new LakedeskError('STORE_FAILED', 'The store is closed. Start Lakedesk again.'))
          return
        }
        const run = () => {
          const result = job()
          return () => resolve(result)
        }
        waiting.push({ run, reject })
        schedule()
      })
    },
    close() {
      closed = true
      while (waiting.length > 0) flush()
    },
  }
}
