// What the Vector Search API says: endpoints, indexes and their state, hits.
import { z } from 'zod'
import { wholeSchema } from '../../mlflow/wire.ts'

export const endpointSchema = z.object({
  name: z.string(),
  endpoint_type: z.string().default('STANDARD'),
  endpoint_status: z.object({ state: z.string().default(''), message: z.string().default('') }).default({
    state: '',
    message: '',
  }),
})
export type WireEndpoint = z.infer<typeof endpointSchema>

const sourceColumnSchema = z.object({
  name: z.string(),
  /** Its name in the renamed API. */
  embedding_model_endpoint: z.string().optional(),
  embedding_model_endpoint_name: z.string().optional(),
  model_endpoint_name_for_query: z.string().optional(),
})
const vectorColumnSchema = z.object({ name: z.string(), embedding_dimension: wholeSchema.optional() })
const embeddedSchema = {
  embedding_source_columns: z.array(sourceColumnSchema).default([]),
  embedding_vector_columns: z.array(vectorColumnSchema).default([]),
}

export const indexSchema = z.object({
  name: z.string(),
  endpoint_name: z.string().default(''),
  primary_key: z.string(),
  index_type: z.string(),
  index_subtype: z.string().optional(),
  delta_sync_index_spec: z
    .object({
      ...embeddedSchema,
      source_table: z.string().optional(),
      pipeline_type: z.string().default('TRIGGERED'),
      columns_to_sync: z.array(z.string()).default([]),
    })
    .optional(),
  direct_access_index_spec: z.object({ ...embeddedSchema, schema_json: z.string().optional() }).optional(),
  status: z
    .object({
      ready: z.boolean().default(false),
      message: z.string().default(''),
      indexed_row_count: wholeSchema.optional(),
      detailed_state: z.string().optional(),
    })
    .default({ ready: false, message: '' }),
})
export type WireIndex = z.infer<typeof indexSchema>

/** The manifest stands in every answer (QueryVectorIndexResponse of the Python SDK); rows are left out where none was found. */
export const hitsSchema = z.object({
  manifest: z.object({ columns: z.array(z.object({ name: z.string() })) }),
  result: z
    .object({ row_count: wholeSchema.optional(), data_array: z.array(z.array(z.unknown())).nullish() })
    .refine(({ row_count = 0, data_array }) => row_count === 0 || (data_array ?? []).length > 0, 'rows are missing')
    .default({ data_array: [] }),
  next_page_token: z.string().nullish(),
})
export type WireHits = z.infer<typeof hitsSchema>

export const changedSchema = z.object({
  status: z.string(),
  result: z
    .object({ success_row_count: wholeSchema.optional(), failed_primary_keys: z.array(z.string()).nullish() })
    .nullish(),
})

const fieldSchema = z.object({
  key: z.string(),
  value: z.object({ string_value: z.string(), number_value: z.number(), bool_value: z.boolean() }).partial().nullish(),
})
export const scanSchema = z.object({
  /** Rows as lists of fields, or as plain objects in the renamed API. */
  data: z.array(z.union([z.object({ fields: z.array(fieldSchema) }), z.record(z.string(), z.unknown())])).default([]),
  last_primary_key: z.string().nullish(),
  /** The same in the renamed API. */
  next_page_token: z.string().nullish(),
})
export type ScannedRow = Readonly<Record<string, unknown>>

const fieldsSchema = z.object({ fields: z.array(fieldSchema) })

export function toScannedRow(row: z.infer<typeof scanSchema>['data'][number]): ScannedRow {
  const listed = fieldsSchema.safeParse(row)
  if (!listed.success) return row
  return Object.fromEntries(
    listed.data.fields.map(({ key, value }) => [key, value?.string_value ?? value?.number_value ?? value?.bool_value]),
  )
}

/** What the state of an index means for whoever waits for it. */
export type IndexPhase = 'provisioning' | 'updating' | 'settled' | 'offline'

/**
 * `detailed_state` is what the Python client waits for (contains PROVISIONING, ONLINE or OFFLINE); the public API has `ready` alone.
 * An index that updates goes on answering from what it had.
 */
export function phaseOf({ status }: WireIndex): IndexPhase {
  const state = status.detailed_state?.toUpperCase() ?? ''
  if (state.includes('OFFLINE')) return 'offline'
  if (state.includes('PROVISIONING')) return 'provisioning'
  if (['ONLINE', 'ONLINE_NO_PENDING_UPDATE', 'ONLINE_DIRECT_ACCESS'].includes(state)) return 'settled'
  if (state.includes('ONLINE')) return 'updating'
  return status.ready ? 'settled' : 'provisioning'
}
