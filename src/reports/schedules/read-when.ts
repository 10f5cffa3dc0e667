// Reads when something runs, as people write it: `at 07:00 Europe/Berlin`, `weekdays at 7:30`, `cron 0 7 * * 1-5 Europe/Berlin`.
import { findZone } from './find-zone.ts'
import { nextAt, type When } from './slots.ts'

export const UTC = 'UTC'
/** How to write it, for every sentence that says what is wrong. */
export const WHEN_USAGE =
  'Write `at 07:00 Europe/Berlin`, `weekdays at 07:00 Europe/Berlin` or `cron 0 7 * * 1-5 Europe/Berlin`; without a time zone it is UTC.'

const DAYS: Readonly<Record<string, { cron: string; words: string }>> = {
  daily: { cron: '*', words: 'every day' },
  weekdays: { cron: '1-5', words: 'Monday to Friday' },
  weekends: { cron: '0,6', words: 'Saturday and Sunday' },
}
const AT = /^(?:(?:every )?(day|daily|weekdays?|weekends?) )?(?:at )?(\S+)(?: (.+))?$/i
const TIME = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/i
const CRON_FIELDS = 5
/** Slots that are looked at to tell how often a pattern runs. */
const SAMPLE = 60
const LEAST_GAP_MS = 15 * 60_000

/** What to run and when; a string is the sentence that says what is wrong and how to write it. `zone`: where none is written. */
export function readWhen(
  text: string,
  { zone = UTC, now = Date.now() }: { zone?: string; now?: number } = {},
): When | string {
  const plain = text
    .trim()
    .replace(/^[`'"]+|[`'"]+$/g, '')
    .replace(/\s+/g, ' ')
  if (plain === '') return `There is no time. ${WHEN_USAGE}`
  const cron = /^cron(?: (.*))?$/i.exec(plain)
  const read = cron ? readCron(cron[1] ?? '', zone) : readAt(plain, zone)
  return typeof read === 'string' ? `${read} ${WHEN_USAGE}` : check(read, now)
}

function readAt(text: string, fallback: string): When | string {
  const [, every = 'daily', clock = '', zoneText] = AT.exec(text) ?? []
  const time = readTime(clock)
  if (time === null) return `“${shorten(clock)}” is no time of a day from 00:00 to 23:59.`
  const zone = zoneText === undefined ? fallback : findZone(zoneText)
  if (zone === null || typeof zone !== 'string') return tellZone(zoneText ?? '', zone)
  const word = every.toLowerCase()
  const days =
    (word.startsWith('weekd') ? DAYS.weekdays : word.startsWith('weeke') ? DAYS.weekends : DAYS.daily) ?? null
  if (days === null) return 'These days are not known.'
  const { hour, minute } = time
  const shown = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  return { cron: `${minute} ${hour} * * ${days.cron}`, zone, words: `${days.words} at ${shown} ${zone}` }
}

function readTime(text: string): { hour: number; minute: number } | null {
  const [, h = '', m = '', half = ''] = TIME.exec(text) ?? []
  // A bare number may mean anything; `7am` and `7:00` mean one time.
  if (h === '' || (m === '' && half === '')) return null
  const [hour, minute] = [Number(h), Number(m || 0)]
  if (minute > 59 || hour > 23) return null
  if (half === '') return { hour, minute }
  if (hour < 1 || hour > 12) return null
  return { hour: (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0), minute }
}

function readCron(text: string, fallback: string): When | string {
  const words = text.split(' ').filter((word) => word !== '')
  const fields = words.slice(0, CRON_FIELDS)
  if (fields.length < CRON_FIELDS) return 'A cron pattern has five fields: minute, hour, day, month, weekday.'
  const zoneText = words.slice(CRON_FIELDS).join(' ')
  const zone = zoneText === '' ? fallback : findZone(zoneText)
  if (zone === null || typeof zone !== 'string') return tellZone(zoneText, zone)
  const cron = fields.join(' ')
  return { cron, zone, words: `by cron ${cron} ${zone}` }
}

/** What never comes, and what comes more often than an evaluation takes, is no schedule. */
function check(when: When, now: number): When | string {
  try {
    let slot = nextAt(when, now)
    if (slot === null) return `“${when.cron}” names a day that never comes. ${WHEN_USAGE}`
    for (let count = 0; count < SAMPLE; count++) {
      const next = nextAt(when, slot)
      if (next === null) break
      if (next - slot < LEAST_GAP_MS) return `“${when.cron}” would run more often than every 15 minutes. ${WHEN_USAGE}`
      slot = next
    }
    return when
  } catch {
    // The library's own words speak of its classes; the text of the person says more.
    return `“${shorten(when.cron)}” is no cron pattern: minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7. ${WHEN_USAGE}`
  }
}

function tellZone(text: string, near: { near: readonly string[] } | null): string {
  const hint = near && near.near.length > 0 ? ` Do you mean ${near.near.join(' or ')}?` : ''
  return `“${shorten(text)}” is no time zone.${hint}`
}

function shorten(text: string): string {
  return text.replace(/[^\p{L}\p{N}:+/_.,* -]/gu, '').slice(0, 60)
}
