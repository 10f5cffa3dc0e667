// The report's own record: how often it announced something that was nothing.
import type { Night } from './night.ts'

export const RECORD_DAYS = 90
const DAY_MS = 86_400_000

export interface NightRecord {
  alarms: number
  false: number
}

/** Over the 90 days that end with this night. `history` may hold this night and later ones. */
export function recordOf(night: Night, history: readonly Night[]): NightRecord {
  const others = history.filter(({ id }) => id !== night.id)
  const end = Date.parse(night.date)
  const alarms = [night, ...others].filter(({ verdict, date }) => {
    const age = end - Date.parse(date)
    return verdict === 'regression' && age >= 0 && age < RECORD_DAYS * DAY_MS
  })
  return { alarms: alarms.length, false: alarms.filter(({ falseAlarm }) => falseAlarm !== null).length }
}

/** Such as `1 of 4 alarms was false (last 90 nights)`. */
export function tellRecord({ alarms, false: wrong }: NightRecord): string {
  const period = `(last ${RECORD_DAYS} nights)`
  if (alarms === 0) return `no alarm so far ${period}`
  return `${wrong} of ${alarms} ${alarms === 1 ? 'alarm' : 'alarms'} ${wrong === 1 ? 'was' : 'were'} false ${period}`
}
