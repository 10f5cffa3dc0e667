// Reads a text file as Unicode, and says so where it is in an encoding that nobody named.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { LakedeskError } from '../../../../core/errors.ts'

/** `windows-1252` only where it is asked for: it fits any bytes, so it cannot be recognised. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

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
      const fix = `Convert it: iconv -f ${order} -t UTF-8 ${name(file)} > utf8-${name(file)}`
      throw invalid(file, `it holds zero bytes, so it is binary or ${order} without a byte order mark. ${fix}`)
    }
    return 'utf-8'
  } finally {
    await handle.close()
  }
}

/** Pieces of text, without the byte order mark. Throws TABLE_INVALID with the byte and line where the text is not in this encoding. */
export async function* decodeFile(file: string, encoding: Encoding, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const stream = createReadStream(file, { signal, highWaterMark: 256 * 1024 })
  let [bytes, lines] = [0, 1]
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let text: string
    try {
      text = decoder.decode(chunk, { stream: true })
    } catch {
      throw toEncodingError(file, encoding, bytes, lines)
    }
    bytes += chunk.length
    lines += countLines(text)
    if (text !== '') yield text
  }
  try {
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } catch {
    throw toEncodingError(file, encoding, bytes, lines)
  }
}

function toEncodingError(file: string, encoding: Encoding, bytes: number, lines: number): LakedeskError {
  const where = `after line ${lines} (byte ${bytes})`
  const fix =
    encoding === 'utf-8'
      ? `It may be Windows-1252, as spreadsheets save it: load it with that encoding, or convert it: iconv -f WINDOWS-1252 -t UTF-8 ${name(file)} > utf8-${name(file)}`
      : `Convert it to UTF-8.`
  return invalid(file, `somewhere ${where} it holds bytes that are no ${encoding.toUpperCase()}. ${fix}`)
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
  const sentence = /[.!?]$|\S> \S+$|utf8-\S+$/.test(why) ? why : `${why}.`
  return new LakedeskError('TABLE_INVALID', `${name(file)} cannot be loaded: ${sentence}`, cause)
}
