// The report's own record: how often it announced something that was nothing.
import type { Night } from './night.ts'

export const RECORD_DAYS = 90
const DAY_MS = 86_400_000

export interface NightRecord {
  alarms: number
  false: number
}

/** Over the 90 nights before this one, whose own word nobody can know yet. `history` may hold this night and later ones. */
export function recordOf(night: Night, history: readonly Night[]): NightRecord {
  const end = Date.parse(night.date)
  const alarms = history.filter(({ id, at, date, verdict }) => {
    if (verdict !== 'regression' || id === night.id || at >= night.at) return false
    return end - Date.parse(date) <= RECORD_DAYS * DAY_MS
  })
  return { alarms: alarms.length, false: alarms.filter(({ falseAlarm }) => falseAlarm !== null).length }
}

/** Such as `1 of 4 earlier alarms was false (last 90 nights)`. */
export function tellRecord({ alarms, false: wrong }: NightRecord): string {
  const period = `(last ${RECORD_DAYS} nights)`
  if (alarms === 0) return `no alarm before ${period}`
  return `${wrong} of ${alarms} earlier alarms ${wrong === 1 ? 'was' : 'were'} false ${period}`
}
