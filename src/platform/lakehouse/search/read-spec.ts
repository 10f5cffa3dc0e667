// Reads what an index shall be out of the request that creates it, and refuses what cannot be.
import { asList, asValues, invalid, required, text, type Values } from '../wire.ts'
import type { EndpointType, StoredIndex, VectorSource } from './stored.ts'

export type IndexSpec = Pick<StoredIndex, 'primaryKey' | 'type' | 'subtype' | 'vectors' | 'delta' | 'direct'>

const MAX_DIMENSION = 4096
const MAX_COLUMNS = 50
/** Names of types as they are given, and as Spark has them. */
const TYPES: Readonly<Record<string, string>> = {
  integer: 'int',
  int: 'int',
  long: 'bigint',
  bigint: 'bigint',
  short: 'smallint',
  smallint: 'smallint',
  byte: 'tinyint',
  tinyint: 'tinyint',
  float: 'float',
  double: 'double',
  boolean: 'boolean',
  string: 'string',
  date: 'date',
  timestamp: 'timestamp',
  'array<float>': 'array<float>',
  'array<double>': 'array<double>',
  'array<string>': 'array<string>',
}

export const INDEX_NAME = /^[A-Za-z0-9_]+\.[A-Za-z0-9_]+\.[A-Za-z0-9_]+$/

export function checkIndexName(name: string): void {
  if (INDEX_NAME.test(name)) return
  throw invalid(
    'Invalid index name. Must specify the full index name <catalog>.<schema>.<table>. Only alphanumerics and underscores are allowed.',
  )
}

export function readSpec(args: Values, endpointType: EndpointType): IndexSpec {
  const primaryKey = required(args, 'primary_key')
  const type = required(args, 'index_type')
  const subtype = text(args, 'index_subtype') || 'HYBRID'
  if (subtype !== 'HYBRID' && subtype !== 'FULL_TEXT') throw invalid(`Index subtype ${subtype} is not supported.`)
  if (subtype === 'FULL_TEXT' && endpointType !== 'STORAGE_OPTIMIZED')
    throw invalid('Index subtype FULL_TEXT is supported on STORAGE_OPTIMIZED endpoints only.')
  if (type === 'DELTA_SYNC')
    return readDelta(asValues(args.delta_sync_index_spec), { primaryKey, subtype, endpointType })
  if (type === 'DIRECT_ACCESS') return readDirect(asValues(args.direct_access_index_spec), { primaryKey, subtype })
  throw invalid(`Index type '${type}' is neither DELTA_SYNC nor DIRECT_ACCESS.`)
}

interface Given {
  primaryKey: string
  subtype: StoredIndex['subtype']
}

function readDelta(given: Values, more: Given & { endpointType: EndpointType }): IndexSpec {
  const { endpointType, ...same } = more
  const sourceTable = required(given, 'source_table')
  if (!INDEX_NAME.test(sourceTable))
    throw invalid(`Source table '${sourceTable}' must be given as <catalog>.<schema>.<table>.`)
  const pipeline = required(given, 'pipeline_type')
  if (pipeline !== 'TRIGGERED' && pipeline !== 'CONTINUOUS')
    throw invalid(`Pipeline type '${pipeline}' is neither TRIGGERED nor CONTINUOUS.`)
  if (endpointType === 'STORAGE_OPTIMIZED' && pipeline !== 'TRIGGERED')
    throw invalid('Storage optimized endpoints support the pipeline type TRIGGERED only.')
  const told = given.columns_to_sync ?? given.columns_to_index
  const columns = Array.isArray(told) ? told.map(String) : []
  if (columns.length > MAX_COLUMNS) throw invalid(`An index may have ${MAX_COLUMNS} columns, not ${columns.length}.`)
  const pipelineId = crypto.randomUUID()
  const delta = { given, sourceTable, pipeline, columns, pipelineId } as const
  return { ...same, type: 'DELTA_SYNC', vectors: readVectors(given, same), delta: { ...delta, columns }, direct: null }
}

function readDirect(given: Values, same: Given): IndexSpec {
  const schema = readSchema(required(given, 'schema_json'))
  if (!(same.primaryKey in schema)) throw invalid(`The primary key '${same.primaryKey}' is not in schema_json.`)
  const vectors = readVectors(given, same)
  if (vectors.kind !== 'none' && !(vectors.column in schema))
    throw invalid(`The embedding column '${vectors.column}' is not in schema_json.`)
  return { ...same, type: 'DIRECT_ACCESS', vectors, delta: null, direct: { given, schema } }
}

/** Columns and their types as Spark names them, sorted by name. */
function readSchema(json: string): Record<string, string> {
  let given: unknown
  try {
    given = JSON.parse(json)
  } catch {
    throw invalid('schema_json is no JSON.')
  }
  const entries = Object.entries(asValues(given)).map(([name, type]): [string, string] => {
    const known = TYPES[String(type).toLowerCase().replace(/\s/g, '')]
    if (!known) throw invalid(`Column '${name}' of schema_json has the unsupported type '${String(type)}'.`)
    return [name, known]
  })
  if (entries.length === 0) throw invalid('schema_json names no column.')
  if (entries.length > MAX_COLUMNS) throw invalid(`An index may have ${MAX_COLUMNS} columns, not ${entries.length}.`)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readVectors(given: Values, { subtype }: Given): VectorSource {
  const [managed] = asList(given.embedding_source_columns)
  const [own] = asList(given.embedding_vector_columns)
  if (subtype === 'FULL_TEXT') {
    if (managed || own) throw invalid('An index of subtype FULL_TEXT has no embedding columns.')
    return { kind: 'none' }
  }
  if (own) {
    const dimension = Number(own.embedding_dimension)
    if (!Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION)
      throw invalid(`embedding_dimension must be a whole number from 1 to ${MAX_DIMENSION}.`)
    return { kind: 'own', column: required(own, 'name'), dimension }
  }
  if (!managed) throw invalid('One of embedding_source_columns and embedding_vector_columns is required.')
  const endpoint = text(managed, 'embedding_model_endpoint_name') || required(managed, 'embedding_model_endpoint')
  const queryEndpoint = text(managed, 'model_endpoint_name_for_query') || endpoint
  return { kind: 'managed', column: required(managed, 'name'), endpoint, queryEndpoint }
}

/** Name under which the vectors of a managed index can be asked for. */
export const vectorColumnOf = (vectors: VectorSource): string | undefined =>
  vectors.kind === 'managed' ? `__db_${vectors.column}_vector` : undefined
