// The tool that takes a person's corrections of a triaged ticket, from the form of its card or from a command.
import { z } from 'zod'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Changes, Corrected } from '../tickets/correct-triage.ts'
import { partOf } from '../tickets/corrected.ts'
import type { TicketDesk } from '../tickets/create-ticket-desk.ts'
import type { Triage } from '../tickets/triage.ts'
import { defineTool, type Tool } from './define-tool.ts'
import { toFieldLabel } from './ticket-card.ts'
import type { TicketCards } from './ticket-cards.ts'

const inputSchema = z.object({
  triage: z.string().min(1).max(40),
  /** Value by part: `category`, `summary`, or the name of a field. */
  changes: z.record(z.string().max(100), z.string()),
  /** How many corrections the card showed that was filled in; absent where the parts were named by hand. */
  seen: z.int().min(0).optional(),
})
export type CorrectTicketInput = z.infer<typeof inputSchema>

export interface CorrectTicketParts {
  desk: Pick<TicketDesk, 'plan' | 'correct' | 'find'>
  cards: TicketCards
}

const INPUT = 'input_'

export function createCorrectTicket({ desk, cards }: CorrectTicketParts): Tool<CorrectTicketInput, Corrected> {
  return defineTool<CorrectTicketInput, Corrected>({
    name: 'correct-ticket',
    description: 'Records what a person corrects in a triaged ticket.',
    input: inputSchema,
    peopleOnly: true,
    async run({ triage: id, changes, seen }, { actor, user, turnId, signal }) {
      if (!actor) throw new Error('The gate let nobody correct.')
      const triage = await desk.find(id)
      if (!triage) return { kind: 'refused', why: whyUnknown(id) }
      const wanted = seen === undefined ? changes : toChanged(changes, triage, seen)
      const who = { principal: actor.principal, name: actor.name ?? user.name ?? actor.principal, turn: turnId }
      const corrected = await desk.correct(id, wanted, who, signal)
      if (corrected.kind === 'corrected') await cards.refresh(id)
      return corrected
    },
    toRefusal: (corrected) => (corrected.kind === 'refused' ? corrected.why : null),
    toModelText: describe,
    toSaying: (corrected) => ({ text: describe(corrected) }),
    toAuditInput: ({ triage, changes }) => ({ triage, parts: Object.keys(changes) }),
    toAuditFacts: (corrected) =>
      corrected.kind === 'refused'
        ? {}
        : {
            changed: corrected.changed,
            category: corrected.triage.category,
            corrections: corrected.triage.corrections.length,
          },
    commands: [
      {
        name: 'correct',
        usage: '<ticket> category=<label> <field>="<text>": corrects a triaged ticket; `<field>=` empties a field',
        toInput: readCorrection,
      },
    ],
    actions: { 'correct-ticket': readForm },
  })
}

/** The untrusted value of the form's button. */
function readForm(value: Readonly<Record<string, string>>): unknown {
  if (!value.triage) return null
  const inputs = Object.entries(value).filter(([name]) => name.startsWith(INPUT))
  const changes = Object.fromEntries(inputs.map(([name, text]) => [name.slice(INPUT.length), text]))
  const seen = /^\d{1,6}$/.test(value.seen ?? '') ? { seen: Number(value.seen) } : {}
  return { triage: value.triage, changes, ...seen }
}

const HOW = 'Write it like this: `correct t-1a2b3c4d5e category=billing product_name="Label printing"`.'
/** The value may be empty; after a space it is none where the next pair begins there. */
const PAIR = /([a-z][a-z0-9_]*)\s*=(?:\s*["“”„]([^"“”„]*)["“”„]|(\S+)|\s+(?![a-z][a-z0-9_]*\s*=)(\S+)|(?=\s|$))/gi
/** Quotes that a shell left. */
const EMPTY = /^(?:''|‘’|’’)$/

export function readCorrection(text: string): { input: CorrectTicketInput } | string {
  const match = /^(t-[0-9a-f]{4,40})\s+([\s\S]+)$/i.exec(text.trim())
  if (!match?.[1] || !match[2]) return `Name the ticket by the id on its card, and what to correct. ${HOW}`
  const pairs = [...match[2].matchAll(PAIR)].map(([, name = '', quoted, plain, apart]) => [
    name.toLowerCase(),
    quoted ?? (plain ?? apart ?? '').replace(EMPTY, ''),
  ])
  const rest = match[2].replace(PAIR, '').replace(/[\s,;]+/g, '')
  if (pairs.length === 0 || rest !== '') return `I cannot read what to correct. ${HOW}`
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) return `One part stands there twice. ${HOW}`
  return { input: { triage: match[1].toLowerCase(), changes: Object.fromEntries(pairs) } }
}

/**
 * What the person changed against what their card showed: parts that others corrected meanwhile stay as they are. What was corrected before
 * and stands there still goes along, so that handing a form in again makes good what did not reach the table of results.
 */
function toChanged(changes: Changes, triage: Triage, seen: number): Changes {
  const shown = new Map<string, string>()
  for (const { part, from } of triage.corrections.slice(seen).reverse()) shown.set(part, from ?? '')
  const was = (part: string) => shown.get(part) ?? partOf(triage, part) ?? ''
  const same = (a: string, b: string) => a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim()
  // A choice that was left open is no correction.
  const isLeft = (part: string, value: string) => part === 'category' && value.trim() === ''
  const stands = (part: string, value: string) =>
    triage.corrections.some((each) => each.part === part) && value.trim() === (partOf(triage, part) ?? '')
  return Object.fromEntries(
    Object.entries(changes).filter(
      ([part, value]) => !isLeft(part, value) && (!same(value, was(part)) || stands(part, value)),
    ),
  )
}

function whyUnknown(id: string): string {
  const shown = id.replace(/[^\w-]/g, '').slice(0, 40)
  return `There is no triaged ticket ${shown || '?'}. Its id stands on its card, such as t-1a2b3c4d5e.`
}

function describe(corrected: Corrected): string {
  if (corrected.kind === 'refused') return corrected.why
  const { triage, changed, warning } = corrected
  if (changed.length === 0)
    return `Nothing was changed: ticket \`${triage.id}\` already says so.${warning ? ` ${warning}` : ''}`
  const told = changed.map((part) => {
    const value = partOf(triage, part)
    return part === 'summary'
      ? 'the summary'
      : `${toFieldLabel(part).toLowerCase()} is ${value === null ? 'empty' : `"${toPlainLine(value)}"`}`
  })
  const isField = changed.some((part) => part !== 'category' && part !== 'summary')
  const verbs = [...(changed.includes('category') ? ['classified'] : []), ...(isField ? ['read'] : [])].join(' and ')
  const learns = verbs === '' ? '' : ` Tickets like it are ${verbs} with that in mind from now on.`
  return `Corrected ticket \`${triage.id}\`: ${told.join(', ')}.${learns}${warning ? ` ${warning}` : ''}`
}
