// How much of a file that is being written can be read: up to the end of its last line that is ended.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { extname } from 'node:path'
import { LakedeskError } from '../core/errors.ts'
import { tellWhy } from './out-file.ts'

const CHUNK = 64 * 1024
const LINE_END = 0x0a
const LINE_FILES = ['.csv', '.tsv', '.txt', '.jsonl', '.ndjson']
const JSON_LINES = ['.jsonl', '.ndjson']

export interface Readable {
  /** Bytes of the file. */
  size: number
  /** Bytes up to the end of the last ended line; undefined where it has to be read whole. */
  endAt: number | undefined
  /** True: something stands behind that, which is not ended yet. */
  hasRest: boolean
}

function openToRead(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw new LakedeskError('TABLE_INVALID', `${file} cannot be read: ${tellWhy(error)}.`, error)
  }
}

/** What stands behind the last line break. */
function readRest(handle: number, size: number): Buffer {
  let rest = Buffer.alloc(0)
  while (rest.length < size) {
    const from = Math.max(0, size - rest.length - CHUNK)
    const piece = Buffer.alloc(size - rest.length - from)
    readSync(handle, piece, 0, piece.length, from)
    const end = piece.lastIndexOf(LINE_END)
    rest = Buffer.concat([piece.subarray(end + 1), rest])
    if (end >= 0) break
  }
  return rest
}

/** An object that is closed cannot go on, so that it needs no line break. */
function isClosedObject(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Line breaks of UTF-16 are no single bytes. */
function isWide(handle: number): boolean {
  const head = Buffer.alloc(2)
  readSync(handle, head, 0, 2, 0)
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
}

/** Throws TABLE_INVALID where the file cannot be read. */
export function findEndedLines(file: string): Readable {
  const handle = openToRead(file)
  try {
    const facts = fstatSync(handle)
    const whole = { size: facts.size, endAt: undefined, hasRest: false }
    const ending = extname(file).toLowerCase()
    if (!facts.isFile() || !LINE_FILES.includes(ending) || isWide(handle)) return whole
    const rest = readRest(handle, facts.size)
    if (JSON_LINES.includes(ending) && isClosedObject(rest.toString())) return whole
    return { size: facts.size, endAt: facts.size - rest.length, hasRest: rest.length > 0 }
  } finally {
    closeSync(handle)
  }
}
