// The tool by which a failing question is not announced for a while; it is measured all the same.
import { z } from 'zod'
import type { People } from '../approvals/people.ts'
import type { Block, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { dropCare, keepCare, listCare, type Mute, muteSchema } from '../reports/schedules/case-care.ts'
import type { Ledger } from '../store/port-ledgers.ts'
import { defineTool, type Tool, type ToolContext } from './define-tool.ts'
import { findCase } from './find-case.ts'
import { toIso } from './time-steps.ts'

const DAY_MS = 86_400_000
const LONGEST_DAYS = 366
/** What the form offers, in days. */
const CHOICES: Readonly<Record<string, number>> = { '1 week': 7, '1 month': 30, '3 months': 91 }

const inputSchema = z.object({
  /** Empty: what is muted. */
  case: z.string().trim().max(200),
  /** A date, `1 week`, `1 month`, or `off`; absent: it is asked for. */
  until: z.string().trim().max(60).optional(),
})
export type MuteCaseInput = z.infer<typeof inputSchema>

export type Muted =
  | { kind: 'refused'; why: string }
  | { kind: 'ask'; id: string }
  | { kind: 'muted'; mute: Mute }
  | { kind: 'unmuted'; id: string; was: boolean }
  | { kind: 'list'; mutes: readonly Mute[] }

export interface CaseToolParts {
  model: string
  nights: Ledger
  people: Pick<People, 'find'>
  /** Milliseconds since 1970. */
  now: () => number
}

const USAGE =
  'Write `mute <question> until 2026-12-24`, `mute <question> 1 week` or `mute <question> off`; `mute` alone lists them.'

export function createMuteCase(parts: CaseToolParts & { mutes: Ledger }): Tool<MuteCaseInput, Muted> {
  return defineTool<MuteCaseInput, Muted>({
    name: 'mute-case',
    description: 'Keeps a failing question out of the nightly report for a while.',
    input: inputSchema,
    peopleOnly: true,
    run: (input, context) => mute(input, context, parts),
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: (outcome) => toSaying(outcome, parts).text,
    toSaying: (outcome) => toSaying(outcome, parts),
    toAuditFacts: ({ kind }) => ({ result: kind }),
    commands: [
      {
        name: 'mute',
        usage:
          '<question> until 2026-12-24|1 week|off: keeps a failing question out of the nightly report; alone it lists them',
        toInput: readLine,
        isMeant: namesCase,
      },
      // The same under a name that no chat client keeps for itself.
      {
        name: 'snooze',
        usage: '<question> until 2026-12-24: the same as `mute`',
        toInput: readLine,
        isMeant: namesCase,
      },
    ],
    actions: {
      'mute-case': ({ case: id, input_until: until = '', input_date: date = '' }) =>
        id ? { case: id, ...(date.trim() || until ? { until: date.trim() || until } : {}) } : null,
    },
  })
}

/** Ids of questions hold no blanks; quotes allow those that do. */
export function splitCase(text: string): { id: string; rest: string } {
  const [, quoted, plain = '', rest = ''] = /^(?:["“”„]([^"“”„]+)["“”„]|(\S+))?\s*([\s\S]*)$/.exec(text.trim()) ?? []
  return { id: quoted ?? plain, rest: rest.trim() }
}

/** True where the first word looks like the id of a question, or stands in quotes: "mute notifications" may be asked of the documentation. */
export function namesCase(text: string): boolean {
  return /^["“”„]|^\S*[\d_-]/.test(text.trim())
}

function readLine(text: string): { input: MuteCaseInput } | string {
  const { id, rest } = splitCase(text)
  if (id === '' || (id === 'list' && rest === '')) return { input: { case: '' } }
  if (!namesCase(text))
    return `“${toShown(id)}” is no question of the set; one that is called so stands in quotes. ${USAGE}`
  if (rest === '') return { input: { case: id } }
  const until = rest.replace(/^(?:until|for)\s+/i, '')
  return isWritten(until) ? { input: { case: id, until } } : `“${rest.slice(0, 40)}” is no time. ${USAGE}`
}

/** Of text that may hold anything. */
export function toShown(text: string): string {
  return text.replace(/[^\p{L}\p{N}@._ -]/gu, '').slice(0, 60)
}

function isWritten(text: string): boolean {
  return /^(?:off|\d{4}-\d{2}-\d{2}|(?:a|one|\d{1,3}) (?:day|week|month)s?)$/i.test(text)
}

/** ISO date; a string in `why` says what is wrong. */
function readUntil(text: string, now: number): { date: string } | { why: string } {
  const [, count = '', unit = ''] = /^(a|one|\d{1,3}) (day|week|month)s?$/i.exec(text) ?? []
  const perUnit: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30 }
  const days = CHOICES[text.toLowerCase()] ?? (Number(count) || 1) * (perUnit[unit.toLowerCase()] ?? 0)
  const date = days > 0 ? toIso(now + days * DAY_MS) : text
  if (!z.iso.date().safeParse(date).success)
    return { why: `“${text.replace(/[^\p{L}\p{N} -]/gu, '').slice(0, 40)}” is no date. ${USAGE}` }
  if (date <= toIso(now)) return { why: `${date} is not in the future, so nothing was muted. ${USAGE}` }
  if (Date.parse(date) > now + LONGEST_DAYS * DAY_MS)
    return { why: `${date} is more than a year away, so nothing was muted. Take the question out of the set instead.` }
  return { date }
}

async function mute(
  { case: text, until }: MuteCaseInput,
  { actor }: ToolContext,
  parts: CaseToolParts & { mutes: Ledger },
): Promise<Muted> {
  const { model, mutes } = parts
  const today = toIso(parts.now())
  if (text === '')
    return { kind: 'list', mutes: (await listCare(mutes, muteSchema, model)).filter((each) => each.until > today) }
  const why = whyNotLinked(actor, parts)
  if (why !== null || !actor) return { kind: 'refused', why: why ?? 'Nobody is known to ask.' }
  const found = await findCase(text, parts)
  // What left the set may still be taken off the list.
  if ('why' in found && until?.toLowerCase() !== 'off') return { kind: 'refused', why: found.why }
  const id = 'id' in found ? found.id : text
  if (until === undefined) return { kind: 'ask', id }
  if (until.toLowerCase() === 'off') return { kind: 'unmuted', id, was: await dropCare(mutes, { model, case: id }) }
  const read = readUntil(until, parts.now())
  if ('why' in read) return { kind: 'refused', why: read.why }
  const at = new Date(parts.now()).toISOString()
  const record: Mute = { form: 1, model, case: id, until: read.date, by: actor.name ?? actor.principal, at }
  await keepCare(mutes, record)
  return { kind: 'muted', mute: record }
}

/** What others rely on is changed by people who are known. */
export function whyNotLinked(actor: ToolContext['actor'], { people }: Pick<CaseToolParts, 'people'>): string | null {
  if (actor && people.find(actor.identity)) return null
  return `Your account ${actor?.identity ?? ''} is linked to no person, so nothing was changed. An administrator adds it under people in the policy file.`
}

function toSaying(outcome: Muted, parts: CaseToolParts): Saying {
  switch (outcome.kind) {
    case 'refused':
      return { text: outcome.why }
    case 'muted':
      return {
        text: `${toPlainLine(outcome.mute.case)} is not announced before ${outcome.mute.until}, as ${toPlainLine(outcome.mute.by)} says. It is measured all the same; \`mute ${outcome.mute.case} off\` ends it.`,
      }
    case 'unmuted':
      return {
        text: outcome.was
          ? `${toPlainLine(outcome.id)} is announced again.`
          : `${toPlainLine(outcome.id)} was not muted.`,
      }
    case 'ask':
      return {
        text: `How long shall ${toPlainLine(outcome.id)} stay out of the nightly report? It is measured all the same.`,
        blocks: [toForm(outcome.id, parts)],
      }
    case 'list':
      return outcome.mutes.length === 0
        ? { text: `No question is muted. ${USAGE}` }
        : {
            text: `Muted questions:\n${outcome.mutes.map((each) => `- ${toPlainLine(each.case)} until ${each.until}, by ${toPlainLine(each.by)}`).join('\n')}`,
          }
  }
}

function toForm(id: string, { model }: CaseToolParts): Block {
  return {
    kind: 'form',
    action: 'mute-case',
    submit: 'Mute',
    value: { case: id, model },
    fields: [
      { id: 'until', label: 'For', value: '1 week', options: Object.keys(CHOICES) },
      { id: 'date', label: 'Or until this date, such as 2026-12-24', value: '' },
    ],
    command: `mute ${id} until 2026-12-24`,
  }
}
