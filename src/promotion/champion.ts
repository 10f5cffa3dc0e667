// Which version was Champion when, who moved it there and why: read from the audit, with no hole where others moved it.
import type { Registry } from '../platform/ports/registry.ts'
import type { Audit, Sagas } from '../store/port.ts'
import { type ChampionEntry, createReadEntries, toChanges, toStack } from './champion-entries.ts'
import { readMoment } from './champion-moment.ts'

export type { ChampionEntry } from './champion-entries.ts'

export interface CurrentChampion {
  /** What the registry says now; null: the alias does not exist. */
  version: string | null
  /** ISO 8601; null where nothing is recorded yet. */
  since: string | null
  /** The entry that made it so; null where nothing is recorded, or while a move is under way. */
  by: ChampionEntry | null
  /** True while a move of this model is under way: the alias may be ahead of the record. */
  moving: boolean
}

export type ChampionAt =
  | {
      kind: 'known'
      version: string | null
      /** The time that was asked about, ISO 8601. */
      at: string
      /** How it was read, such as `at the end of 2026-11-01 (UTC)`. */
      shown: string
      by: ChampionEntry
      /** What makes the answer less than sure, as a sentence; else null. */
      note: string | null
    }
  | { kind: 'unknown'; at: string; shown: string; why: string }
  | { kind: 'invalid'; why: string }

export interface ChampionRecord {
  /** Throws PLATFORM_*. Adds an audit line `observe-champion` where the registry differs from the record. */
  current(model: string, alias: string): Promise<CurrentChampion>
  /** `when` as people write it: `2026-11-01` is the end of that day, UTC; `2026-11-01T10:00Z` that minute. */
  at(model: string, alias: string, when: string): Promise<ChampionAt>
  /** Newest first, moves that were undone or stopped among them. */
  history(model: string, alias: string, limit: number): Promise<ChampionEntry[]>
  /**
   * The version to go back to; null where the record knows none. Every version that became Champion lies on the one
   * before it. A rollback takes off all that lies on its target, so the next one goes a step further back, and never
   * forward again to what was rolled back. A move from outside counts as a step forward. Undone moves do not count.
   */
  previous(model: string, alias: string): Promise<string | null>
}

export interface ChampionParts {
  audit: Pick<Audit, 'append' | 'list'>
  registry: Pick<Registry, 'getAlias'>
  /** While a move is under way the alias differs from the record for a good reason. */
  sagas: Pick<Sagas, 'unfinished'>
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number
}

export function createChampionRecord({ audit, registry, sagas, now = Date.now }: ChampionParts): ChampionRecord {
  const readEntries = createReadEntries(audit)
  // One look at a time, so that two readers do not both record what they both notice.
  let turn: Promise<unknown> = Promise.resolve()

  const isMoving = async (model: string): Promise<boolean> =>
    (await sagas.unfinished()).some(({ subject }) => subject === `model:${model}`)

  async function observe(model: string, alias: string): Promise<CurrentChampion> {
    const seen = (await readEntries(model, alias)).at(-1)
    const movingBefore = await isMoving(model)
    const version = await registry.getAlias(model, alias)
    const movingAfter = await isMoving(model)
    const entries = await readEntries(model, alias)
    const last = entries.at(-1)
    // A move that began or ended between these looks explains any difference.
    const moving = movingBefore || movingAfter || seen !== last
    const recorded = last?.version ?? null
    const by = toChanges(entries).at(-1) ?? null
    if (version === recorded) return { version, since: by?.at ?? null, by, moving }
    if (moving) return { version, since: null, by: null, moving }
    const at = new Date(now()).toISOString()
    await audit.append({
      at,
      actor: 'lakedesk/lakedesk',
      what: 'observe-champion',
      turnId: `observe:${at}`,
      outcome: 'done',
      detail: { model, alias, from: recorded, to: version },
    })
    return { version, since: at, by: (await readEntries(model, alias)).at(-1) ?? null, moving }
  }

  return {
    current(model, alias) {
      const look = turn.then(() => observe(model, alias))
      turn = look.catch(() => {})
      return look
    },
    async at(model, alias, when) {
      const moment = readMoment(when, now())
      if (moment.kind === 'invalid') return moment
      const { at, shown } = moment
      const changes = toChanges(await readEntries(model, alias))
      // The last in the order of the chain counts, also where the clock was set back in between.
      const place = changes.findLastIndex((entry) => entry.at <= at)
      const by = changes[place]
      if (!by) return { kind: 'unknown', at, shown, why: tellUnknown(alias, shown, changes[0]) }
      const late = changes.slice(0, place).find((entry) => entry.at > at)
      return { kind: 'known', version: by.version, at, shown, by, note: tellDoubt(by, changes[place + 1], late) }
    },
    async history(model, alias, limit) {
      return (await readEntries(model, alias)).reverse().slice(0, limit)
    },
    async previous(model, alias) {
      return toStack(await readEntries(model, alias)).at(-2) ?? null
    },
  }
}

function tellUnknown(alias: string, shown: string, first: ChampionEntry | undefined): string {
  const unknown = `Which version was ${alias} ${shown} is not known`
  if (!first) return `${unknown}: nothing about it is recorded yet.`
  const before = first.from === null ? '' : ` Until then it was v${first.from}, nobody knows since when.`
  return `${unknown}: the record begins at ${tellTime(first.at)}.${before}`
}

/** `late`: an earlier entry with a time after the one that is asked about. */
function tellDoubt(by: ChampionEntry, next: ChampionEntry | undefined, late: ChampionEntry | undefined): string | null {
  const doubts: string[] = []
  if (late) {
    doubts.push(
      `The clock was set back: the change recorded at ${tellTime(late.at)} came before the one recorded at ${tellTime(by.at)}.`,
    )
  }
  if (by.how === 'observed') {
    const how = by.from === null ? 'Lakedesk did not set it' : 'It was moved outside Lakedesk'
    doubts.push(`${how}; that was noticed at ${tellTime(by.at)}, and nobody knows by whom.`)
  }
  if (next?.how === 'observed') {
    doubts.push(
      `At some time between ${tellTime(by.at)} and ${tellTime(next.at)} it was moved outside Lakedesk to ${next.version === null ? 'no version' : `v${next.version}`}, perhaps before the time you ask about.`,
    )
  }
  return doubts.length === 0 ? null : doubts.join(' ')
}

function tellTime(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
