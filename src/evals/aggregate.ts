// The metrics of a run from its rows, under MLflow's names of both forms.
import type { CaseResult } from './evaluation.ts'
import { macroF1Of } from './macro-f1.ts'
import { LABEL_METRICS, METRIC_NAMES, METRICS, type MetricName, prefixOf, toScale } from './metrics.ts'

/** The scores of a metric as the judge gave them; rows without one are left out. */
export function scoresOf(rows: readonly CaseResult[], metric: MetricName): number[] {
  return rows.flatMap((row) => {
    const score = row.scores[metric]
    return score?.kind === 'score' ? [score.value] : []
  })
}

/** Rows whose judge failed on this metric. */
export function errorsOf(rows: readonly CaseResult[], metric: MetricName): number {
  return rows.filter((row) => row.scores[metric]?.kind === 'error').length
}

/**
 * `{name}/v1/mean` with `/variance` and `/p90` (toxicity: `/ratio` as well), `{name}/mean`, `{name}/errors`, `rows` and
 * `rows_failed`; of a classifier `macro_f1` too. A metric that no row was scored on has no mean. Variance of the whole population and linear percentiles, as
 * MLflow's standard aggregations have them.
 */
export function toRunMetrics(rows: readonly CaseResult[]): Record<string, number> {
  const metrics: Record<string, number> = {
    rows: rows.length,
    rows_failed: rows.filter((row) => row.error !== null).length,
  }
  for (const metric of METRIC_NAMES) Object.assign(metrics, aggregate(rows, metric))
  const macroF1 = macroF1Of(rows)
  return macroF1 === null ? metrics : { ...metrics, macro_f1: macroF1 }
}

function aggregate(rows: readonly CaseResult[], metric: MetricName): Record<string, number> {
  const raw = scoresOf(rows, metric)
  // What answers in words gives no labels.
  if (raw.length === 0 && LABEL_METRICS.some((name) => name === metric)) return {}
  const errors = { [`${metric}/errors`]: errorsOf(rows, metric) }
  if (raw.length === 0) return errors
  const { key, key3, scale } = METRICS[metric]
  const scaled = raw.map((value) => toScale(metric, value))
  const spread = scale === 'ratio' ? raw : scaled
  const prefix = prefixOf(metric)
  return {
    ...errors,
    [`${prefix}/mean`]: meanOf(spread),
    [`${prefix}/variance`]: varianceOf(spread),
    [`${prefix}/p90`]: percentile(spread, 0.9),
    [key]: meanOf(scaled),
    [key3]: meanOf(raw),
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return meanOf(values.map((value) => (value - mean) ** 2))
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
