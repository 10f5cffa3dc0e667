// Reads a period of days as people write it. Days are those of the database: UTC.
import type { Period } from './triage.ts'

const DAY_MS = 86_400_000
/** More than that is no look at yesterday's tickets any more: a typing mistake, or a wish for another report. */
const MOST_DAYS = 3660
const COUNTS: Readonly<Record<string, number>> = { a: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7 }
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/

const toIso = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Milliseconds of the day's beginning; null where there is no such day, such as 2026-02-30. */
function readIsoDay(text: string): number | null {
  if (!ISO_DAY.test(text)) return null
  const ms = Date.parse(`${text}T00:00:00.000Z`)
  return Number.isNaN(ms) || toIso(ms) !== text ? null : ms
}

function toPeriod(fromMs: number, untilMs: number, words = ''): Period {
  const [from, until, last] = [toIso(fromMs), toIso(untilMs), toIso(untilMs - DAY_MS)]
  const days = from === last ? from : `${from} to ${last}`
  return { from, until, words: words === '' ? days : `${words} (${days})` }
}

/** Where the month of that many months ago begins. */
function monthStart(now: number, ago: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - ago, 1)
}

/** Weeks begin on Monday (ISO 8601). */
function weekStart(today: number): number {
  return today - ((new Date(today).getUTCDay() + 6) % 7) * DAY_MS
}

function readNamed(words: string, now: number): Period | null {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const week = weekStart(today)
  switch (words) {
    case 'today':
      return toPeriod(today, today + DAY_MS, 'today')
    case 'yesterday':
    case 'last night':
      return toPeriod(today - DAY_MS, today, 'yesterday')
    case 'this week':
      return toPeriod(week, today + DAY_MS, 'this week')
    case 'last week':
      return toPeriod(week - 7 * DAY_MS, week, 'last week')
    case 'this month':
      return toPeriod(monthStart(now, 0), today + DAY_MS, 'this month')
    case 'last month':
      return toPeriod(monthStart(now, 1), monthStart(now, 0), 'last month')
    default:
      return null
  }
}

/** The last n days end with today, which is not over yet. */
function readLast(words: string, now: number): Period | null {
  const match = /^(?:the )?(?:last|past) (\d{1,4}|[a-z]+) (day|week)s?$/.exec(words)
  if (!match?.[1]) return null
  const count = COUNTS[match[1]] ?? Number(match[1])
  const days = match[2] === 'week' ? count * 7 : count
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) return null
  const tomorrow = (Math.floor(now / DAY_MS) + 1) * DAY_MS
  return toPeriod(tomorrow - days * DAY_MS, tomorrow, `the last ${days === 1 ? 'day' : `${days} days`}`)
}

function readMonth(words: string): Period | null {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(words)
  if (!match) return null
  const [year, month] = [Number(match[1]), Number(match[2])]
  return toPeriod(Date.UTC(year, month - 1, 1), Date.UTC(year, month, 1))
}

function readRange(words: string): Period | string | null {
  const match =
    /^(?:from |between )?(\d{4}-\d{2}-\d{2})(?: ?(?:\.\.+|…|–|to|until|till|and|-) ?(\d{4}-\d{2}-\d{2}))?$/.exec(words)
  if (!match?.[1]) return null
  const from = readIsoDay(match[1])
  const last = match[2] === undefined ? from : readIsoDay(match[2])
  if (from === null || last === null) return `There is no such day as in "${words}". ${HOW}`
  if (last < from) return `The period ${match[1]} to ${match[2]} ends before it begins: write the earlier day first.`
  if (last - from > MOST_DAYS * DAY_MS)
    return `The period ${match[1]} to ${match[2]} is longer than ten years: choose a shorter one.`
  return toPeriod(from, last + DAY_MS)
}

const HOW =
  'Write `yesterday`, `today`, `last week`, `last 7 days`, `this month`, `2026-11`, a day such as `2026-11-20`, or `2026-11-01..2026-11-15`. Days are UTC.'

/** A string is the sentence that says what cannot be read and how to write it. `now`: milliseconds since 1970. */
export function readPeriod(text: string, now: number): Period | string {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[.?!]+$/, '')
    .replace(/^(?:for|of|on|in) /, '')
  const found = readNamed(words, now) ?? readLast(words, now) ?? readMonth(words) ?? readRange(words)
  return found ?? `I cannot read "${text.trim().slice(0, 60)}" as a period. ${HOW}`
}
