// The tool that triages one ticket: category, fields and summary on a card that a person can correct.
import { z } from 'zod'
import type { TicketDesk } from '../tickets/create-ticket-desk.ts'
import type { Triaged } from '../tickets/triage-ticket.ts'
import { defineTool, type EarlierMessage, type EarlierThread, type Tool } from './define-tool.ts'
import { countOf } from './ticket-blocks.ts'
import { toTriageCard } from './ticket-card.ts'

const inputSchema = z.object({
  text: z
    .string()
    .optional()
    .describe('The text of the ticket, word for word. Left out: what people wrote in this thread.'),
  ticketId: z
    .string()
    .max(200)
    .optional()
    .describe(
      'Id of a ticket of the table, such as T-10001. Its text is read there; a text given beside it is left aside.',
    ),
})
export type ClassifyTicketInput = z.infer<typeof inputSchema>

export interface ClassifyTicketParts {
  desk: Pick<TicketDesk, 'plan' | 'triage' | 'find'>
}

/** Points at the thread, and is no text of a ticket. */
const THIS =
  /^(?:(?:this|that|it|(?:(?:this|that|the|the following|this (?:support|customer)) )?(?:thread|ticket|conversation|message)|the following)(?: (?:please|now|for (?:me|us)|here))*)?(?:,? please)?[.!?:]*$/i
