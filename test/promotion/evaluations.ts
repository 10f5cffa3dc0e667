// Evaluations for the promotion tests, made from the scores of their rows.
import { toRunMetrics } from '../../src/evals/aggregate.ts'
import type { CaseResult, Evaluation, Score } from '../../src/evals/evaluation.ts'
import type { MetricName } from '../../src/evals/metrics.ts'

export const NOW = Date.parse('2026-11-22T14:05:00.000Z')

/** Raw scores (0 to 1, ms) by metric, one per row; null: the judge failed on that row; undefined: not scored. */
export type RowScores = Partial<Record<MetricName, readonly (number | null | undefined)[]>>

export function toScore(value: number | null | undefined): Score {
  if (value === undefined) return { kind: 'none', why: 'The metric does not apply.' }
  return value === null ? { kind: 'error', why: 'The judge gave no number.' } : { kind: 'score', value }
}

export function toRows(scores: RowScores): CaseResult[] {
  const size = Math.max(...Object.values(scores).map((values) => values.length))
  return Array.from({ length: size }, (_, n) => ({
    case: {
      id: `q${n}`,
      question: `How do I do thing ${n}?`,
      expected: null,
      facts: [],
      page: 'page',
      unanswerable: false,
      tags: [],
    },
    answer: {
      text: `Answer ${n}`,
      refused: false,
      cited: [],
      passages: [],
      latencyMs: 10,
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
    },
    error: null,
    scores: Object.fromEntries(Object.entries(scores).map(([metric, values]) => [metric, toScore(values[n])])),
    traceId: `tr-${n}`,
  }))
}

export function toEvaluation(version: string, scores: RowScores, more: Partial<Evaluation> = {}): Evaluation {
  const rows = toRows(scores)
  return {
    runId: `run-${version}`,
    model: 'ml.rag.docs_rag',
    version,
    set: { name: 'support', digest: 'd1'.repeat(32), size: rows.length },
    judge: 'offline',
    finishedAt: new Date(NOW - 3_600_000).toISOString(),
    metrics: toRunMetrics(rows),
    rows,
    ...more,
  }
}

/** `size` values that alternate around `mean`, so that their interval has a width. */
export function around(mean: number, size = 60, spread = 0.05): number[] {
  return Array.from({ length: size }, (_, n) => mean + (n % 2 === 0 ? spread : -spread))
}
