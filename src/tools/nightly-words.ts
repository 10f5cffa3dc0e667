// The words of the nightly tools: what a night is asked with, what its request keeps, and what they need from outside.
import { z } from 'zod'
import type { Log } from '../core/log.ts'
import { placeSchema } from '../reports/schedules/schedule.ts'
import type { Place, Posts } from '../store/port.ts'
import type { Ledger, LedgerKind } from '../store/port-ledgers.ts'
import { type VersionParts, versionText } from './find-version.ts'
import type { NightlyDesk } from './nightly-desk.ts'
import type { EvaluationDesk } from './run-evaluation.ts'

export const MOST_CANDIDATES = 3

export const nightlyInputSchema = z.object({
  candidates: z
    .array(versionText)
    .max(MOST_CANDIDATES, `name at most ${MOST_CANDIDATES} versions`)
    .default([])
    .describe('Versions to measure beside the one in use, such as v4.'),
  /** Of a night that a schedule asked for. */
  schedule: z.object({ id: z.string(), slot: z.string() }).optional().describe('Leave it out.'),
  /** A finished evaluation that is judged instead of a new one. */
  run: z.string().optional().describe('Leave it out.'),
})
export type NightlyInput = z.infer<typeof nightlyInputSchema>

/** What the request of a night keeps: it decides what is measured and where it is posted, whatever changes meanwhile. */
export const nightlyEvidenceSchema = z.object({
  night: z.string(),
  /** Day and time zone it belongs to, and the moment of its slot or of the ask. */
  date: z.string(),
  zone: z.string(),
  at: z.string(),
  /** Null where there is none. */
  champion: z.string().nullable(),
  candidates: z.array(z.string()),
  /** Those that were asked for and cannot be measured, with the sentence why. */
  gone: z.array(z.object({ version: z.string(), why: z.string() })).default([]),
  place: placeSchema.nullable(),
  words: z.string(),
})
export type NightlyEvidence = z.infer<typeof nightlyEvidenceSchema>

export interface NightlyParts extends VersionParts {
  /** Stands before versions where several models have some. */
  called?: string
  desk: EvaluationDesk
  ledger(kind: LedgerKind): Ledger
  posts: Posts
  measure: NightlyDesk['measure']
  toPosts: NightlyDesk['toPosts']
  /** The conversation of a place outside of any thread. */
  topOf(place: Place): Place
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
  log: Log
  /** Milliseconds since 1970. */
  now: () => number
}

/** Day and time of day at a place: `2026-11-23`, `07:00:12`. */
export function toLocal(ms: number, zone: string): { date: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  }).formatToParts(ms)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return {
    date: `${of('year')}-${of('month')}-${of('day')}`,
    time: `${of('hour')}:${of('minute')}:${of('second')}`,
  }
}
