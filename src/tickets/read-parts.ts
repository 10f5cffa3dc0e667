// Reads what the AI functions gave for one ticket: a VARIANT comes as an object, or as its JSON.
import { z } from 'zod'
import type { SqlValue } from '../platform/ports/sql.ts'
import type { TicketPlan } from './ticket-plan.ts'

/** `error`: the sentence why the part is missing. */
export interface ReadPart<T> {
  value: T
  error: string | null
}

/** Numbers of more digits than a double is sure to keep come as text. */
const confidenceSchema = z.union([z.number(), z.string().transform(Number).pipe(z.number())])
const classifiedSchema = z.object({
  response: z.union([z.array(z.string()), z.string().transform((label) => [label])]).nullish(),
  error_message: z.string().nullish(),
  metadata: z.object({ confidence: confidenceSchema.nullish() }).nullish(),
})
const extractedSchema = z.object({
  response: z.record(z.string(), z.unknown()).nullish(),
  error_message: z.string().nullish(),
})

function toData(value: SqlValue): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    // v1 of the function gives the label itself.
    return { response: value }
  }
}

const UNREADABLE = 'The platform answered something that cannot be read.'

export interface Classified {
  category: string | null
  confidence: number | null
}

/** A label outside of the plan is no answer: whatever the ticket says, nothing else gets into the table. */
export function readClassified(value: SqlValue, plan: TicketPlan): ReadPart<Classified> {
  const none = { category: null, confidence: null }
  if (value === null) return { value: none, error: null }
  const read = classifiedSchema.safeParse(toData(value))
  if (!read.success) return { value: none, error: UNREADABLE }
  const { response, error_message: error, metadata } = read.data
  const category = response?.[0] ?? null
  if (category === null) return { value: none, error: error ?? null }
  if (!Object.hasOwn(plan.labels, category)) {
    return { value: none, error: `The model answered "${category.slice(0, 60)}", which is not among the labels.` }
  }
  return { value: { category, confidence: metadata?.confidence ?? null }, error: error ?? null }
}

/** A scalar as people read it; null where nothing was found, or where an enum has no such label. */
export function toFieldText(value: unknown, labels?: readonly string[]): string | null {
  if (value === null || value === undefined) return null
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim()
  if (text === '' || (labels && !labels.includes(text))) return null
  return text
}

export type FieldTexts = Record<string, string | null>

export function readExtracted(value: SqlValue, plan: TicketPlan): ReadPart<FieldTexts> {
  const read = value === null ? null : extractedSchema.safeParse(toData(value))
  const found = read?.success ? (read.data.response ?? {}) : {}
  const fields = Object.entries(plan.fields).map(([name, { type, labels }]): [string, string | null] => [
    name,
    toFieldText(found[name], type === 'enum' ? labels : undefined),
  ])
  const error = read === null ? null : read.success ? (read.data.error_message ?? null) : UNREADABLE
  return { value: Object.fromEntries(fields), error }
}
