// Turns what SQLite and the file system throw into the errors people may see.
import { LakedeskError } from '../../core/errors.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html; extended codes carry them in their lowest byte. */
const SQLITE = { busy: 5, locked: 6, readonly: 8, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const

function readCode(error: unknown): { sqlite: number; system: string } {
  if (!(error instanceof Error)) return { sqlite: 0, system: '' }
  const sqlite = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
  const system = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { sqlite, system }
}

/** True where somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  const { sqlite } = readCode(error)
  return sqlite === SQLITE.busy || sqlite === SQLITE.locked
}

/** STORE_FULL, STORE_CORRUPT, STORE_LOCKED or STORE_FAILED, each with the file and what to do. */
export function translateStoreError(error: unknown, file: string): LakedeskError {
  if (error instanceof LakedeskError) return error
  const { sqlite, system } = readCode(error)
  if (sqlite === SQLITE.full || system === 'ENOSPC' || system === 'EDQUOT') {
    return new LakedeskError(
      'STORE_FULL',
      `Nothing could be stored because the disk that holds ${file} is full. Free some space or move LAKEDESK_DATA to a larger disk, then try again; what was stored before is safe.`,
      error,
    )
  }
  if (sqlite === SQLITE.corrupt || sqlite === SQLITE.notADatabase) {
    return new LakedeskError(
      'STORE_CORRUPT',
      `The store file ${file} is damaged or not a Lakedesk store. Stop Lakedesk, restore the file from a backup, or move it (and its -wal and -shm files) away to start with an empty memory.`,
      error,
    )
  }
  if (isBusy(error)) {
    return new LakedeskError(
      'STORE_LOCKED',
      `The store file ${file} is locked by another program. Close what has it open, such as a database viewer, and try again.`,
      error,
    )
  }
  const denied =
    sqlite === SQLITE.readonly ||
    sqlite === SQLITE.cantOpen ||
    /^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST)$/.test(system)
  const why = denied
    ? 'it cannot be opened for writing. Check that LAKEDESK_DATA names a folder (not a file) that this user may write to'
    : 'the disk or the database reported an error. Check the disk and the log, then try again'
  return new LakedeskError('STORE_FAILED', `The store file ${file} could not be used: ${why}.`, error)
}
