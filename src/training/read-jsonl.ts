// Reads examples from JSON lines.
import { MAX_ROWS, type RawData } from './check-examples.ts'
import { type Example, parseExample } from './example.ts'
import { eachPaced } from './paced.ts'

/** Lines from 1; blank ones are passed over. A string is the sentence why it is not read. Throws the reason of the signal. */
export async function readJsonl(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<RawData | string> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { name, examples: [], broken: [{ line: 1, why: 'the file is not UTF-8' }], notes: [] }
  }
  if (countLines(bytes) > MAX_ROWS) {
    return `${name} has more than ${MAX_ROWS.toLocaleString('en-US')} lines, more than are trained on at once. Name a file of a part of it.`
  }
  const examples: Example[] = []
  const broken: { line: number; why: string }[] = []
  const read = (line: string, at: number): void => {
    if (line.trim() === '') return
    const example = parseLine(line)
    if (typeof example === 'string') broken.push({ line: at + 1, why: example })
    else examples.push(example)
  }
  await eachPaced(linesOf(text), read, signal)
  return { name, examples, broken, notes: [] }
}

const LINE_FEED = 10

/** As far as the limit needs it; a line feed at the end begins no line. */
function countLines(bytes: Uint8Array): number {
  let count = bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? 1 : 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && count <= MAX_ROWS; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}

function* linesOf(text: string): Generator<string> {
  for (let begin = 0; begin <= text.length; ) {
    const end = text.indexOf('\n', begin)
    yield end < 0 ? text.slice(begin) : text.slice(begin, end)
    begin = end < 0 ? text.length + 1 : end + 1
  }
}

function parseLine(line: string): Example | string {
  try {
    return parseExample(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is no JSON'
    throw error
  }
}
