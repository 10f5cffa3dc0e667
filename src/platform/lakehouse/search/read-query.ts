// Reads a query of an index, with the limits and the words of the real service.
import { asList, asValues, invalid, text, type Values, whole } from '../wire.ts'
import { facetColumns, readOrders } from './facets.ts'
import { type Filter, readDictFilter } from './filter-dict.ts'
import { readTextFilter } from './filter-text.ts'
import { vectorColumnOf } from './read-spec.ts'
import type { EndpointType, StoredIndex } from './stored.ts'

export interface Query {
  columns: string[]
  text: string
  vector: number[] | undefined
  type: 'ANN' | 'HYBRID' | 'FULL_TEXT'
  limit: number
  threshold: number
  filter: Filter | undefined
  /** Text columns that full text looks at; all where undefined. */
  queryColumns: string[] | undefined
  orders: { column: string; sign: 1 | -1 }[]
  facets: string[]
  /** Columns by which the best are put in a new order; none where empty. */
  rerank: string[]
}

const MAX_RESULTS = 10_000
const MAX_HYBRID = 200
const MAX_TEXT = 32_764

export function readQuery(args: Values, index: StoredIndex, endpointType: EndpointType): Query {
  const columns = strings(args.columns)
  if (columns.length === 0) throw invalid("Missing value for required parameter 'columns'.")
  const known = [...index.columns.map(({ name }) => name), vectorColumnOf(index.vectors) ?? '']
  const unknown = columns.filter((column) => !known.includes(column))
  if (unknown.length > 0) throw invalid(`Requested columns to fetch are not present in index: ${unknown.join(', ')}`)
  const filter = readFilter(args, endpointType)
  const missing = [...new Set(filter?.columns.filter((column) => !known.includes(column)))]
  if (missing.length > 0) throw invalid(`Columns referenced in filters are not present in index: ${missing.join(', ')}`)
  const facets = strings(args.facets)
  const orders = readOrders(strings(args.sort_columns))
  const queryColumns = strings(args.query_columns)
  const rerank = readReranker(args)
  const others = [...facetColumns(facets), ...orders.map(({ column }) => column), ...queryColumns, ...rerank]
  const odd = others.filter((column) => !known.includes(column))
  if (odd.length > 0) throw invalid(`Columns are not present in index: ${odd.join(', ')}`)
  const type = readType(args, index)
  return {
    ...{ columns, type, filter, facets, orders, rerank },
    ...readSubject(args, index, type),
    queryColumns: queryColumns.length > 0 ? queryColumns : undefined,
    limit: readLimit(args, type),
    threshold: readThreshold(args.score_threshold),
  }
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : []

function readFilter(args: Values, endpointType: EndpointType): Filter | undefined {
  const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''
  if (endpointType === 'STANDARD') {
    if (isGiven(args.filter_string))
      throw invalid('filter_string is supported on STORAGE_OPTIMIZED endpoints only: use filters_json.')
    return readDictFilter(args.filters_json)
  }
  if (isGiven(args.filters_json) && args.filters_json !== '{}')
    throw invalid('filters_json is supported on STANDARD endpoints only: use filter_string.')
  return readTextFilter(args.filter_string)
}

function readType(args: Values, index: StoredIndex): Query['type'] {
  const type = (text(args, 'query_type') || (index.subtype === 'FULL_TEXT' ? 'FULL_TEXT' : 'ANN')).toUpperCase()
  if (type !== 'ANN' && type !== 'HYBRID' && type !== 'FULL_TEXT')
    throw invalid(`Invalid query type '${type}': it is none of ANN, HYBRID, FULL_TEXT.`)
  if (index.subtype === 'FULL_TEXT' && type !== 'FULL_TEXT')
    throw invalid(`Index ${index.name} has the subtype FULL_TEXT: it takes queries of type FULL_TEXT only.`)
  return type
}

function readSubject(args: Values, index: StoredIndex, type: Query['type']): Pick<Query, 'text' | 'vector'> {
  const words = text(args, 'query_text') || text(args, 'query')
  if (words.length > MAX_TEXT) throw invalid(`query_text may have ${MAX_TEXT} characters, not ${words.length}.`)
  const vector =
    Array.isArray(args.query_vector) && args.query_vector.length > 0 ? args.query_vector.map(Number) : undefined
  if (type !== 'ANN' && words === '') throw invalid(`query_text is required for queries of type ${type}.`)
  if (type === 'FULL_TEXT') return { text: words, vector: undefined }
  const { vectors } = index
  if (vectors.kind === 'own') {
    if (!vector) throw invalid(`query_vector is required: index ${index.name} has embeddings of its own.`)
    if (vector.length !== vectors.dimension)
      throw invalid(`query_vector has ${vector.length} numbers, and index ${index.name} has ${vectors.dimension}.`)
  } else if (!vector && words === '') throw invalid('Either query_text or query_vector is required.')
  if (vector?.some((number) => !Number.isFinite(number))) throw invalid('query_vector must hold numbers only.')
  return { text: words, vector }
}

function readLimit(args: Values, type: Query['type']): number {
  const limit = whole(args, args.num_results === undefined ? 'max_results' : 'num_results', 10)
  const most = type === 'HYBRID' ? MAX_HYBRID : MAX_RESULTS
  if (limit < 1 || limit > most) throw invalid(`num_results must be from 1 to ${most} for queries of type ${type}.`)
  return limit
}

function readThreshold(given: unknown): number {
  const threshold = Number(given ?? 0)
  if (!Number.isFinite(threshold)) throw invalid('score_threshold must be a number.')
  return threshold
}

function readReranker({ reranker, columns_to_rerank }: Values): string[] {
  const { parameters } = asValues(reranker)
  const columns = strings(asValues(parameters).columns_to_rerank ?? columns_to_rerank)
  if (asList([reranker])[0]?.model !== undefined && columns.length === 0)
    throw invalid('The reranker needs columns_to_rerank.')
  return columns
}
