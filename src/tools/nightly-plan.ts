// Plans one night: which versions, what it takes, what it costs against what was agreed, and where it is posted.
import { LakedeskError } from '../core/errors.ts'
import { parseVersion } from '../promotion/plan-promotion-version.ts'
import { toNightId } from '../reports/nightly/night.ts'
import { readNight } from '../reports/nightly/night-ledger.ts'
import { UTC } from '../reports/schedules/read-when.ts'
import { getSchedule, listSchedules, type Schedule } from '../reports/schedules/schedule.ts'
import { nextAt } from '../reports/schedules/slots.ts'
import type { Place } from '../store/port.ts'
import { toSum } from './agreed-cost.ts'
import type { Planned, ToolContext } from './define-tool.ts'
import { findVersion } from './find-version.ts'
import { type NightlyEvidence, type NightlyInput, type NightlyParts, toLocal } from './nightly-words.ts'
import { isPassing } from './run-approved.ts'

const EXPIRES_MS = 60 * 60_000
/** A night that was asked for and not begun, because the process ended, is measured when the next one starts. */
const SCHEDULED_EXPIRES_MS = 24 * 60 * 60_000
const FREE_MS = 15 * 60_000
/** A night may cost up to this many times what was agreed; prices and sets change a little from day to day. */
const CLEARLY_MORE = 2

/** At most one night of a model runs at a time. */
export function toNightSubject(model: string): string {
  return `nightly:${model}`
}

/** Of the versions of one night together. Null where not known. */
export interface NightEstimate {
  costUsd: number | null
  durationMs: number
  words: string
  expects: Readonly<Record<string, string>>
}

