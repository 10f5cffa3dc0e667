// Dates and times as a chat shows them.

const day = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', day: 'numeric' })
const dayWithYear = new Intl.DateTimeFormat('en', { month: 'long', day: 'numeric', year: 'numeric' })
const dayShort = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric' })
const dayLong = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const clockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })

/** Of a message's `ts`, seconds with a fraction. */
export function toDate(ts: string): Date {
  return new Date(Number(ts) * 1_000)
}

export function toClock(date: Date): string {
  return Number.isFinite(date.getTime()) ? clock.format(date) : ''
}

export function toWhole(date: Date): string {
  return Number.isFinite(date.getTime()) ? whole.format(date) : ''
}

/** `Today`, `Yesterday`, a weekday within this year, else with the year. */
export function toDayWords(date: Date, now = new Date()): string {
  if (!Number.isFinite(date.getTime())) return ''
  const days = Math.round((startOf(now) - startOf(date)) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayWithYear.format(date)
}

function startOf(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** The tokens of Slack's `<!date^...>`. Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function formatSlackDate(seconds: number, form: string): string {
  const date = new Date(seconds * 1_000)
  if (!Number.isFinite(date.getTime())) return ''
  const pretty = (format: Intl.DateTimeFormat) => {
    const words = toDayWords(date)
    return words === 'Today' || words === 'Yesterday' ? words.toLowerCase() : format.format(date)
  }
  const words: Record<string, () => string> = {
    date_num: () => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    date: () => dayWithYear.format(date),
    date_short: () => dayShort.format(date),
    date_long: () => dayLong.format(date),
    date_pretty: () => pretty(dayWithYear),
    date_short_pretty: () => pretty(dayShort),
    date_long_pretty: () => pretty(dayLong),
    time: () => clock.format(date),
    time_secs: () => clockSeconds.format(date),
  }
  return form.replace(/\{([a-z_]+)\}/g, (token, name: string) => words[name]?.() ?? token)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
