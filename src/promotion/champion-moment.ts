// Reads the time that somebody asks about, as people write it.

/** `shown` says how the text was read. */
export type Moment = { kind: 'moment'; at: string; shown: string } | { kind: 'invalid'; why: string }

const HOW =
  'Write a date such as 2026-11-01 (then the state at the end of that day, UTC, counts), or a time such as 2026-11-01T10:00Z.'
const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * A date alone means the END of that day, UTC; the running day counts up to now. A time without a zone is UTC.
 * `now`: milliseconds since 1970.
 */
export function readMoment(text: string, now: number): Moment {
  const asked = text.trim()
  const invalid = (why: string): Moment => ({ kind: 'invalid', why: `${why} ${HOW}` })
  const match = PATTERN.exec(asked)
  if (!match) return invalid(`"${asked.slice(0, 60)}" is no date.`)
  const [, year = '', month = '', day = '', hour, minute = '00', second = '00', fraction = '0', zone = 'Z'] = match
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  // Date.parse takes 30 February for 2 March.
  const real = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(`${year}-${month}-${day}`)
  if (!real) return invalid(`There is no ${asked.slice(0, 10)} in the calendar.`)
  if (midnight > now) return invalid(`${asked} lies in the future; the record tells only what was.`)
  if (hour === undefined) {
    const end = Math.min(midnight + 86_399_999, now)
    const shown = end === now ? `on ${asked} up to now (UTC)` : `at the end of ${asked} (UTC)`
    return { kind: 'moment', at: new Date(end).toISOString(), shown }
  }
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}${offset}`)
  if (Number.isNaN(time)) return invalid(`"${asked}" holds no time of day.`)
  if (time > now) return invalid(`${asked} lies in the future; the record tells only what was.`)
  const at = new Date(time).toISOString()
  return { kind: 'moment', at, shown: `at ${at.slice(0, second === '00' ? 16 : 19).replace('T', ' ')} UTC` }
}
