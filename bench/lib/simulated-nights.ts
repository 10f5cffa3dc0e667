// A version and its judge as they are in life: questions of uneven difficulty, a judge that wavers, and nights that differ a little.
import type { CaseResult, EvalCase, Evaluation, Score } from '../../src/evals/evaluation.ts'
import type { MetricName } from '../../src/evals/metrics.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'

export interface SimulatedJudge {
  /** Standard deviation of a grade from 0 to 1 when the same answer is judged once more. */
  grade: number
  /** Chance that a yes or no comes out the other way. */
  flip: number
  /** Standard deviation of what all grades of one measurement have in common, 0 to 1. */
  mood: number
}

/** Of grades of model judges that are asked again at temperature 0 to 1 on a five-point scale: half a point, three flips of a hundred. */
export const REALISTIC_JUDGE: SimulatedJudge = { grade: 0.12, flip: 0.03, mood: 0.01 }

/** What is different on one night. Losses are of a score from 0 to 1. */
export interface NightChange {
  /** Lost by every question on faithfulness and correctness. */
  everywhere?: number
  /** Share of the questions that are answered wrongly. */
  broken?: number
}

const FOLDERS = ['billing', 'sso', 'webhooks', 'returns', 'orders', 'api']

export function simulateCases(count: number): EvalCase[] {
  return Array.from({ length: count }, (_, i) => {
    const folder = FOLDERS[i % FOLDERS.length] ?? ''
    const unanswerable = i % 10 === 9
    return {
      id: `q${String(i + 1).padStart(3, '0')}`,
      question: `How does part ${i + 1} of ${folder} work?`,
      expected: `Part ${i + 1} works as its page says.`,
      facts: [],
      page: unanswerable ? null : `${folder}/part-${i + 1}.md`,
      unanswerable,
      tags: [unanswerable ? 'unanswerable' : 'answerable'],
    }
  })
}

interface Truth {
  faithfulness: number
  correctness: number
  answer_relevance: number
  refusal_correctness: boolean
}

/** The true quality of the version on each question, the same on every night. */
export function simulateVersion(seed: number) {
  const random = createSeededRandom(seed)
  const truths = new Map<string, Truth>()
  const grade = (mean: number, spread: number) => clamp(mean + spread * random.normal())
  const truthOf = (id: string): Truth => {
    const known = truths.get(id)
    if (known) return known
    const made = {
      faithfulness: grade(0.88, 0.12),
      correctness: grade(0.78, 0.2),
      answer_relevance: grade(0.85, 0.12),
      refusal_correctness: random.next() < 0.95,
    }
    truths.set(id, made)
    return made
  }
  return {
    /** One measurement; equal seeds give equal scores. */
    evaluate(
      cases: readonly EvalCase[],
      version: string,
      { seed, judge, change = {}, runId }: { seed: number; judge: SimulatedJudge; change?: NightChange; runId: string },
    ): Evaluation {
      for (const { id } of cases) truthOf(id)
      const noise = createSeededRandom(seed)
      const mood = judge.mood * noise.normal()
      const broken = Math.round((change.broken ?? 0) * cases.length)
      const rows = cases.map((one, at) =>
        toRow(one, truthOf(one.id), { noise, judge, mood, change, isBroken: at < broken }),
      )
      return {
        ...{ runId, model: 'sim.rag.docs', version, judge: 'simulated', finishedAt: '2026-11-01T03:00:00.000Z' },
        set: { name: 'simulated questions', digest: `d${cases.length}`, size: cases.length },
        ...{ metrics: {}, rows },
      }
    },
  }
}

interface Noise {
  noise: SeededRandom
  judge: SimulatedJudge
  mood: number
  change: NightChange
  isBroken: boolean
}

function toRow(one: EvalCase, truth: Truth, { noise, judge, mood, change, isBroken }: Noise): CaseResult {
  const loss = change.everywhere ?? 0
  // Judges of five grades: what they mean falls on the nearest quarter.
  const grade = (value: number): Score => {
    const meant = clamp(value + mood + judge.grade * noise.normal())
    return { kind: 'score', value: Math.round(meant * 4) / 4 }
  }
  const isFlipped = noise.next() < judge.flip
  const scores: Partial<Record<MetricName, Score>> = {
    faithfulness: grade(isBroken ? 0.4 : truth.faithfulness - loss),
    correctness: grade(isBroken ? 0.1 : truth.correctness - loss),
    answer_relevance: grade(truth.answer_relevance),
    refusal_correctness: { kind: 'score', value: truth.refusal_correctness !== isFlipped ? 1 : 0 },
  }
  const text = isBroken ? 'The documentation does not say.' : `Part of ${one.question}`
  return {
    case: one,
    answer: {
      text,
      refused: false,
      cited: [],
      passages: [],
      latencyMs: 900,
      inputTokens: 700,
      outputTokens: 90,
      costUsd: 0.001,
    },
    error: null,
    scores,
    traceId: `tr-${one.id}`,
  }
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
