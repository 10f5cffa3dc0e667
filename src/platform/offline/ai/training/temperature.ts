// The factor on the logits under which held-out rows are least surprising (temperature scaling: Guo et al. 2017).
import { setImmediate } from 'node:timers/promises'
import { softmax, type Vector } from '../classify/vectors.ts'

const LOWEST = 0.1
const HIGHEST = 5
const ROUNDS = 30
/** Held-out rows that the search looks at. */
const LOOKED_AT = 1000
/** Held-out rows from which they say something about how sure to be. */
const ENOUGH = 10
const GOLDEN = (Math.sqrt(5) - 1) / 2

/** Mean surprise in nats, of rows whose label is known; null without such rows. */
export function surprise(logits: readonly Vector[], labels: readonly number[], scale = 1): number | null {
  let sum = 0
  let count = 0
  for (const [i, row] of logits.entries()) {
    const label = labels[i] ?? -1
    if (label < 0) continue
    sum -= Math.log(Math.max(1e-12, softmax(row, scale)[label] ?? 0))
    count++
  }
  return count === 0 ? null : sum / count
}

/** By golden-section search: the surprise has one lowest point. 1 where too few rows are held out. Looks at rows evenly spread. */
export async function findScale(
  all: readonly Vector[],
  known: readonly number[],
  signal?: AbortSignal,
): Promise<number> {
  if (known.filter((label) => label >= 0).length < ENOUGH) return 1
  const step = Math.max(1, Math.ceil(all.length / LOOKED_AT))
  const logits = all.filter((_, i) => i % step === 0)
  const labels = known.filter((_, i) => i % step === 0)
  const at = (power: number): number => surprise(logits, labels, Math.exp(power)) ?? 0
  let [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)]
  for (let round = 0; round < ROUNDS; round++) {
    const left = high - GOLDEN * (high - low)
    const right = low + GOLDEN * (high - low)
    if (at(left) <= at(right)) high = right
    else low = left
    await setImmediate()
    signal?.throwIfAborted()
  }
  return Math.round(Math.exp((low + high) / 2) * 1e4) / 1e4
}
