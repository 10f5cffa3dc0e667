// Ten nights in a row through the nightly report, and through the naive rule that it is held against.
import { silentLog } from '../../src/core/log.ts'
import { estimateMetric } from '../../src/evals/estimate-metric.ts'
import type { EvalCase, Evaluation } from '../../src/evals/evaluation.ts'
import { METRIC_NAMES, METRICS, toScale } from '../../src/evals/metrics.ts'
import type { Night, NightGate, NightParts } from '../../src/reports/nightly/night.ts'
import { toNightId } from '../../src/reports/nightly/night.ts'
import { runNight } from '../../src/reports/nightly/run-night.ts'
import type { Ledger } from '../../src/store/port-ledgers.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { type NightChange, type SimulatedJudge, simulateCases, simulateVersion } from './simulated-nights.ts'

export const STORY_MODEL = 'sim.rag.docs'
export const STORY_GATE: NightGate = {
  metrics: {
    'faithfulness/v1/mean': { floor: 3.5, maxDrop: 0.25 },
    'answer_relevance/v1/mean': { maxDrop: 0.25 },
    'correctness/v1/mean': { floor: 3, maxDrop: 0.25 },
    'refusal_correctness/v1/mean': { floor: 0.8, maxDrop: 0.1 },
  },
}

export interface Story {
  seed: number
  judge: SimulatedJudge
  /** Questions of the set on a night, 1 being the first. */
  questions(night: number): number
  change(night: number): NightChange
  version?(night: number): string
  nights: number
}

export interface StoryResult {
  /** In order. */
  nights: Night[]
  evaluations: number
  /** Nights on which the naive rule alarms, 1 being the first. */
  naive: number[]
}

export async function tellStory(story: Story): Promise<StoryResult> {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  try {
    return await tellWith(store.ledger('nights'), story)
  } finally {
    await store.close()
  }
}

async function tellWith(ledger: Ledger, story: Story): Promise<StoryResult> {
  const version = simulateVersion(story.seed)
  const nights: Night[] = []
  const firsts: Evaluation[] = []
  let evaluations = 0
  for (let night = 1; night <= story.nights; night++) {
    const date = new Date(Date.UTC(2026, 10, night)).toISOString().slice(0, 10)
    const cases: EvalCase[] = simulateCases(story.questions(night))
    const tonight: Evaluation[] = []
    const parts: NightParts = {
      ledger,
      gate: STORY_GATE,
      log: silentLog,
      champion: async () => story.version?.(night) ?? '3',
      async evaluate(name, { apart }) {
        evaluations += 1
        const seed =
          story.seed * 1_000_003 + night * 101 + (apart.endsWith(':again') ? 1 : apart.endsWith(':third') ? 2 : 0)
        const { judge } = story
        const made = version.evaluate(cases, name, { seed, judge, change: story.change(night), runId: `${apart}-run` })
        tonight.push(made)
        return made
      },
    }
    const asked = {
      ...{ id: toNightId(STORY_MODEL, date), model: STORY_MODEL, date, zone: 'UTC', at: `${date}T03:00:00.000Z` },
      ...{ candidates: [], signal: new AbortController().signal, onProgress: async () => {} },
    }
    nights.push(await runNight(parts, asked))
    firsts.push(...tonight.slice(0, 1))
  }
  return { nights, evaluations, naive: naiveAlarms(firsts) }
}

/**
 * The rule that first comes to mind: alarm when the mean of a gated metric lies more than the gate's drop below that of last night,
 * or below last night's interval. One measurement, no memory beyond one night.
 */
function naiveAlarms(firsts: readonly Evaluation[]): number[] {
  return firsts.flatMap((evaluation, at) => {
    const last = firsts[at - 1]
    if (!last) return []
    const isBad = Object.entries(STORY_GATE.metrics).some(([key, { maxDrop = 0 }]) => {
      const metric = METRIC_NAMES.find((name) => METRICS[name].key === key)
      if (!metric) return false
      const values = ({ rows }: Evaluation) =>
        rows.flatMap(({ scores }) => {
          const score = scores[metric]
          return score?.kind === 'score' ? [toScale(metric, score.value)] : []
        })
      const before = estimateMetric(metric, values(last), { resamples: 500 })
      const mean = meanOf(values(evaluation))
      return mean < before.low || before.mean - mean > maxDrop
    })
    return isBad ? [at + 1] : []
  })
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length
}
