// Reads JSON Lines, or one JSON array of objects, object by object.
import { invalid } from './decode-file.ts'
import type { Faults } from './faults.ts'

const MAX_ROW = 16 * 1024 * 1024

export type JsonObject = Readonly<Record<string, unknown>>

/** `take` gets each object and its text. Throws TABLE_INVALID for what concerns the whole file. */
export async function readJson(
  file: string,
  pieces: AsyncIterable<string>,
  faults: Faults,
  take: (object: JsonObject, text: string) => void,
): Promise<void> {
  let splitter: Splitter | null = null
  const give = (text: string, line: number): void => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      faults.add(line, `it is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}`)
      return
    }
    if (isObject(value)) take(value, text)
    else faults.add(line, 'it is no JSON object')
  }
  let held = ''
  for await (const piece of pieces) {
    let text = piece
    if (splitter === null) {
      held += piece
      if (held.trim() === '') continue
      splitter = held.trimStart().startsWith('[') ? splitArray(file, give) : splitLines(file, give)
      text = held
    }
    splitter.add(text)
  }
  if (splitter === null) throw invalid(file, 'it is empty. Give one JSON object per line, or one array of objects')
  splitter.end()
}

interface Splitter {
  add(text: string): void
  end(): void
}

type Give = (text: string, line: number) => void

function splitLines(file: string, give: Give): Splitter {
  let [rest, line] = ['', 0]
  const one = (text: string): void => {
    line += 1
    if (text.trim() !== '') give(text, line)
  }
  return {
    add(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_ROW) throw invalid(file, `line ${line + 1} is longer than 16 MB`)
      for (const text of lines) one(text)
    },
    end() {
      one(rest)
    },
  }
}

/** Elements are cut out by their brackets, outside strings; each is parsed by itself. */
function splitArray(file: string, give: Give): Splitter {
  let [depth, line, startLine] = [0, 1, 1]
  let [quoted, escaped, ended] = [false, false, false]
  let element = ''
  const flush = (): void => {
    if (element.trim() !== '') give(element, startLine)
    element = ''
  }
  return {
    add(text) {
      let from = 0
      for (let i = 0; i < text.length; i += 1) {
        const code = text.charCodeAt(i)
        if (code === 10) line += 1
        if (quoted) {
          if (escaped) escaped = false
          else if (code === 92) escaped = true
          else if (code === 34) quoted = false
        } else if (code === 34) quoted = true
        else if (code === 91 || code === 123) {
          if (depth === 0) from = i + 1
          if (depth === 1) startLine = line
          depth += 1
        } else if (code === 93 || code === 125) {
          depth -= 1
          if (depth === 0) {
            element += text.slice(from, i)
            from = text.length
            ended = true
            flush()
          }
        } else if (code === 44 && depth === 1) {
          element += text.slice(from, i)
          from = i + 1
          flush()
        } else if (depth === 0 && code > 32) {
          if (ended) throw invalid(file, `line ${line}: something stands behind the end of the array`)
        }
      }
      if (depth > 0) element += text.slice(from)
      if (element.length > MAX_ROW) throw invalid(file, `the object in line ${startLine} is longer than 16 MB`)
    },
    end() {
      if (!ended) throw invalid(file, 'the array is never closed: the file was cut off, or a quote is open')
    },
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
