// Reads what is being asked out of a thread: a follow-up is completed with what it leaves unsaid.
import type { BaseMessage } from '@langchain/core/messages'
import { terms } from '../../core/text/analyze.ts'

export interface Asked {
  /** Self-contained question, as it is searched for. */
  query: string
  /** What the person just wrote. */
  focus: string
  /** What the thread adds to it; empty where the message stands on its own. */
  context: string
}

/** Longest query in characters: what a search can use of a long message. */
const QUERY_LIMIT = 600
const OPENING =
  /^\s*(?:and|but|or|so|also|what about|how about|what if|same|then|ok(?:ay)?,?\s+(?:and|but|so)|is that|is it|does (?:it|that))\b/i
const POINTING =
  /\b(?:it|its|that|this|these|those|they|them|their|there|one|ones|the same|the other|instead|else|former|latter|then)\b/i

export function textOf(message: BaseMessage): string {
  return typeof message.content === 'string' ? message.content : message.text
}

/** A long message cut to the sentences that ask, else to its beginning and end. */
export function condense(text: string): string {
  const clean = text.replace(/\s+/g, ' ').trim()
  if (clean.length <= QUERY_LIMIT) return clean
  const asking = clean
    .split(/(?<=[.!?])\s+/)
    .filter((sentence) => sentence.endsWith('?') && sentence.length < QUERY_LIMIT)
  const picked = asking.slice(-3).join(' ').slice(-QUERY_LIMIT)
  return picked !== '' ? picked : `${clean.slice(0, QUERY_LIMIT / 2)} ${clean.slice(-QUERY_LIMIT / 2)}`
}

/** True where the message cannot be understood without the ones before it. */
export function leansOnThread(text: string): boolean {
  const content = terms(text).length
  if (OPENING.test(text)) return content <= 8
  if (POINTING.test(text)) return content <= 6
  return content <= 1
}

/** What the last message of a person asks, with what the thread adds. */
export function readAsked(messages: readonly BaseMessage[]): Asked {
  const said = messages.filter((message) => message.type === 'human').map((message) => condense(textOf(message)))
  const focus = said.at(-1) ?? ''
  const context: string[] = []
  let current = focus
  for (let at = said.length - 2; at >= 0 && leansOnThread(current) && context.length < 3; at--) {
    current = said[at] ?? ''
    context.unshift(current)
  }
  const before = context.join(' ')
  return { query: before === '' ? focus : `${before} ${focus}`, focus, context: before }
}
