// The words of the nightly report: one night of one model as it is stored, and what a night needs from outside.
import { z } from 'zod'
import type { Log } from '../../core/log.ts'
import type { EvaluationProgress } from '../../evals/evaluate.ts'
import type { Evaluation } from '../../evals/evaluation.ts'
import { METRIC_NAMES } from '../../evals/metrics.ts'
import type { Ledger } from '../../store/port-ledgers.ts'

const metricName = z.enum(METRIC_NAMES as [(typeof METRIC_NAMES)[number]])

/** One question as it was measured, as small as a comparison needs it. */
export const nightRowSchema = z.object({
  id: z.string(),
  /** Changes with anything in the question, its expected answer or its pages: another digest is another question. */
  digest: z.string(),
  /** As the judge gave them, 0 to 1; null where the judge failed. A metric that does not apply is absent. */
  scores: z.partialRecord(metricName, z.number().nullable()),
  /** Why there was no answer; null where there was one. */
  error: z.string().nullable(),
  traceId: z.string().nullable(),
})
export type NightRow = z.infer<typeof nightRowSchema>

/** One evaluation as a night keeps it. */
export const measuredSchema = z.object({
  runId: z.string(),
  version: z.string(),
  set: z.object({ name: z.string(), digest: z.string(), size: z.number() }),
  judge: z.string(),
  judgeDigest: z.string().nullable(),
  rows: z.array(nightRowSchema),
  /** Null where the endpoint does not tell. */
  costUsd: z.number().nullable(),
  durationMs: z.number(),
})
export type Measured = z.infer<typeof measuredSchema>

/** How one metric stands tonight. All numbers are on the scale of the metric's key; differences are tonight minus baseline. */
export const nightMetricSchema = z.object({
  metric: metricName,
  key: z.string(),
  /** Null where nothing was scored. */
  tonight: z.number().nullable(),
  /** Over the questions that both sides share; null without a baseline. */
  baseline: z.number().nullable(),
  /** Paired by question with its 95% interval; null without a baseline. */
  delta: z.object({ mean: z.number(), low: z.number(), high: z.number(), n: z.number() }).nullable(),
  /** Of the second measurement, where there was one. */
  again: z.number().nullable(),
  floor: z.number().nullable(),
  /** Rows whose judge failed: counted apart, never a score of 0. */
  errors: z.number(),
  /**
   * `steady`: within noise, or better. `suspected`: the first measurement fell and the second did not confirm it. `fell`: both
   * measurements did, announced tonight. `down`: announced on an earlier night, and still so. `recovered`: it was down until
   * tonight. `unmeasured`: too few scores, or too many errors of the judge. `new`: there is nothing to compare with.
   */
  state: z.enum(['steady', 'suspected', 'fell', 'down', 'recovered', 'unmeasured', 'new']),
  /** True where the mean is beyond the gate's floor. */
  belowFloor: z.boolean(),
  /** Date of the night that announced it, where it is `down` or `recovered`. */
  since: z.string().nullable(),
})
export type NightMetric = z.infer<typeof nightMetricSchema>

/** One question that got worse, with what a person needs to look into it. Scores are on the scale of the metric's key. */
export const nightCaseSchema = z.object({
  caseId: z.string(),
  question: z.string(),
  metric: metricName,
  /** Mean of the baseline nights; null where it failed without a score. */
  before: z.number().nullable(),
  /** Null where it got no answer. */
  after: z.number().nullable(),
  expected: z.string(),
  got: z.string(),
  why: z.string().nullable(),
  page: z.string().nullable(),
  traceId: z.string().nullable(),
})
export type NightCase = z.infer<typeof nightCaseSchema>

/** Questions that fail for one cause. `label` is taken from their words, pages or errors; null where nothing names them all. */
export const failingGroupSchema = z.object({
  label: z.string().nullable(),
  /** `refusal`: the documentation does not answer them, so they should have been refused. */
  cause: z.enum(['error', 'refusal', 'page', 'tag', 'words', 'metric', 'alone']),
  caseIds: z.array(z.string()).min(1),
  /** In the order of `caseIds`. */
  questions: z.array(z.string()),
})
export type FailingGroup = z.infer<typeof failingGroupSchema>

/** A version beside Champion, measured the same night. */
export const nightCandidateSchema = z.object({
  version: z.string(),
  runId: z.string().nullable(),
  /** Of the main metric: tonight's mean and its paired difference to Champion tonight, on the scale of its key. */
  mean: z.number().nullable(),
  delta: z.object({ mean: z.number(), low: z.number(), high: z.number(), n: z.number() }).nullable(),
  /** What the gate says of it against Champion tonight; null where nobody was asked. */
  gate: z.enum(['pass', 'investigate', 'fail', 'not evaluated']).nullable(),
  failure: z.string().nullable(),
})
export type NightCandidate = z.infer<typeof nightCandidateSchema>

/** A question that came from a user and joined the set since the last night. */
export const newCaseSchema = z.object({
  caseId: z.string(),
  question: z.string(),
  /** Who took it in, such as `Ana`; null where not known. */
  by: z.string().nullable(),
})
export type NewCase = z.infer<typeof newCaseSchema>

