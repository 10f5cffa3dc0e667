// Reads examples from JSON lines.
import type { RawData } from './check-examples.ts'
import { type Example, parseExample } from './example.ts'

/** Lines from 1; blank ones are passed over. */
export function readJsonl(name: string, bytes: Uint8Array): RawData {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { name, examples: [], broken: [{ line: 1, why: 'the file is not UTF-8' }], notes: [] }
  }
  const examples: Example[] = []
  const broken: { line: number; why: string }[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const example = parseLine(line)
    if (typeof example === 'string') broken.push({ line: at + 1, why: example })
    else examples.push(example)
  }
  return { name, examples, broken, notes: [] }
}

function parseLine(line: string): Example | string {
  try {
    return parseExample(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is no JSON'
    throw error
  }
}
