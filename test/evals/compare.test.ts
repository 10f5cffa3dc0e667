import { describe, expect, it } from 'vitest'
import { compareEvaluations, whyNotComparable } from '../../src/evals/compare.ts'
import { toComparisonTable, toEvaluationTable } from '../../src/evals/describe.ts'
import { estimateEvaluation } from '../../src/evals/estimate.ts'
import type { CaseResult, Evaluation, Score } from '../../src/evals/evaluation.ts'
import type { MetricName } from '../../src/evals/metrics.ts'
import { MODEL, setOf, toAnswer, toCase } from './world.ts'

type Scores = Partial<Record<MetricName, number | Score>>

function toRow(version: string, id: string, scores: Scores, more: Partial<CaseResult> = {}): CaseResult {
  const entries = Object.entries(scores).map(([metric, score]) => [
    metric,
    typeof score === 'number' ? { kind: 'score', value: score } : score,
  ])
  return {
    case: toCase(id),
    answer: toAnswer(`v${version} on ${id}`),
    error: null,
    scores: Object.fromEntries(entries),
    traceId: `tr-${version}-${id}`,
    ...more,
  }
}

function toEvaluation(version: string, rows: readonly CaseResult[], more: Partial<Evaluation> = {}): Evaluation {
  return {
    runId: `run-${version}`,
    model: MODEL,
    version,
    set: { name: 'sample/questions', digest: 'd'.repeat(64), size: rows.length },
    judge: 'offline',
    finishedAt: '2026-11-01T10:00:00.000Z',
    metrics: {},
    rows,
    ...more,
  }
}

function evaluationOf(version: string, scores: Record<string, Scores>): Evaluation {
  return toEvaluation(
    version,
    Object.entries(scores).map(([id, each]) => toRow(version, id, each)),
  )
}

const failed: Score = { kind: 'error', why: 'no verdict' }

