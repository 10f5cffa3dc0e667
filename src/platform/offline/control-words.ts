// Reads versions, days and reasons out of what somebody says about versions, as tools take them.

/** `v3` as a word of its own: never a part of a path, of `v3.1`, or of a name. */
const VERSION = /(?<![\w./-])v\d{1,6}(?![\w-]|\.\d)/g
const SPELLED =
  /(?<![\w./-])(?:(?:candidate|model|chain|bot|release) )?(?:version|ver\.?|candidate) ?v?(\d{1,6})(?![\w-]|\.\d)/g

/** Things of the documented product that have versions too: `API v3`, `v2 webhooks`. */
const THING =
  'apis?|rest|graphql|webhooks?|sdks?|endpoints?|clients?|librar(?:y|ies)|apps?|agents?|plug-?ins?|extensions?|add-?ons?|connectors?|integrations?|formats?|schemas?|protocols?|signatures?|headers?|payloads?|events?|keys?|tokens?|urls?|drivers?|firmware|browsers?|os|ios|android|windows|macos|linux|node|python|java|php|tls|ip|oauth|saml|scim|docs|documentation|portal|editor|users?|customers?|accounts?|orders?|invoices?|plans?|parcels?|labels?|files?'
const FOREIGN = new RegExp(
  `(?<![\\w-])(?:${THING})(?:'s|,)? (?:(?:in|on|of|with|for|from|to) )?(?:the )?v\\d|(?<![\\w./-])v\\d+(?:'s)? (?:of (?:the |our |your )?)?(?:${THING})(?![\\w-])`,
)

/** Where one of these stands anywhere, a version is most likely its own. */
const STRONG = /(?<![\w-])(?:apis?|sdks?|webhooks?|graphql|headers?|signatures?|payloads?)(?![\w-])/

/** Small letters, plain quotes, and every version that was spelled out as `v3`. */
export function toPlainWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/\s+/g, ' ')
    .replace(SPELLED, 'v$1')
    .replace(/\b(?:the )?(?:candidate|model|chain|bot) (?=v\d)/g, '')
    .trim()
}

/** Versions in order, each once. Takes plain words. */
export function versionsIn(text: string): string[] {
  return [...new Set(text.match(VERSION) ?? [])]
}

/** True where a version is one of the documented product. Takes plain words. */
export function namesForeignVersion(text: string): boolean {
  return FOREIGN.test(text) || (STRONG.test(text) && versionsIn(text).length > 0)
}

const DAY_MS = 86_400_000
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH = `(${MONTHS.join('|')})[a-z]*\\.?`
const DAY_FIRST = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH}(?:,? (\\d{4}))?\\b`)
const MONTH_FIRST = new RegExp(`\\b${MONTH} (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?\\b`)
/** Times that name no day: they are handed on as they are, and the tool says how to write one. */
const VAGUE =
  /\b(?:(?:last|this|the other) (?:week|month|year|quarter|morning)|earlier|recently|back then|in the past)\b/

const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** Without a year: the last such day that is not in the future. */
function toCalendarDay(day: string, month: string, year: string | undefined, now: number): string {
  const at = String(MONTHS.indexOf(month.slice(0, 3)) + 1).padStart(2, '0')
  const rest = `-${at}-${day.padStart(2, '0')}`
  if (year !== undefined) return `${year}${rest}`
  const thisYear = Number(toDay(now).slice(0, 4))
  return `${thisYear}${rest}` <= toDay(now) ? `${thisYear}${rest}` : `${thisYear - 1}${rest}`
}

/**
 * The day or time that is asked about, such as `2026-11-01`, all in UTC; undefined where there is none. A time that names no
 * day comes back in its words, so that nobody takes the state of now for an answer. `now`: milliseconds since 1970.
 */
export function readDay(text: string, now: number): string | undefined {
  const iso = /\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?(?: ?z|[+-]\d{2}:?\d{2})?)?/.exec(text)?.[0]
  if (iso !== undefined) return iso.toUpperCase().replace(/ Z$/, 'Z')
  const [, day, month = '', year] = DAY_FIRST.exec(text) ?? []
  if (day !== undefined) return toCalendarDay(day, month, year, now)
  const [, name, date = '', of] = MONTH_FIRST.exec(text) ?? []
  if (name !== undefined) return toCalendarDay(date, name, of, now)
  if (/\byesterday\b|\blast night\b/.test(text)) return toDay(now - DAY_MS)
  const [, count, unit] = /\b(\d{1,3}|a|one|two|three) (day|week)s? ago\b/.exec(text) ?? []
  if (count !== undefined) {
    const days = { a: 1, one: 1, two: 2, three: 3 }[count] ?? Number(count)
    return toDay(now - days * (unit === 'week' ? 7 : 1) * DAY_MS)
  }
  const weekday = WEEKDAYS.findIndex((each) => new RegExp(`\\b(?:on|last) ${each}\\b`).test(text))
  if (weekday >= 0) return toDay(now - (((new Date(now).getUTCDay() - weekday + 6) % 7) + 1) * DAY_MS)
  return VAGUE.exec(text)?.[0]
}

/** The reason in quotes behind `force`, exactly as it was written; nothing else is a reason. */
export function readForce(text: string): string | undefined {
  return /\bforc(?:e|ed|ing)\b[^"“”]*["“„]([^"“”]+)["“”]/i.exec(text)?.[1]?.trim() || undefined
}
