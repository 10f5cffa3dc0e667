// What an approver sees, and what the approval is sealed to: the version, its evaluation, Champion, the endpoint, the verdict.
import { z } from 'zod'

const estimateSchema = z.object({ mean: z.number(), low: z.number(), high: z.number(), n: z.number() })

export const evidenceSchema = z.object({
  kind: z.enum(['promotion', 'rollback']),
  model: z.string(),
  alias: z.string(),
  endpoint: z.string(),
  candidate: z.string(),
  /** Null where nothing is Champion yet. */
  champion: z.string().nullable(),
  candidateRun: z.string().nullable(),
  championRun: z.string().nullable(),
  set: z.object({ name: z.string(), digest: z.string(), size: z.number() }).nullable(),
  judge: z.string().nullable(),
  evaluatedAt: z.string().nullable(),
  /** Which of the finished evaluations of this version on these questions it rests on, by time; null where there is none. */
  attempt: z.object({ at: z.number(), of: z.number() }).nullable().default(null),
  /** One row per metric that the gate or the comparison knows. Numbers on the scale of `key`. */
  metrics: z.array(
    z.object({
      key: z.string(),
      unit: z.string(),
      candidate: estimateSchema,
      champion: estimateSchema.nullable(),
      delta: estimateSchema.nullable(),
      verdict: z.enum(['pass', 'fail', 'investigate', 'not gated']),
      reason: z.string(),
    }),
  ),
  verdict: z.enum(['pass', 'fail', 'investigate', 'not evaluated']),
  reasons: z.array(z.string()),
  /** What else an approver should know, in sentences. */
  notes: z.array(z.string()).default([]),
  regressions: z.array(
    z.object({
      question: z.string(),
      metric: z.string(),
      from: z.number(),
      to: z.number(),
      candidateAnswer: z.string(),
      championAnswer: z.string(),
      trace: z.string().nullable(),
    }),
  ),
  /** What will change, line by line: `alias Champion: v2 -> v3`. */
  changes: z.array(z.string()),
  approvers: z.array(z.string()),
  quorum: z.number(),
  /** Head of the audit record when it was asked. */
  policy: z.string(),
})
export type Evidence = z.infer<typeof evidenceSchema>
