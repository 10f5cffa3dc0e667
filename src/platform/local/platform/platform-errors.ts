// Turns what SQLite and the file system throw at the embedded platform into errors that say how to fix them.
import { LakedeskError } from '../../../core/errors.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html; extended codes carry them in their lowest byte. */
const SQLITE = { busy: 5, locked: 6, readonly: 8, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const

function readCode(error: unknown): { sqlite: number; system: string } {
  if (!(error instanceof Error)) return { sqlite: 0, system: '' }
  const sqlite = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
  const system = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { sqlite, system }
}

/** True where another connection holds the lock and waiting may help. */
export function isBusy(error: unknown): boolean {
  const { sqlite } = readCode(error)
  return sqlite === SQLITE.busy || sqlite === SQLITE.locked
}

/** True where SQLite could not open the file, or not write beside it. */
export function isDenied(error: unknown): boolean {
  const { sqlite, system } = readCode(error)
  if (sqlite === SQLITE.readonly || sqlite === SQLITE.cantOpen) return true
  return /^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST)$/.test(system)
}

export function refuse(sentence: string): LakedeskError {
  return new LakedeskError('PLATFORM_REFUSED', sentence)
}

export function missing(sentence: string): LakedeskError {
  return new LakedeskError('PLATFORM_NOT_FOUND', sentence)
}

export function corrupt(file: string, what: string, cause?: unknown): LakedeskError {
  const sentence = `The platform file ${file} ${what}. Restore it from a backup, or move it (with ${file}-wal and ${file}-shm) away to start with an empty registry.`
  return new LakedeskError('PLATFORM_CORRUPT', sentence, cause)
}

/** PLATFORM_CORRUPT, STORE_FULL, PLATFORM_UNREACHABLE or PLATFORM_FAILED, each with the file and what to do. */
export function toPlatformError(error: unknown, file: string): LakedeskError {
  if (error instanceof LakedeskError) return error
  const { sqlite, system } = readCode(error)
  if (sqlite === SQLITE.corrupt || sqlite === SQLITE.notADatabase) {
    return corrupt(file, 'is damaged, or no platform file of Lakedesk', error)
  }
  if (sqlite === SQLITE.full || system === 'ENOSPC' || system === 'EDQUOT') {
    const sentence = `Nothing could be stored because the disk that holds ${file} is full. Free some space and try again; what was stored before is safe.`
    return new LakedeskError('STORE_FULL', sentence, error)
  }
  if (isBusy(error)) {
    const sentence = `Another process has held the platform file ${file} for too long. Wait until it has ended, or close what has the file open, and try again.`
    return new LakedeskError('PLATFORM_UNREACHABLE', sentence, error)
  }
  if (isDenied(error)) {
    const sentence = `The platform file ${file} cannot be opened. Check that it is a file, and that this user may write to it and to its folder.`
    return new LakedeskError('PLATFORM_FAILED', sentence, error)
  }
  const sentence = `The platform file ${file} could not be read or written. Please try again; the log has the cause.`
  return new LakedeskError('PLATFORM_FAILED', sentence, error)
}
