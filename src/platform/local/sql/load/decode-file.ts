// Reads a text file as Unicode, and says so where it is in an encoding that nobody named.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { LakedeskError } from '../../../../core/errors.ts'

/** `windows-1252` only where it is asked for: it fits any bytes, so it cannot be recognised. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type Encoding = (typeof ENCODINGS)[number]

const LOOK_BYTES = 64 * 1024

/** From the byte order mark; `utf-8` where there is none. Throws TABLE_INVALID for UTF-16 without one. */
export async function detectEncoding(file: string): Promise<Encoding> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, 0)
    const head = buffer.subarray(0, bytesRead)
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
    if (head.includes(0)) {
      const order = head.indexOf(0) % 2 === 1 ? 'UTF-16LE' : 'UTF-16BE'
      const fix = `If it is text, read it with --encoding ${order.toLowerCase()}, or save it as UTF-8.`
      throw invalid(file, `it holds zero bytes, so it is binary or ${order} without a byte order mark. ${fix}`)
    }
    return 'utf-8'
  } finally {
    await handle.close()
  }
}

/** Pieces of text, without the byte order mark; `endAt`: the first bytes alone, at least one. Throws TABLE_INVALID with the line where the text is not in this encoding. */
export async function* decodeFile(
  file: string,
  encoding: Encoding,
  signal: AbortSignal,
  endAt = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const stream = createReadStream(file, { signal, highWaterMark: 256 * 1024, end: endAt - 1 })
  let lines = 1
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let text: string
    try {
      text = decoder.decode(chunk, { stream: true })
    } catch {
      throw toEncodingError(file, encoding, lines + countGoodLines(chunk, encoding))
    }
    lines += countLines(text)
    if (text !== '') yield text
  }
  try {
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } catch {
    throw toEncodingError(file, encoding, lines)
  }
}

/** Lines of a piece before the one that is not in this encoding; 0 where lines cannot be told in bytes. */
function countGoodLines(chunk: Buffer, encoding: Encoding): number {
  if (encoding !== 'utf-8') return 0
  const decoder = new TextDecoder(encoding, { fatal: true })
  // A piece may begin within a character: its first bytes belong to the piece before.
  let from = Math.max(
    0,
    chunk.findIndex((byte) => byte < 0x80 || byte > 0xbf),
  )
  for (let lines = 0; ; lines += 1) {
    const end = chunk.indexOf(0x0a, from)
    try {
      decoder.decode(chunk.subarray(from, end < 0 ? chunk.length : end))
    } catch {
      return lines
    }
    if (end < 0) return lines
    from = end + 1
  }
}

function toEncodingError(file: string, encoding: Encoding, line: number): LakedeskError {
  const fix =
    encoding === 'utf-8'
      ? 'It may be Windows-1252 (Latin-1), as spreadsheets save it: read it with --encoding windows-1252, or save it as UTF-8.'
      : 'Name its own with --encoding, or save it as UTF-8.'
  const where = encoding === 'utf-8' ? `line ${line}` : `it, after line ${line},`
  return invalid(file, `${where} holds bytes that are no ${encoding.toUpperCase()}. ${fix}`)
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

function name(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file
}

/** `why` begins in the middle of a sentence. */
export function invalid(file: string, why: string, cause?: unknown): LakedeskError {
  const sentence = /[.!?]$/.test(why) ? why : `${why}.`
  return new LakedeskError('TABLE_INVALID', `${name(file)} cannot be loaded: ${sentence}`, cause)
}
