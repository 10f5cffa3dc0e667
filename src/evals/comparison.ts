// The words of comparing two evaluations question by question.
import type { MetricName } from './metrics.ts'

export interface MetricComparison {
  metric: MetricName
  /** MLflow key, 2.x form; all numbers here are on its scale. */
  key: string
  /** Rows scored on both sides. */
  pairs: number
  candidate: Estimate
  champion: Estimate
  /** Candidate minus Champion, paired, with its 95% interval. */
  delta: Estimate
  /** In the direction that is better for this metric. */
  wins: number
  losses: number
  ties: number
}

/** A mean with its interval at 95%: of a share where each row says yes or no, by the percentile bootstrap else. */
export interface Estimate {
  mean: number
  low: number
  high: number
  /** Rows it rests on. */
  n: number
}

/** A question the candidate answered worse: the metric that fell furthest. Scores are on the scale of the metric's `key`. */
export interface Regression {
  caseId: string
  question: string
  metric: MetricName
  candidateScore: number
  championScore: number
  candidateAnswer: string
  championAnswer: string
  candidateTrace: string | null
  championTrace: string | null
}

export interface Comparison {
  candidate: { version: string; runId: string }
  champion: { version: string; runId: string }
  set: { name: string; digest: string; size: number }
  metrics: readonly MetricComparison[]
  /** Worst first. */
  regressions: readonly Regression[]
  /** Rows that failed or whose judge failed, on either side: kept apart from scores. */
  errors: { candidate: number; champion: number }
}
