// Puts wire messages and steps of the bot in order of time, and together by the turn that they belong to.
import type { StepView, WireView } from '../../words.ts'
import { readWire } from './read-wire.ts'

export type Entry = { kind: 'wire'; at: number; wire: WireView } | { kind: 'step'; at: number; step: StepView }

export interface TimelineGroup {
  /** Stays the same while the group grows. */
  key: string
  /** Id of the turn; absent for what belongs to none. */
  turn?: string
  title: string
  platform?: WireView['platform']
  start: number
  end: number
  /** In order of time. */
  entries: readonly Entry[]
}

interface Draft extends Omit<TimelineGroup, 'entries' | 'title'> {
  entries: Entry[]
  /** What a person did, in words. */
  said: string
  /** Channels and conversations in which it has spoken. */
  rooms: Set<string>
}

/** Milliseconds between an event and the first word of its turn, at most. */
const ARRIVAL = 1_500
/** Milliseconds after its last step in which a turn may still speak, such as when a stream ends. */
const AFTERMATH = 4_000

/** Oldest first. */
export function groupTimeline(wire: readonly WireView[], steps: readonly StepView[]): TimelineGroup[] {
  const turns = new Map<string, Draft>()
  for (const step of steps) addStep(turns, step)
  const all = [...turns.values()]
  const loose: Draft[] = []
  const places = new Map<string, Draft>()
  const events = new Map<string, Draft>()
  const byTime = wire
    .map((one) => ({ one, at: Date.parse(one.at) }))
    .sort((a, b) => a.at - b.at || a.one.seq - b.one.seq)
  for (const { one, at } of byTime) {
    const home = findHome(one, at, { turns, all, places, events }) ?? addLoose(loose, one, at)
    if (home.turn) for (const place of readWire(one).places) places.set(place, home)
    const { event } = readWire(one)
    if (home.turn && event !== '') events.set(event, home)
    put(home, one, at)
  }
  return [...all, ...loose].sort((a, b) => a.start - b.start || a.key.localeCompare(b.key)).map(finish)
}

function addStep(turns: Map<string, Draft>, step: StepView): void {
  const at = Date.parse(step.at)
  const draft = turns.get(step.turn) ?? {
    ...{ key: `turn:${step.turn}`, turn: step.turn, start: at, end: at, entries: [], said: '', rooms: new Set() },
  }
  draft.start = Math.min(draft.start, at)
  draft.end = Math.max(draft.end, at)
  draft.entries.push({ kind: 'step', at, step })
  turns.set(step.turn, draft)
}

interface Known {
  turns: ReadonlyMap<string, Draft>
  all: readonly Draft[]
  places: ReadonlyMap<string, Draft>
  events: ReadonlyMap<string, Draft>
}

/** By the turn's id where the message names it; an event by when it came; else by where it is said, else by when. */
function findHome(wire: WireView, at: number, { turns, all, places, events }: Known): Draft | null {
  const { named, places: said } = readWire(wire)
  for (const turn of named) {
    const found = turns.get(turn)
    if (found) return found
  }
  const isOurs = (draft: Draft) => draft.platform === undefined || draft.platform === wire.platform
  if (wire.direction === 'out') {
    const again = events.get(readWire(wire).event)
    if (again) return again
    const near = all.filter((draft) => draft.said === '' && isOurs(draft) && Math.abs(draft.start - at) <= ARRIVAL)
    return near.sort((a, b) => Math.abs(a.start - at) - Math.abs(b.start - at))[0] ?? null
  }
  const isLive = (draft: Draft) => at >= draft.start - 50 && at <= draft.end + AFTERMATH
  const before = said.map((place) => places.get(place)).find((draft) => draft && isLive(draft))
  if (before) return before
  // What is said elsewhere at the same time is another's, such as the card of an evaluation that runs.
  const isThere = (draft: Draft) => said.length === 0 || said.some((place) => draft.rooms.has(roomOf(place)))
  const live = all.filter((draft) => isLive(draft) && draft.said !== '' && isOurs(draft) && isThere(draft))
  return live.length === 1 ? (live[0] ?? null) : null
}

function put(home: Draft, wire: WireView, at: number): void {
  home.entries.push({ kind: 'wire', at, wire })
  home.platform ??= wire.platform
  for (const place of readWire(wire).places) home.rooms.add(roomOf(place))
  home.start = Math.min(home.start, at)
  if (!home.turn) home.end = Math.max(home.end, at)
  if (wire.direction === 'out' && home.turn) home.said ||= readWire(wire).said || wire.name
}

/** What belongs to no turn stays together while nothing of the other platform comes between, and no long time passes. */
function addLoose(loose: Draft[], wire: WireView, at: number): Draft {
  const last = loose.findLast(({ platform }) => platform === wire.platform)
  if (last && at - last.end <= AFTERMATH) return last
  const made: Draft = {
    key: `loose:${wire.seq}`,
    start: at,
    end: at,
    entries: [],
    said: '',
    rooms: new Set(),
    platform: wire.platform,
  }
  loose.push(made)
  return made
}

function finish({ said, entries, rooms: _, ...rest }: Draft): TimelineGroup {
  const sorted = entries.sort((a, b) => a.at - b.at || seqOf(a) - seqOf(b))
  return { ...rest, entries: sorted, title: said || toTitle(rest.turn !== undefined, sorted) }
}

/** A channel without the thread in it. */
function roomOf(place: string): string {
  return place.replace(/:[\d.]+$/, '')
}

function toTitle(isTurn: boolean, entries: readonly Entry[]): string {
  const tool = entries.find((entry) => entry.kind === 'step' && entry.step.kind === 'tool')
  if (tool?.kind === 'step') return tool.step.name
  if (isTurn) return 'A turn of the bot itself'
  const names = [...new Set(entries.flatMap((entry) => (entry.kind === 'wire' ? [entry.wire.name] : [])))]
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')
}

function seqOf(entry: Entry): number {
  return entry.kind === 'wire' ? entry.wire.seq : entry.step.seq
}
