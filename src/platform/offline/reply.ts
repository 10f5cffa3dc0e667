// Decides what the model says next: a tool call, or the answer that the passages of this turn hold.
import type { BaseMessage } from '@langchain/core/messages'
import type { Log } from '../../core/log.ts'
import { terms } from '../../core/text/analyze.ts'
import { ANSWERED_AGAIN_FROM, ANSWERED_FROM, answerability, FAR_OFF } from './answerable.ts'
import { type Asked, readAsked, textOf, toKeywords } from './asked.ts'
import { type Composed, composeAnswer, composeRefusal, type Part } from './compose.ts'
import { readControl } from './control.ts'
import { isSurelyAboutTickets } from './control-tickets.ts'
import type { Embedder } from './embedder.ts'
import { type Evidence, weighEvidence } from './evidence.ts'
import { splitParts } from './parts.ts'
import { NO_PASSAGE, type PassageText, parsePassages } from './passages.ts'
import { chooseTool, fillArguments, namesToldBy, readSmallTalk, type ToolCard } from './route.ts'
import { readSignals } from './signals.ts'
import { readWrittenContext, type WrittenContext } from './written-context.ts'

export type ModelReply = { kind: 'text'; text: string } | { kind: 'call'; name: string; args: Record<string, unknown> }

export interface ReplyRequest {
  messages: readonly BaseMessage[]
  tools: readonly ToolCard[]
  /** A tool that must be called, `any` for one of them, `none` for none of them. */
  choice?: string | undefined
  signal?: AbortSignal | undefined
}

async function call(asked: Asked, request: ReplyRequest, embedder: Embedder): Promise<ModelReply | null> {
  const named = request.tools.find((tool) => tool.name === request.choice)
  const tool = named ?? (await chooseTool(asked.query, request.tools, embedder, request.signal))
  if (tool === undefined) return null
  return { kind: 'call', name: tool.name, args: await fillArguments(tool, asked.query, embedder, request.signal) }
}

/** Likeness from which the nearest page is worth naming beside a refusal. */
const NEAR_PAGE = 0.4

/** A figure, an underscore, or capitals inside a word: ERR-1042, api_key, maxRetries, SAML. */
const IDENTIFIER = /[\d_]|\p{L}\p{Lu}/u

/** Content words from which a follow-up is weighed by itself too. */
const OWN_TERMS = 2

