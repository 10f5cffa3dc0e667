// The record of a schedule as the ledger keeps it, and how it is read and changed.
import { z } from 'zod'
import { digestOf } from '../../core/digest.ts'
import { LakedeskError } from '../../core/errors.ts'
import { toAddress } from '../../core/turn.ts'
import type { Place } from '../../store/port.ts'
import type { Ledger } from '../../store/port-ledgers.ts'

export const placeSchema = z.object({
  channel: z.string().min(1),
  address: z.string().min(1).transform(toAddress),
  thread: z.string().min(1),
})

const actorSchema = z
  .object({ principal: z.string().min(1), identity: z.string().min(1), name: z.string().optional() })
  .transform(({ name, ...actor }) => ({ ...actor, ...(name === undefined ? {} : { name }) }))

export const scheduleSchema = z.object({
  form: z.literal(1),
  id: z.string().min(1),
  kind: z.literal('nightly'),
  model: z.string().min(1),
  /** `run`: evaluates at its times. `watch`: posts every evaluation of Champion that finished elsewhere. */
  mode: z.enum(['run', 'watch']),
  /** Null for `watch`. */
  when: z.object({ cron: z.string(), zone: z.string(), words: z.string() }).nullable(),
  /** Versions that are measured beside Champion. */
  candidates: z.array(z.string()),
  /** Where the report is posted. */
  place: placeSchema,
  /** In whose name it runs. */
  by: actorSchema,
  /** What was agreed to for one night, in US dollars; null where no price is known. */
  agreedCostUsd: z.number().nullable(),
  paused: z.object({ at: z.string(), by: z.string(), why: z.string().nullable() }).nullable(),
  /** Slots and runs up to this moment are not made up for, ISO 8601. */
  since: z.string(),
  /** The newest slot that was asked for, or given up; of `watch` the moment its newest run ended. ISO 8601. */
  lastSlot: z.string().nullable(),
  /** Who looks after a slot now: a runner that stops is followed by another after `until`. */
  claim: z.object({ slot: z.string(), until: z.string(), token: z.string() }).nullable(),
  /** Key of its newest post. */
  lastPost: z.string().nullable(),
})
export type Schedule = z.infer<typeof scheduleSchema>

/** Schedules that are read at once. */
const MOST = 1_000
const TRIES = 100

/** One of each model at a place: the same id again is the same schedule. */
export function toScheduleId(model: string, { channel, thread }: Pick<Place, 'channel' | 'thread'>): string {
  return digestOf([model, channel, thread]).slice(0, 8)
}

/** Newest first. A record of another shape is left out. */
export async function listSchedules(ledger: Ledger): Promise<Schedule[]> {
  const entries = await ledger.list(MOST)
  return entries.flatMap(({ record }) => scheduleSchema.safeParse(record).data ?? [])
}

export async function getSchedule(ledger: Ledger, id: string): Promise<Schedule | null> {
  const entry = await ledger.get(id)
  return entry ? (scheduleSchema.safeParse(entry.record).data ?? null) : null
}

/** Makes it, or replaces the one that is there. */
export async function putSchedule(ledger: Ledger, schedule: Schedule): Promise<void> {
  if (await ledger.create(schedule.id, schedule)) return
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const entry = await ledger.get(schedule.id)
    if (
      entry === null
        ? await ledger.create(schedule.id, schedule)
        : await ledger.update(schedule.id, entry.revision, schedule)
    )
      return
  }
  throw tooBusy(schedule.id)
}

/** Swaps until it comes through; `change` gives null where there is nothing to do. The stored record, or null. */
export async function changeSchedule(
  ledger: Ledger,
  id: string,
  change: (schedule: Schedule) => Schedule | null,
): Promise<Schedule | null> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const entry = await ledger.get(id)
    const schedule = entry ? scheduleSchema.safeParse(entry.record).data : undefined
    const next = schedule ? change(schedule) : null
    if (!entry || !next) return null
    if (await ledger.update(id, entry.revision, next)) return next
  }
  throw tooBusy(id)
}

function tooBusy(id: string): LakedeskError {
  return new LakedeskError('STORE_FAILED', `Schedule ${id} changes without end, so it could not be changed. Try again.`)
}