export async function planNight(
  input: NightlyInput,
  context: ToolContext,
  parts: NightlyParts,
): Promise<Planned<never>> {
  const { model, alias, registry } = parts
  if (!context.actor) return refuse('Nobody is known to ask, so nothing was started.')
  const schedule = input.schedule ? await getSchedule(parts.ledger('schedules'), input.schedule.id) : null
  if (input.schedule && !schedule) return refuse('The schedule of this night is gone, so nothing was started.')
  const champion = await registry.getAlias(model, alias)
  if (champion === null && !schedule) {
    return refuse(
      `${model} has no ${alias} yet, so there is nothing to evaluate. Promote a version first; \`versions\` lists them.`,
    )
  }
  const { versions, gone } = await findCandidates(await namedFor(input, schedule, parts), champion, parts)
  if (gone[0] && !schedule) return refuse(gone[0].why)
  const estimate = await estimateNight(champion, input.run === undefined ? versions : [], parts, schedule !== null)
  if (schedule && input.schedule && isClearlyMore(estimate.costUsd, schedule.agreedCostUsd)) {
    return refuseCost(schedule, estimate)
  }
  const place = schedule?.place ?? (context.place ? parts.topOf(context.place) : null)
  const evidence = await toEvidence(
    { input, schedule, champion, candidates: versions, gone, place, words: estimate.words },
    parts,
  )
  const isFree = input.run !== undefined || (estimate.costUsd === 0 && estimate.durationMs <= FREE_MS)
  return {
    kind: 'plan',
    plan: {
      subject: toNightSubject(model),
      evidence,
      expects: estimate.expects,
      // What a schedule asks for was agreed to when the schedule was made.
      rule: { who: { kind: 'asker' }, quorum: schedule || isFree ? 0 : 1, selfDecides: true },
      expiresAfterMs: schedule ? SCHEDULED_EXPIRES_MS : EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}

function refuse(why: string): Planned<never> {
  return { kind: 'refused', why }
}

/** One evaluation serves all conversations whose night is at that moment, so it measures what any of them wants. */
async function namedFor(input: NightlyInput, schedule: Schedule | null, parts: NightlyParts): Promise<string[]> {
  if (!schedule || !input.schedule || input.run !== undefined) return input.candidates
  const slot = Date.parse(input.schedule.slot)
  const all = await listSchedules(parts.ledger('schedules'))
  const same = all.filter(
    ({ model, paused, when, id }) =>
      id !== schedule.id && model === parts.model && !paused && when !== null && nextAt(when, slot - 1) === slot,
  )
  return [...input.candidates, ...same.flatMap(({ candidates }) => candidates)]
}

/** `gone`: those that cannot be measured, with the sentence why. Champion itself is measured anyway. */
async function findCandidates(
  texts: readonly string[],
  champion: string | null,
  parts: NightlyParts,
): Promise<{ versions: string[]; gone: NightlyEvidence['gone'] }> {
  const versions: string[] = []
  const gone: NightlyEvidence['gone'] = []
  for (const text of new Set(texts)) {
    const each = await findVersion(text, parts)
    if (each.kind === 'refused') {
      gone.push({ version: parseVersion(text) ?? text, why: each.why })
      continue
    }
    const { version, status } = each.version
    if (status !== 'READY') {
      gone.push({ version, why: `v${version} of ${parts.model} is ${status}, so it cannot answer anyone yet.` })
    } else if (version !== champion && !versions.includes(version)) versions.push(version)
  }
  return { versions, gone }
}

/** `lenient`: what stands in the way is no refusal: the night then says itself why nothing was measured. Throws PLATFORM_*. */
export async function estimateNight(
  champion: string | null,
  candidates: readonly string[],
  parts: Pick<NightlyParts, 'desk' | 'model'>,
  lenient: boolean,
): Promise<NightEstimate> {
  const all = [...(champion === null ? [] : [champion]), ...candidates]
  const expects: Record<string, string> = { Champion: champion === null ? 'none' : `v${champion}` }
  if (candidates.length > 0) expects.candidates = candidates.map((each) => `v${each}`).join(', ')
  let [costUsd, durationMs]: [number | null, number] = [0, 0]
  const words: string[] = []
  for (const version of all) {
    try {
      const { set, judge, estimate } = await parts.desk.prepare(version)
      costUsd = costUsd === null || estimate.costUsd === null ? null : costUsd + estimate.costUsd
      durationMs += estimate.durationMs
      words.push(all.length === 1 ? estimate.words : `v${version}: ${estimate.words}`)
      Object.assign(expects, { set: `${set.name}, digest ${set.digest.slice(0, 8)}`, judge })
    } catch (error) {
      if (!lenient || isPassing(error) || !(error instanceof LakedeskError)) throw error
      words.push(`v${version}: what it takes could not be told`)
    }
  }
  return { costUsd, durationMs, words: words.join('; '), expects }
}

function isClearlyMore(cost: number | null, agreed: number | null): boolean {
  return cost !== null && agreed !== null && cost > 0 && cost > agreed * CLEARLY_MORE
}

function refuseCost(schedule: Schedule, { costUsd }: NightEstimate): Planned<never> {
  const [now, agreed] = [toSum(costUsd ?? 0), toSum(schedule.agreedCostUsd ?? 0)]
  const why = `The nightly evaluation was not run: it would cost about ${now}, and ${agreed} a night were agreed to. Press the button to agree to ${now} a night, or write \`nightly off\`.`
  const value = { schedule: schedule.id, cost: String(costUsd ?? 0) }
  const button = { action: 'nightly-agree', label: `Agree to ${now}`, value, style: 'primary' as const }
  return { kind: 'refused', why, says: { text: why, buttons: [button] } }
}

async function toEvidence(
  facts: {
    input: NightlyInput
    schedule: Schedule | null
    champion: string | null
    candidates: string[]
    gone: NightlyEvidence['gone']
    place: Place | null
    words: string
  },
  parts: NightlyParts,
): Promise<NightlyEvidence> {
  const { input, schedule, place, ...rest } = facts
  const ms = input.schedule ? Date.parse(input.schedule.slot) : parts.now()
  const zone = schedule?.when?.zone ?? (await zoneOfPlace(place, parts))
  const { date, time } = toLocal(ms, zone)
  const at = new Date(ms).toISOString()
  const plain = toNightId(parts.model, date)
  // A slot that was moved within the day is a night of its own; the same slot of another conversation is the same night.
  const isTaken = async () => ((await readNight(parts.ledger('nights'), plain))?.at ?? at) !== at
  const isOwn = schedule !== null && input.run === undefined && !(await isTaken())
  return { ...rest, night: isOwn ? plain : toNightId(parts.model, date, time), date, zone, at, place }
}

/** Days are those of the schedule of that conversation. */
async function zoneOfPlace(place: Place | null, parts: NightlyParts): Promise<string> {
  const all = await listSchedules(parts.ledger('schedules'))
  return all.find((each) => each.place.thread === place?.thread && each.when)?.when?.zone ?? UTC
}
