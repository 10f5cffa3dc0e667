// Evaluations and comparisons as a table and one sentence, for tools and cards.
import type { Block } from '../core/reply.ts'
import { errorsOf, scoresOf } from './aggregate.ts'
import type { Comparison, Estimate, MetricComparison } from './comparison.ts'
import { estimateMetric } from './estimate-metric.ts'
import type { Evaluation } from './evaluation.ts'
import { LABEL_JUDGE } from './judges/label-judge.ts'
import { MACRO_F1, macroF1Of } from './macro-f1.ts'
import { METRIC_NAMES, METRICS, type MetricName, toScale } from './metrics.ts'
import { count, showDelta, showNumber } from './show-number.ts'

export type TableBlock = Extract<Block, { kind: 'table' }>

/** A table, and a sentence that is complete without it. */
export interface Description {
  table: TableBlock
  summary: string
}

/** One row per metric that was scored or failed: its mean with the 95% interval, the rows it rests on, and the judge's errors. */
export function toEvaluationTable(evaluation: Evaluation): Description {
  const rows = METRIC_NAMES.flatMap((metric) => {
    const values = scoresOf(evaluation.rows, metric).map((value) => toScale(metric, value))
    const errors = errorsOf(evaluation.rows, metric)
    if (values.length === 0 && errors === 0) return []
    const cell = values.length === 0 ? 'no score' : showEstimate(metric, estimateMetric(metric, values))
    return [[METRICS[metric].key, cell, String(values.length), String(errors)]]
  })
  const macroF1 = macroF1Of(evaluation.rows)
  const counted = scoresOf(evaluation.rows, 'accuracy').length
  if (macroF1 !== null) rows.splice(1, 0, [MACRO_F1, showNumber('accuracy', macroF1), String(counted), '0'])
  const columns = ['Metric', 'Mean (95% interval)', 'Rows', 'Judge errors']
  return { table: { kind: 'table', columns, rows }, summary: summarizeEvaluation(evaluation) }
}

/** One row per metric that both sides were scored on. */
export function toComparisonTable(comparison: Comparison): Description {
  const { candidate, champion } = comparison
  const columns = [
    'Metric',
    `v${candidate.version}`,
    `v${champion.version}`,
    'Difference (95% interval)',
    'Better / worse / same',
    'Rows',
  ]
  const rows = comparison.metrics.map((row) => [
    row.key,
    showNumber(row.metric, row.candidate.mean),
    showNumber(row.metric, row.champion.mean),
    `${showDelta(row.metric, row.delta.mean)} (${showDelta(row.metric, row.delta.low)} to ${showDelta(row.metric, row.delta.high)})`,
    `${row.wins} / ${row.losses} / ${row.ties}`,
    String(row.pairs),
  ])
  return { table: { kind: 'table', columns, rows }, summary: summarizeComparison(comparison) }
}

function showEstimate(metric: MetricName, { mean, low, high }: Estimate): string {
  return `${showNumber(metric, mean)} (${showNumber(metric, low)} to ${showNumber(metric, high)})`
}

function summarizeEvaluation(evaluation: Evaluation): string {
  const { version, set, judge, rows, runId } = evaluation
  if (judge === LABEL_JUDGE) return summarizeLabels(evaluation)
  const failed = rows.filter((row) => row.error !== null).length
  const refused = rows.filter((row) => row.answer?.refused).length
  const failures = failed === 0 ? '' : `, ${count(failed, 'question')} without an answer`
  return `v${version} was evaluated on ${count(set.size, 'question')} of ${set.name} by the judge ${judge}: ${count(refused, 'refusal')}${failures} (run ${runId}).`
}

/** What did not count is told: a figure over fewer rows than there are must not look like one over all. */
function summarizeLabels({ version, set, rows, runId }: Evaluation): string {
  const counted = scoresOf(rows, 'accuracy')
  const macroF1 = macroF1Of(rows)
  const apart = rows.length - counted.length
  const seen =
    apart === 0 ? '' : ` ${count(apart, 'row')} did not count, without an answer or perhaps seen in its training.`
  if (macroF1 === null)
    return `v${version} labelled ${count(set.size, 'row')} of ${set.name}, none of which counts (run ${runId}).${seen}`
  const accuracy = counted.reduce((sum, value) => sum + value, 0) / counted.length
  return `v${version} labelled ${count(set.size, 'row')} of ${set.name}: accuracy ${showNumber('accuracy', accuracy)}, macro-F1 ${showNumber('accuracy', macroF1)} (run ${runId}).${seen}`
}

/** Names the metrics whose interval lies wholly on one side of zero; judged ones alone, since time and price are no quality. */
function summarizeComparison({ candidate, champion, set, metrics, errors }: Comparison): string {
  const judged = metrics.filter(({ metric }) => METRICS[metric].scale !== 'raw')
  const better = judged.filter((row) => direction(row) > 0).map(({ metric }) => sayName(metric))
  const worse = judged.filter((row) => direction(row) < 0).map(({ metric }) => sayName(metric))
  const verdicts = [
    ...(better.length > 0 ? [`better on ${better.join(', ')}`] : []),
    ...(worse.length > 0 ? [`worse on ${worse.join(', ')}`] : []),
  ]
  const verdict = verdicts.length > 0 ? verdicts.join(' and ') : 'neither clearly better nor clearly worse'
  const failed = errors.candidate + errors.champion
  const apart = failed === 0 ? '' : ` ${count(failed, 'row')} with errors stand apart.`
  return `v${candidate.version} is ${verdict} than v${champion.version} on ${count(set.size, 'question')} of ${set.name} (runs ${candidate.runId} and ${champion.runId}).${apart}`
}

/** 1 clearly better, -1 clearly worse, 0 where the interval holds zero. */
function direction({ metric, delta }: MetricComparison): number {
  const side = delta.low > 0 ? 1 : delta.high < 0 ? -1 : 0
  return METRICS[metric].higherIsBetter ? side : -side
}

function sayName(metric: MetricName): string {
  return metric.replaceAll('_', ' ')
}