describe('a comparison', () => {
  it('is a worked example: paired by question over the rows that both sides have a score for', () => {
    // Deltas on 1 to 5: q1 +1, q2 -2, q3 0, q4 +1; q5 and q6 lack one side, q7 is on one side alone.
    const candidate = evaluationOf('3', {
      q1: { faithfulness: 1 },
      q2: { faithfulness: 0.25 },
      q3: { faithfulness: 0.5 },
      q4: { faithfulness: 0.75 },
      q5: { faithfulness: failed },
      q6: { faithfulness: 1 },
      q7: { faithfulness: 1 },
    })
    const champion = evaluationOf('2', {
      q6: { faithfulness: { kind: 'none', why: 'It refused.' } },
      q5: { faithfulness: 1 },
      q4: { faithfulness: 0.5 },
      q3: { faithfulness: 0.5 },
      q2: { faithfulness: 0.75 },
      q1: { faithfulness: 0.75 },
    })
    const { metrics, errors } = compareEvaluations(candidate, champion)
    expect(metrics).toHaveLength(1)
    expect(metrics[0]).toMatchObject({
      metric: 'faithfulness',
      key: 'faithfulness/v1/mean',
      pairs: 4,
      candidate: { mean: 3.5, n: 4 },
      champion: { mean: 3.5, n: 4 },
      // Of the 256 resamples 5 lie below -1.25 (2.0%) and 13 at it or below (5.1%); 16 are 1 (6.3%), the largest there is.
      delta: { mean: 0, low: -1.25, high: 1, n: 4 },
      wins: 2,
      losses: 1,
      ties: 1,
    })
    expect(errors).toEqual({ candidate: 1, champion: 0 })
  })

  it('counts a win where less is better, and toxicity as a ratio', () => {
    const candidate = evaluationOf('3', { q1: { latency: 80, toxicity: 0.9 }, q2: { latency: 120, toxicity: 0.1 } })
    const champion = evaluationOf('2', { q1: { latency: 100, toxicity: 0.2 }, q2: { latency: 100, toxicity: 0.4 } })
    const [toxicity, latency] = compareEvaluations(candidate, champion).metrics
    expect(latency).toMatchObject({ wins: 1, losses: 1, ties: 0, delta: { mean: 0 } })
    expect(toxicity).toMatchObject({ wins: 0, losses: 1, ties: 1, candidate: { mean: 0.5 }, champion: { mean: 0 } })
  })

  it('of an evaluation with its equal is zero everywhere, with no regression', () => {
    const scores = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [
        `q${at}`,
        { faithfulness: (at % 7) / 7, latency: at * 13.7, cost: at / 3e5 },
      ]),
    )
    const { metrics, regressions } = compareEvaluations(evaluationOf('3', scores), evaluationOf('2', scores))
    expect(metrics.map((metric) => metric.delta)).toEqual(
      Array.from({ length: 3 }, () => ({ mean: 0, low: 0, high: 0, n: 30 })),
    )
    expect(metrics.map(({ wins, losses, ties }) => [wins, losses, ties])).toEqual([
      [0, 0, 30],
      [0, 0, 30],
      [0, 0, 30],
    ])
    expect(regressions).toEqual([])
  })

  it('lists the worst regressions first, one entry a question, by the judged metrics alone', () => {
    const candidate = evaluationOf('3', {
      small: { faithfulness: 0.8 },
      large: { faithfulness: 0.9, correctness: 0 },
      two: { faithfulness: 0.5, correctness: 0.4 },
      one: { faithfulness: 0.5, correctness: 1 },
      toxic: { toxicity: 0.7 },
      slow: { faithfulness: 1, latency: 9000 },
      better: { faithfulness: 1 },
      broken: { faithfulness: failed },
    })
    const champion = evaluationOf('2', {
      small: { faithfulness: 1 },
      large: { faithfulness: 1, correctness: 1 },
      two: { faithfulness: 1, correctness: 0.8 },
      one: { faithfulness: 1, correctness: 1 },
      toxic: { toxicity: 0 },
      slow: { faithfulness: 1, latency: 10 },
      better: { faithfulness: 0 },
      broken: { faithfulness: 1 },
    })
    const { regressions } = compareEvaluations(candidate, champion)
    expect(regressions.map((one) => [one.caseId, one.metric])).toEqual([
      ['large', 'correctness'],
      ['toxic', 'toxicity'],
      ['two', 'faithfulness'],
      ['one', 'faithfulness'],
      ['small', 'faithfulness'],
    ])
    expect(regressions[0]).toEqual({
      caseId: 'large',
      question: 'What is large?',
      metric: 'correctness',
      candidateScore: 1,
      championScore: 5,
      candidateAnswer: 'v3 on large',
      championAnswer: 'v2 on large',
      candidateTrace: 'tr-3-large',
      championTrace: 'tr-2-large',
    })
  })

  it('refuses two sets and two judges in a sentence', () => {
    const one = evaluationOf('3', { q1: { faithfulness: 1 } })
    const other = evaluationOf('2', { q1: { faithfulness: 1 } })
    expect(whyNotComparable(one, other)).toBeNull()
    const set = { ...other, set: { name: 'other/set', digest: 'e'.repeat(64), size: 4 } }
    expect(whyNotComparable(one, set)).toContain('v2 on other/set (4 questions, digest eeeeeeee)')
    expect(() => compareEvaluations(one, { ...other, judge: 'gpt' })).toThrow(
      'v3 was scored by the judge offline and v2 by gpt',
    )
  })
})

