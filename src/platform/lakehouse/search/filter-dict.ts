// Filters of STANDARD endpoints: a JSON object whose keys name columns and operators, all of which must hold.
import { invalid, type Values } from '../wire.ts'
import { compare, equals, type Given } from './compare.ts'
import type { Row } from './index-rows.ts'

export interface Filter {
  /** Every column that it speaks of. */
  columns: string[]
  test(values: Row['values']): boolean
}

type Operator = '' | 'NOT' | 'LIKE' | 'NOT LIKE' | '<' | '<=' | '>' | '>='
const KEY = /^(.*?)(?: (NOT LIKE|LIKE|NOT|<=|>=|<|>))?$/s

/**
 * `{"c": v}`, `{"c": [v, w]}` any of, `{"c NOT": v}` and `{"c NOT": [v, w]}` none of, `{"c <": v}` and <=, >, >=,
 * `{"c LIKE": "word"}` where one of the words between white space is exactly this one, `{"c NOT LIKE": "word"}`,
 * `{"c1 OR c2": [v, w]}` where c1 is v or c2 is w. A null is no value's equal, and none of those that NOT names (not verified).
 */
export function readDictFilter(json: unknown): Filter | undefined {
  if (json === undefined || json === null || json === '') return undefined
  const given = typeof json === 'string' ? parse(json) : json
  if (given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given))
    throw invalid('filters_json must be a JSON object of columns and values.')
  const parts = Object.entries(given as Values).map(([key, value]) => readEntry(key, value))
  return {
    columns: parts.flatMap(({ columns }) => columns),
    test: (values) => parts.every((part) => part.test(values)),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('filters_json is no JSON.')
  }
}

function readEntry(key: string, value: unknown): Filter {
  if (key.includes(' OR ')) return readAlternatives(key, value)
  const [, column = key, operator = ''] = KEY.exec(key) ?? []
  return { columns: [column], test: readTest(key, column, operator as Operator, value) }
}

function readTest(key: string, column: string, operator: Operator, value: unknown): Filter['test'] {
  switch (operator) {
    case '': {
      const wanted = toList(key, value)
      return (row) => wanted.some((one) => equals(row[column], one))
    }
    case 'NOT': {
      const unwanted = toList(key, value)
      return (row) => !unwanted.some((one) => equals(row[column], one))
    }
    case 'LIKE':
    case 'NOT LIKE': {
      if (typeof value !== 'string') throw invalid(`The filter '${key}' needs a text.`)
      const holds = (row: Row['values']) =>
        String(row[column] ?? '')
          .split(/\s+/)
          .includes(value)
      return operator === 'LIKE' ? holds : (row) => !holds(row)
    }
    default: {
      const limit = toGiven(key, value)
      return (row) => {
        const order = compare(row[column], limit)
        if (order === undefined) return false
        if (operator === '<') return order < 0
        if (operator === '<=') return order <= 0
        return operator === '>' ? order > 0 : order >= 0
      }
    }
  }
}

function readAlternatives(key: string, value: unknown): Filter {
  const columns = key.split(' OR ').map((name) => name.trim())
  const values = toList(key, value)
  if (values.length !== columns.length)
    throw invalid(`The filter '${key}' names ${columns.length} columns and needs a list of as many values.`)
  return { columns, test: (row) => columns.some((column, nth) => equals(row[column], values[nth] ?? null)) }
}

function toList(key: string, value: unknown): Given[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.map((one) => toGiven(key, one))
}

function toGiven(key: string, value: unknown): Given {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw invalid(`The filter '${key}' needs texts, numbers or truth values.`)
}
