// Reads ai_extract: a list of field names (version 1) or a schema in JSON (version 2), with their limits.
import { z } from 'zod'
import type { ExtractField, ExtractType, Json } from '../ports/ai-functions.ts'
import { type Arguments, type CallShape, invalid } from './call-shape.ts'
import { readOptions } from './read-options.ts'

const MAX_FIELDS = 256
const MAX_NAME = 150
const MAX_DEPTH = 12
const MAX_ENUM = 500
const TYPES = ['string', 'integer', 'number', 'boolean', 'enum', 'object', 'array'] as const satisfies ExtractType[]

const typeSchema = z.enum(TYPES)
const specSchema = z.looseObject({
  type: z.string(),
  description: z.string().nullish(),
  labels: z.array(z.string().min(1)).nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
  items: z.unknown().optional(),
})

/** ARRAY labels answer as version 1 (a STRUCT of texts), JSON text as version 2. */
export function readExtract(args: Arguments, fixed?: 1 | 2 | null): CallShape {
  const options = readOptions('ai_extract', args, [
    'version',
    'instructions',
    'enableCitations',
    'enableConfidenceScores',
  ])
  const given = args.get('schema') ?? null
  const version = options.version ?? (Array.isArray(given) ? '1.0' : '2.0')
  if (!/^[12](\.\d)?$/.test(version)) throw invalid('ai_extract', `version is "${version}"; give '1.0' or '2.0'`)
  const isFirst = fixed == null ? version.startsWith('1') : fixed === 1
  const [citations, confidenceScores] = [options.isOn('enableCitations'), options.isOn('enableConfidenceScores')]
  if (isFirst && (citations || confidenceScores)) {
    throw invalid('ai_extract', 'citations and confidence scores need version 2.0: write the schema as JSON text')
  }
  const fields = readFields(given)
  if (isFirst && fields.some(({ type }) => type !== 'string')) {
    throw invalid('ai_extract', 'version 1.0 takes a list of names; a schema with types needs version 2.0')
  }
  const { instructions } = options
  return {
    form: isFirst ? { kind: 'strings' } : { kind: 'fields', citations, confidenceScores },
    with: (content) => ({
      function: 'ai_extract',
      content,
      fields,
      ...(instructions === undefined ? {} : { instructions }),
      citations,
      confidenceScores,
    }),
  }
}

function readFields(given: Json): readonly ExtractField[] {
  const value = typeof given === 'string' ? parseSchema(given) : given
  const count = { fields: 0 }
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid('ai_extract', 'the list of fields is empty')
    const names = value.map((name) => {
      if (typeof name !== 'string') throw invalid('ai_extract', `the field ${JSON.stringify(name)} is no text`)
      return name
    })
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) throw invalid('ai_extract', `the field "${twice}" stands in the list twice`)
    return names.map((name) => readField(name, { type: 'string' }, 1, count))
  }
  if (typeof value !== 'object' || value === null) {
    throw invalid('ai_extract', "the schema is NULL; give ARRAY('a', 'b') or its JSON text")
  }
  return readProperties(value, 1, count)
}

function parseSchema(text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, in one sentence with the other texts that are no schema.
  }
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  throw invalid(
    'ai_extract',
    `the schema is the text "${shown}", which is no JSON; write '["error_code"]' or '{"error_code": {"type": "string"}}'`,
  )
}

function readProperties(value: { [key: string]: unknown }, depth: number, count: { fields: number }): ExtractField[] {
  const entries = Object.entries(value)
  if (entries.length === 0) throw invalid('ai_extract', 'the schema, or an object in it, has no field')
  return entries.map(([name, spec]) => readField(name, spec, depth, count))
}

function readField(name: string, spec: unknown, depth: number, count: { fields: number }): ExtractField {
  count.fields += 1
  if (count.fields > MAX_FIELDS) throw invalid('ai_extract', `the schema has more than ${MAX_FIELDS} fields`)
  if (depth > MAX_DEPTH) throw invalid('ai_extract', `the schema is nested deeper than ${MAX_DEPTH} levels`)
  if (name.trim() === '') throw invalid('ai_extract', 'a field has no name')
  if (name.length > MAX_NAME) {
    throw invalid(
      'ai_extract',
      `the field "${name.slice(0, 40)}…" has ${name.length} characters, at most ${MAX_NAME} are taken`,
    )
  }
  const parsed = specSchema.safeParse(typeof spec === 'string' ? { type: spec } : spec)
  const type = parsed.success ? typeSchema.safeParse(parsed.data.type.toLowerCase()).data : undefined
  if (!parsed.success || type === undefined) {
    const why = `the field "${name}" needs {"type": one of ${TYPES.join(', ')}}`
    throw invalid('ai_extract', why)
  }
  const { description, labels, properties, items } = parsed.data
  const field: ExtractField = { name, type, ...(description ? { description } : {}) }
  if (type === 'enum') return { ...field, labels: readEnum(name, labels ?? []) }
  if (type === 'object') return { ...field, properties: readProperties(properties ?? {}, depth + 1, count) }
  if (type === 'array') return { ...field, items: readField('items', items ?? { type: 'string' }, depth + 1, count) }
  return field
}

function readEnum(name: string, labels: readonly string[]): readonly string[] {
  if (labels.length === 0 || labels.length > MAX_ENUM) {
    throw invalid('ai_extract', `the enum "${name}" has ${labels.length} labels; give 1 to ${MAX_ENUM}`)
  }
  if (new Set(labels).size < labels.length) throw invalid('ai_extract', `the enum "${name}" has a label twice`)
  return labels
}
