// The words of evaluation: a labelled case, an answer to it, its scores, and the evaluation of one version.
import type { MetricName } from './metrics.ts'

/** What was said before a question that leans on it. */
export interface ThreadMessage {
  role: 'user' | 'assistant'
  text: string
}

/** One labelled question. `page` is a doc_id, or the end of one: ask `isExpectedPage`. */
export interface EvalCase {
  id: string
  question: string
  /** The expected answer in full, where there is one. */
  expected: string | null
  /** What a right answer must contain. */
  facts: readonly string[]
  page: string | null
  /** Other pages that hold the answer as well as `page` does. */
  also?: readonly string[]
  /** The conversation before the question, where it is a follow-up; oldest first. */
  thread?: readonly ThreadMessage[]
  /** True where the documentation holds no answer, so that a refusal is right. */
  unanswerable: boolean
  tags: readonly string[]
}

export interface EvalSet {
  name: string
  /** Of the cases, sorted by id: changes with any change of any case, not with their order. */
  digest: string
  cases: readonly EvalCase[]
}

export interface RetrievedPassage {
  chunk_id: string
  doc_id: string
  text: string
}

/** What a version answered. Tokens and cost are null where the endpoint does not tell. */
export interface CaseAnswer {
  text: string
  refused: boolean
  /** doc_ids that the answer cites, best first. */
  cited: readonly string[]
  /** Everything that was retrieved for it, in the order it was found. */
  passages: readonly RetrievedPassage[]
  latencyMs: number
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
}

/** A judge's word on one row: `none` where the metric does not apply to the case, `error` where the judge failed. Never both. */
export type Score =
  | { kind: 'score'; value: number; rationale?: string }
  | { kind: 'none'; why: string }
  | { kind: 'error'; why: string }

export interface CaseResult {
  case: EvalCase
  /** Null where the version gave no answer; `error` says why. */
  answer: CaseAnswer | null
  error: string | null
  scores: Readonly<Partial<Record<MetricName, Score>>>
  traceId: string | null
}

/** A finished evaluation as it is read back from its run. */
export interface Evaluation {
  runId: string
  model: string
  version: string
  set: { name: string; digest: string; size: number }
  /** Name of the judge, such as `offline` or a model's name: only evaluations of one judge are compared. */
  judge: string
  /** Eight digits that change with the judge's rubrics and weights; absent in runs of a judge that told none. */
  judgeDigest?: string
  /** ISO 8601. */
  finishedAt: string
  /** As logged on the run, under MLflow's keys of both forms. */
  metrics: Readonly<Record<string, number>>
  rows: readonly CaseResult[]
}
