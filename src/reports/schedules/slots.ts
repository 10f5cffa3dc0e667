// The slots of a schedule: when it runs next, and which slot passed that was not run.
import { Cron } from 'croner'

export interface When {
  /** Five fields: minute, hour, day, month, weekday. */
  cron: string
  /** IANA time zone. */
  zone: string
  /** For people, such as `every day at 07:00 Europe/Berlin`. */
  words: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Windows before now that are searched for the newest slot, from the narrow to the wide one. */
const WINDOWS_MS = [HOUR_MS, DAY_MS, 8 * DAY_MS, 32 * DAY_MS, 400 * DAY_MS, 3_000 * DAY_MS]

/**
 * The first slot after that time, in milliseconds since 1970; null where there is none. On the night that skips the time it is
 * the first moment after the gap, and on the night that has it twice only the first of the two. Throws on a pattern or a zone
 * that is none.
 */
export function nextAt({ cron, zone }: Pick<When, 'cron' | 'zone'>, after: number): number | null {
  const job = new Cron(cron, { timezone: zone, paused: true, mode: '5-part' })
  return job.nextRun(new Date(after))?.getTime() ?? null
}

/** The newest slot after `since` and not after `now`: however many were missed, one run makes up for them. Null where none was. */
export function missedAt(when: Pick<When, 'cron' | 'zone'>, since: number, now: number): number | null {
  for (const width of WINDOWS_MS) {
    const from = Math.max(since, now - width)
    const newest = newestIn(when, from, now)
    if (newest !== null || from === since) return newest
  }
  return null
}

function newestIn(when: Pick<When, 'cron' | 'zone'>, from: number, now: number): number | null {
  let newest: number | null = null
  for (let slot = nextAt(when, from); slot !== null && slot <= now; slot = nextAt(when, slot)) newest = slot
  return newest
}
