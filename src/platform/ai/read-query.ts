// Reads ai_query: endpoint, request, sampling, and the form its answer shall have.
import { z } from 'zod'
import type { AiCall, AiModelParameters, Json } from '../ports/ai-functions.ts'
import { type DdlType, parseDdlType, toJsonSchema } from '../ports/ddl-type.ts'
import { type Arguments, type CallShape, invalid } from './call-shape.ts'

type Format = Extract<AiCall, { function: 'ai_query' }>['format']

/** Keywords that no endpoint takes in a response format, and the most keys of one. */
const REFUSED_KEYWORDS = ['pattern', 'anyOf', 'oneOf', 'allOf', 'prefixItems', '$ref']
const MAX_KEYS = 64

const formatSchema = z.union([
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name: z.string().min(1).optional(), schema: z.record(z.string(), z.json()) }),
  }),
])

/** `failOnError` is true where not given. Throws AI_FUNCTION_INVALID. */
export function readQuery(args: Arguments): CallShape {
  const endpoint = args.get('endpoint')
  if (typeof endpoint !== 'string' || endpoint.trim() === '') {
    throw invalid('ai_query', 'endpoint is no text; give the name of a serving endpoint')
  }
  if ((args.get('files') ?? null) !== null) throw invalid('ai_query', 'files are not supported here')
  const failOnError = args.get('failonerror') ?? true
  if (typeof failOnError !== 'boolean') throw invalid('ai_query', 'failOnError is neither true nor false')
  const { format, type, field = null } = readForm(args)
  const parameters = readParameters(args.get('modelparameters') ?? null)
  return {
    form: { kind: 'query', type, field, failOnError },
    with: (request) => ({ function: 'ai_query', endpoint: endpoint.trim(), request, parameters, format }),
  }
}

function readForm(args: Arguments): { format: Format; type: DdlType | null; field?: string } {
  const [returnType, responseFormat] = [args.get('returntype') ?? null, args.get('responseformat') ?? null]
  if (returnType !== null && responseFormat !== null) {
    throw invalid('ai_query', 'returnType and responseFormat cannot be given together')
  }
  if (returnType !== null) {
    if (typeof returnType !== 'string') throw invalid('ai_query', "returnType is no text; write 'STRUCT<a: STRING>'")
    const type = parseDdlType(returnType)
    if (type.kind === 'scalar' && type.name === 'STRING') return { format: { kind: 'text' }, type: null }
    // A STRUCT tells the model its own schema; other types are read from the text as it comes.
    const format: Format = type.kind === 'struct' ? toFormat(type) : { kind: 'text' }
    return { format, type }
  }
  if (responseFormat === null) return { format: { kind: 'text' }, type: null }
  if (typeof responseFormat !== 'string') return { format: readFormat(responseFormat), type: null }
  const text = responseFormat.trim()
  if (text.toLowerCase() === 'text') return { format: { kind: 'text' }, type: null }
  if (text.startsWith('{')) return { format: readFormat(parseFormat(text)), type: null }
  const type = parseDdlType(text)
  const [field, ...others] = type.kind === 'struct' ? type.fields : []
  if (!field || others.length > 0) {
    const why = "a responseFormat in DDL is a STRUCT of exactly one field, such as 'STRUCT<result: STRUCT<a: STRING>>'"
    throw invalid('ai_query', why)
  }
  return { format: toFormat(type), type: field.type, field: field.name }
}

function toFormat(type: DdlType): Format {
  return { kind: 'schema', name: 'result', schema: toJsonSchema(type) }
}

function parseFormat(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw invalid('ai_query', `responseFormat begins like JSON and is none`)
  }
}

function readFormat(given: Json): Format {
  const parsed = formatSchema.safeParse(given)
  if (!parsed.success) {
    const forms = `'text', '{"type": "json_object"}', '{"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}' or DDL`
    throw invalid('ai_query', `responseFormat is none of ${forms}`)
  }
  if (parsed.data.type === 'text') return { kind: 'text' }
  if (parsed.data.type === 'json_object') return { kind: 'json' }
  const { name, schema } = parsed.data.json_schema
  checkSchema(schema as Json)
  return { kind: 'schema', name: name ?? 'result', schema: schema as Json }
}

/** Limits of structured output: https://docs.databricks.com/aws/en/machine-learning/model-serving/structured-outputs */
function checkSchema(schema: Json): void {
  let keys = 0
  const walk = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const item of value) walk(item)
      return
    }
    const { properties, ...rest } = value
    const refused = Object.keys(rest).find((key) => REFUSED_KEYWORDS.includes(key))
    if (refused) throw invalid('ai_query', `the schema of responseFormat uses "${refused}", which no endpoint takes`)
    for (const item of Object.values(rest)) walk(item)
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return
    // Names of fields may be anything, a refused word too.
    const fields = Object.values(properties)
    keys += fields.length
    for (const field of fields) walk(field)
  }
  walk(schema)
  if (keys > MAX_KEYS)
    throw invalid('ai_query', `the schema of responseFormat has ${keys} keys, at most ${MAX_KEYS} are taken`)
}

function readParameters(given: Json): AiModelParameters {
  if (given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw invalid('ai_query', "modelParameters is no struct; write named_struct('max_tokens', 100, 'temperature', 0.7)")
  }
  const parameters: { maxTokens?: number; temperature?: number } = {}
  const more: Record<string, Json> = {}
  for (const [key, raw] of Object.entries(given)) {
    // DECIMAL literals of SQL reach JSON as text.
    const value = typeof raw === 'string' && raw.trim() !== '' && Number.isFinite(Number(raw)) ? Number(raw) : raw
    if (value === null) continue
    if (key === 'max_tokens') parameters.maxTokens = checkNumber(key, value, 1, Number.MAX_SAFE_INTEGER, true)
    else if (key === 'temperature') parameters.temperature = checkNumber(key, value, 0, 2, false)
    else more[key] = value
  }
  return { ...parameters, ...(Object.keys(more).length > 0 ? { more } : {}) }
}

function checkNumber(key: string, value: Json, min: number, max: number, whole: boolean): number {
  if (typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  const range = whole ? `a whole number from ${min} on` : `a number from ${min} to ${max}`
  throw invalid('ai_query', `${key} is ${JSON.stringify(value)}; give ${range}`)
}
