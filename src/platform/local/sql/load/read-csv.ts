// Reads CSV into rows of texts: finds the delimiter, checks the header, and tells broken rows by line.
import { pipeline, Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { invalid } from './decode-file.ts'
import type { Faults } from './faults.ts'

const DELIMITERS = [',', ';', '\t', '|']
/** A longer row is an unclosed quote, as a rule; it is not read into memory to its end. */
const MAX_ROW = 8 * 1024 * 1024
const MAX_COLUMNS = 2_000

export interface CsvSink {
  /** Called once, before the rows. */
  begin(columns: string[], delimiter: string): Promise<void>
  row(values: readonly (string | null)[]): void
}

/** Empty values are null. Throws TABLE_INVALID for what concerns the whole file. */
export async function readCsv(
  file: string,
  pieces: AsyncIterable<string>,
  faults: Faults,
  sink: CsvSink,
): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]()
  let first = ''
  // The header has to be there as a whole to tell its delimiter.
  while (!hasLine(first)) {
    const next = await iterator.next()
    if (next.done) break
    first += next.value
    if (first.length > MAX_ROW) throw invalid(file, 'its first line has no end within 8 MB; it is no CSV')
  }
  if (first.trim() === '') throw invalid(file, 'it is empty. Give a file whose first line names the columns')
  const delimiter = sniffDelimiter(first)
  let [width, lastLine] = [-1, 0]
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_ROW,
    info: true,
    on_skip: (error) => {
      if (error) faults.add(startOf(error, lastLine), toFault(error))
    },
  })
  // The end is told by the loop below, with its error.
  pipeline(Readable.from(joinPieces(first, iterator)), parser, () => undefined)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const line = lastLine + 1
      lastLine = info.lines
      if (width < 0) {
        const columns = checkHeader(file, record)
        width = columns.length
        await sink.begin(columns, delimiter)
      } else if (record.length === width) {
        sink.row(record.map((value) => (value === '' ? null : value)))
      } else {
        faults.add(line, `it has ${values(record.length)} and the header ${width}`)
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? invalid(file, toFault(error), error) : error
  }
  if (width < 0) throw invalid(file, 'it is empty. Give a file whose first line names the columns')
}

async function* joinPieces(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** True where the text holds the end of its first record. */
function hasLine(text: string): boolean {
  let quoted = false
  for (const letter of text) {
    if (letter === '"') quoted = !quoted
    else if (letter === '\n' && !quoted) return true
  }
  return false
}

/** The one that stands most often in the first line, outside quotes. */
function sniffDelimiter(text: string): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let quoted = false
  for (const letter of text) {
    if (letter === '"') quoted = !quoted
    if (quoted) continue
    if (letter === '\n') break
    const count = counts.get(letter)
    if (count !== undefined) counts.set(letter, count + 1)
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

function checkHeader(file: string, record: string[]): string[] {
  const columns = record.map((name) => name.trim())
  if (columns.length > MAX_COLUMNS)
    throw invalid(file, `it has ${columns.length} columns, and at most ${MAX_COLUMNS} are taken`)
  const unnamed = columns.indexOf('')
  if (unnamed >= 0) {
    throw invalid(file, `column ${unnamed + 1} has no name. The first line has to name all columns`)
  }
  const data = columns.find((name) => /^[+-]?\d+([.,]\d+)?$|^\d{4}-\d\d-\d\d/.test(name))
  if (data !== undefined) {
    throw invalid(
      file,
      `its first line holds "${data}", which is a value and no name. Put a line with the names of the columns first`,
    )
  }
  const seen = new Set<string>()
  for (const name of columns) {
    if (seen.has(name.toLowerCase()))
      throw invalid(file, `two columns are named "${name}" (capitals do not count). Rename one`)
    seen.add(name.toLowerCase())
  }
  return columns
}

function values(count: number): string {
  return count === 1 ? '1 value' : `${count} values`
}

function startOf(error: CsvError, lastLine: number): number {
  const lines = (error as { lines?: unknown }).lines
  return typeof lines === 'number' ? lines : lastLine + 1
}

function toFault(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened and never closed'
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'something stands behind a closing quote; write a quote within a quoted value twice'
    case 'INVALID_OPENING_QUOTE':
      return 'a quote stands in the middle of a value; put the whole value in quotes, and the quote twice'
    case 'CSV_MAX_RECORD_SIZE':
      return 'it is longer than 8 MB; a quote may be open'
    default:
      return error.message.replace(/\s+/g, ' ').slice(0, 160)
  }
}