/** The questions of the message, each weighed by itself. */
async function weighParts(
  asked: Asked,
  passages: readonly PassageText[],
  whole: Evidence,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Part[]> {
  const questions = splitParts(asked.focus)
  const standsAlone = asked.context === '' || terms(asked.focus).length < OWN_TERMS
  if (questions.length === 1 && standsAlone) return [{ question: asked.query, evidence: whole }]
  const parts: Part[] = []
  for (const question of questions) {
    const own = { query: question, focus: question, context: asked.query }
    parts.push({ question, evidence: await weighEvidence(own, passages, embedder, signal) })
  }
  return parts
}

/** Passages by number: a passage that a second search brought again is the same. */
function readPassages(found: string): PassageText[] {
  return [...new Map(parsePassages(found).map((passage) => [passage.n, passage])).values()]
}

interface Weighed extends Composed {
  answered: boolean
}

/** A prompt that tells the model to own up where the context holds no answer. */
const REFUSES =
  /\bsay so\b|\b(?:say|reply|answer|respond|state)\b[^.]{0,80}\b(?:don['’]t|do(?:es)? not|cannot|can['’]t)\b|\bdoes not say\b|\brefuse\b/i

/**
 * This model keeps to its prompt in one thing: it refuses only where the prompt says to. One that does not is answered as models
 * answer it: with the nearest there is, fitting or not.
 */
function mayRefuse(messages: readonly BaseMessage[]): boolean {
  const system = messages.filter((message) => message.type === 'system').map(textOf)
  return system.length === 0 || REFUSES.test(system.join('\n'))
}

/** Decides on the passages of `found` whether they hold an answer, and quotes from these and those found later. */
async function answerFrom(
  asked: Asked,
  found: { decide: string; later?: string; least: number; searches?: number; refuses: boolean },
  embedder: Embedder,
  log: Log,
  signal?: AbortSignal,
): Promise<Weighed> {
  const passages = readPassages(found.decide)
  if (passages.length === 0) return { text: composeRefusal(''), missing: '', answered: false }
  const evidence = await weighEvidence(asked, passages, embedder, signal)
  const signals = await readSignals(asked, passages, evidence, embedder, signal)
  const probability = answerability(signals)
  log.debug('Weighed the passages', { probability, ...signals })
  const best = evidence.units[0]
  // Codes and identifiers have no likeness to speak of: these are judged by whether they are found.
  const farOff = signals.blockCosine < FAR_OFF && !IDENTIFIER.test(asked.query)
  if (best === undefined || ((probability < found.least || farOff) && found.refuses)) {
    const nearest = best !== undefined && best.blockCosine >= NEAR_PAGE ? best.passage.title : ''
    return { text: composeRefusal(nearest), missing: '', answered: false }
  }
  const all = found.later === undefined ? passages : readPassages(`${found.decide}\n${found.later}`)
  const whole = all === passages ? evidence : await weighEvidence(asked, all, embedder, signal)
  const parts = await weighParts(asked, all, whole, embedder, signal)
  return { ...composeAnswer(parts, whole, asked.query, found.searches), answered: true }
}

/** Searches of one question: two to find an answer, or three where the first found a procedure of which steps are missing. */
const SEARCHES = 2
const SEARCHES_FOR_STEPS = 3

/** True where the last search brought a passage that the ones before had not. */
function broughtNew(results: readonly string[]): boolean {
  const before = readPassages(results.slice(0, -1).join('\n')).length
  return results.length === 1 || readPassages(results.join('\n')).length > before
}

/** What follows a tool's result: the answer, or a further search where the first found too little or not all of it. */
async function readAfterTool(
  asked: Asked,
  results: readonly string[],
  request: ReplyRequest,
  embedder: Embedder,
  log: Log,
): Promise<ModelReply> {
  const all = results.join('\n')
  if (!all.includes('<passage ') && !all.includes(NO_PASSAGE)) return { kind: 'text', text: all }
  const [first = '', ...later] = results
  const search = (query: string) => call({ ...asked, query }, request, embedder)
  const maySearch = request.choice !== 'none'
  const refuses = mayRefuse(request.messages)
  const found = { decide: first, later: later.join('\n'), least: ANSWERED_FROM, searches: results.length, refuses }
  const answer = await answerFrom(asked, found, embedder, log, request.signal)
  if (answer.answered) {
    const goesOn = maySearch && answer.missing !== '' && results.length < SEARCHES_FOR_STEPS && broughtNew(results)
    return (goesOn ? await search(answer.missing) : null) ?? { kind: 'text', text: answer.text }
  }
  const keywords = toKeywords(asked.query)
  const again = maySearch && results.length < SEARCHES && keywords !== '' ? await search(keywords) : null
  if (again !== null) return again
  if (results.length === 1) return { kind: 'text', text: answer.text }
  const second = await answerFrom(
    asked,
    { decide: all, least: ANSWERED_AGAIN_FROM, refuses },
    embedder,
    log,
    request.signal,
  )
  return { kind: 'text', text: second.text }
}

/** The answer out of the context of the prompt itself. Its passages have no numbers there, so none are cited. */
async function answerWritten(
  { messages, passages }: WrittenContext,
  signal: AbortSignal | undefined,
  embedder: Embedder,
  log: Log,
): Promise<ModelReply> {
  const asked = await readAsked(messages, embedder, signal)
  const found = { decide: passages, least: ANSWERED_FROM, refuses: mayRefuse(messages) }
  const { text, answered } = await answerFrom(asked, found, embedder, log, signal)
  return { kind: 'text', text: answered ? text.replace(/ ?\[\d+\]/g, '') : text }
}

const isNamed = (choice: string | undefined) => choice !== undefined && choice !== 'auto' && choice !== 'any'

const QUERY = 'query-tickets'
const SEARCH = 'search-docs'
const CITES = /\[\d+\]/

/** One step of the model: reads the whole thread and answers its last message. */
export async function readReply(request: ReplyRequest, embedder: Embedder, log: Log): Promise<ModelReply> {
  const { messages, signal, choice } = request
  const written = request.tools.length === 0 ? readWrittenContext(messages) : null
  if (written) return answerWritten(written, signal, embedder, log)
  const asked = await readAsked(messages, embedder, signal)
  const told = messages
    .slice(messages.findLastIndex((message) => message.type === 'human') + 1)
    .filter((message) => message.type === 'tool')
  const names = namesToldBy(request.tools.find(({ name }) => name === QUERY))
  if (told.length > 0) {
    const [first] = told
    const unread = first?.name === QUERY && Reflect.get(first, 'status') === 'error'
    if (!unread || isSurelyAboutTickets(asked.focus, names))
      return readAfterTool(asked, told.map(textOf), request, embedder, log)
    // What is no question about the tickets after all may be one about the product that has tickets too.
    const found = told.slice(1).map(textOf)
    const search = request.tools.find(({ name }) => name === SEARCH)
    const wanted =
      found.length === 0 && search && choice !== 'none'
        ? await call(asked, { ...request, tools: [search] }, embedder)
        : null
    if (wanted !== null) return wanted
    if (found.length === 0) return { kind: 'text', text: textOf(first) }
    const answer = await readAfterTool(asked, found, request, embedder, log)
    return answer.kind === 'text' && !CITES.test(answer.text) ? { kind: 'text', text: textOf(first) } : answer
  }
  const offered = new Set(request.tools.map(({ name }) => name))
  const control = choice === 'none' || isNamed(choice) ? null : readControl(asked, offered, Date.now(), names)
  if (control !== null) return { kind: 'call', ...control }
  const mayChat = choice === undefined || choice === 'auto'
  const smallTalk = mayChat ? await readSmallTalk(asked.focus, embedder, signal) : null
  if (smallTalk !== null) return { kind: 'text', text: smallTalk }
  const wanted = choice === 'none' ? null : await call(asked, request, embedder)
  if (wanted !== null) return wanted
  const system = messages.filter((message) => message.type === 'system').map(textOf)
  const found = { decide: system.join('\n'), least: ANSWERED_FROM, refuses: mayRefuse(messages) }
  return { kind: 'text', text: (await answerFrom(asked, found, embedder, log, signal)).text }
}
