// What an index is made of, read from its own description: which columns it has, what it embeds, how it is filled.
import { z } from 'zod'
import { CHUNK_COLUMN_NAMES } from '../../ports/chunk-table.ts'
import type { WireIndex } from './search-wire.ts'

export interface IndexSpec {
  kind: 'delta' | 'direct'
  /** Delta Sync: TRIGGERED moves on command alone. */
  triggered: boolean
  sourceTable: string | null
  primaryKey: string
  /** Column that holds the text of a chunk. */
  textColumn: string
  /** Column of vectors that whoever writes and asks has to make; null where the index embeds by itself. */
  vectorColumn: string | null
  dimension: number | null
  /** Endpoint of the embeddings; null where the index has vectors of others, or none. */
  embeddings: string | null
  /** Columns to ask for: those of chunks that the index has. */
  columns: readonly string[]
}

const keysSchema = z.record(z.string(), z.unknown())

export function toIndexSpec(index: WireIndex): IndexSpec {
  const delta = index.delta_sync_index_spec
  const direct = index.direct_access_index_spec
  const [source] = (delta ?? direct)?.embedding_source_columns ?? []
  const [vector] = (delta ?? direct)?.embedding_vector_columns ?? []
  const textColumn = source?.name ?? 'content'
  const known = delta ? delta.columns_to_sync : Object.keys(keysOf(direct?.schema_json))
  const wanted = CHUNK_COLUMN_NAMES.map((name) => (name === 'content' ? textColumn : name))
  // A list that is empty stands for all columns of the table.
  const synced = new Set([...known, index.primary_key, textColumn])
  return {
    kind: delta || index.index_type === 'DELTA_SYNC' ? 'delta' : 'direct',
    triggered: delta?.pipeline_type !== 'CONTINUOUS',
    sourceTable: delta?.source_table ?? null,
    primaryKey: index.primary_key,
    textColumn,
    vectorColumn: source ? null : (vector?.name ?? null),
    dimension: vector?.embedding_dimension ?? null,
    embeddings:
      source?.model_endpoint_name_for_query ??
      source?.embedding_model_endpoint_name ??
      source?.embedding_model_endpoint ??
      null,
    columns: [...new Set([index.primary_key, ...wanted.filter((name) => known.length === 0 || synced.has(name))])],
  }
}

function keysOf(schema: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return keysSchema.safeParse(JSON.parse(schema ?? '{}')).data ?? {}
  } catch {
    // A schema in another writing: the columns are taken to be all there.
    return {}
  }
}
