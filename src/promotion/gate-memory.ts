// Remembers what two evaluations came to: a plan is made at the ask, at every click and before the first write, from the same rows.
import { setImmediate } from 'node:timers/promises'
import { digestOf } from '../core/digest.ts'
import { compareEvaluations, whyNotComparable } from '../evals/compare.ts'
import type { Comparison } from '../evals/comparison.ts'
import type { Evaluation } from '../evals/evaluation.ts'
import { estimateForGate, type GateEstimates } from './gate-estimates.ts'

export interface Weighed {
  /** Null where there is nothing to compare with. */
  comparison: Comparison | null
  /** By policy key; null for a key that no metric has. */
  estimates: ReadonlyMap<string, GateEstimates | null>
}

export interface GateMemory {
  /** Some hundred milliseconds of drawing for new evaluations, in slices; next to nothing for known ones. */
  weigh(keys: readonly string[], candidate: Evaluation, champion: Evaluation | null): Promise<Weighed>
}

const MOST_REMEMBERED = 16

/** Evaluations are known by everything they hold, so a run that was changed is weighed anew. */
export function createGateMemory(): GateMemory {
  const known = new Map<string, Promise<Weighed>>()
  return {
    weigh(keys, candidate, champion) {
      const key = digestOf([keys, candidate, champion])
      const before = known.get(key)
      if (before) return before
      const fresh = weighAnew(keys, candidate, champion)
      known.set(key, fresh)
      // What failed is tried again.
      fresh.catch(() => known.delete(key))
      for (const oldest of known.keys()) {
        if (known.size <= MOST_REMEMBERED) break
        known.delete(oldest)
      }
      return fresh
    },
  }
}

async function weighAnew(
  keys: readonly string[],
  candidate: Evaluation,
  champion: Evaluation | null,
): Promise<Weighed> {
  const estimates = new Map<string, GateEstimates | null>()
  const other = champion && whyNotComparable(candidate, champion) === null ? champion : null
  for (const key of keys) {
    estimates.set(key, estimateForGate(key, candidate, other))
    // Other turns must not wait for all of it.
    await setImmediate()
  }
  return { comparison: other && compareEvaluations(candidate, other), estimates }
}
