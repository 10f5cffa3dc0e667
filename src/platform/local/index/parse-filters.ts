// Filters of Databricks Vector Search (standard endpoints) as a predicate over a chunk's columns.
import { LakedeskError } from '../../../core/errors.ts'
import type { Filters } from '../../ports/vector-index.ts'

export const FILTER_COLUMNS = ['doc_id', 'title', 'url', 'doc_type', 'last_updated', 'chunk_id', 'source'] as const
export type FilterColumn = (typeof FILTER_COLUMNS)[number]
export type FilterRow = Readonly<Record<FilterColumn, string>>
export type RowTest = (row: FilterRow) => boolean

export interface ParsedFilters {
  test: RowTest
  /** False where every chunk of a document gets the same verdict. */
  perChunk: boolean
}

const OPERATOR = /^(?<column>.*?)(?: (?<operator>NOT LIKE|LIKE|NOT|<=|>=|<|>))?$/s

/**
 * All keys must hold. `{"c": v}` equals; `{"c": [v, w]}` any of; `{"c NOT": v}` and `{"c NOT": [v, w]}` none of;
 * `{"c <": v}`, also <=, > and >=, by text order, so dates are ISO 8601; `{"c LIKE": "word"}` where one of the
 * whitespace-separated words of c is exactly this one; `{"c NOT LIKE": "word"}`; `{"c1 OR c2": [v1, v2]}` where c1
 * equals v1 or c2 equals v2. Throws FILTER_INVALID.
 */
export function parseFilters(filters: Filters): ParsedFilters {
  if (typeof filters !== 'object' || filters === null || Array.isArray(filters)) {
    throw invalid('Filters must be an object such as {"doc_type": "guide"}')
  }
  const tests = Object.entries(filters).map(([key, value]) => parseEntry(key, value))
  return {
    test: (row) => tests.every((entry) => entry.test(row)),
    perChunk: tests.some((entry) => entry.columns.includes('chunk_id')),
  }
}

interface ParsedEntry {
  columns: FilterColumn[]
  test: RowTest
}

function parseEntry(key: string, value: unknown): ParsedEntry {
  if (key.includes(' OR ')) return parseAlternatives(key, value)
  const { column: name = key, operator } = OPERATOR.exec(key)?.groups ?? {}
  const [column] = toColumns([name])
  if (!column) throw unknownColumns([name])
  return { columns: [column], test: toTest(key, column, operator, value) }
}

function toTest(key: string, column: FilterColumn, operator: string | undefined, value: unknown): RowTest {
  switch (operator) {
    case undefined: {
      const wanted = new Set(toValues(key, value))
      return (row) => wanted.has(row[column])
    }
    case 'NOT': {
      const unwanted = new Set(toValues(key, value))
      return (row) => !unwanted.has(row[column])
    }
    case 'LIKE': {
      const word = toWord(key, value)
      return (row) => row[column].split(/\s+/).includes(word)
    }
    case 'NOT LIKE': {
      const word = toWord(key, value)
      return (row) => !row[column].split(/\s+/).includes(word)
    }
    default:
      return toComparison(operator, column, toValue(key, value))
  }
}

function toComparison(operator: string, column: FilterColumn, limit: string): RowTest {
  if (operator === '<') return (row) => row[column] < limit
  if (operator === '<=') return (row) => row[column] <= limit
  if (operator === '>') return (row) => row[column] > limit
  return (row) => row[column] >= limit
}

function parseAlternatives(key: string, value: unknown): ParsedEntry {
  const columns = toColumns(key.split(' OR ').map((name) => name.trim()))
  if (!Array.isArray(value) || value.length !== columns.length) {
    throw invalid(`The filter "${key}" needs a list of ${columns.length} values, one for each column in order`)
  }
  const values = value.map((item: unknown) => toValue(key, item))
  return { columns, test: (row) => columns.some((column, i) => row[column] === values[i]) }
}

function toColumns(names: readonly string[]): FilterColumn[] {
  const known = names.flatMap((name) => FILTER_COLUMNS.filter((column) => column === name))
  if (known.length === names.length) return known
  throw unknownColumns(names.filter((name) => !known.some((column) => column === name)))
}

function toValues(key: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [toValue(key, value)]
  if (value.length === 0) throw invalid(`The filter "${key}" has an empty list: give at least one value`)
  return value.map((item: unknown) => toValue(key, item))
}

function toValue(key: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw invalid(`The filter "${key}" needs a text, a number or a truth value, but got ${describe(value)}`)
}

function toWord(key: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && !/\s/.test(value)) return value
  throw invalid(`The filter "${key}" needs one word without spaces, since LIKE compares whole words`)
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}

function unknownColumns(names: readonly string[]): LakedeskError {
  const message = `Columns referenced in filters are not present in index: ${names.join(', ')}`
  return invalid(`${message}. Known columns are ${FILTER_COLUMNS.join(', ')}`)
}

function invalid(message: string): LakedeskError {
  return new LakedeskError('FILTER_INVALID', `${message}.`)
}
