// The filter grammar of Vector Search on standard endpoints, read into conditions that any engine can carry out.
import { LakedeskError } from '../../core/errors.ts'
import type { Filters } from './vector-index.ts'

/** All must hold. Values are texts and compare as texts, so dates are ISO 8601. */
export type Condition<Column extends string> =
  | { kind: 'any' | 'none'; column: Column; values: string[] }
  | { kind: 'compare'; column: Column; operator: '<' | '<=' | '>' | '>='; value: string }
  /** One of the whitespace-separated words is exactly this one. */
  | { kind: 'word' | 'no-word'; column: Column; word: string }
  | { kind: 'either'; columns: Column[]; values: string[] }

const OPERATOR = /^(?<column>.*?)(?: (?<operator>NOT LIKE|LIKE|NOT|<=|>=|<|>))?$/s

/**
 * `{"c": v}` equals; `{"c": [v, w]}` any of; `{"c NOT": v}` and `{"c NOT": [v, w]}` none of; `{"c <": v}`, also <=, > and >=;
 * `{"c LIKE": "word"}`; `{"c NOT LIKE": "word"}`; `{"c1 OR c2": [v1, v2]}` where c1 equals v1 or c2 equals v2. Throws FILTER_INVALID.
 */
export function readFilters<Column extends string>(filters: Filters, columns: readonly Column[]): Condition<Column>[] {
  if (typeof filters !== 'object' || filters === null || Array.isArray(filters)) {
    throw invalid('Filters must be an object such as {"doc_type": "guide"}')
  }
  return Object.entries(filters).map(([key, value]) => readEntry(key, value, columns))
}

function readEntry<Column extends string>(key: string, value: unknown, known: readonly Column[]): Condition<Column> {
  if (key.includes(' OR ')) return readAlternatives(key, value, known)
  const { column: name = key, operator } = OPERATOR.exec(key)?.groups ?? {}
  const [column] = toColumns([name], known)
  if (!column) throw unknownColumns([name], known)
  switch (operator) {
    case undefined:
      return { kind: 'any', column, values: toValues(key, value) }
    case 'NOT':
      return { kind: 'none', column, values: toValues(key, value) }
    case 'LIKE':
      return { kind: 'word', column, word: toWord(key, value) }
    case 'NOT LIKE':
      return { kind: 'no-word', column, word: toWord(key, value) }
    case '<':
    case '<=':
    case '>':
      return { kind: 'compare', column, operator, value: toValue(key, value) }
    default:
      return { kind: 'compare', column, operator: '>=', value: toValue(key, value) }
  }
}

function readAlternatives<Column extends string>(
  key: string,
  value: unknown,
  known: readonly Column[],
): Condition<Column> {
  const columns = toColumns(
    key.split(' OR ').map((name) => name.trim()),
    known,
  )
  if (!Array.isArray(value) || value.length !== columns.length) {
    throw invalid(`The filter "${key}" needs a list of ${columns.length} values, one for each column in order`)
  }
  return { kind: 'either', columns, values: value.map((item: unknown) => toValue(key, item)) }
}

function toColumns<Column extends string>(names: readonly string[], known: readonly Column[]): Column[] {
  const found = names.flatMap((name) => known.filter((column) => column === name))
  if (found.length === names.length) return found
  throw unknownColumns(
    names.filter((name) => !found.some((column) => column === name)),
    known,
  )
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

function unknownColumns(names: readonly string[], known: readonly string[]): LakedeskError {
  const message = `Columns referenced in filters are not present in index: ${names.join(', ')}`
  return invalid(`${message}. Known columns are ${known.join(', ')}`)
}

function invalid(message: string): LakedeskError {
  return new LakedeskError('FILTER_INVALID', `${message}.`)
}
