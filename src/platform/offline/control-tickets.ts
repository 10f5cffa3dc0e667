// The sentences that hand over a ticket, or ask about tickets as data. What asks how to do something is for the documentation.
import { COURTESY } from './control-instructions.ts'
import type { ControlCall } from './control-rule.ts'
import { DAYS, readTicketQuestion } from './control-ticket-questions.ts'

const THING = '(?:ticket|message|thread|conversation|e-?mail|text|request|complaint)'
/** `triage this: ...`, `classify this ticket`, `what category is this ticket: ...`. The text begins behind a colon, a line end or a quote. */
const HAND_OVER = new RegExp(
  `^(?:(?:triage|classify|categori[sz]e)(?: (?:this|that|it|the following|the following one|the))?(?: (?:support|customer))?(?: ${THING})?(?: for (?:me|us))?|(?:what|which) (?:category|label) (?:is|has|fits|would be) (?:this|that|the following)(?: ${THING})?)(?: please)?\\s*(?:(?::|\\n|-\\s|(?=["“]))\\s*([\\s\\S]*)|[.!?]?$)`,
  'i',
)
/** Without a text only what points at something is an instruction. */
const POINTS = new RegExp(
  `\\b(?:this|that|it)\\b|\\b(?:the|this|the following) ${THING}\\b|^(?:triage|classify)[.!?]?$`,
  'i',
)

const OF_DAYS = `(?:(?: (?:of|from|for|in|on|during|between))? (${DAYS}))?`
const WHAT = '(?:summary|overview|report|digest|breakdown)'
const MINE = '(?:all )?(?:of )?(?:the |our )?(?:(?:support|customer|new) )?'
const ASKS = "(?:(?:give|show|get) (?:me|us) |what is |what's )?"
const OVERVIEW = [
  `(?:summari[sz]e|sum up|triage|classify|report on) ${MINE}tickets${OF_DAYS}`,
  `${ASKS}(?:(?:a|an|the) )?${WHAT} (?:of|for|on|over) ${MINE}tickets${OF_DAYS}`,
  `(?:(?:(?:give|show|get) (?:me|us)|summari[sz]e|sum up|triage|classify|report on|what (?:are|were)|how (?:are|were)) )?(?:(?:(?:a|an|the) )?${WHAT} (?:of|for|on|over) )?(?:all )?(?:of )?(?:the )?(${DAYS})'s (?:support )?tickets`,
  `(?:what|which) (?:support )?tickets (?:came in|did we get|arrived|were there) (${DAYS})`,
  `how were (?:the |our )?tickets (${DAYS})`,
  `what did (?:our )?(?:customers|people|users) (?:complain|write|ask) (?:us )?about (${DAYS})`,
  `(?:all |our |the )*(?:support )?tickets (?:of|from) (${DAYS})`,
  `(?:support )?tickets? overview(?: (?:of|for|from))? (${DAYS})`,
].map((pattern) => new RegExp(`^${pattern}(?:,? please)?$`))

/** Without what people write around a question, as it was written. */
function toBare(text: string): string {
  const raw = text.trim()
  const courtesy = COURTESY.exec(raw.toLowerCase())?.[0].length ?? 0
  return raw.slice(courtesy).replace(/^(?:tell me|let me know|show me|do you know) (?=how many\b|which\b|what\b)/i, '')
}

const toPlain = (bare: string): string =>
  bare
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '')

/** False where the documentation may hold the answer as well, if the tickets do not. */
export function isSurelyAboutTickets(text: string, names: readonly string[]): boolean {
  return readTicketQuestion(toPlain(toBare(text)), names) === 'sure'
}

/**
 * The call that a message about tickets needs; null where it is about something else. `text`: as it was written. `names`: labels,
 * fields and values of the tickets.
 */
export function readTicketControl(
  text: string,
  offered: ReadonlySet<string>,
  names: readonly string[],
): ControlCall | null {
  const bare = toBare(text)
  if (offered.has('classify-ticket')) {
    const match = HAND_OVER.exec(bare)
    const handed = (match?.[1] ?? '').replace(/^["“]|["”]$/g, '').trim()
    if (match && handed !== '') return { name: 'classify-ticket', args: { text: handed } }
    if (match && POINTS.test(match[0])) return { name: 'classify-ticket', args: {} }
  }
  const plain = toPlain(bare)
  if (offered.has('summarize-tickets')) {
    for (const pattern of OVERVIEW) {
      const match = pattern.exec(plain)
      if (match) return { name: 'summarize-tickets', args: { period: match[1] ?? 'yesterday' } }
    }
  }
  if (!offered.has('query-tickets') || readTicketQuestion(plain, names) === 'no') return null
  return { name: 'query-tickets', args: { question: bare } }
}
