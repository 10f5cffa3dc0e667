// The tool that has a model measured every night in this conversation, or posts what finishes elsewhere; agreed to with its cost.
import { z } from 'zod'
import { describeState, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { toShortName } from '../promotion/model-policies.ts'
import { readWhen } from '../reports/schedules/read-when.ts'
import {
  changeSchedule,
  getSchedule,
  putSchedule,
  type Schedule,
  scheduleSchema,
  toScheduleId,
} from '../reports/schedules/schedule.ts'
import { nextAt } from '../reports/schedules/slots.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { toSum } from './agreed-cost.ts'
import {
  type ApprovedEnding,
  type ApprovedRun,
  defineTool,
  type Planned,
  type Tool,
  type ToolContext,
} from './define-tool.ts'
import { findVersion } from './find-version.ts'
import { estimateNight } from './nightly-plan.ts'
import { MOST_CANDIDATES, type NightlyParts, toLocal } from './nightly-words.ts'

const inputSchema = z.object({
  /** As it was written, such as `at 07:00 Europe/Berlin`; `watch`; or empty where `agree` names a schedule. */
  when: z.string().trim().max(200),
  candidates: z
    .array(z.string().min(1).max(40))
    .max(MOST_CANDIDATES, `name at most ${MOST_CANDIDATES} versions`)
    .default([]),
  /** A new cost for a schedule that is there: US dollars of one night. */
  agree: z.object({ schedule: z.string(), costUsd: z.number().nonnegative() }).optional(),
})
export type ScheduleNightlyInput = z.infer<typeof inputSchema>

const evidenceSchema = z.object({
  schedule: scheduleSchema,
  words: z.string(),
  replaces: z.string().nullable(),
  /** When it runs first, in its own time zone, as it was when it was asked for; null where no time is known. */
  first: z.string().nullable(),
})

const EXPIRES_MS = 60 * 60_000
const WATCH = 'watch'
/** A button was pressed for the sum that stands on it. */
const ROUNDING = 1.05

export function createScheduleNightly(parts: NightlyParts): Tool<ScheduleNightlyInput, never> {
  const toCommand = (word: string, usage: string) => ({
    name: `nightly ${word}`,
    usage,
    toInput: (text: string) => readLine(word, text),
    // A time or a pattern; "nightly at the warehouse" may be a question.
    isMeant: (text: string) => /^(?:at )?[\d*]/i.test(text.trim()),
  })
  return defineTool<ScheduleNightlyInput, never>({
    name: 'schedule-nightly',
    description: `Has ${parts.model} measured every night, and the report posted in this conversation.`,
    input: inputSchema,
    peopleOnly: true,
    run: () => Promise.reject(new Error('A schedule is made only as an approved operation.')),
    toModelText: () => '',
    commands: [
      toCommand(
        'at',
        '07:00 Europe/Berlin [v4]: measures every night at that time and posts the report in this conversation',
      ),
      toCommand('weekdays', 'at 07:00 Europe/Berlin: the same from Monday to Friday'),
      toCommand('cron', '0 7 * * 1-5 Europe/Berlin: the same by a cron pattern'),
      toCommand(WATCH, 'posts each evaluation of the version in use that finished elsewhere, such as in a job'),
    ],
    actions: {
      'nightly-agree': ({ schedule, cost }) => {
        const costUsd = Number(cost)
        return schedule && Number.isFinite(costUsd) ? { when: '', agree: { schedule, costUsd } } : null
      },
    },
    approval: {
      plan: (input, context) =>
        input.agree ? planAgreement(input.agree, context, parts) : plan(input, context, parts),
      whyNotForModel: () => 'Only people make schedules: write `nightly at 07:00 Europe/Berlin`.',
      mayDecide: async () => true,
      card: toCard,
      quiet: ({ state }) => state === 'done',
      carryOut: (_, run) => carryOut(run, parts),
    },
  })
}

/** Versions stand behind the time: `07:00 Europe/Berlin v4`. */
function readLine(word: string, text: string): { input: ScheduleNightlyInput } | string {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((each) => each !== '')
  const candidates: string[] = []
  for (let last = words.at(-1); last !== undefined && /^(?:v\d+|with|and),?$/i.test(last); last = words.at(-1)) {
    words.pop()
    if (/^v/i.test(last)) candidates.unshift(last.replace(',', ''))
  }
  if (word === WATCH) {
    return words.length === 0
      ? { input: { when: WATCH, candidates } }
      : 'Write `nightly watch`, without a time: it posts whatever finishes.'
  }
  const when = `${word} ${words.join(' ')}`
  const read = readWhen(when)
  return typeof read === 'string'
    ? read
        .replaceAll('`at', '`nightly at')
        .replaceAll('`weekdays', '`nightly weekdays')
        .replaceAll('`cron', '`nightly cron')
    : { input: { when, candidates } }
}

async function plan(
  input: ScheduleNightlyInput,
  { actor, place }: ToolContext,
  parts: NightlyParts,
): Promise<Planned<never>> {
  const { model, alias, registry } = parts
  if (!actor) return refuse('Nobody is known to ask, so nothing was set up.')
  if (!place) return refuse('A report needs a conversation. Write the command where it shall be posted.')
  const mode = input.when === WATCH ? 'watch' : 'run'
  const when = mode === 'watch' ? null : readWhen(input.when, { now: parts.now() })
  if (typeof when === 'string') return refuse(when)
  const candidates: string[] = []
  for (const text of input.candidates) {
    const found = await findVersion(text, parts)
    if (found.kind === 'refused') return found
    candidates.push(found.version.version)
  }
  const champion = await registry.getAlias(model, alias)
  if (champion === null)
    return refuse(
      `${model} has no ${alias} yet, so there is nothing to measure. Promote a version first; \`versions\` lists them.`,
    )
  const top = parts.topOf(place)
  const id = toScheduleId(model, top)
  const before = await getSchedule(parts.ledger('schedules'), id)
  const estimate =
    mode === 'watch'
      ? { costUsd: 0, words: 'no cost: it is evaluated elsewhere' }
      : await estimateNight(champion, candidates, parts, false)
  const schedule: Schedule = {
    ...{ form: 1, id, kind: 'nightly', model, mode, when, candidates, place: top, by: actor },
    ...{ agreedCostUsd: estimate.costUsd, paused: null, since: new Date(parts.now()).toISOString() },
    ...{ lastSlot: null, claim: null, lastPost: null },
  }
  const replaces = before ? tellWhen(before) : null
  const first = tellNext(schedule, parts.now())
  return toPlan(schedule, { words: estimate.words, replaces, first }, estimate.costUsd === 0 ? 0 : 1)
}

/** Agreeing to what a night costs by now. The button says the sum, so pressing it is the decision. */
async function planAgreement(
  { schedule: id, costUsd }: { schedule: string; costUsd: number },
  { actor }: ToolContext,
  parts: NightlyParts,
): Promise<Planned<never>> {
  if (!actor) return refuse('Nobody is known to ask, so nothing was changed.')
  const before = await getSchedule(parts.ledger('schedules'), id)
  if (!before)
    return refuse('That schedule is gone, so there is nothing to agree to. `nightly list` shows those there are.')
  if (before.model !== parts.model) return refuse('That schedule is of another model, so nothing was changed.')
  const champion = await parts.registry.getAlias(parts.model, parts.alias)
  const estimate = await estimateNight(champion, before.candidates, parts, true)
  const isAsShown = estimate.costUsd !== null && estimate.costUsd <= costUsd * ROUNDING
  // The slot that was not run is run now: its night was refused for its cost alone.
  const since = before.lastSlot === null ? before.since : new Date(Date.parse(before.lastSlot) - 1).toISOString()
  const schedule: Schedule = {
    ...before,
    agreedCostUsd: estimate.costUsd,
    paused: null,
    since,
    lastSlot: null,
    claim: null,
  }
  return toPlan(schedule, { words: estimate.words, replaces: null, first: null }, isAsShown ? 0 : 1)
}

function refuse(why: string): Planned<never> {
  return { kind: 'refused', why }
}

function toPlan(
  schedule: Schedule,
  shown: { words: string; replaces: string | null; first: string | null },
  quorum: number,
): Planned<never> {
  const { agreedCostUsd: cost } = schedule
  return {
    kind: 'plan',
    plan: {
      subject: `schedule:${schedule.id}`,
      evidence: { schedule, ...shown },
      expects: { when: tellWhen(schedule), cost: cost === null ? 'not known' : toSum(cost) },
      rule: { who: { kind: 'asker' }, quorum, selfDecides: true },
      expiresAfterMs: EXPIRES_MS,
      remindAfterMs: null,
    },
  }
}

export function tellWhen({ mode, when, candidates }: Pick<Schedule, 'mode' | 'when' | 'candidates'>): string {
  const beside = candidates.length === 0 ? '' : `, with ${candidates.map((each) => `v${each}`).join(', ')} beside it`
  return `${mode === 'watch' || !when ? 'whenever an evaluation finished elsewhere' : when.words}${beside}`
}

/** Such as `2026-11-24 07:00 Europe/Berlin`; null where there is none. */
export function tellNext({ when }: Pick<Schedule, 'when'>, now: number): string | null {
  const slot = when && nextAt(when, now)
  if (!when || slot === null) return null
  const { date, time } = toLocal(slot, when.zone)
  return `${date} ${time.slice(0, 5)} ${when.zone}`
}

async function carryOut({ approval }: ApprovedRun, parts: NightlyParts): Promise<ApprovedEnding> {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success)
    return { state: 'failed', outcome: 'The stored request cannot be read, so nothing was set up. Ask again.' }
  const { schedule } = evidence.data
  const ledger = parts.ledger('schedules')
  const { agreedCostUsd, since } = schedule
  const isAgreement = scheduleInput(approval)?.agree !== undefined
  if (isAgreement) {
    await changeSchedule(ledger, schedule.id, (now) => ({
      ...now,
      agreedCostUsd,
      since,
      lastSlot: null,
      claim: null,
      paused: null,
    }))
  } else await putSchedule(ledger, schedule)
  return { state: 'done', outcome: `The nightly report is posted in this conversation ${tellWhen(schedule)}.` }
}

