// An evaluation as a night keeps it: each question by a digest of what it asks, its scores, and what it all cost.
import { digestOf } from '../../core/digest.ts'
import type { CaseResult, EvalCase, Evaluation } from '../../evals/evaluation.ts'
import { METRIC_NAMES, type MetricName } from '../../evals/metrics.ts'
import type { Measured, NightRow } from './night.ts'

/** Of a score that is kept: more would be noise. */
const DIGITS = 6

/** One evaluation and what a night keeps of it. */
export interface Taken {
  evaluation: Evaluation
  measured: Measured
}

/** Sixteen digits that change with anything but the tags and the id. */
export function caseDigest(one: EvalCase): string {
  const { id: _, tags: __, ...deciding } = one
  return digestOf(deciding).slice(0, 16)
}

/** `durationMs` as it was waited for. */
export function toMeasured(evaluation: Evaluation, durationMs: number): Measured {
  const { runId, version, set, judge, judgeDigest = null, rows } = evaluation
  return { runId, version, set, judge, judgeDigest, rows: rows.map(toRow), costUsd: costOf(rows), durationMs }
}

function toRow(row: CaseResult): NightRow {
  const scores: Partial<Record<MetricName, number | null>> = {}
  for (const metric of METRIC_NAMES) {
    const score = row.scores[metric]
    if (score?.kind === 'score') scores[metric] = Number(score.value.toPrecision(DIGITS))
    if (score?.kind === 'error') scores[metric] = null
  }
  return { id: row.case.id, digest: caseDigest(row.case), scores, error: row.error, traceId: row.traceId }
}

/** Null where one answer does not tell its price: a sum over some would look like one over all. */
function costOf(rows: readonly CaseResult[]): number | null {
  let total = 0
  for (const { answer } of rows) {
    if (answer === null) continue
    if (answer.costUsd === null) return null
    total += answer.costUsd
  }
  return total
}