export const nightSchema = z.object({
  form: z.literal(1),
  state: z.literal('done'),
  /** `<model>:<date>`, or with the time where somebody asked for it. */
  id: z.string(),
  model: z.string(),
  /** The day it belongs to in `zone`, `2026-11-23`. */
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  zone: z.string(),
  /** When it began, ISO 8601. */
  at: z.string(),
  endedAt: z.string(),
  /** Champion's; null where there is none. */
  version: z.string().nullable(),
  /**
   * `first`: there was nothing to compare with. `holds`: nothing was announced. `regression`: something fell, announced tonight.
   * `down`: what was announced earlier is still down. `recovered`: nothing is down any more. `unmeasured`: the judge failed on
   * too many rows to say anything. `failed`: nothing was measured; `failure` says why.
   */
  verdict: z.enum(['first', 'holds', 'regression', 'down', 'recovered', 'unmeasured', 'failed']),
  /** A sentence that says what, why and how to fix it. */
  failure: z.string().nullable(),
  /** Digests of what decides the answers, as far as known: to tell a false alarm from a change. */
  facts: z.object({ chain: z.string().nullable(), docs: z.string().nullable() }),
  champion: measuredSchema.nullable(),
  /** The second measurement of Champion, where the first looked like a regression. */
  again: measuredSchema.nullable(),
  /** A third one, where a few questions failed twice and that could be noise. */
  third: measuredSchema.nullable().default(null),
  baseline: z
    .object({
      version: z.string(),
      /** Ids, newest first. */
      nights: z.array(z.string()),
      /** Questions that are the same on both sides. */
      shared: z.number(),
    })
    .nullable(),
  /** What people should know of the comparison, as a sentence, such as that it is with the Champion before; else null. */
  note: z.string().nullable(),
  /** The main metric first, those of the gate next. */
  metrics: z.array(nightMetricSchema),
  candidates: z.array(nightCandidateSchema),
  /** New failing questions, by their cause, largest group first. */
  failing: z.array(failingGroupSchema),
  /** Worst first, at most ten; the muted are left out. */
  worst: z.array(nightCaseSchema),
  newCases: z.array(newCaseSchema),
  /** Failing questions that are muted: measured, not announced. */
  muted: z.number(),
  /**
   * Whether more questions fail than noise explains, in the words of `metrics`: what a mean over all questions hides. `caseIds`: those
   * that were announced with it.
   */
  questions: z.object({
    state: z.enum(['steady', 'fell', 'down', 'recovered']),
    since: z.string().nullable(),
    caseIds: z.array(z.string()),
  }),
  /** Rows of Champion that got no answer, and rows whose judge failed on any metric. */
  errors: z.object({ unanswered: z.number(), judge: z.number() }),
  /** Of everything that was evaluated tonight; null where an endpoint does not tell. */
  costUsd: z.number().nullable(),
  durationMs: z.number(),
  /** Set on a `regression` that turned out to be none: by the next night, or by a person (`who`). */
  falseAlarm: z.object({ by: z.string(), at: z.string() }).nullable(),
})
export type Night = z.infer<typeof nightSchema>

/** The gate of the policy, as far as nights need it: rules by MLflow key such as `faithfulness/v1/mean`, on its scale. */
export interface NightGate {
  metrics: Readonly<Record<string, { floor?: number | undefined; maxDrop?: number | undefined }>>
}

export interface NightHands {
  /** Sets this evaluation apart: the same text takes up the same evaluation after a crash. */
  apart: string
  signal: AbortSignal
  onProgress(progress: EvaluationProgress): Promise<void>
}

/** What a night needs from outside. */
export interface NightParts {
  /** `store.ledger('nights')`. */
  ledger: Ledger
  /** Version the alias points to now; null where there is none. */
  champion(): Promise<string | null>
  /** Resumable by `apart`. Throws EVAL_*, INDEX_MISSING, CHAIN_INVALID, PLATFORM_*. */
  evaluate(version: string, hands: NightHands): Promise<Evaluation>
  /** Of a run that is finished, so that a night that was broken off asks nothing twice; absent: it is evaluated again. */
  readEvaluation?(runId: string): Promise<Evaluation>
  gate: NightGate
  /** The gate's word on a candidate against Champion tonight. */
  judgeCandidate?(candidate: Evaluation, champion: Evaluation): NonNullable<NightCandidate['gate']>
  /** Digests of what decides the answers of a version; null where not known. */
  facts?(version: string): Promise<Night['facts']>
  /** Ids of the cases that are muted at this time. */
  muted?(at: Date): Promise<ReadonlySet<string>>
  /** Questions from users that joined the set after this time; null: ever. Those that were told before are left out by the night. */
  newCases?(since: string | null): Promise<NewCase[]>
  /** True where the error may pass by itself (a platform out of reach): it is thrown on, and the night taken up later. */
  isPassing?(error: unknown): boolean
  log: Log
  /** Milliseconds since 1970; default Date.now. */
  now?: () => number
}

export interface NightAsked {
  /** As `toNightId` makes it. */
  id: string
  model: string
  date: string
  zone: string
  /** ISO 8601. */
  at: string
  /** Versions beside Champion, such as `['4']`. */
  candidates: readonly string[]
  /** Those that were asked for and cannot be measured, with the sentence why. */
  gone?: readonly { version: string; why: string }[]
  signal: AbortSignal
  /** `label` such as `Measuring v3 once more`. */
  onProgress(label: string, progress: EvaluationProgress): Promise<void>
}

/** What a post needs beside the night. */
export interface NightPostOptions {
  /** Address of a trace where a tracking UI exists. */
  traceUrl?(traceId: string): string | null
  /** True where there is a version to go back to. */
  canRollBack?: boolean
  /** Stands before `Champion` where several models are reported, such as `ticket_classifier`. */
  called?: string
  /** True for `/report`: a quiet night shows its chart and table too. */
  full?: boolean
}

/** `<model>:<date>`; with the time of day for one that somebody asked for, so that the scheduled one stays. */
export function toNightId(model: string, date: string, askedAt?: string): string {
  return askedAt === undefined ? `${model}:${date}` : `${model}:${date}T${askedAt}`
}
