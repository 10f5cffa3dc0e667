// The shape of one row of an evaluation where it comes back from outside: a checkpoint, or the table of a run.
import { z } from 'zod'
import type { CaseAnswer, CaseResult, EvalCase, Score } from './evaluation.ts'
import { METRIC_NAMES } from './metrics.ts'

export const passageSchema = z.object({ chunk_id: z.string(), doc_id: z.string(), text: z.string() })

export const caseSchema = z.object({
  id: z.string(),
  question: z.string(),
  expected: z.string().nullable(),
  facts: z.array(z.string()),
  page: z.string().nullable(),
  also: z.array(z.string()).optional(),
  thread: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })).optional(),
  unanswerable: z.boolean(),
  tags: z.array(z.string()),
}) satisfies z.ZodType<EvalCase>

export const answerSchema = z.object({
  text: z.string(),
  refused: z.boolean(),
  cited: z.array(z.string()),
  passages: z.array(passageSchema),
  latencyMs: z.number().min(0),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costUsd: z.number().nullable(),
}) satisfies z.ZodType<CaseAnswer>

export const scoreSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('score'), value: z.number(), rationale: z.string().optional() }),
  z.object({ kind: z.literal('none'), why: z.string() }),
  z.object({ kind: z.literal('error'), why: z.string() }),
]) satisfies z.ZodType<Score>

export const caseResultSchema = z.object({
  case: caseSchema,
  answer: answerSchema.nullable(),
  error: z.string().nullable(),
  scores: z.partialRecord(z.enum(METRIC_NAMES as [(typeof METRIC_NAMES)[number]]), scoreSchema),
  traceId: z.string().nullable(),
}) satisfies z.ZodType<CaseResult>
