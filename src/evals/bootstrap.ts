// Means with a percentile bootstrap interval, deterministic by a seed.
import { createSeeded } from '../core/seeded.ts'
import type { Estimate } from './comparison.ts'

export interface BootstrapOptions {
  /** Default 10,000. */
  resamples?: number
  /** Of the random draws: the same seed gives the same interval. Default 1. */
  seed?: number
}

const RESAMPLES = 10_000
const ALPHA = 0.025

/**
 * Mean of at least one value, with the percentile bootstrap interval at 95%: the values are drawn again with replacement, and the
 * 2.5% smallest and largest means are cut off. Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: the
 * floor((B + 1) * alpha)-th mean from either end. One value, or equal ones, give an interval without width. Throws RangeError
 * for no value.
 */
export function estimateMean(values: readonly number[], options: BootstrapOptions = {}): Estimate {
  const n = values.length
  const [first] = values
  if (first === undefined) throw new RangeError('the mean of no value is not known')
  if (values.every((value) => value === first)) return { mean: first, low: first, high: first, n }
  const { resamples = RESAMPLES, seed = 1 } = options
  const means = resampleMeans(Float64Array.from(values), resamples, seed)
  const cut = Math.max(1, Math.floor((resamples + 1) * ALPHA))
  return { mean: sum(values) / n, low: means[cut - 1] ?? first, high: means[resamples - cut] ?? first, n }
}

/** Candidate minus Champion, question by question; both lists are in the same order and equally long. */
export function estimateDelta(
  candidate: readonly number[],
  champion: readonly number[],
  options: BootstrapOptions = {},
): Estimate {
  if (candidate.length !== champion.length) throw new RangeError('paired lists are equally long')
  const deltas = candidate.map((value, at) => value - (champion[at] ?? value))
  return estimateMean(deltas, options)
}

/** Sorted. */
function resampleMeans(values: Float64Array, resamples: number, seed: number): Float64Array {
  const n = values.length
  const means = new Float64Array(resamples)
  const random = createSeeded(seed)
  for (let at = 0; at < resamples; at++) {
    let total = 0
    for (let draw = 0; draw < n; draw++) total += values[Math.floor(random.next() * n)] ?? 0
    means[at] = total / n
  }
  return means.sort()
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
