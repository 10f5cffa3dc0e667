// Turns what SQLite and the file system throw into errors that say how to fix them.
import { LakedeskError, toLakedeskError } from '../../../core/errors.ts'

// Primary result codes, https://www.sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26
/** SQLITE_IOERR_SHMSIZE: the shared-memory file beside the database could not grow. */
const IOERR_SHMSIZE = 4874

function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}

/** True where another connection holds the lock and waiting may help. */
export function isBusy(error: unknown): boolean {
  const primary = codeOf(error) & 0xff
  return primary === BUSY || primary === LOCKED
}

export function toCorruptError(file: string, cause?: unknown): LakedeskError {
  const message = `The index file ${file} is damaged, or is no Lakedesk index of this version. Delete it (with ${file}-wal and ${file}-shm) and ingest again.`
  return new LakedeskError('INDEX_CORRUPT', message, cause)
}

export function toMissingError(file: string): LakedeskError {
  const message = `No documentation has been ingested yet: there is no index at ${file}. Run "lakedesk ingest <path>" first.`
  return new LakedeskError('INDEX_MISSING', message)
}

/** An AbortError passes through as it is: somebody asked for it. */
export function toIndexError(error: unknown, file: string): unknown {
  if (error instanceof LakedeskError || (error instanceof Error && error.name === 'AbortError')) return error
  const code = codeOf(error)
  const primary = code & 0xff
  const systemCode = error instanceof Error && 'code' in error ? error.code : ''
  if (primary === CORRUPT || primary === NOTADB) return toCorruptError(file, error)
  if (primary === FULL || code === IOERR_SHMSIZE || systemCode === 'ENOSPC') {
    const message = `The disk is full, so the index ${file} could not be written; it still holds what it held. Free some space and try again.`
    return new LakedeskError('STORE_FULL', message, error)
  }
  if (isBusy(error)) {
    const message = `Another process has been writing to the index ${file} for too long. Wait until its ingest has ended and try again.`
    return new LakedeskError('INDEX_FAILED', message, error)
  }
  if (primary === CANTOPEN || primary === READONLY || systemCode === 'EACCES' || systemCode === 'ENOTDIR') {
    const message = `The index ${file} cannot be opened. Check that it is a file, and that its folder exists and is writable.`
    return new LakedeskError('INDEX_FAILED', message, error)
  }
  return toLakedeskError(error, 'INDEX_FAILED', `The index ${file} could not be read or written. Please try again.`)
}
