// The value of an option that may be written out, or stand in a file named with an @ before it.
import { readFileSync } from 'node:fs'
import { LakedeskError } from '../core/errors.ts'
import { tellWhy } from './out-file.ts'

/** The text itself, or that of the file behind an @. Throws CONFIG_INVALID. */
export function readGiven(option: string, given: string): string {
  if (!given.startsWith('@')) return given
  const file = given.slice(1)
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    throw new LakedeskError('CONFIG_INVALID', `${option} names the file ${file}, and ${tellWhy(error)}.`, error)
  }
}
