// The record of an alias as entries, read from the audit lines of moves and observations.
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { Actor, Audit, AuditLine } from '../store/port.ts'

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
  asker: actorSchema.nullable().default(null),
  approvers: z.array(actorSchema).default([]),
  found: z.object({ alias: z.string().nullable() }).nullable().optional(),
})

const LINES = ['move-champion', 'observe-champion', 'undo-move', 'stop-move'] as const
type Line = (typeof LINES)[number]

function toEntry(what: Line, line: AuditLine): (ChampionEntry & { model: string; alias: string }) | null {
  const parsed = detailSchema.safeParse(line.detail)
  if (!parsed.success) {
    throw new LakedeskError('STORE_CORRUPT', `The audit line ${what} of ${line.at} cannot be read.`, parsed.error)
  }
  const { found, to, kind, ...detail } = parsed.data
  const entry = { ...detail, at: line.at, tried: null }
  if (what === 'move-champion') return { ...entry, how: kind ?? 'promotion', version: to }
  if (what === 'observe-champion') return { ...entry, how: 'observed', version: to }
  if (what === 'undo-move') return { ...entry, how: 'undone', version: detail.from, tried: to }
  // A move that never had the lock, or could not look around, says nothing about where the alias points.
  return found ? { ...entry, how: 'stopped', version: found.alias, tried: to } : null
}

/** By time; within one millisecond by which follows from which. */
function inOrder(one: ChampionEntry, other: ChampionEntry): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1
  if (one.from === other.version) return 1
  return other.from === one.version ? -1 : 0
}

/** Every entry of the alias, oldest first. Throws STORE_CORRUPT where a line cannot be read. */
export async function readEntries(audit: Pick<Audit, 'list'>, model: string, alias: string): Promise<ChampionEntry[]> {
  const lists = await Promise.all(
    LINES.map(async (what) => {
      const lines = await audit.list({ limit: Number.MAX_SAFE_INTEGER, what })
      return lines.reverse().flatMap((line) => toEntry(what, line) ?? [])
    }),
  )
  return lists
    .flat()
    .filter((entry) => entry.model === model && entry.alias === alias)
    .map(({ model: _, alias: __, ...entry }) => entry)
    .sort(inOrder)
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
    if (version === null) continue
    const found = how === 'rollback' ? stack.lastIndexOf(version) : -1
    stack = found >= 0 ? stack.slice(0, found + 1) : [...stack, version]
  }
  return stack
}
