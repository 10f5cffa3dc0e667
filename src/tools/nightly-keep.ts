// The tool that lists, pauses, resumes and ends the nightly reports of a conversation.
import { z } from 'zod'
import { toMoment } from '../approvals/approval-words.ts'
import type { People } from '../approvals/people.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { changeSchedule, listSchedules, type Schedule } from '../reports/schedules/schedule.ts'
import type { Actor, Place } from '../store/port.ts'
import type { Ledger } from '../store/port-ledgers.ts'
import { defineTool, type Tool, type ToolContext } from './define-tool.ts'
import { tellNext, tellWhen } from './nightly-schedule.ts'

const inputSchema = z.object({ what: z.enum(['list', 'pause', 'resume', 'off']) })
export type KeepNightlyInput = z.infer<typeof inputSchema>

export interface Kept {
  what: KeepNightlyInput['what']
  /** Why nothing was done; null where it was. */
  why: string | null
  /** Of this conversation, as they are now; after `off` those that ended. */
  here: readonly Schedule[]
  /** Of other conversations. */
  elsewhere: readonly Schedule[]
}

export interface KeepNightlyParts {
  schedules: Ledger
  people: Pick<People, 'find'>
  /** The conversation of a place outside of any thread. */
  topOf(place: Place): Place
  /** A model as people call it. */
  nameOf(model: string): string
  /** Milliseconds since 1970. */
  now: () => number
}

export const NIGHTLY_USAGE =
  'Write `nightly` to see what is set up here, `nightly now` to measure now, `nightly at 07:00 Europe/Berlin`, `nightly watch`, `nightly pause`, `nightly resume` or `nightly off`.'

export function createKeepNightly(parts: KeepNightlyParts): Tool<KeepNightlyInput, Kept> {
  return defineTool<KeepNightlyInput, Kept>({
    name: 'keep-nightly',
    description: 'Lists the nightly reports, or pauses, resumes and ends those of this conversation.',
    input: inputSchema,
    peopleOnly: true,
    run: (input, context) => keep(input, context, parts),
    toRefusal: ({ why }) => why,
    toModelText: (kept) => toSaying(kept, parts).text,
    toSaying: (kept) => toSaying(kept, parts),
    toAuditFacts: ({ here }) => ({ schedules: here.map(({ id }) => id) }),
    commands: [
      {
        name: 'nightly',
        usage: '[list|pause|resume|off]: the nightly reports of this conversation',
        toInput(text) {
          const word = text.trim().toLowerCase() || 'list'
          const what = inputSchema.shape.what.safeParse(word === 'stop' ? 'off' : word)
          return what.success
            ? { input: { what: what.data } }
            : `That is not known of the nightly report. ${NIGHTLY_USAGE}`
        },
      },
    ],
  })
}

async function keep({ what }: KeepNightlyInput, { actor, place }: ToolContext, parts: KeepNightlyParts): Promise<Kept> {
  const { schedules } = parts
  const top = place ? parts.topOf(place) : null
  const all = await listSchedules(schedules)
  const isHere = (each: Schedule) => each.place.channel === top?.channel && each.place.thread === top.thread
  const [here, elsewhere] = [all.filter(isHere), all.filter((each) => !isHere(each))]
  const refuse = (why: string): Kept => ({ what, why, here, elsewhere })
  if (what === 'list') return { what, why: null, here, elsewhere }
  if (!actor || !parts.people.find(actor.identity)) {
    return refuse(
      `Your account ${actor?.identity ?? ''} is linked to no person, so it may not change the nightly report. An administrator adds it under people in the policy file.`,
    )
  }
  if (here.length === 0)
    return refuse('No nightly report is set up in this conversation. `nightly at 07:00 Europe/Berlin` sets one up.')
  if (what === 'off') {
    for (const { id } of here) await schedules.remove(id)
    return { what, why: null, here, elsewhere }
  }
  const at = new Date(parts.now()).toISOString()
  const changed: Schedule[] = []
  for (const each of here) {
    const change = (now: Schedule) => (what === 'pause' ? pause(now, actor, at) : resume(now, at))
    changed.push((await changeSchedule(schedules, each.id, change)) ?? each)
  }
  return { what, why: null, here: changed, elsewhere }
}

function pause(schedule: Schedule, actor: Actor, at: string): Schedule {
  return schedule.paused ? schedule : { ...schedule, paused: { at, by: actor.name ?? actor.principal, why: null } }
}

/** What was due meanwhile is not made up for. */
function resume(schedule: Schedule, at: string): Schedule {
  return schedule.paused ? { ...schedule, paused: null, since: at, claim: null, lastPost: null } : schedule
}

function toSaying({ what, here, elsewhere }: Kept, parts: KeepNightlyParts): Saying {
  const others =
    elsewhere.length === 0
      ? ''
      : ` In other conversations there ${elsewhere.length === 1 ? 'is one' : `are ${elsewhere.length}`}.`
  if (what === 'off')
    return {
      text: `The nightly report of this conversation is off. Earlier ones stay: \`report\` shows them.${others}`,
    }
  if (here.length === 0 && elsewhere.length === 0) {
    return {
      text: 'No nightly report is set up. `nightly at 07:00 Europe/Berlin` sets one up in this conversation; `nightly now` measures once.',
    }
  }
  const lines = here.map((each) => `- ${describe(each, parts)}`)
  const head =
    here.length === 0 ? 'No nightly report is set up in this conversation.' : 'Nightly reports of this conversation:'
  const rows = [...here, ...elsewhere].map((each) => toRow(each, here.includes(each), parts))
  const table = { kind: 'table' as const, columns: ['Where', 'Model', 'When', 'Next', 'By', 'State'], rows }
  return {
    text: [head, ...lines].join('\n') + (others === '' ? '' : `\n\n${others.trim()}`),
    blocks: elsewhere.length === 0 ? [] : [table],
  }
}

function describe(schedule: Schedule, { nameOf, now }: KeepNightlyParts): string {
  const { by, paused, agreedCostUsd, mode } = schedule
  const next = tellNext(schedule, now())
  const cost =
    mode === 'watch' || agreedCostUsd === 0
      ? 'no cost'
      : agreedCostUsd === null
        ? 'cost not known'
        : `about US$ ${agreedCostUsd.toFixed(2)} a night`
  const stands = paused
    ? `paused by ${toPlainLine(paused.by)} at ${toMoment(paused.at)}${paused.why === null ? '' : `: ${toPlainLine(paused.why)}`}`
    : next === null
      ? 'on'
      : `next at ${toPlainLine(next)}`
  return `${toPlainLine(nameOf(schedule.model))}: ${toPlainLine(tellWhen(schedule))}, ${stands}, set up by ${toPlainLine(by.name ?? by.principal)}, ${cost}`
}

function toRow(schedule: Schedule, isHere: boolean, { nameOf, now }: KeepNightlyParts): string[] {
  const { by, paused, place } = schedule
  return [
    isHere ? 'here' : `another conversation of ${place.channel}`,
    nameOf(schedule.model),
    tellWhen(schedule),
    paused ? '' : (tellNext(schedule, now()) ?? ''),
    by.name ?? by.principal,
    paused ? `paused${paused.why === null ? '' : `: ${paused.why}`}` : 'on',
  ]
}
