// The lock that lets one process alone use a store file, and that dies with the process however it ends.
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../core/errors.ts'
import { isBusy } from './translate-error.ts'

export interface StoreLock {
  release(): void
}

/** Who wrote the note beside the lock. Only for the message: whether the lock is held is the kernel's word alone. */
function readHolder(noteFile: string): string {
  try {
    const pid = Number(readFileSync(noteFile, 'utf8').trim())
    return Number.isInteger(pid) && pid > 0 ? `process ${pid}` : 'another process'
  } catch {
    // The holder may not have written its note yet; the lock itself is what counts.
    return 'another process'
  }
}

/**
 * Takes the lock of a store file or throws STORE_LOCKED. It is an exclusive transaction, never committed, on the empty
 * database `<file>.lock`: SQLite holds it as an operating system lock (and between connections of one process
 * by its own table), so a killed process leaves nothing stale behind. The pid stands in `<file>.lock.pid`: reading
 * the lock file itself would drop the lock, because POSIX locks end when any descriptor of the file is closed.
 */
export function takeLock(file: string): StoreLock {
  const noteFile = `${file}.lock.pid`
  const db = new DatabaseSync(`${file}.lock`, { timeout: 250 })
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    const holder = readHolder(noteFile)
    throw new LakedeskError(
      'STORE_LOCKED',
      `The store file ${file} is in use by ${holder}. Only one process may use a data folder: stop that one, or set LAKEDESK_DATA to another folder.`,
      error,
    )
  }
  try {
    writeFileSync(noteFile, `${process.pid}\n`)
  } catch (error) {
    db.close()
    throw error
  }
  return { release: () => db.close() }
}
