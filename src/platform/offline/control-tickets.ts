// The sentences that hand over a ticket, or ask about tickets as data. What asks how to do something is for the documentation.
import { COURTESY } from './control-instructions.ts'
import type { ControlCall } from './control-rule.ts'

const THING = '(?:ticket|message|thread|conversation|e-?mail|text|request|complaint)'
/** `triage this: ...`, `classify this ticket`, `what category is this ticket: ...`. The text begins behind a colon, a line end or a quote. */
const HAND_OVER = new RegExp(
  `^(?:(?:triage|classify|categori[sz]e)(?: (?:this|that|it|the following|the))?(?: (?:support|customer))?(?: ${THING})?(?: for (?:me|us))?|(?:what|which) (?:category|label) (?:is|has|fits|would be) (?:this|that|the following)(?: ${THING})?)(?: please)?\\s*(?:(?::|\\n|-\\s|(?=["“]))\\s*([\\s\\S]*)|[.!?]?$)`,
  'i',
)
/** Without a text only what points at something is an instruction. */
const POINTS = new RegExp(`\\b(?:this|that|it)\\b|\\b(?:the|this) ${THING}\\b|^(?:triage|classify)[.!?]?$`, 'i')

const DAYS = [
  'yesterday',
  'today',
  'last night',
  '(?:this|last) (?:week|month)',
  '(?:the )?(?:last|past) (?:\\d{1,3}|two|three|four|five|six|seven) (?:days|weeks)',
  '\\d{4}-\\d{2}-\\d{2}(?: ?(?:\\.\\.+|to|until|and) ?\\d{4}-\\d{2}-\\d{2})?',
  '\\d{4}-\\d{2}',
].join('|')
const OF_DAYS = `(?:(?: (?:of|from|for|in|on|during|between))? (${DAYS}))?`
const OVERVIEW = [
  `(?:summari[sz]e|sum up|triage|classify) (?:all )?(?:the |our )?(?:(?:support|customer|new) )?tickets${OF_DAYS}`,
  `(?:(?:give|show|get) (?:me|us) |what is |what's )?(?:a|an|the) (?:summary|overview|report|digest) of (?:all )?(?:the |our )?(?:support )?tickets${OF_DAYS}`,
  `(?:(?:(?:give|show|get) (?:me|us)|summari[sz]e|triage|classify|what (?:are|were)|how (?:are|were)) )?(?:(?:a|an|the) (?:summary|overview|report|digest) of )?(?:the )?(${DAYS})'s (?:support )?tickets`,
  `(?:what|which) (?:support )?tickets (?:came in|did we get|arrived|were there) (${DAYS})`,
].map((pattern) => new RegExp(`^${pattern}(?:,? please)?$`))

/** What the product lets people do with tickets is documented, and no question about ours. */
const OF_PRODUCT =
  /\b(?:can|could|may|might|should|must|allow(?:s|ed)?|limits?|maximum|minimum|plans?|include[sd]?|create|creating|supported|setting|settings|configure|api|webhooks?)\b/
const HOW_TO = /^(?:how (?:do|can|could|should|to|does)|where|why|can|could|is it possible)\b|\bhow to\b/
const TICKETS = /\btickets\b|\bticket (?:count|volume|numbers)\b/
const AS_DATA = [
  /^(?:how many|(?:what is |what's )?the number of|number of|count)\b/,
  /^(?:(?:what|which) (?:are|were) |(?:show|give|list|tell)(?: me| us)? )?(?:the )?(?:top \d{1,3}|top|most (?:common|frequent))\b/,
  /^(?:which|what) (?:category|product|error code|channel|customer|label)s?\b.*\bmost\b/,
  /^(?:show|list|give|find)(?: me| us)? (?:all )?(?:the )?(?:(?:latest|newest|most recent|last|oldest)\b|[a-z_ -]{0,30}\btickets\b)/,
  /^(?:the )?(?:support )?tickets (?:by|per)\b/,
]

/** The call that a message about tickets needs; null where it is about something else. `text`: as it was written. */
export function readTicketControl(text: string, offered: ReadonlySet<string>): ControlCall | null {
  const raw = text.trim()
  const courtesy = COURTESY.exec(raw.toLowerCase())?.[0].length ?? 0
  const bare = raw.slice(courtesy)
  if (offered.has('classify-ticket')) {
    const match = HAND_OVER.exec(bare)
    const handed = (match?.[1] ?? '').replace(/^["“]|["”]$/g, '').trim()
    if (match && handed !== '') return { name: 'classify-ticket', args: { text: handed } }
    if (match && POINTS.test(match[0])) return { name: 'classify-ticket', args: {} }
  }
  const plain = bare
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '')
  if (offered.has('summarize-tickets')) {
    for (const pattern of OVERVIEW) {
      const match = pattern.exec(plain)
      if (match) return { name: 'summarize-tickets', args: { period: match[1] ?? 'yesterday' } }
    }
  }
  if (!offered.has('query-tickets') || HOW_TO.test(plain) || OF_PRODUCT.test(plain) || !TICKETS.test(plain)) return null
  return AS_DATA.some((pattern) => pattern.test(plain)) ? { name: 'query-tickets', args: { question: bare } } : null
}
