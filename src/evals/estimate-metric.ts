// Means and differences of a metric with the interval that suits it: of a share for yes or no, by the bootstrap for grades.
import { type BootstrapOptions, estimateDelta, estimateMean } from './bootstrap.ts'
import type { Estimate } from './comparison.ts'
import { type MetricName, YES_NO_METRICS } from './metrics.ts'
import { estimateShare, estimateShareDelta } from './proportion.ts'

/** Of at least one value, on any one scale of the metric. */
export function estimateMetric(metric: MetricName, values: readonly number[], options?: BootstrapOptions): Estimate {
  return isShare(metric, values) ? estimateShare(values) : estimateMean(values, options)
}

/** Candidate minus Champion, question by question. */
export function estimateMetricDelta(
  metric: MetricName,
  candidate: readonly number[],
  champion: readonly number[],
  options?: BootstrapOptions,
): Estimate {
  const shares = isShare(metric, candidate) && isShare(metric, champion)
  return shares ? estimateShareDelta(candidate, champion) : estimateDelta(candidate, champion, options)
}

/** A value outside 0 to 1 is no share: nobody's row says so, but a table that was edited may. */
function isShare(metric: MetricName, values: readonly number[]): boolean {
  return YES_NO_METRICS.has(metric) && values.every((value) => value >= 0 && value <= 1)
}
