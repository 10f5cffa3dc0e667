// Asks a chat model for ai_extract, and brings what it found to the types of the schema.
import { z } from 'zod'
import type { AiCall, ExtractField, Json } from '../ports/ai-functions.ts'
import type { ChosenFields } from './choose-examples.ts'
import { createFence, FENCE_RULE } from './fence.ts'
import { type ModelTask, matchOption, parseAnswer, quote, shortenExample, UnusableAnswer } from './model-task.ts'

type Extraction = Extract<AiCall, { function: 'ai_extract' }>

const objectSchema = z.record(z.string(), z.json())
const sureSchema = z.number().min(0).max(1)

/**
 * Asked for are the fields that no person told of this very text. With `confidenceScores` the model is asked for its own word on each of
 * them, and says it in `sure`.
 */
export function toExtractTask(call: Extraction, { told, nearest }: ChosenFields): ModelTask {
  const asked = call.fields.filter(({ name }) => !told.has(name))
  const examples = nearest.map(({ text, values }) => ({
    text: shortenExample(text),
    values: JSON.stringify(Object.fromEntries(values)),
  }))
  const fence = createFence(call.content, ...examples.flatMap(({ text, values }) => [text, values]))
  const fields: ExtractField = { name: 'fields', type: 'object', properties: asked }
  const shape = toSchema(fields, false)
  const sure: ExtractField[] = asked.map(({ name }) => ({ name, type: 'number' }))
  const schema: Json = call.confidenceScores
    ? toSchema(
        { name: '', type: 'object', properties: [fields, { name: 'sure', type: 'object', properties: sure }] },
        false,
      )
    : shape
  const wrapped = call.confidenceScores ? ' under "fields", and under "sure" for each field a number from 0 to 1' : ''
  const system = [
    'You find facts in a text. Take only what the text itself says, in its own words; null for what it does not say.',
    `Fields, as a JSON schema:\n${JSON.stringify(shape)}`,
    ...(call.instructions ? [`Instructions:\n${call.instructions}`] : []),
    FENCE_RULE,
    `Reply with one JSON object with these fields${wrapped}, and nothing else.`,
  ]
  const shown = examples.map(
    ({ text, values }) => `${fence('EXAMPLE', text)}\nA person corrected its fields to:\n${fence('FIELDS', values)}`,
  )
  return {
    system: system.join('\n\n'),
    human: [...shown, fence('TEXT', call.content), 'Find the fields in the TEXT.'].join('\n\n'),
    format: { name: 'fields', schema },
    maxTokens: Math.min(4000, 50 + countFields(asked) * (call.confidenceScores ? 60 : 40)),
    read(text) {
      const answer = objectSchema.safeParse(parseAnswer(text))
      if (!answer.success) throw new UnusableAnswer('The model did not answer with a JSON object.')
      const inner = call.confidenceScores ? objectSchema.safeParse(answer.data.fields) : answer
      if (!inner.success) throw new UnusableAnswer('The model answered JSON without the fields.')
      const found = objectSchema.parse(conform(fields, inner.data as Json))
      // In the order of the schema. A field may be called __proto__.
      const value = Object.fromEntries(call.fields.map(({ name }) => [name, told.get(name) ?? found[name] ?? null]))
      const sureOf = call.confidenceScores ? readSure(asked, answer.data.sure) : null
      const certain = Object.fromEntries([...told.keys()].map((name) => [name, 1]))
      return { value, ...(sureOf ? { confidence: { ...sureOf, ...certain } } : {}) }
    },
  }
}

function countFields(fields: readonly ExtractField[]): number {
  return fields.reduce((sum, { properties, items, type }) => {
    const inner = countFields(properties ?? []) + (items ? countFields([items]) : 0)
    return sum + (type === 'array' ? 3 * inner : Math.max(1, inner))
  }, 0)
}

function readSure(fields: readonly ExtractField[], given: unknown): Record<string, number> | null {
  const parsed = objectSchema.safeParse(given)
  if (!parsed.success) return null
  const known = fields.flatMap(({ name }) => {
    const sure = sureSchema.safeParse(parsed.data[name]).data
    return sure === undefined ? [] : [[name, sure] as const]
  })
  return Object.fromEntries(known)
}

function toSchema(field: ExtractField, nullable = true): { [key: string]: Json } {
  const about: { [key: string]: Json } = field.description ? { description: field.description } : {}
  const typed = (type: string): Json => (nullable ? [type, 'null'] : type)
  switch (field.type) {
    case 'enum':
      return { ...about, type: typed('string'), enum: [...(field.labels ?? []), ...(nullable ? [null] : [])] }
    case 'object': {
      const properties = field.properties ?? []
      return {
        ...about,
        type: typed('object'),
        properties: Object.fromEntries(properties.map((inner) => [inner.name, toSchema(inner)])),
        required: properties.map(({ name }) => name),
        additionalProperties: false,
      }
    }
    case 'array':
      return { ...about, type: typed('array'), items: field.items ? toSchema(field.items, false) : {} }
    default:
      return { ...about, type: typed(field.type) }
  }
}

/** Null for what was not found. Throws UnusableAnswer, naming the field, where a value is not of its type. */
function conform(field: ExtractField, value: Json): Json {
  if (value === null || value === '') return null
  const misfit = (): UnusableAnswer =>
    new UnusableAnswer(
      `The model answered ${quote(value)} for "${field.name}", which is no ${field.type} as asked for.`,
    )
  switch (field.type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'integer':
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      if (typeof number !== 'number' || !Number.isFinite(number)) throw misfit()
      if (field.type === 'integer' && !Number.isInteger(number)) throw misfit()
      return number
    }
    case 'boolean': {
      const word = String(value).toLowerCase()
      if (word !== 'true' && word !== 'false') throw misfit()
      return word === 'true'
    }
    case 'enum': {
      const label = typeof value === 'string' ? matchOption(value, field.labels ?? []) : null
      if (label === null) throw misfit()
      return label
    }
    case 'array': {
      const { items } = field
      if (!Array.isArray(value)) throw misfit()
      return items ? value.map((item) => conform(items, item)) : value
    }
    case 'object': {
      if (typeof value !== 'object' || Array.isArray(value)) throw misfit()
      // A name such as "constructor" is a field like any other.
      return Object.fromEntries(
        (field.properties ?? []).map((inner) => [
          inner.name,
          conform(inner, Object.hasOwn(value, inner.name) ? (value[inner.name] ?? null) : null),
        ]),
      )
    }
  }
}
