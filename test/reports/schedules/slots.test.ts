// When schedules run: times as people write them, and the nights on which clocks are changed.
import { describe, expect, it } from 'vitest'
import { readWhen } from '../../../src/reports/schedules/read-when.ts'
import { missedAt, nextAt, type When } from '../../../src/reports/schedules/slots.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const read = (text: string): When => {
  const when = readWhen(text, { now: NOW })
  if (typeof when === 'string') throw new Error(when)
  return when
}
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

/** Every slot in the period, found as a clock finds them: by looking every few minutes for what was missed. */
function walk(when: When, from: string, until: string): string[] {
  const slots: string[] = []
  let since = Date.parse(from)
  for (let now = since; now < Date.parse(until); now += 7 * 60_000) {
    const slot = missedAt(when, since, now)
    if (slot === null) continue
    slots.push(new Date(slot).toISOString())
    since = slot
  }
  return slots
}

describe('readWhen', () => {
  it.each([
    ['at 07:00 Europe/Berlin', '0 7 * * *', 'Europe/Berlin', 'every day at 07:00 Europe/Berlin'],
    ['at 7:30', '30 7 * * *', 'UTC', 'every day at 07:30 UTC'],
    ['7pm america/new_york', '0 19 * * *', 'America/New_York', 'every day at 19:00 America/New_York'],
    ['at 12am', '0 0 * * *', 'UTC', 'every day at 00:00 UTC'],
    ['weekdays at 07:00 Europe/Berlin', '0 7 * * 1-5', 'Europe/Berlin', 'Monday to Friday at 07:00 Europe/Berlin'],
    ['every day at 05:45 Asia/Kathmandu', '45 5 * * *', 'Asia/Kathmandu', 'every day at 05:45 Asia/Kathmandu'],
    ['cron 0 7 * * 1-5 Europe/Berlin', '0 7 * * 1-5', 'Europe/Berlin', 'by cron 0 7 * * 1-5 Europe/Berlin'],
    ['`cron 0 7 * * 1`', '0 7 * * 1', 'UTC', 'by cron 0 7 * * 1 UTC'],
  ])('reads %s', (text, cron, zone, words) => {
    expect(read(text)).toEqual({ cron, zone, words })
  })

  it.each([
    ['', /no time/],
    ['at 25:00', /“25:00” is no time of a day/],
    ['at 7', /“7” is no time of a day/],
    ['at 13pm', /no time of a day/],
    ['at 07:00 Berlin', /no time zone\. Do you mean Europe\/Berlin\?/],
    ['at 07:00 Mars/Olympus', /“Mars\/Olympus” is no time zone/],
    ['at 07:00 +02:00', /no time zone/],
    ['cron 0 7 * *', /five fields/],
    ['cron 61 7 * * *', /no cron pattern/],
    ['cron * * * * *', /more often than every 15 minutes/],
    ['cron 0 7 30 2 *', /never comes/],
    ['cron 0 7 * * * * Europe/Berlin', /no time zone/],
    ['tomorrow', /no time of a day/],
  ])('says what is wrong with “%s” and how to write it', (text, why) => {
    const said = readWhen(text, { now: NOW })
    expect(said).toMatch(why)
    expect(said).toContain('Write `at 07:00 Europe/Berlin`')
  })
})

describe('nights on which clocks are changed', () => {
  it.each([
    // The hour from two to three does not exist: once, at the first moment after it.
    [
      'Europe/Berlin',
      '02:30',
      '2026-03-28T12:00:00Z',
      '2026-03-30T12:00:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    // The hour from two to three comes twice: once, the first time.
    [
      'Europe/Berlin',
      '02:30',
      '2026-10-24T12:00:00Z',
      '2026-10-26T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'America/New_York',
      '02:30',
      '2026-03-07T12:00:00Z',
      '2026-03-09T12:00:00Z',
      ['2026-03-08T07:00', '2026-03-09T06:30'],
    ],
    [
      'America/New_York',
      '01:30',
      '2026-10-31T12:00:00Z',
      '2026-11-02T12:00:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    // No summer time, and three quarters of an hour.
    [
      'Asia/Kathmandu',
      '02:30',
      '2026-03-28T12:00:00Z',
      '2026-03-30T12:00:00Z',
      ['2026-03-28T20:45', '2026-03-29T20:45'],
    ],
    // The southern half, and clocks that change at three and four.
    ['Pacific/Apia', '03:30', '2020-09-25T15:00:00Z', '2020-09-27T15:00:00Z', ['2020-09-26T14:00', '2020-09-27T13:30']],
    ['Pacific/Apia', '03:30', '2021-04-02T15:00:00Z', '2021-04-04T15:00:00Z', ['2021-04-03T13:30', '2021-04-04T14:30']],
    // 30 December 2011 did not exist there at all, so it has no slot.
    ['Pacific/Apia', '07:00', '2011-12-28T20:00:00Z', '2011-12-31T00:00:00Z', ['2011-12-29T17:00', '2011-12-30T17:00']],
  ])('%s at %s from %s: each day once', (zone, time, from, until, slots) => {
    expect(walk(read(`at ${time} ${zone}`), from, until)).toEqual(slots.map((slot) => `${slot}:00.000Z`))
  })

  it('finds the same slots from whichever moment it looks', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Pacific/Apia']) {
      const when = read(`at 02:30 ${zone}`)
      for (const day of ['2026-03-07', '2026-03-28', '2026-10-24', '2026-10-31']) {
        const start = Date.parse(`${day}T00:00:00Z`)
        const all = new Set(walk(when, new Date(start).toISOString(), new Date(start + 4 * 86_400_000).toISOString()))
        for (let at = start; at < start + 3 * 86_400_000; at += 11 * 60_000)
          expect(all).toContain(iso(nextAt(when, at)))
      }
    }
  })
})

describe('missedAt', () => {
  const when = read('at 07:00 Europe/Berlin')
  const at = (text: string) => Date.parse(text)

  it('gives the newest of several that were missed, once', () => {
    const slot = missedAt(when, at('2026-11-10T12:00:00Z'), at('2026-11-23T12:00:00Z'))
    expect(iso(slot)).toBe('2026-11-23T06:00:00.000Z')
    expect(missedAt(when, slot ?? 0, at('2026-11-23T12:00:00Z'))).toBeNull()
  })

  it('gives none before the first one, and the slot at its very moment', () => {
    expect(missedAt(when, at('2026-11-23T06:00:00Z'), at('2026-11-24T05:59:59Z'))).toBeNull()
    expect(iso(missedAt(when, at('2026-11-23T06:00:00Z'), at('2026-11-24T06:00:00Z')))).toBe('2026-11-24T06:00:00.000Z')
  })

  it('looks back over years for what runs seldom', () => {
    const leap = read('cron 0 7 29 2 * UTC')
    expect(iso(missedAt(leap, at('2023-01-01T00:00:00Z'), at('2026-11-23T00:00:00Z')))).toBe('2024-02-29T07:00:00.000Z')
    expect(missedAt(leap, at('2024-03-01T00:00:00Z'), at('2026-11-23T00:00:00Z'))).toBeNull()
  })
})