/** `triage this: I was charged twice`. */
const INTRODUCED = /^(?:this|that|the following)(?: (?:ticket|message|text))?\s*:\s*/i
/** An id behind the word holds a digit: "ticket closed" is a text. */
const BY_ID = /^(?:ticket\s+#?(?=\S*\d)|#)([\w.-]{1,64}?)(?:,? please)?[.!?]*$/i
const DAYS =
  '(?:today|yesterday|last night|(?:(?:the|this|last|past|next) )*(?:\\d+ )?(?:days?|weeks?|months?|morning|[a-z]+day)|\\d{4}-\\d{2}(?:-\\d{2})?(?: ?(?:\\.\\.+|to|until|and) ?\\d{4}-\\d{2}-\\d{2})?)'
/** Tickets of days, or all of them: none of them is the text. */
const MANY = new RegExp(
  `^(?:(?:all|every|each|of|the|our|my|these|those|new|open|incoming|unread|support|customer|latest|last|first|next|\\d+|${DAYS}(?:'s)?) )*tickets(?: (?:(?:of|from|for|in|on|since|during) )?${DAYS})?(?:,? please)?[.!?]*$`,
  'i',
)
/** Speaks of triage itself, as a heading or a question does. */
const ABOUT_TRIAGE =
  /^(?:(?:workflow|process|rules?|settings?|setup|policy|queue|board|feature|mode|status|command|tool|function|view|page|guide|docs?|documentation)s?\b\s*(?::|\?|$|-\s)|(?:is|was|does|means?|works?|workflow|process)\b.*\?$)/i
const NAMES_MANY =
  'That names tickets and holds the text of none. For all tickets of some days write `tickets yesterday` or another period; for one, `triage #T-10001` or its text behind `triage`.'
const NAMES_TRIAGE =
  'That reads like a question about triage itself. Ask it as a sentence, or put the text of the ticket in quotes: `triage "Workflow: it does not start"`.'

/** A string says why it is none; without the slash the message is then answered like any other. */
function readTriage(text: string): { input: ClassifyTicketInput } | string {
  const ticketId = BY_ID.exec(text)?.[1]
  if (ticketId !== undefined) return { input: { ticketId } }
  if (THIS.test(text)) return { input: {} }
  const quoted = /^["“„]([^"“”„]+)["“”]$/.exec(text)?.[1]
  if (quoted !== undefined) return { input: { text: quoted.trim() } }
  const plain = text.replace(/[‘’]/g, "'")
  if (MANY.test(plain)) return NAMES_MANY
  if (ABOUT_TRIAGE.test(plain)) return NAMES_TRIAGE
  return { input: { text: text.replace(INTRODUCED, '') } }
}

export function createClassifyTicket({ desk }: ClassifyTicketParts): Tool<ClassifyTicketInput, Triaged> {
  const { plan } = desk
  const labels = Object.keys(plan.labels)
  const shown = labels.slice(0, 20).join(', ')
  return defineTool<ClassifyTicketInput, Triaged>({
    name: 'classify-ticket',
    description: `Triages one support ticket: its category (${shown}${labels.length > 20 ? ', ...' : ''}), ${Object.keys(plan.fields).join(', ')} and a summary. Use it where somebody hands over a ticket or a message of a customer, or asks to triage this thread.`,
    input: inputSchema,
    async run(input, context) {
      const ticketId = input.ticketId?.trim() || undefined
      const given = input.text?.trim() ?? ''
      const asked = { where: context.turnId, ...(ticketId === undefined ? {} : { ticketId }) }
      if (given !== '' || ticketId !== undefined) return desk.triage({ text: given, ...asked }, context.signal)
      const thread = await context.earlier?.()
      if (thread?.unreadable) return { kind: 'refused', why: UNREADABLE }
      return desk.triage({ ...toTicket(thread), ...asked }, context.signal)
    },
    toRefusal: (triaged) => (triaged.kind === 'refused' ? triaged.why : null),
    toLiveCard: (triaged) => (triaged.kind === 'triaged' ? triaged.triage.id : null),
    async findCard(id) {
      const triage = id.startsWith('t-') ? await desk.find(id) : null
      return triage ? toTriageCard(triage, plan) : null
    },
    toModelText(triaged) {
      if (triaged.kind === 'refused') return triaged.why
      const { id, category, confidence, fields, summary, errors } = triaged.triage
      return JSON.stringify({
        id,
        category,
        confidence,
        fields,
        summary,
        ...(Object.keys(errors).length > 0 ? { errors } : {}),
      })
    },
    toAuditInput: ({ text, ticketId }) => ({ characters: text?.length ?? 0, ...(ticketId ? { ticketId } : {}) }),
    toAuditFacts: (triaged) => {
      if (triaged.kind === 'refused') return {}
      const { id, category, confidence, model } = triaged.triage
      return { triage: id, category, confidence, model }
    },
    toSaying: (triaged) => (triaged.kind === 'refused' ? { text: triaged.why } : toTriageCard(triaged.triage, plan)),
    commands: [
      {
        name: 'triage',
        usage:
          '<text>: category, fields and summary of a ticket; without a text that of this thread, `triage #T-10001` one of the table',
        toInput: (text) => readTriage(text.trim()),
      },
    ],
    actions: { 'triage-ticket': ({ ticketId }) => (ticketId ? { ticketId } : null) },
  })
}

const UNREADABLE =
  'I may not read this thread, so there is nothing to triage. Invite me to the channel and try again, or write the text of the ticket behind the command: `triage I was charged twice for March`.'

/** What people wrote in the thread; the bot's own messages are no part of a ticket. */
function toTicket(thread: EarlierThread | undefined): { text: string; leftOut?: string } {
  if (!thread) return { text: '' }
  const leftOut = describeLeftOut(thread)
  return { text: toThreadText(thread.messages), ...(leftOut === null ? {} : { leftOut }) }
}

/** Null where the whole thread was read. */
export function describeLeftOut({ leftOut, cut }: Omit<EarlierThread, 'messages'>): string | null {
  const parts = [
    ...(cut > 0 ? [`the last ${countOf(cut, 'character')} of the first message`] : []),
    ...(leftOut > 0 ? [`${countOf(leftOut, 'message')} behind the first one`] : []),
  ]
  return parts.length === 0 ? null : `The thread is too long to be read whole. Left out: ${parts.join(' and ')}.`
}

export function toThreadText(messages: readonly EarlierMessage[]): string {
  const written = messages.filter(({ role, text }) => role === 'user' && text.trim() !== '')
  // Who speaks matters only where several do; elsewhere the name would stand in the summary.
  const several = new Set(written.map(({ name }) => name)).size > 1
  return written.map(({ name, text }) => (several && name ? `${name}: ${text.trim()}` : text.trim())).join('\n\n')
}
