// Reads one labelled text of a classifier's evaluation set: what it is asked, and the label that people gave.
import { z } from 'zod'
import { digestOf } from '../core/digest.ts'
import type { EvalCase } from './evaluation.ts'
import type { ParsedCase } from './parse-case.ts'

/** Shown in errors. */
export const LABELLED_EXAMPLE = '{"text": "I was charged twice.", "label": "billing"}'

const ID_CHARS = 12

const filled = z.string().trim().min(1, 'is blank')
const lineSchema = z.object({ id: filled.optional(), text: filled, label: filled })
/** As MLflow 3 keeps labelled examples. */
const recordSchema = z.object({ inputs: z.object({ text: filled }), expectations: z.object({ label: filled }) })

export function parseLabelledCase(value: unknown): ParsedCase {
  const record = recordSchema.safeParse(value)
  if (record.success) return toParsed({ ...record.data.inputs, ...record.data.expectations })
  const line = lineSchema.safeParse(value)
  if (line.success) return toParsed(line.data)
  const faults = line.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`)
  return { kind: 'faults', faults }
}

function toParsed({ id, text, label }: z.infer<typeof lineSchema>): ParsedCase {
  const one: EvalCase = {
    id: id ?? toTextId(text),
    question: text,
    expected: label,
    facts: [],
    page: null,
    unanswerable: false,
    tags: [],
  }
  return { kind: 'case', case: one }
}

/** A text is known by itself, so that it is the same one in every file. */
export function toTextId(text: string): string {
  return digestOf({ text: text.trim() }).slice(0, ID_CHARS)
}
