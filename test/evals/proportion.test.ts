// Intervals of shares against the figures of the papers they are from.
import { describe, expect, it } from 'vitest'
import { estimateMetric, estimateMetricDelta } from '../../src/evals/estimate-metric.ts'
import { estimateShare, estimateShareDelta } from '../../src/evals/proportion.ts'

const ones = (yes: number, n: number) => Array.from({ length: n }, (_, at) => (at < yes ? 1 : 0))

/** Pairs of a four-fold table: both, only the candidate, only Champion, neither. */
function pairs(both: number, own: number, theirs: number, neither: number): [number[], number[]] {
  const candidate = [...ones(both + own, both + own), ...ones(0, theirs + neither)]
  const champion = [...ones(both, both + own), ...ones(theirs, theirs + neither)]
  return [candidate, champion]
}

describe('a share', () => {
  it.each([
    // Newcombe, Two-sided confidence intervals for the single proportion (1998), method 3.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [0, 30, 0, 0.1135],
    [60, 60, 0.9398, 1],
  ])('%i of %i lies between what Wilson gives', (yes, n, low, high) => {
    const estimate = estimateShare(ones(yes, n))
    expect(estimate).toMatchObject({ mean: yes / n, n })
    expect(estimate.low).toBeCloseTo(low, 4)
    expect(estimate.high).toBeCloseTo(high, 4)
  })

  it('takes a value in between for a part of a yes, and none for an error', () => {
    expect(estimateShare([0.5, 0.5])).toEqual(estimateShare([0, 1]))
    expect(() => estimateShare([])).toThrow(RangeError)
  })
})

describe('a difference of paired shares', () => {
  it.each([
    // Newcombe, Improved confidence intervals for the difference between binomial proportions based on paired data (1998).
    [36, 12, 2, 0, 0.2, 0.0569, 0.3404],
    [20, 12, 2, 16, 0.2, 0.0562, 0.3292],
    [0, 0, 0, 60, 0, -0.0602, 0.0602],
  ])('of the table %i, %i, %i, %i', (both, own, theirs, neither, mean, low, high) => {
    const estimate = estimateShareDelta(...pairs(both, own, theirs, neither))
    expect(estimate.mean).toBeCloseTo(mean, 9)
    expect(estimate.low).toBeCloseTo(low, 4)
    expect(estimate.high).toBeCloseTo(high, 4)
  })

  it('is the opposite the other way round', () => {
    const [candidate, champion] = pairs(20, 12, 2, 16)
    const there = estimateShareDelta(candidate, champion)
    const back = estimateShareDelta(champion, candidate)
    expect([back.mean, back.low, back.high]).toEqual([-there.mean, -there.high, -there.low])
  })

  it('has a width for two versions that never differ, and the less the surer both shares are tied', () => {
    const { low, high } = estimateShareDelta(...pairs(30, 0, 0, 30))
    expect(high).toBeGreaterThan(0.01)
    expect(high).toBeLessThan(0.0602)
    expect(low).toBeCloseTo(-high, 9)
  })

  it('knows no pairs of unequal lists, nor of nothing', () => {
    expect(() => estimateShareDelta([1], [1, 0])).toThrow(RangeError)
    expect(() => estimateShareDelta([], [])).toThrow(RangeError)
  })
})

describe('the interval of a metric', () => {
  it('is that of a share for toxicity and refusals, and the bootstrap for grades', () => {
    const zeros = ones(0, 30)
    expect(estimateMetric('toxicity', zeros).high).toBeCloseTo(0.1135, 4)
    expect(estimateMetric('refusal_correctness', ones(30, 30)).low).toBeCloseTo(1 - 0.1135, 4)
    expect(estimateMetricDelta('toxicity', zeros, zeros)).toMatchObject({ mean: 0, low: expect.closeTo(-0.1135, 4) })
    expect(estimateMetric('faithfulness', ones(30, 30))).toEqual({ mean: 1, low: 1, high: 1, n: 30 })
  })
})
