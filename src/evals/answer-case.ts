// One row of an evaluation: asks the version, lets the judge score the answer, and keeps failures apart from scores.
import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { type ErrorCode, LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { answerSchema } from './case-result.ts'
import type { CaseAnswer, CaseResult, EvalCase, Score, ThreadMessage } from './evaluation.ts'
import type { StoredRow } from './evaluation-job.ts'
import type { Judge, Scores } from './judges/judge.ts'
import { measured } from './judges/measured.ts'
import { JUDGED_METRICS, MEASURED_METRICS, METRIC_NAMES, type MetricName } from './metrics.ts'

/** What asks a version. `thread` is what was said before the question; empty for a question that stands alone. */
export type AnswerQuestion = (
  question: string,
  signal: AbortSignal,
  thread: readonly ThreadMessage[],
) => Promise<CaseAnswer>

export interface CaseWork {
  answer: AnswerQuestion
  judge: Judge
  log: Log
  signal: AbortSignal
  /** Before the first of the retries; doubled for each further one. */
  retryWaitMs: number
}

/** Tries after the first. */
const RETRIES = 3
const PASSING: readonly ErrorCode[] = ['MODEL_BUSY', 'MODEL_UNREACHABLE', 'MODEL_TIMEOUT']

/** Throws only when the signal is aborted: all else that fails is in the row. */
export async function answerCase(one: EvalCase, work: CaseWork): Promise<StoredRow> {
  const startedAt = new Date().toISOString()
  const started = performance.now()
  const result = await toResult(one, work)
  return { result: plain(result), startedAt, durationMs: result.answer?.latencyMs ?? performance.now() - started }
}

async function toResult(one: EvalCase, work: CaseWork): Promise<CaseResult> {
  try {
    const answer = toAnswer(await retrying(() => work.answer(one.question, work.signal, one.thread ?? []), work))
    const scores = { ...(await judgeAnswer(one, answer, work)), ...checked(measured(answer)) }
    return { case: one, answer, error: null, scores, traceId: null }
  } catch (error) {
    work.signal.throwIfAborted()
    work.log.warn('a version gave no answer to a question of its evaluation', { case: one.id, error })
    return { case: one, answer: null, error: describeFailure(error), scores: {}, traceId: null }
  }
}

/** What cannot be stored is no answer: a measure that is no number would be refused wherever it is logged. */
function toAnswer(value: CaseAnswer): CaseAnswer {
  const parsed = answerSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new LakedeskError('MODEL_FAILED', `The answer cannot be read (${faults}).`, parsed.error)
}

async function judgeAnswer(one: EvalCase, answer: CaseAnswer, work: CaseWork): Promise<Scores> {
  try {
    return checked(await retrying(() => work.judge.score({ case: one, answer }, work.signal), work))
  } catch (error) {
    work.signal.throwIfAborted()
    work.log.warn('a judge failed', { case: one.id, judge: work.judge.name, error })
    const failure: Score = { kind: 'error', why: describeFailure(error) }
    return Object.fromEntries(JUDGED_METRICS.map((metric) => [metric, failure]))
  }
}

/** A number that is none, or lies outside the scale, is the judge's error and never a score. */
function checked(scores: Scores): Scores {
  const entries = METRIC_NAMES.flatMap((metric) => {
    const score = scores[metric]
    return score ? [[metric, checkScore(metric, score)] as const] : []
  })
  return Object.fromEntries(entries)
}

function checkScore(metric: MetricName, score: Score): Score {
  if (score.kind !== 'score') return score
  const isRaw = MEASURED_METRICS.some((name) => name === metric)
  const fits = Number.isFinite(score.value) && score.value >= 0 && (isRaw || score.value <= 1)
  if (fits) return score
  return { kind: 'error', why: `the score ${score.value} is not ${isRaw ? 'a number from 0 up' : 'between 0 and 1'}` }
}

function retrying<T>(call: () => Promise<T>, { signal, retryWaitMs }: CaseWork): Promise<T> {
  return pRetry(call, {
    retries: RETRIES,
    minTimeout: 0,
    signal,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof LakedeskError) || !PASSING.includes(error.code) || attemptNumber > RETRIES) return false
      await sleep(retryWaitMs * 2 ** (attemptNumber - 1), undefined, { signal })
      return true
    },
  })
}

/** Code and sentence; what is not ours hides its text. */
function describeFailure(error: unknown): string {
  const { code, userMessage } = toLakedeskError(error)
  return `${code}: ${userMessage}`
}

/** As it comes back from the store, so that a first try and a resumed one log the same. */
function plain(result: CaseResult): StoredRow['result'] {
  return JSON.parse(JSON.stringify(result)) as StoredRow['result']
}
