// The numbers behind an alarm, held to tables and to cases that can be counted by hand.
import { describe, expect, it } from 'vitest'
import type { Measured, NightRow } from '../../../src/reports/nightly/night.ts'
import { measureMove, shareRows } from '../../../src/reports/nightly/paired.ts'
import { normalQuantile, studentQuantile } from '../../../src/reports/nightly/student.ts'

function toMeasured(values: readonly (number | null)[]): Measured {
  const rows = values.map(
    (value, at): NightRow => ({
      ...{ id: `q${at}`, digest: 'd', error: null, traceId: null },
      scores: { correctness: value },
    }),
  )
  const set = { name: 's', digest: 'd', size: rows.length }
  return { runId: 'r', version: '1', set, judge: 'j', judgeDigest: null, rows, costUsd: 0, durationMs: 1 }
}

describe('quantiles', () => {
  it.each([
    [0.975, 1.959964],
    [0.01, -2.326348],
    [0.5, 0],
    [0.999, 3.090232],
  ])('of the normal distribution at %d', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 5)
  })

  it.each([
    [0.975, 59, 2.001],
    [0.975, 10, 2.2281],
    [0.05, 20, -1.7247],
    [0.99, 30, 2.4573],
  ])('of Student at %d with %i degrees, as tables have them', (p, degrees, expected) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 3)
  })
})

describe('a move', () => {
  it('is the mean of paired differences on the scale of the key, over what was scored on both sides', () => {
    const tonight = toMeasured([0.5, 0.75, null, 1])
    const before = [toMeasured([0.75, 0.75, 1, null]), toMeasured([0.25, 1, 1, null])]
    const move = measureMove('correctness', shareRows(tonight, before))
    // q0: 3 against the mean of 4 and 2; q1: 4 against the mean of 4 and 5.
    expect(move).toMatchObject({ n: 2, tonight: 3.5, baseline: 3.75, mean: -0.25 })
  })

  it('is known less surely where nights differ as a whole', () => {
    const values = Array.from({ length: 40 }, (_, at) => 0.6 + (at % 5) / 20)
    const night = (shift: number) => toMeasured(values.map((value) => value + shift))
    const steady = measureMove('correctness', shareRows(night(0), [night(0), night(0), night(0), night(0)]))
    const moody = measureMove(
      'correctness',
      shareRows(night(0), [night(0.05), night(-0.05), night(0.04), night(-0.04)]),
    )
    expect(moody?.error).toBeGreaterThan(3 * (steady?.error ?? 1))
  })

  it('leaves out a question that was changed', () => {
    const changed = toMeasured([0.1, 0.5])
    const rows = changed.rows.map((row, at) => (at === 0 ? { ...row, digest: 'new' } : row))
    expect(shareRows({ ...changed, rows }, [toMeasured([0.9, 0.5])])).toHaveLength(1)
  })
})
