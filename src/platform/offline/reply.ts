// Decides what the model says next: a tool call, or the answer that the passages of this turn hold.
import type { BaseMessage } from '@langchain/core/messages'
import type { Log } from '../../core/log.ts'
import { ANSWERED_AGAIN_FROM, ANSWERED_FROM, answerability } from './answerable.ts'
import { type Asked, readAsked, textOf, toKeywords } from './asked.ts'
import { composeAnswer, composeRefusal, type Part } from './compose.ts'
import type { Embedder } from './embedder.ts'
import { weighEvidence } from './evidence.ts'
import { splitParts } from './parts.ts'
import { NO_PASSAGE, parsePassages } from './passages.ts'
import { chooseTool, fillArguments, readSmallTalk, type ToolCard } from './route.ts'
import { readSignals } from './signals.ts'

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

interface Weighed {
  text: string
  answered: boolean
}

async function answerFrom(
  asked: Asked,
  found: string,
  least: number,
  embedder: Embedder,
  log: Log,
  signal?: AbortSignal,
): Promise<Weighed> {
  const passages = [...new Map(parsePassages(found).map((passage) => [passage.n, passage])).values()]
  if (passages.length === 0) return { text: composeRefusal(''), answered: false }
  const evidence = await weighEvidence(asked, passages, embedder, signal)
  const signals = await readSignals(asked, passages, evidence, embedder, signal)
  const probability = answerability(signals)
  log.debug('Weighed the passages', { probability, ...signals })
  const best = evidence.units[0]
  if (best === undefined || probability < least) {
    return {
      text: composeRefusal(best !== undefined && best.blockCosine >= NEAR_PAGE ? best.passage.title : ''),
      answered: false,
    }
  }
  const parts: Part[] = []
  const questions = splitParts(asked.focus)
  for (const question of questions) {
    const own = { query: question, focus: question, context: asked.query }
    const weighed = questions.length === 1 ? evidence : await weighEvidence(own, passages, embedder, signal)
    parts.push({ question: questions.length === 1 ? asked.query : question, evidence: weighed })
  }
  return { text: composeAnswer(parts, evidence, asked.query), answered: true }
}

/** Searches of one question: the second with the words alone that carry its topic. */
const SEARCHES = 2

/** What follows a tool's result: the answer, or a second search where the first found too little. */
async function readAfterTool(
  asked: Asked,
  results: readonly string[],
  request: ReplyRequest,
  embedder: Embedder,
  log: Log,
): Promise<ModelReply> {
  const found = results.join('\n')
  if (!found.includes('<passage ') && !found.includes(NO_PASSAGE)) return { kind: 'text', text: found }
  const least = results.length > 1 ? ANSWERED_AGAIN_FROM : ANSWERED_FROM
  const answer = await answerFrom(asked, found, least, embedder, log, request.signal)
  const keywords = toKeywords(asked.query)
  if (!answer.answered && results.length < SEARCHES && request.choice !== 'none' && keywords !== '') {
    const again = await call({ ...asked, query: keywords }, request, embedder)
    if (again !== null) return again
  }
  return { kind: 'text', text: answer.text }
}

/** One step of the model: reads the whole thread and answers its last message. */
export async function readReply(request: ReplyRequest, embedder: Embedder, log: Log): Promise<ModelReply> {
  const { messages, signal, choice } = request
  const asked = await readAsked(messages, embedder, signal)
  const results = messages
    .slice(messages.findLastIndex((message) => message.type === 'human') + 1)
    .filter((message) => message.type === 'tool')
    .map(textOf)
  if (results.length > 0) return readAfterTool(asked, results, request, embedder, log)
  const mayChat = choice === undefined || choice === 'auto'
  const smallTalk = mayChat ? await readSmallTalk(asked.focus, embedder, signal) : null
  if (smallTalk !== null) return { kind: 'text', text: smallTalk }
  const wanted = choice === 'none' ? null : await call(asked, request, embedder)
  if (wanted !== null) return wanted
  const system = messages.filter((message) => message.type === 'system').map(textOf)
  return { kind: 'text', text: (await answerFrom(asked, system.join('\n'), ANSWERED_FROM, embedder, log, signal)).text }
}
