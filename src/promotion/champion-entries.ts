// The record of an alias as entries, read from the audit lines of moves and observations.
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { Actor, Audit, ListedLine } from '../store/port.ts'

export interface ChampionEntry {
  /** ISO 8601: when the move was complete, or when the change was noticed. */
  at: string
  /**
   * `observed`: moved outside Lakedesk, noticed then. `undone`: tried and put back. `stopped`: broken off because of
   * somebody else's change.
   */
  how: 'promotion' | 'rollback' | 'observed' | 'undone' | 'stopped'
  /** Where the alias points from then on; null: nowhere. */
  version: string | null
  /** Where it pointed before. */
  from: string | null
  /** The version that an undone or stopped move was to. */
  tried: string | null
  approval: string | null
  /** Evaluation run that it was decided on. */
  run: string | null
  policy: string | null
  /** The reason, where a failing gate was overridden. */
  forced: string | null
  /** Why Lakedesk moved it without a request, where it did: only at the very beginning of a registry. */
  reason: string | null
  asker: Actor | null
  approvers: readonly Actor[]
}

const actorSchema = z.object({ principal: z.string(), identity: z.string(), name: z.string().optional() })

const detailSchema = z.object({
  model: z.string(),
  alias: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  kind: z.enum(['promotion', 'rollback']).optional(),
  approval: z.string().nullable().default(null),
  run: z.string().nullable().default(null),
  policy: z.string().nullable().default(null),
  forced: z.string().nullable().default(null),
  reason: z.string().nullable().default(null),
  asker: actorSchema.nullable().default(null),
  approvers: z.array(actorSchema).default([]),
  found: z.object({ alias: z.string().nullable() }).nullable().optional(),
})

const LINES = ['move-champion', 'observe-champion', 'undo-move', 'stop-move'] as const
type Line = (typeof LINES)[number]

interface Recorded {
  model: string
  alias: string
  seq: number
  entry: ChampionEntry
}

function toRecorded(what: Line, line: ListedLine): Recorded | null {
  const parsed = detailSchema.safeParse(line.detail)
  if (!parsed.success) {
    throw new LakedeskError('STORE_CORRUPT', `The audit line ${what} of ${line.at} cannot be read.`, parsed.error)
  }
  const { model, alias, found, to, kind, ...detail } = parsed.data
  const place = { model, alias, seq: line.seq }
  const entry = { ...detail, at: line.at, tried: null }
  if (what === 'move-champion') return { ...place, entry: { ...entry, how: kind ?? 'promotion', version: to } }
  if (what === 'observe-champion') return { ...place, entry: { ...entry, how: 'observed', version: to } }
  if (what === 'undo-move') return { ...place, entry: { ...entry, how: 'undone', version: detail.from, tried: to } }
  // A move that never had the lock, or could not look around, says nothing about where the alias points.
  return found ? { ...place, entry: { ...entry, how: 'stopped', version: found.alias, tried: to } } : null
}

/** Every entry of the alias, in the order of the chain, oldest first. Throws STORE_CORRUPT where a line cannot be read. */
export type ReadEntries = (model: string, alias: string) => Promise<ChampionEntry[]>

/** Remembers what it has read, so that each line is read once: lines are never changed, only added. */
export function createReadEntries(audit: Pick<Audit, 'list'>): ReadEntries {
  const known: Recorded[] = []
  const after = new Map<Line, number>()

  async function readNew(what: Line): Promise<void> {
    const lines = await audit.list({ limit: Number.MAX_SAFE_INTEGER, what, after: after.get(what) ?? 0 })
    // Another reader may have been faster with some of them: what counts is what is known when these arrive.
    const last = after.get(what) ?? 0
    const added = lines.filter(({ seq }) => seq > last)
    known.push(...added.flatMap((line) => toRecorded(what, line) ?? []))
    after.set(what, added[0]?.seq ?? last)
    if (added.length > 0) known.sort((one, other) => one.seq - other.seq)
  }

  return async (model, alias) => {
    await Promise.all(LINES.map(readNew))
    return known.flatMap((one) => (one.model === model && one.alias === alias ? [one.entry] : []))
  }
}

/** Only the entries after which the alias pointed elsewhere than before, oldest first. */
export function toChanges(entries: readonly ChampionEntry[]): ChampionEntry[] {
  const changes: ChampionEntry[] = []
  for (const entry of entries) {
    const last = changes.at(-1)
    const changed = entry.how !== 'undone' && (last === undefined || last.version !== entry.version)
    if (changed) changes.push(entry)
  }
  return changes
}

/** The versions that lie on each other, the current one last: what `previous` counts back in. */
export function toStack(entries: readonly ChampionEntry[]): string[] {
  let stack: string[] = []
  for (const { how, from, version } of toChanges(entries)) {
    if (stack.length === 0 && from !== null) stack.push(from)
    if (version === null || version === stack.at(-1)) continue
    const found = how === 'rollback' ? stack.lastIndexOf(version) : -1
    stack = found >= 0 ? stack.slice(0, found + 1) : [...stack, version]
  }
  return stack
}
