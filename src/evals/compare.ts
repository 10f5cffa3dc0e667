// Compares two evaluations question by question: paired deltas with intervals, wins and losses, and the worst regressions.
import { LakedeskError } from '../core/errors.ts'
import type { Comparison, MetricComparison, Regression } from './comparison.ts'
import { estimateMetric, estimateMetricDelta } from './estimate-metric.ts'
import type { CaseResult, Evaluation } from './evaluation.ts'
import { METRIC_NAMES, METRICS, type MetricName, QUALITY_METRICS, toScale } from './metrics.ts'

interface Pair {
  candidate: CaseResult
  champion: CaseResult
}

/** Differences smaller than this are rounding, not a win. */
const EPSILON = 1e-9

/** Why these two cannot be compared, in a sentence; null where they can. */
export function whyNotComparable(candidate: Evaluation, champion: Evaluation): string | null {
  if (candidate.set.digest !== champion.set.digest) {
    return `v${candidate.version} was evaluated on ${describeSet(candidate)} and v${champion.version} on ${describeSet(champion)}, so their numbers cannot be compared. Evaluate both on one set.`
  }
  if (candidate.judge !== champion.judge) {
    return `v${candidate.version} was scored by the judge ${candidate.judge} and v${champion.version} by ${champion.judge}, so their numbers cannot be compared. Evaluate both with one judge.`
  }
  if (candidate.judgeDigest !== champion.judgeDigest) {
    return `v${candidate.version} was scored by another form of the judge ${candidate.judge} (${candidate.judgeDigest ?? 'not named'}) than v${champion.version} (${champion.judgeDigest ?? 'not named'}), so their numbers cannot be compared. Evaluate both again.`
  }
  return null
}

/**
 * Only rows that were scored on both sides count, metric by metric; a metric without such rows is left out. Throws EVAL_FAILED
 * with the sentence of `whyNotComparable`: ask that first where a refusal should be said as one.
 */
export function compareEvaluations(
  candidate: Evaluation,
  champion: Evaluation,
  options: { seed?: number } = {},
): Comparison {
  const why = whyNotComparable(candidate, champion)
  if (why !== null) throw new LakedeskError('EVAL_FAILED', why)
  const pairs = pairRows(candidate, champion)
  return {
    candidate: { version: candidate.version, runId: candidate.runId },
    champion: { version: champion.version, runId: champion.runId },
    set: candidate.set,
    metrics: METRIC_NAMES.flatMap((metric) => compareMetric(metric, pairs, options) ?? []),
    regressions: regressionsOf(pairs),
    errors: { candidate: countErrors(candidate), champion: countErrors(champion) },
  }
}

function describeSet({ set }: Evaluation): string {
  return `${set.name} (${set.size} questions, digest ${set.digest.slice(0, 8)})`
}

function pairRows(candidate: Evaluation, champion: Evaluation): Pair[] {
  const byId = new Map(champion.rows.map((row) => [row.case.id, row]))
  return candidate.rows.flatMap((row) => {
    const other = byId.get(row.case.id)
    return other ? [{ candidate: row, champion: other }] : []
  })
}

/** On the scale of the metric's key; null where either side has no score. */
function scoresOf({ candidate, champion }: Pair, metric: MetricName): { candidate: number; champion: number } | null {
  const [a, b] = [candidate.scores[metric], champion.scores[metric]]
  if (a?.kind !== 'score' || b?.kind !== 'score') return null
  return { candidate: toScale(metric, a.value), champion: toScale(metric, b.value) }
}

function compareMetric(
  metric: MetricName,
  pairs: readonly Pair[],
  options: { seed?: number },
): MetricComparison | null {
  const scores = pairs.flatMap((pair) => scoresOf(pair, metric) ?? [])
  if (scores.length === 0) return null
  const candidate = scores.map((pair) => pair.candidate)
  const champion = scores.map((pair) => pair.champion)
  const sign = METRICS[metric].higherIsBetter ? 1 : -1
  const gains = scores.map((pair) => sign * (pair.candidate - pair.champion))
  const wins = gains.filter((gain) => gain > EPSILON).length
  const losses = gains.filter((gain) => gain < -EPSILON).length
  return {
    metric,
    key: METRICS[metric].key,
    pairs: scores.length,
    candidate: estimateMetric(metric, candidate, options),
    champion: estimateMetric(metric, champion, options),
    delta: estimateMetricDelta(metric, candidate, champion, options),
    wins,
    losses,
    ties: scores.length - wins - losses,
  }
}

interface Loss {
  regression: Regression
  /** Of the metric that fell furthest, 0 to 1, and of all judged metrics together. */
  worst: number
  total: number
}

/** One entry per question that lost on any judged metric; the largest loss first, then the one that lost more in all. */
function regressionsOf(pairs: readonly Pair[]): Regression[] {
  const losses = pairs.flatMap((pair) => lossOf(pair) ?? [])
  losses.sort((a, b) => b.worst - a.worst || b.total - a.total || (a.regression.caseId < b.regression.caseId ? -1 : 1))
  return losses.map(({ regression }) => regression)
}

function lossOf(pair: Pair): Loss | null {
  const losses = QUALITY_METRICS.flatMap((metric) => {
    const [candidate, champion] = [pair.candidate.scores[metric], pair.champion.scores[metric]]
    if (candidate?.kind !== 'score' || champion?.kind !== 'score') return []
    const loss = (METRICS[metric].higherIsBetter ? 1 : -1) * (champion.value - candidate.value)
    return loss > EPSILON ? [{ metric, loss }] : []
  })
  const [worst] = losses.toSorted((a, b) => b.loss - a.loss)
  const scores = worst && scoresOf(pair, worst.metric)
  if (!worst || !scores) return null
  const regression = {
    caseId: pair.candidate.case.id,
    question: pair.candidate.case.question,
    metric: worst.metric,
    candidateScore: scores.candidate,
    championScore: scores.champion,
    candidateAnswer: pair.candidate.answer?.text ?? '',
    championAnswer: pair.champion.answer?.text ?? '',
    candidateTrace: pair.candidate.traceId,
    championTrace: pair.champion.traceId,
  }
  return { regression, worst: worst.loss, total: losses.reduce((sum, { loss }) => sum + loss, 0) }
}

/** Rows that got no answer, or whose judge failed on any metric. */
function countErrors(evaluation: Evaluation): number {
  return evaluation.rows.filter(
    (row) => row.error !== null || Object.values(row.scores).some((score) => score.kind === 'error'),
  ).length
}
