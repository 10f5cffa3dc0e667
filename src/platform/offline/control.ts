// Tells by rules which tool for versions a message needs: these words mean too much to be chosen by likeness.
import { COURTESY, INSTRUCTIONS } from './control-instructions.ts'
import { NIGHTS } from './control-nights.ts'
import { HOW_TO, QUESTIONS } from './control-questions.ts'
import { type ControlCall, PERHAPS, type Rule, type Said } from './control-rule.ts'
import { readTicketControl } from './control-tickets.ts'
import { namesForeignVersion, toPlainWords, versionsIn } from './control-words.ts'

function toSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+(?=\S)|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

const END = /[\s.!?,;:)]+$/
const PRONOUN = /\b(?:it|this one|that one|this version|that version|the candidate|the new (?:version|one))\b/

function toSaid(raw: string, only: string | undefined, now: number): Said {
  const plain = toPlainWords(raw).replace(END, '')
  const text = only !== undefined && versionsIn(plain).length === 0 ? plain.replace(PRONOUN, only) : plain
  return { text, raw, versions: versionsIn(text), now }
}

function findCall(said: Said, rules: readonly Rule[], offered: ReadonlySet<string>): ControlCall | null {
  const { text, versions } = said
  for (const { when, unless, call, versions: least = 0, most = Number.POSITIVE_INFINITY } of rules) {
    if (versions.length < least || versions.length > most || !when.test(text) || unless?.test(text)) continue
    const found = call(said).find(({ name }) => offered.has(name))
    if (found) return found
  }
  return null
}

/**
 * The call that a message about versions or tickets needs; null where it is about something else. What asks for a promotion, a rollback or
 * an evaluation comes from a plain instruction alone, said in this message and not in the thread; a question about one becomes
 * a look at the evidence. `context`: what the thread adds to a message that does not stand by itself. `names`: labels, fields and
 * values of the tickets.
 */
export function readControl(
  asked: { focus: string; context: string },
  offered: ReadonlySet<string>,
  now = Date.now(),
  names: readonly string[] = [],
): ControlCall | null {
  const ticket = readTicketControl(asked.focus, offered, names)
  if (ticket) return ticket
  const focus = toShortVersions(asked.focus)
  const context = toShortVersions(asked.context)
  const plain = toPlainWords(focus)
  if (namesForeignVersion(plain)) return null
  const earlier = toPlainWords(context)
  const known =
    versionsIn(plain).length > 0 ? versionsIn(plain) : namesForeignVersion(earlier) ? [] : versionsIn(earlier)
  const only = known.length === 1 ? known[0] : undefined
  const sentences = toSentences(focus).map((sentence) => toSaid(sentence, only, now))
  for (const said of sentences) {
    const order = { ...said, text: said.text.replace(COURTESY, '') }
    const found = PERHAPS.test(order.text) ? null : findCall(order, INSTRUCTIONS, offered)
    if (found) return found
  }
  for (const said of sentences) {
    const bare = { ...said, text: said.text.replace(COURTESY, '') }
    const found =
      HOW_TO.test(said.text) && said.versions.length > 1 ? null : findCall(bare, [...NIGHTS, ...QUESTIONS], offered)
    if (found) return found
  }
  return null
}

/** "version 3" is v3; "version 4.2" is a release of the product that is documented. */
function toShortVersions(text: string): string {
  return text.replace(/\bversion\s+(\d{1,4})\b(?!\.\d|\.x)/gi, 'v$1')
}
