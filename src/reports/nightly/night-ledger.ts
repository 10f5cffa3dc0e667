// Where nights are kept: read newest first, written once, marked as false alarms, and loaded from a file of earlier ones.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { Ledger, LedgerEntry } from '../../store/port-ledgers.ts'
import { type Night, nightSchema } from './night.ts'

/** Enough for the record of 90 nights of a few models, with what people asked for between them. */
const MOST_READ = 500
const DAY_MS = 86_400_000

/** A night that is being measured: which runs are finished, by the name that sets them apart. */
export const runningSchema = z.object({
  form: z.literal(1),
  state: z.literal('running'),
  id: z.string(),
  runs: z.record(z.string(), z.object({ runId: z.string(), durationMs: z.number() })),
})
export type RunningNight = z.infer<typeof runningSchema>

/** Nights of this model that are finished, newest first. A record of another shape is left out. */
export async function readNights(ledger: Ledger, model: string, limit = 120): Promise<Night[]> {
  const entries = await ledger.list(MOST_READ)
  const nights = entries.flatMap((entry) => toNight(entry) ?? []).filter((night) => night.model === model)
  return nights.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, limit)
}

/** Null where it is not there, or still being measured. */
export async function readNight(ledger: Ledger, id: string): Promise<Night | null> {
  const entry = await ledger.get(id)
  return entry && toNight(entry)
}

function toNight({ record }: LedgerEntry): Night | null {
  const parsed = nightSchema.safeParse(record)
  return parsed.success ? parsed.data : null
}

/** Writes it over what was there while it was measured; a night that is finished already stays, and is returned. */
export async function keepNight(ledger: Ledger, night: Night): Promise<Night> {
  for (;;) {
    const entry = await ledger.get(night.id)
    if (entry === null) {
      if (await ledger.create(night.id, night)) return night
      continue
    }
    const kept = toNight(entry)
    if (kept) return kept
    if (await ledger.update(night.id, entry.revision, night)) return night
  }
}

/** False where there is no such announcement, or it is marked already. `by`: a person's name, or `the next night`. */
export async function markFalseAlarm(ledger: Ledger, id: string, by: string, at: string): Promise<boolean> {
  for (;;) {
    const entry = await ledger.get(id)
    const night = entry && toNight(entry)
    if (!entry || night?.verdict !== 'regression' || night.falseAlarm !== null) return false
    if (await ledger.update(id, entry.revision, { ...night, falseAlarm: { by, at } })) return true
  }
}

/** A JSON array of nights. Throws LakedeskError INTERNAL for anything else. */
export function parseNights(json: string): Night[] {
  try {
    return z.array(nightSchema).parse(JSON.parse(json))
  } catch (cause) {
    throw new LakedeskError(
      'INTERNAL',
      'The file of earlier nights cannot be read: it is not a list of nights as this version keeps them. Record it anew.',
      cause,
    )
  }
}

/**
 * Puts nights into the ledger with their dates moved, so that the last one falls on `endingOn` (`2026-11-22`). Those that are
 * there already stay. Returns how many were added.
 */
export async function loadNights(
  ledger: Ledger,
  nights: readonly Night[],
  { endingOn, model }: { endingOn: string; model?: string },
): Promise<number> {
  const last = nights
    .map(({ date }) => date)
    .sort()
    .at(-1)
  if (last === undefined) return 0
  const days = Math.round((Date.parse(endingOn) - Date.parse(last)) / DAY_MS)
  let added = 0
  for (const night of nights.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    const moved = moveNight(night, days, model ?? night.model)
    if (await ledger.create(moved.id, moved)) added += 1
  }
  return added
}

function moveNight(night: Night, days: number, model: string): Night {
  const day = (date: string) => moveTime(date, days).slice(0, 10)
  const since = <T extends { since: string | null }>(each: T): T => ({
    ...each,
    since: each.since === null ? null : day(each.since),
  })
  const id = (text: string) => {
    const tail = text.slice(night.model.length + 1)
    return `${model}:${day(tail.slice(0, 10))}${tail.slice(10)}`
  }
  const { falseAlarm, baseline } = night
  return {
    ...night,
    ...{ model, id: id(night.id), date: day(night.date) },
    ...{ at: moveTime(night.at, days), endedAt: moveTime(night.endedAt, days) },
    baseline: baseline && { ...baseline, nights: baseline.nights.map(id) },
    metrics: night.metrics.map(since),
    questions: since(night.questions),
    falseAlarm: falseAlarm && { ...falseAlarm, at: moveTime(falseAlarm.at, days) },
  }
}

function moveTime(time: string, days: number): string {
  return new Date(Date.parse(time) + days * DAY_MS).toISOString()
}
