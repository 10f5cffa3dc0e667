// Intervals of shares: how many of some answers were toxic, or right to refuse, also where none or all of them were.
import type { Estimate } from './comparison.ts'

/** Of the normal distribution, for two sides at 95%. */
const Z = 1.959963984540054

/**
 * Mean of at least one value from 0 to 1, with the score interval of Wilson at 95% (E. B. Wilson, Probable inference, the law of
 * succession, and statistical inference, JASA 22, 1927; recommended for few values by Brown, Cai, DasGupta, Interval estimation for
 * a binomial proportion, Statistical Science 16, 2001). It has a width where all values are equal: 0 of 30 is at most 0.114. A value
 * between 0 and 1 counts as that part of a yes, which is the widest spread it can have. Throws RangeError for no value.
 */
export function estimateShare(values: readonly number[]): Estimate {
  const n = values.length
  if (n === 0) throw new RangeError('the share of no value is not known')
  const mean = sum(values) / n
  const { low, high } = wilson(mean, n)
  return { mean, low, high, n }
}

/**
 * Candidate minus Champion over pairs of values from 0 to 1, with the interval of method 10 at 95% (R. G. Newcombe, Improved
 * confidence intervals for the difference between binomial proportions based on paired data, Statistics in Medicine 17, 1998):
 * Wilson's limits of both shares, put together by their correlation with its continuity correction. Two versions without one
 * difference on 60 questions may still differ by 0.06. Throws RangeError for no pair, and for lists of unequal length.
 */
export function estimateShareDelta(candidate: readonly number[], champion: readonly number[]): Estimate {
  const n = candidate.length
  if (n === 0) throw new RangeError('the difference of no pair is not known')
  if (n !== champion.length) throw new RangeError('paired lists are equally long')
  const [own, theirs] = [sum(candidate) / n, sum(champion) / n]
  const [ownLimits, theirLimits] = [wilson(own, n), wilson(theirs, n)]
  const phi = correlate(candidate, champion)
  const below = hypotenuse(own - ownLimits.low, theirLimits.high - theirs, phi)
  const above = hypotenuse(ownLimits.high - own, theirs - theirLimits.low, phi)
  const mean = own - theirs
  return { mean, low: Math.max(-1, mean - below), high: Math.min(1, mean + above), n }
}

function wilson(share: number, n: number): { low: number; high: number } {
  const part = Z ** 2 / n
  const middle = (share + part / 2) / (1 + part)
  const half = (Z * Math.sqrt((share * (1 - share)) / n + part / (4 * n))) / (1 + part)
  // At the ends of the scale the limit is the end itself, without rounding.
  return { low: share <= 0 ? 0 : Math.max(0, middle - half), high: share >= 1 ? 1 : Math.min(1, middle + half) }
}

/** Phi of the four-fold table, towards zero by the continuity correction; 0 where a margin is empty. */
function correlate(candidate: readonly number[], champion: readonly number[]): number {
  const n = candidate.length
  const both = sum(candidate.map((value, at) => value * (champion[at] ?? 0)))
  const [own, theirs] = [sum(candidate), sum(champion)]
  const margins = own * (n - own) * theirs * (n - theirs)
  if (margins <= 0) return 0
  const association = n * both - own * theirs
  const corrected = association > n / 2 ? association - n / 2 : Math.min(association, 0)
  return corrected / Math.sqrt(margins)
}

function hypotenuse(a: number, b: number, phi: number): number {
  return Math.sqrt(Math.max(0, a ** 2 - 2 * phi * a * b + b ** 2))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
