// Reads one labelled question as people write it, in a file or in an MLflow dataset, to the case it means.
import { z } from 'zod'
import { digestOf } from '../core/digest.ts'
import type { EvalCase } from './evaluation.ts'

/** Shown in errors: the smallest line that works, and a full one. */
export const CASE_EXAMPLE =
  '{"id": "q1", "question": "How do I reset my password?", "expected": "In Settings > Security.", "page": "account/reset-password.md"}'

const ID_CHARS = 12

const text = z.string().trim().min(1, 'is blank')
const list = z.array(text)

const messageSchema = z.union([
  z.object({ role: z.enum(['user', 'assistant']), text }),
  z
    .object({ role: z.enum(['user', 'assistant']), content: text })
    .transform(({ role, content }) => ({ role, text: content })),
])

/** Fields that are not known are left alone: many sets carry notes of their own. */
const lineSchema = z.object({
  id: z.union([text, z.number().transform(String)]).optional(),
  question: text,
  expected: text.nullish(),
  answer: text.nullish(),
  facts: list.nullish(),
  page: text.nullish(),
  doc: text.nullish(),
  also: list.nullish(),
  kind: z.enum(['answerable', 'unanswerable', 'follow_up']).nullish(),
  unanswerable: z.boolean().nullish(),
  tags: list.nullish(),
  thread: z.array(messageSchema).nullish(),
})
type Line = z.infer<typeof lineSchema>

export type ParsedCase = { kind: 'case'; case: EvalCase } | { kind: 'faults'; faults: string[] }

/** `docIdOf` names the document of a page; the page stays as it is where it answers null. */
export function parseCase(value: unknown, docIdOf?: (page: string) => string | null): ParsedCase {
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) return { kind: 'faults', faults: parsed.error.issues.map(describeIssue) }
  const faults = contradictionsIn(parsed.data)
  if (faults.length > 0) return { kind: 'faults', faults }
  return { kind: 'case', case: toCase(parsed.data, (page) => docIdOf?.(page) ?? page) }
}

function toCase(line: Line, docIdOf: (page: string) => string): EvalCase {
  const page = line.page ?? line.doc
  const tags = [...(line.tags ?? []), ...(line.kind === 'follow_up' ? ['follow_up'] : [])]
  const thread = line.thread ?? []
  return {
    id: line.id ?? idOf(line.question, thread),
    question: line.question,
    expected: line.expected ?? line.answer ?? null,
    facts: line.facts ?? [],
    page: page ? docIdOf(page) : null,
    ...(line.also?.length ? { also: line.also.map(docIdOf) } : {}),
    ...(thread.length > 0 ? { thread } : {}),
    unanswerable: line.unanswerable ?? line.kind === 'unanswerable',
    tags: [...new Set(tags)],
  }
}

/** A question that was given no id is known by what it asks, so that moving it in the file changes nothing. */
function idOf(question: string, thread: NonNullable<Line['thread']>): string {
  return digestOf(thread.length > 0 ? { question, thread } : { question }).slice(0, ID_CHARS)
}

function contradictionsIn(line: Line): string[] {
  const faults: string[] = []
  const saysUnanswerable = line.unanswerable === true || line.kind === 'unanswerable'
  if (line.unanswerable === false && line.kind === 'unanswerable')
    faults.push('kind and unanswerable contradict each other')
  if (line.unanswerable === true && line.kind && line.kind !== 'unanswerable')
    faults.push('kind and unanswerable contradict each other')
  if (saysUnanswerable && line.facts?.length) faults.push('facts: an unanswerable question has none')
  if (line.expected && line.answer && line.expected !== line.answer)
    faults.push('expected and answer are two names of one field: give one')
  if (line.page && line.doc && line.page !== line.doc) faults.push('page and doc are two names of one field: give one')
  return faults
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.') || 'the line'}: ${issue.message}`
}
