// A question that people's feedback proposed for the labelled set, as the ledger `cases` keeps it.
import { z } from 'zod'
import { digestOf } from '../../core/digest.ts'
import { keptPassageSchema, saidSchema } from '../../core/feedback.ts'
import { toWords } from '../eval-set.ts'
import type { EvalCase } from '../evaluation.ts'

export const CASE_STATES = ['proposed', 'accepted', 'dropped'] as const
export type CaseState = (typeof CASE_STATES)[number]

const wordSchema = z.object({
  /** Id of the record of feedback. */
  feedback: z.string(),
  /** Name for people. */
  name: z.string(),
  reason: z.string(),
  at: z.string(),
})

export const caseRecordSchema = z.object({
  /** Such as `c-1a2b3c4d`. */
  id: z.string(),
  state: z.enum(CASE_STATES),
  /** As it joins the set; a curator may have changed it. */
  question: z.string(),
  /** What was said before a follow-up, oldest first. */
  thread: z.array(saidSchema),
  /** What a right answer must contain. */
  facts: z.array(z.string()),
  page: z.string().nullable(),
  unanswerable: z.boolean(),
  /** The answer that was marked down, the version that gave it, and everything that was retrieved for it. */
  answer: z.string(),
  version: z.string().nullable(),
  cited: z.array(z.string()),
  passages: z.array(keptPassageSchema),
  /** Each person once. */
  words: z.array(wordSchema),
  /** How often a curator changed the words: one who saw an older count is told first. */
  edits: z.number().int(),
  /** The last decision; of feedback that was taken back where `turn` is null. */
  decided: z
    .object({ principal: z.string(), name: z.string(), at: z.string(), turn: z.string().nullable() })
    .nullable(),
  /** When it first joined the set; from then on its question stays as it is. */
  acceptedAt: z.string().nullable(),
  /** Name of the dataset of the tracking server that holds it; null: none. */
  dataset: z.string().nullable(),
})
export type CaseRecord = z.infer<typeof caseRecordSchema>

export const CASE_TAG = 'from-users'
const ID_DIGITS = 8

/** The same for the same question to the same version, whatever its case and blanks. */
export function toCaseId(asked: { question: string; thread: CaseRecord['thread'] }, version: string | null): string {
  return `c-${digestOf([toWords(asked), version]).slice(0, ID_DIGITS)}`
}

export function toEvalCase({ id, question, thread, facts, page, unanswerable }: CaseRecord): EvalCase {
  return {
    ...{ id, question, expected: null, facts, page },
    ...(thread.length > 0 ? { thread } : {}),
    unanswerable,
    tags: [CASE_TAG, ...(thread.length > 0 ? ['follow_up'] : [])],
  }
}
