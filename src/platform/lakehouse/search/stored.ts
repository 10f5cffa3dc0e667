// What vector search keeps: endpoints, indexes with their specification, and rows with their vectors.
import type { SqlValue } from '../../ports/sql.ts'
import type { Values } from '../wire.ts'

export type EndpointType = 'STANDARD' | 'STORAGE_OPTIMIZED'
export type EndpointState = 'PROVISIONING' | 'ONLINE' | 'OFFLINE' | 'STOPPED' | 'STARTING'

export interface StoredEndpoint {
  name: string
  id: string
  type: EndpointType
  state: EndpointState
  message: string
  /** Looks at an endpoint that is being provisioned. */
  looks: number
  creator: string
  createdAt: number
  updatedAt: number
  updatedBy: string
  targetQps: number | null
  budgetPolicy: string
  tags: Values[]
  /** Level by holder, such as `user_name ana@example.com`. */
  access: Record<string, string>
}

/** `type` in Spark's small letters, such as `bigint` or `array<float>`. */
export interface IndexColumn {
  name: string
  type: string
}

/** Where vectors come from: a text column that a model embeds, or a column that holds them. */
export type VectorSource =
  | { kind: 'managed'; column: string; endpoint: string; queryEndpoint: string }
  | { kind: 'own'; column: string; dimension: number }
  | { kind: 'none' }

export type DetailedState =
  | 'PROVISIONING_INITIAL_SNAPSHOT'
  | 'ONLINE_NO_PENDING_UPDATE'
  | 'ONLINE_TRIGGERED_UPDATE'
  | 'ONLINE_PIPELINE_FAILED'
  | 'ONLINE_DIRECT_ACCESS'
  | 'OFFLINE_FAILED'

export interface StoredIndex {
  name: string
  id: string
  endpoint: string
  primaryKey: string
  type: 'DELTA_SYNC' | 'DIRECT_ACCESS'
  subtype: 'HYBRID' | 'FULL_TEXT'
  creator: string
  createdAt: number
  vectors: VectorSource
  /** Of DELTA_SYNC: the specification as it was given, and what of it drives the sync. */
  delta: {
    given: Values
    sourceTable: string
    pipeline: 'TRIGGERED' | 'CONTINUOUS'
    columns: string[]
    pipelineId: string
  } | null
  /** Of DIRECT_ACCESS. */
  direct: { given: Values; schema: Record<string, string> } | null
  /** Those that can be asked for and filtered by; empty before the first sync. */
  columns: IndexColumn[]
  /** It can be queried. */
  online: boolean
  /** Why the last sync failed; empty where it did not. */
  fault: string
  /** A sync was asked for and has not come to its end. */
  pending: boolean
  /** Looks since the last work was asked for. */
  looks: number
  /** When the last sync ended, in milliseconds; 0 before. */
  syncedAt: number
}

/** A row as it is kept. `vector` is little-endian float32 in base64, `embedded` what the vector was made from. */
export interface StoredRow {
  values: Record<string, SqlValue>
  vector: string | null
  embedded: string | null
}
