// Periods as people write them.
import { describe, expect, it } from 'vitest'
import { readPeriod } from '../../src/tickets/period.ts'

/** A Sunday. */
const NOW = Date.parse('2026-11-22T23:59:59.999Z')

describe('a period', () => {
  it.each([
    ['yesterday', '2026-11-21', '2026-11-22'],
    [' Yesterday? ', '2026-11-21', '2026-11-22'],
    ['today', '2026-11-22', '2026-11-23'],
    ['this week', '2026-11-16', '2026-11-23'],
    ['last week', '2026-11-09', '2026-11-16'],
    ['last 7 days', '2026-11-16', '2026-11-23'],
    ['the past two weeks', '2026-11-09', '2026-11-23'],
    ['this month', '2026-11-01', '2026-11-23'],
    ['last month', '2026-10-01', '2026-11-01'],
    ['2026-11', '2026-11-01', '2026-12-01'],
    ['2024-02', '2024-02-01', '2024-03-01'],
    ['2026-11-20', '2026-11-20', '2026-11-21'],
    ['on 2026-11-20', '2026-11-20', '2026-11-21'],
    ['2026-11-01..2026-11-15', '2026-11-01', '2026-11-16'],
    ['2026-11-01 to 2026-11-15', '2026-11-01', '2026-11-16'],
    ['between 2026-11-01 and 2026-11-15', '2026-11-01', '2026-11-16'],
  ])('%s is %s until %s', (words, from, until) => {
    expect(readPeriod(words, NOW)).toMatchObject({ from, until })
  })

  it.each([
    ['', 'cannot read'],
    ['soon', 'Write `yesterday`'],
    ['2026-02-30', 'no such day'],
    ['2026-11-15..2026-11-01', 'ends before it begins'],
    ['1900-01-01..2026-01-01', 'longer than ten years'],
    ['last 99999 days', 'cannot read'],
    ["'; DROP TABLE raw_support_tickets; --", 'cannot read'],
  ])('%s is told to be none', (words, why) => {
    expect(readPeriod(words, NOW)).toEqual(expect.stringContaining(why))
  })
})
