// Days and hours as a chat shows them, in the person's own zone.

const day = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', day: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

function startOf(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** `Today`, `Yesterday`, else the day; empty for what is no time. */
export function toDayWords(at: string, now = new Date()): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return ''
  const days = Math.round((startOf(now) - startOf(date)) / 86_400_000)
  return days === 0 ? 'Today' : days === 1 ? 'Yesterday' : day.format(date)
}

export function toClock(at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : clock.format(date)
}
