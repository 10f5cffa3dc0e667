// Reads what is being asked out of a thread: a follow-up is completed with what it leaves unsaid.
import type { BaseMessage } from '@langchain/core/messages'
import { terms } from '../../core/text/analyze.ts'
import { cosine, type Embedder } from './embedder.ts'
import { namesIn } from './names.ts'
import { rarity } from './rarity.ts'

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

const SWAP_OPENING =
  /^\s*(?:(?:ok(?:ay)?|and|but|or|so|also|now|then|what about|how about|what if|same|the same|is it the same),?\s+)+/i
const PREPOSITIONS = /^(?:(?:in|on|at|with|for|to|from|of|under|using|via|by|a|an|the|our|my)\s+)+/i
/** Openings after which the words ask something of their own. */
const OTHER_CLAUSE = /^(?:if|when|how|what|why|who|which|where|is|are|does|do|can|will|after|before|then)\b/i
const NEWER = /\b(?:newer|newest|latest|new|older|old|other|previous|next|current) (?:one|version|format|release)s?\b/i
const VERSION = /\s(?:version\s+)?v?\d+(?:\.[\dx]+)*\b/gi
const KEYWORD_RARITY = 0.6
const SWAP_FROM = 0.25
const NAME_BONUS = 0.15
const PREPOSITION_BONUS = 0.2

/** The agent marks what was said earlier in the thread; the words alone are wanted here. */
const THREAD_MARK = /^<thread_message[^>\n]*>\n?|\n?<\/thread_message>$/g

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

/** The words of a question that carry its topic, in order. */
export function toKeywords(question: string): string {
  const tokens = question.match(/[\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?/gu) ?? []
  const kept = tokens.filter((token) => terms(token).some((term) => rarity(term) >= KEYWORD_RARITY))
  return [...new Set(kept)].join(' ')
}

/** True where the message cannot be understood without the ones before it. */
export function leansOnThread(text: string): boolean {
  const content = terms(text).length
  if (OPENING.test(text)) return content <= 8
  if (POINTING.test(text)) return content <= 6
  return content <= 1
}

/** "and on Azure?", "what about Linux?", "same for Woo?": the words that take another's place; empty for any other message. */
function readSwap(focus: string): string {
  const [clause = ''] = focus.split(/[,?!;]|\.(?=\s|$)/)
  const bare = clause.replace(SWAP_OPENING, '')
  if (bare === clause || OTHER_CLAUSE.test(bare)) return ''
  const named = bare.replace(PREPOSITIONS, '').trim()
  return terms(named).length > 0 && named.split(/\s+/).length <= 4 ? named : ''
}

/** Runs of one or two content words of a question, which a follow-up may have another word for. */
function spansOf(question: string): string[] {
  const tokens = question
    .replace(/[?!,;:"()]+|\.(?=\s|$)/g, ' ')
    .trim()
    .split(/\s+/)
  const content = tokens.map((token) => terms(token).length > 0)
  const spans: string[] = []
  for (const [i, token] of tokens.entries()) {
    if (!content[i]) continue
    spans.push(token)
    if (content[i + 1]) spans.push(`${token} ${tokens[i + 1] ?? ''}`)
  }
  return spans
}

/** The earlier question with the new words in the place of those they are likest to. */
async function swap(before: string, focus: string, embedder: Embedder, signal?: AbortSignal): Promise<string> {
  if (NEWER.test(focus)) return before.replace(VERSION, ' ').replace(/\s+/g, ' ')
  const named = readSwap(focus)
  if (named === '') return before
  const spans = spansOf(before)
  const [own = [], ...others] = await embedder.texts(
    [named.toLowerCase(), ...spans.map((span) => span.toLowerCase())],
    signal,
  )
  const preposition = /\b(?:in|on|at|with|for|to|from|of|under|using|via|by)\b/i.exec(focus)?.[0].toLowerCase() ?? ''
  let best = { span: '', likeness: SWAP_FROM }
  for (const [i, span] of spans.entries()) {
    if (terms(span).every((term) => rarity(term) < 0.5)) continue
    const likeness =
      cosine(own, others[i] ?? []) +
      (namesIn(`is ${span}`).size > 0 ? NAME_BONUS : 0) +
      (preposition !== '' && before.toLowerCase().includes(`${preposition} ${span.toLowerCase()}`)
        ? PREPOSITION_BONUS
        : 0)
    if (likeness > best.likeness) best = { span, likeness }
  }
  if (best.span === '') return before
  const at = before.indexOf(best.span)
  const after = before.slice(at + best.span.length).replace(/^\s+\p{Lu}{2,}\b/u, '')
  return `${before.slice(0, at)}${named}${after}`
}

/** What the last message of a person asks, with what the thread adds: earlier messages, taken up one after the other. */
export async function readAsked(
  messages: readonly BaseMessage[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Asked> {
  const said = messages
    .filter((message) => message.type === 'human')
    .map((message) => condense(textOf(message).replace(THREAD_MARK, '')))
  const focus = said.at(-1) ?? ''
  let from = said.length - 1
  while (from > 0 && said.length - from < 4 && leansOnThread(said[from] ?? '')) from--
  let before = ''
  for (const message of said.slice(from, -1)) {
    const kept = before === '' ? '' : await swap(before, message, embedder, signal)
    before = kept === '' || (readSwap(message) !== '' && kept !== before) ? kept || message : `${kept} ${message}`
  }
  if (before === '') return { query: focus, focus, context: '' }
  const context = await swap(before, focus, embedder, signal)
  return { query: `${context} ${focus}`, focus, context }
}
