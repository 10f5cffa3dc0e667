// The body that makes a Delta Sync index over the table of chunks, whose texts the index embeds itself.
import { CHUNK_COLUMN_NAMES } from '../../ports/chunk-table.ts'
import type { NewIndex } from './settle-index.ts'

export interface NewDeltaIndex {
  /** Full name of the table of chunks. */
  table: string
  /** Serving endpoint of the embeddings, such as `databricks-gte-large-en`. */
  embeddings: string
  /** Default TRIGGERED, the only one on storage-optimized endpoints. */
  pipeline?: 'TRIGGERED' | 'CONTINUOUS'
  endpointType?: 'STANDARD' | 'STORAGE_OPTIMIZED'
  budgetPolicyId?: string
}

export function toNewDeltaIndex({ table, embeddings, pipeline = 'TRIGGERED', ...endpoint }: NewDeltaIndex): NewIndex {
  return {
    ...endpoint,
    body: {
      primary_key: 'chunk_id',
      index_type: 'DELTA_SYNC',
      delta_sync_index_spec: {
        source_table: table,
        pipeline_type: pipeline,
        embedding_source_columns: [{ name: 'content', embedding_model_endpoint_name: embeddings }],
        columns_to_sync: CHUNK_COLUMN_NAMES,
      },
    },
  }
}