function scheduleInput({ input }: ApprovalRecord): ScheduleNightlyInput | undefined {
  return inputSchema.safeParse(input).data
}

function toCard(approval: ApprovalRecord): Saying {
  const evidence = evidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  const { schedule, words, replaces, first } = evidence.data
  const footer = `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`
  const name = toPlainLine(toShortName(schedule.model))
  const about = `Nightly report of ${name} in this conversation: ${toPlainLine(tellWhen(schedule))}.`
  const cost =
    schedule.mode === 'watch' ? '' : ` A night takes ${words}; what looks like a regression is measured once more.`
  const instead = replaces === null ? '' : ` It replaces: ${toPlainLine(replaces)}.`
  if (approval.state === 'open') {
    const value = { approval: approval.id, seal: toSealPrefix(approval) }
    return {
      text: `${about}${cost}${instead} It begins when ${tellActor(approval.asker)} agrees.`,
      buttons: [
        { action: 'approve', label: 'Agree', value, style: 'primary' },
        { action: 'reject', label: 'Do not', value },
      ],
      footer,
    }
  }
  if (approval.state !== 'done' && approval.state !== 'approved' && approval.state !== 'running') {
    return { text: `${about} ${describeState(approval)}`, footer }
  }
  const begins = first === null ? '' : ` The next one is at ${toPlainLine(first)}.`
  return {
    text: `${about}${begins}${cost}${instead} \`nightly\` shows it, \`nightly pause\` and \`nightly off\` end it.`,
    footer,
  }
}
