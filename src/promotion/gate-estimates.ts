// What the gate measures of two evaluations under one policy key: means with intervals, and the paired difference.
import type { Estimate } from '../evals/comparison.ts'
import { estimateMetric, estimateMetricDelta } from '../evals/estimate-metric.ts'
import type { CaseResult, Evaluation } from '../evals/evaluation.ts'
import { METRIC_NAMES, METRICS, type MetricName, toScale } from '../evals/metrics.ts'

export interface GateEstimates {
  metric: MetricName
  /** Null where no row was scored. */
  candidate: Estimate | null
  champion: Estimate | null
  /** Candidate minus Champion over the questions that both were scored on. */
  delta: Estimate | null
}

/** The metric behind a key of either form, and whether its numbers are those of the 3.x form; null for an unknown key. */
export function findMetric(key: string): { metric: MetricName; raw: boolean } | null {
  for (const metric of METRIC_NAMES) {
    if (METRICS[metric].key === key) return { metric, raw: false }
    if (METRICS[metric].key3 === key) return { metric, raw: true }
  }
  return null
}

/** Null for an unknown key. All numbers are on the scale of the key. */
export function estimateForGate(key: string, candidate: Evaluation, champion: Evaluation | null): GateEstimates | null {
  const found = findMetric(key)
  if (!found) return null
  const { metric, raw } = found
  const toValues = (row: CaseResult): number[] => {
    const score = row.scores[metric]
    // A number that is none must not count as any.
    if (row.error !== null || score?.kind !== 'score' || !Number.isFinite(score.value)) return []
    return [raw ? score.value : toScale(metric, score.value)]
  }
  const others = new Map(champion?.rows.map((row) => [row.case.id, row]))
  const pairs = candidate.rows.flatMap((row) => {
    const other = others.get(row.case.id)
    const [own] = toValues(row)
    const [theirs] = other ? toValues(other) : []
    return own === undefined || theirs === undefined ? [] : [[own, theirs] as const]
  })
  const [left, right] = [pairs.map(([own]) => own), pairs.map(([, theirs]) => theirs)]
  return {
    metric,
    candidate: toMean(metric, candidate.rows.flatMap(toValues)),
    champion: champion ? toMean(metric, champion.rows.flatMap(toValues)) : null,
    delta: pairs.length === 0 ? null : estimateMetricDelta(metric, left, right),
  }
}

function toMean(metric: MetricName, values: readonly number[]): Estimate | null {
  return values.length === 0 ? null : estimateMetric(metric, values)
}