describe('what people read', () => {
  const candidate = toEvaluation('3', [
    toRow('3', 'q1', { faithfulness: 1, latency: 100, cost: 0.002 }),
    toRow('3', 'q2', { faithfulness: 1, latency: 100, cost: 0.002 }),
    toRow('3', 'q3', {}, { answer: null, error: 'MODEL_BUSY: busy' }),
    toRow('3', 'q4', { faithfulness: failed }, { answer: toAnswer('No.', { refused: true }) }),
  ])
  const champion = toEvaluation('2', [
    toRow('2', 'q1', { faithfulness: 0.5, latency: 90, cost: 0.002 }),
    toRow('2', 'q2', { faithfulness: 0.5, latency: 90, cost: 0.002 }),
    toRow('2', 'q3', { faithfulness: 0.5 }),
    toRow('2', 'q4', { faithfulness: 0.5 }),
  ])

  it('is a table of an evaluation with its sizes and errors, and a sentence with its run', () => {
    const { table, summary } = toEvaluationTable(candidate)
    expect(table.rows).toEqual([
      ['faithfulness/v1/mean', '5.00 (5.00 to 5.00)', '2', '1'],
      ['latency/v1/mean', '100 ms (100 ms to 100 ms)', '2', '0'],
      ['cost/v1/mean', '0.0020 USD (0.0020 USD to 0.0020 USD)', '2', '0'],
    ])
    expect(summary).toBe(
      'v3 was evaluated on 4 questions of sample/questions by the judge offline: 1 refusal, 1 question without an answer (run run-3).',
    )
  })

  it('is a table of a comparison with signs, and a sentence that claims only what lies clear of zero', () => {
    const { table, summary } = toComparisonTable(compareEvaluations(candidate, champion))
    expect(table.rows).toEqual([
      ['faithfulness/v1/mean', '5.00', '3.00', '+2.00 (+2.00 to +2.00)', '2 / 0 / 0', '2'],
      ['latency/v1/mean', '100 ms', '90 ms', '+10 ms (+10 ms to +10 ms)', '0 / 2 / 0', '2'],
      ['cost/v1/mean', '0.0020 USD', '0.0020 USD', '0.0000 USD (0.0000 USD to 0.0000 USD)', '0 / 0 / 2', '2'],
    ])
    expect(summary).toBe(
      'v3 is better on faithfulness than v2 on 4 questions of sample/questions (runs run-3 and run-2). 2 rows with errors stand apart.',
    )
    expect(toComparisonTable(compareEvaluations(champion, champion)).summary).toContain(
      'v2 is neither clearly better nor clearly worse than v2',
    )
  })
})

describe('an estimate', () => {
  const earlier = toEvaluation('2', [toRow('2', 'q1', {}), toRow('2', 'q2', {}, { answer: null, error: 'x' })])

  it('speaks of no cost where the models run here', () => {
    const answer = toAnswer('Yes.', { latencyMs: 8000 })
    const slow = toEvaluation('2', [toRow('2', 'q1', {}, { answer })])
    const estimate = estimateEvaluation({ set: setOf(60), earlier: slow, price: { input: 0, output: 0 } })
    expect(estimate).toMatchObject({ questions: 60, judgeCalls: 0, costUsd: 0, durationMs: 120_000, tokens: 6000 })
    expect(estimate.words).toBe('60 questions, about 2 minutes, no cost: the offline model and judge run here')
  })

  it('adds the calls of a judge, and prices input and output apart', () => {
    const judge = { name: 'gpt', callsPerAnswer: 4, tokensPerCall: 1000 }
    const estimate = estimateEvaluation({ set: setOf(60), earlier, price: { input: 1, output: 10 }, judge })
    // 60 answers of 90 in and 10 out, and 240 judge calls of 900 in and 100 out.
    expect(estimate.costUsd).toBeCloseTo((60 * 90 + 240 * 900 + 10 * (60 * 10 + 240 * 100)) / 1e6, 9)
    expect(estimate).toMatchObject({ judgeCalls: 240, tokens: 246_000 })
    expect(estimate.words).toBe(
      '60 questions, 240 calls of the judge gpt, about 3 minutes, about 246,000 tokens, about 0.47 USD',
    )
  })

  it('guesses less time for models that run here', () => {
    const free = { input: 0, output: 0 }
    expect(estimateEvaluation({ set: setOf(60), earlier: null, price: free }).durationMs).toBe(15_000)
    expect(estimateEvaluation({ set: setOf(60), earlier: null }).durationMs).toBe(75_000)
  })

  it('says what is not known', () => {
    const estimate = estimateEvaluation({ set: setOf(1), earlier: null })
    expect(estimate).toMatchObject({ tokens: null, costUsd: null })
    expect(estimate.words).toBe('1 question, about 5 seconds, cost not known')
  })
})
