// Decides what the model says next: a tool call, or the answer that the passages of this turn hold.
import type { BaseMessage } from '@langchain/core/messages'
import type { Log } from '../../core/log.ts'
import { ANSWERED_FROM, answerability } from './answerable.ts'
import { type Asked, readAsked, textOf } from './asked.ts'
import { composeAnswer, composeRefusal } from './compose.ts'
import type { Embedder } from './embedder.ts'
import { weighEvidence } from './evidence.ts'
import { NO_PASSAGE, parsePassages } from './passages.ts'
import { chooseTool, fillArguments, readSmallTalk, type ToolCard } from './route.ts'

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

async function answerFrom(
  asked: Asked,
  found: string,
  embedder: Embedder,
  log: Log,
  signal?: AbortSignal,
): Promise<string> {
  const passages = parsePassages(found)
  if (passages.length === 0) return composeRefusal('')
  const { units, signals } = await weighEvidence(asked, passages, embedder, signal)
  const probability = answerability(signals)
  log.debug('offline model weighed the passages', { probability, ...signals })
  if (probability < ANSWERED_FROM || units.length === 0) return composeRefusal(units[0]?.passage.title ?? '')
  return composeAnswer(units)
}

/** One step of the model: reads the whole thread and answers its last message. */
export async function readReply(request: ReplyRequest, embedder: Embedder, log: Log): Promise<ModelReply> {
  const { messages, signal } = request
  const lastHuman = messages.findLastIndex((message) => message.type === 'human')
  const asked = await readAsked(messages, embedder, signal)
  const results = messages
    .slice(lastHuman + 1)
    .filter((message) => message.type === 'tool')
    .map(textOf)
  if (results.length > 0 && request.choice !== 'any') {
    const found = results.join('\n')
    if (found.includes('<passage ') || found.includes(NO_PASSAGE)) {
      return { kind: 'text', text: await answerFrom(asked, found, embedder, log, signal) }
    }
    return { kind: 'text', text: found }
  }
  const smallTalk =
    request.choice === undefined || request.choice === 'auto'
      ? await readSmallTalk(asked.focus, embedder, signal)
      : null
  if (smallTalk !== null) return { kind: 'text', text: smallTalk }
  const wanted = request.choice === 'none' ? null : await call(asked, request, embedder)
  if (wanted !== null) return wanted
  const system = messages
    .filter((message) => message.type === 'system')
    .map(textOf)
    .join('\n')
  return { kind: 'text', text: await answerFrom(asked, system, embedder, log, signal) }
}
