// A query of the embedded index: within the limits, with its filters ready to be applied.
import { type CheckedQuery, readQuery } from '../../ports/read-query.ts'
import type { IndexQuery } from '../../ports/vector-index.ts'
import { type ParsedFilters, parseFilters } from './parse-filters.ts'

export interface ParsedQuery extends CheckedQuery {
  filters: ParsedFilters | null
}

/** Throws QUERY_INVALID or FILTER_INVALID. */
export function parseQuery(query: IndexQuery): ParsedQuery {
  return { ...readQuery(query), filters: query.filters === undefined ? null : parseFilters(query.filters) }
}
