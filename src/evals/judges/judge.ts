// The port of a judge: what it scores of one answer, and how two judges are put together.
import { digestOf } from '../../core/digest.ts'
import type { CaseAnswer, EvalCase, Score } from '../evaluation.ts'
import type { MetricName } from '../metrics.ts'

export interface JudgedAnswer {
  case: EvalCase
  answer: CaseAnswer
}

export type Scores = Partial<Record<MetricName, Score>>

export interface Judge {
  /** Stands in an evaluation as its judge: only evaluations of one judge are compared. */
  readonly name: string
  /** Eight digits that change with whatever it judges by; absent where the name says all. */
  readonly digest?: string
  /**
   * Shares are 0 to 1 (toxicity: 1 is toxic, and from 0.5 on an answer counts as toxic); latency in ms, tokens and cost
   * in USD as measured. What fails inside becomes a score of kind `error`; only an abort of the signal throws.
   */
  score(input: JudgedAnswer, signal: AbortSignal): Promise<Scores>
}

/** One judge of several: a later one overrides the scores of an earlier one, with whatever it has, errors included. */
export function combineJudges(name: string, judges: readonly Judge[]): Judge {
  return {
    name,
    digest: toJudgeDigest(judges.map((judge) => [judge.name, judge.digest ?? null])),
    async score(input, signal) {
      const all = await Promise.all(judges.map((judge) => judge.score(input, signal)))
      return Object.assign({}, ...all) as Scores
    },
  }
}

/** `facts` is everything a judge judges by, as plain data. */
export function toJudgeDigest(facts: unknown): string {
  return digestOf(facts).slice(0, 8)
}

export function scored(value: number, rationale?: string): Score {
  return rationale === undefined ? { kind: 'score', value } : { kind: 'score', value, rationale }
}

export function notApplicable(why: string): Score {
  return { kind: 'none', why }
}

export function failed(why: string): Score {
  return { kind: 'error', why }
}
