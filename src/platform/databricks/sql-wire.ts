// What the Statement Execution API of Databricks says and wants: shapes of its answers, and parameters as it takes them.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { wholeSchema } from '../mlflow/wire.ts'
import type { SqlParameter } from '../ports/sql.ts'

export const STATEMENTS = '/2.0/sql/statements'
/** The API takes no longer text. */
const MAX_STATEMENT_BYTES = 16 * 1024 * 1024

const columnSchema = z.object({
  name: z.string(),
  type_name: z.string().default(''),
  type_text: z.string().default(''),
})
export type WireColumn = z.infer<typeof columnSchema>

const externalLinkSchema = z.object({
  external_link: z.string(),
  expiration: z.string().optional(),
  chunk_index: wholeSchema.default(0),
  row_count: wholeSchema.optional(),
  next_chunk_index: wholeSchema.optional(),
  next_chunk_internal_link: z.string().optional(),
  http_headers: z.record(z.string(), z.string()).optional(),
})
export type ExternalLink = z.infer<typeof externalLinkSchema>

const cellsSchema = z.array(z.array(z.string().nullable()))
export type Cells = z.infer<typeof cellsSchema>
/** What stands behind an external link. */
export { cellsSchema }

/** One chunk of a result: the rows themselves, or links to them. */
export const chunkSchema = z.object({
  chunk_index: wholeSchema.optional(),
  row_count: wholeSchema.optional(),
  data_array: cellsSchema.optional(),
  external_links: z.array(externalLinkSchema).optional(),
  next_chunk_index: wholeSchema.optional(),
  next_chunk_internal_link: z.string().optional(),
})
export type Chunk = z.infer<typeof chunkSchema>

const statusSchema = z.object({
  state: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'CLOSED']),
  sql_state: z.string().optional(),
  error: z.object({ error_code: z.string().default(''), message: z.string().default('') }).optional(),
})
export type WireStatus = z.infer<typeof statusSchema>

export const statementSchema = z.object({
  statement_id: z.string().min(1),
  status: statusSchema,
  manifest: z
    .object({
      schema: z.object({ columns: z.array(columnSchema).default([]) }).default({ columns: [] }),
      truncated: z.boolean().default(false),
      total_chunk_count: wholeSchema.optional(),
      total_row_count: wholeSchema.optional(),
    })
    .optional(),
  result: chunkSchema.optional(),
})
export type WireStatement = z.infer<typeof statementSchema>
export type Manifest = NonNullable<WireStatement['manifest']>

export type Disposition = 'INLINE' | 'EXTERNAL_LINKS'

export interface WireParameter {
  name: string
  value: string | null
  type: string
}

/** Types of the API: no ARRAY, MAP or STRUCT can be a parameter. */
const PARAMETER_TYPE =
  /^(STRING|BOOLEAN|TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DATE|TIMESTAMP|TIMESTAMP_NTZ|BINARY|DECIMAL(\(\d{1,2}(, ?\d{1,2})?\))?)$/

function toParameter(name: string, parameter: SqlParameter): WireParameter {
  if (parameter === null) return { name, value: null, type: 'STRING' }
  if (typeof parameter === 'string') return { name, value: parameter, type: 'STRING' }
  if (typeof parameter === 'boolean') return { name, value: String(parameter), type: 'BOOLEAN' }
  if (typeof parameter === 'number') {
    if (!Number.isFinite(parameter)) throw wrongParameter(name, 'is no finite number')
    return { name, value: String(parameter), type: Number.isSafeInteger(parameter) ? 'BIGINT' : 'DOUBLE' }
  }
  const type = parameter.type.toUpperCase()
  if (!PARAMETER_TYPE.test(type)) {
    throw wrongParameter(
      name,
      `has the type ${parameter.type}, which no parameter can have; use a scalar type such as STRING`,
    )
  }
  return { name, value: parameter.value, type }
}

function wrongParameter(name: string, why: string): LakedeskError {
  return new LakedeskError('SQL_INVALID', `The parameter :${name} ${why}. Correct it and run the statement again.`)
}

/** Those that the text names. Throws SQL_INVALID for a missing one, and for a type that no parameter can have. */
export function toParameters(
  names: readonly string[],
  values: Readonly<Record<string, SqlParameter>> = {},
): WireParameter[] {
  return names.map((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw wrongParameter(name, 'stands in the statement, and no value was given for it')
    return toParameter(name, value)
  })
}

/** Throws SQL_INVALID. */
export function checkLength(text: string): void {
  if (Buffer.byteLength(text) <= MAX_STATEMENT_BYTES) return
  throw new LakedeskError('SQL_INVALID', 'The statement is longer than 16 MiB, the limit of the warehouse. Shorten it.')
}
