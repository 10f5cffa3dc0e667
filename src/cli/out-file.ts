// A file that a command writes: opened before the work begins, there under its name only when it is whole.
import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs'
import { LakedeskError } from '../core/errors.ts'

export interface OutFile {
  /** What stood under the name before stands until `write` has ended well. Throws CONFIG_INVALID where the disk does not take it. */
  fill(write: (target: WriteStream) => Promise<void>): Promise<void>
  /** Takes away what was begun. */
  dispose(): void
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is a file and no folder',
  EISDIR: 'it is a folder',
  EACCES: 'the rights to it are missing',
  EPERM: 'the rights to it are missing',
  EROFS: 'it lies on a disk that cannot be written',
  ENOSPC: 'the disk is full',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Half a sentence: why a file could not be read or written. */
export function tellWhy(error: unknown): string {
  const code = codeOf(error)
  return REASONS[code] ?? (code === '' ? 'it could not be opened' : `the system answers ${code}`)
}

function refuse(path: string, error: unknown): LakedeskError {
  const sentence = `${path} cannot be written: ${tellWhy(error)}. Name another file with --out, or leave --out away for standard output.`
  return new LakedeskError('CONFIG_INVALID', sentence, error)
}

/** A device or a pipe is written as it is. Throws CONFIG_INVALID. */
export function openOutFile(path: string): OutFile {
  let begun = path
  try {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
    if (there === undefined || there.isFile()) {
      if (there) closeSync(openSync(path, 'r+'))
      begun = `${path}.${process.pid}.part`
      closeSync(openSync(begun, 'w'))
    }
  } catch (error) {
    throw refuse(path, error)
  }
  return {
    async fill(write) {
      try {
        await write(createWriteStream(begun))
        if (begun !== path) renameSync(begun, path)
      } catch (error) {
        throw codeOf(error) === '' || error instanceof LakedeskError ? error : refuse(path, error)
      }
    },
    dispose() {
      if (begun !== path) rmSync(begun, { force: true })
    },
  }
}
