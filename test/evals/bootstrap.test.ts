import { describe, expect, it } from 'vitest'
import { estimateDelta, estimateMean } from '../../src/evals/bootstrap.ts'

/** Zeros and ones, so that the resampled sum is binomial and its quantiles are known. */
const ones = (yes: number, n: number) => Array.from({ length: n }, (_, at) => (at < yes ? 1 : 0))

describe('the bootstrap', () => {
  it.each([
    // Quantiles of the binomial: the smallest k whose cumulative probability reaches 2.5% and 97.5%.
    [1, 2, 0, 1],
    [5, 10, 0.2, 0.8],
    [10, 20, 0.3, 0.7],
    [27, 30, 0.7667, 1],
  ])('gives the quantiles of the binomial for %i of %i', (yes, n, low, high) => {
    const estimate = estimateMean(ones(yes, n))
    expect(estimate).toMatchObject({ mean: yes / n, n })
    expect(estimate.low).toBeCloseTo(low, 3)
    expect(estimate.high).toBeCloseTo(high, 3)
  })

  it('lies where the normal approximation lies for many values', () => {
    const values = Array.from({ length: 400 }, (_, at) => Math.sin(at * 12.9898) * 10)
    const mean = values.reduce((sum, value) => sum + value, 0) / 400
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400)
    const { low, high } = estimateMean(values)
    const half = (1.96 * deviation) / 20
    expect(Math.abs(low - (mean - half))).toBeLessThan(half * 0.05)
    expect(Math.abs(high - (mean + half))).toBeLessThan(half * 0.05)
  })

  it('is the same for the same seed, and another for another', () => {
    const values = Array.from({ length: 30 }, (_, at) => (at * 7919) % 31)
    expect(estimateMean(values, { seed: 4 })).toEqual(estimateMean(values, { seed: 4 }))
    expect(estimateMean(values, { seed: 4 })).not.toEqual(estimateMean(values, { seed: 5 }))
  })

  it('has no width for one value or equal ones, without rounding', () => {
    expect(estimateMean([0.3])).toEqual({ mean: 0.3, low: 0.3, high: 0.3, n: 1 })
    expect(estimateMean(Array.from({ length: 60 }, () => 0.1))).toEqual({ mean: 0.1, low: 0.1, high: 0.1, n: 60 })
  })

  it('does not know the mean of nothing, nor pairs of unequal lists', () => {
    expect(() => estimateMean([])).toThrow(RangeError)
    expect(() => estimateDelta([1, 2], [1])).toThrow(RangeError)
  })

  it('sees a paired difference that the two means alone would hide', () => {
    const champion = Array.from({ length: 40 }, (_, at) => (at % 10) / 10)
    const candidate = champion.map((value, at) => value + (at % 4 === 0 ? 0.1 : 0.05))
    const delta = estimateDelta(candidate, champion)
    expect(delta.low).toBeGreaterThan(0)
    expect(estimateMean(candidate).low).toBeLessThan(estimateMean(champion).high)
  })

  it('takes less than a second for ten metrics of sixty rows on both sides and their difference', () => {
    const values = Array.from({ length: 60 }, (_, at) => (at * 37) % 11)
    const started = performance.now()
    for (let at = 0; at < 30; at++) estimateMean(values, { seed: at })
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
