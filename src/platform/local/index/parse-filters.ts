// Filters of Databricks Vector Search (standard endpoints) as a predicate over a chunk's columns.
import { assertNever } from '../../../core/assert-never.ts'
import { type Condition, readFilters } from '../../ports/read-filters.ts'
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

/** All keys must hold; the grammar is that of `readFilters`. Throws FILTER_INVALID. */
export function parseFilters(filters: Filters): ParsedFilters {
  const conditions = readFilters(filters, FILTER_COLUMNS)
  const tests = conditions.map(toTest)
  return {
    test: (row) => tests.every((test) => test(row)),
    perChunk: conditions.flatMap(columnsOf).includes('chunk_id'),
  }
}

function columnsOf(condition: Condition<FilterColumn>): FilterColumn[] {
  return condition.kind === 'either' ? condition.columns : [condition.column]
}

function toTest(condition: Condition<FilterColumn>): RowTest {
  switch (condition.kind) {
    case 'any': {
      const wanted = new Set(condition.values)
      return (row) => wanted.has(row[condition.column])
    }
    case 'none': {
      const unwanted = new Set(condition.values)
      return (row) => !unwanted.has(row[condition.column])
    }
    case 'word':
      return (row) => row[condition.column].split(/\s+/).includes(condition.word)
    case 'no-word':
      return (row) => !row[condition.column].split(/\s+/).includes(condition.word)
    case 'compare':
      return toComparison(condition.operator, condition.column, condition.value)
    case 'either':
      return (row) => condition.columns.some((column, i) => row[column] === condition.values[i])
    default:
      return assertNever(condition)
  }
}

function toComparison(operator: string, column: FilterColumn, limit: string): RowTest {
  if (operator === '<') return (row) => row[column] < limit
  if (operator === '<=') return (row) => row[column] <= limit
  if (operator === '>') return (row) => row[column] > limit
  return (row) => row[column] >= limit
}
