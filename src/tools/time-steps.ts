// Days of a chart without gaps: every day of a period, or weeks, months and years where that is too many to read.

export type TimeUnit = 'day' | 'week' | 'month' | 'year'

export interface TimeSteps {
  unit: TimeUnit
  /** In order and without gaps: ISO days, of a week its Monday; `2026-11`; `2026`. */
  labels: string[]
  /** The label that a day, as ISO date, belongs to. */
  labelOf(day: string): string
}

const DAY_MS = 86_400_000
/** Points that a line holds legibly, and that keep a card small. */
const MOST_POINTS = 31
const WEEK = 7
const MONTH = 30
const MOST_MONTHS = 36

/** `from` is in, `until` is out. ISO dates. */
export function toTimeSteps(from: string, until: string): TimeSteps {
  const first = Date.parse(from)
  const days = Math.max(1, Math.round((Date.parse(until) - first) / DAY_MS))
  const unit = unitOf(days)
  const labelOf = (day: string) => toLabel(day, unit)
  const all = Array.from({ length: days }, (_, n) => labelOf(toIso(first + n * DAY_MS)))
  return { unit, labels: [...new Set(all)], labelOf }
}

function unitOf(days: number): TimeUnit {
  if (days <= MOST_POINTS) return 'day'
  if (days <= MOST_POINTS * WEEK) return 'week'
  return days <= MOST_MONTHS * MONTH ? 'month' : 'year'
}

function toLabel(day: string, unit: TimeUnit): string {
  if (unit === 'day') return day
  if (unit === 'month') return day.slice(0, 7)
  if (unit === 'year') return day.slice(0, 4)
  // Weeks begin on Monday (ISO 8601).
  const ms = Date.parse(day)
  return toIso(ms - ((new Date(ms).getUTCDay() + 6) % 7) * DAY_MS)
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The day after, as ISO date. */
export function nextDay(day: string): string {
  return toIso(Date.parse(day) + DAY_MS)
}
