// Answers a question by searching the documentation and letting a model write from what was found.
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Passage } from '../core/passage.ts'
import { isRefusal, REFUSAL } from '../core/refusal.ts'
import type { ChatModel } from '../platform/ports/models.ts'
import type { Audit } from '../store/port.ts'
import type { AnyTool, ToolContext } from '../tools/define-tool.ts'
import { createPassageBook } from '../tools/passage-book.ts'
import { type Answer, type AnswerAgent, type AnswerEvent, type Question, toCitation } from './answer.ts'
import { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'
import { createFactBook } from './fact-book.ts'
import { createAnswerGuard } from './guard/create-answer-guard.ts'
import { isPlainRefusal } from './plain-refusal.ts'
import { MAX_QUESTION_CHARS, questionTooLong } from './question-limit.ts'
import { reportFacts } from './report-facts.ts'
import { type Loop, runLoop } from './run-loop.ts'
import { isSmallTalk } from './small-talk.ts'
import { THREAD_RULES, TOOL_RULES, toMessages, toSearchQuery } from './to-messages.ts'
import { answerToolCall } from './tool-calls.ts'
import { untilAborted } from './until-aborted.ts'

/** Stands under an answer that cites nothing. */
export const UNCITED_NOTE = 'No page of the documentation was cited for this answer, so please do not rely on it.'

export interface AnswerAgentParts {
  model: ChatModel
  tools: readonly AnyTool[]
  audit: Audit
  systemPrompt: string
  /** Name and version of the chain, as people see it. */
  version: string
  log: Log
  /** Milliseconds for a whole answer, searches and retries included. */
  timeoutMs: number
}

export function createAnswerAgent(parts: AnswerAgentParts): AnswerAgent {
  return {
    async answer(question, onEvent) {
      if (question.text.length > MAX_QUESTION_CHARS) throw questionTooLong(question.text.length, MAX_QUESTION_CHARS)
      question.signal.throwIfAborted()
      const clock = AbortSignal.timeout(parts.timeoutMs)
      const signal = AbortSignal.any([question.signal, clock])
      try {
        return await untilAborted(answerQuestion(parts, question, toOpenGate(onEvent, signal), signal), signal)
      } catch (error) {
        if (question.signal.aborted) throw toAbortError(question.signal.reason)
        if (clock.aborted) throw tookTooLong(parts, error)
        if (error instanceof LakedeskError) throw error
        const sentence = `The model ${parts.model.name} failed unexpectedly. Please ask again; if it happens again, an administrator finds the cause in the log under the turn id.`
        throw new LakedeskError('MODEL_FAILED', sentence, error)
      }
    },
  }
}

async function answerQuestion(
  parts: AnswerAgentParts,
  question: Question,
  onEvent: (event: AnswerEvent) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = Date.now() + parts.timeoutMs
  const passages = createPassageBook()
  const facts = createFactBook()
  const guard = createAnswerGuard(passages.all, facts.pages)
  const writer = createAnswerWriter({ guard, passages, onEvent, holds: () => facts.all().length > 0 })
  const { turnId, user, actor, place, approvals, earlier } = question
  const who = { ...(actor ? { actor } : {}), ...(place ? { place } : {}), ...(approvals ? { approvals } : {}) }
  const context: ToolContext = {
    ...{ turnId, user, signal, audit: parts.audit, passages, said: question.text },
    ...(earlier ? { earlier } : {}),
    ...who,
  }
  const tools = parts.tools.filter((tool) => !tool.peopleOnly && (tool.openToGuests || !user.external))
  let searched = false
  let usage: Usage = null
  const loop: Loop = {
    ...parts,
    systemPrompt: [parts.systemPrompt, THREAD_RULES, ...(tools.length > 1 ? [TOOL_RULES] : [])].join('\n\n'),
    tools,
    context,
    facts,
    writer,
    signal,
    timeLeft: () => deadline - Date.now(),
    onStatus(text) {
      searched = true
      onEvent({ kind: 'status', text })
    },
    onUsage(inputTokens, outputTokens) {
      usage = {
        inputTokens: (usage?.inputTokens ?? 0) + inputTokens,
        outputTokens: (usage?.outputTokens ?? 0) + outputTokens,
      }
    },
  }
  const messages = toMessages(question)
  const courtesy = isSmallTalk(question.text)
  await runLoop(loop, messages).catch((error: unknown) => {
    // What a tool said or asked for stands, though the model then finds no words for it.
    if (facts.all().length === 0 || writer.hasShown() || signal.aborted) throw error
    parts.log.warn('The model failed after a tool had answered, so the tool speaks', { cause: error })
    writer.beginCall()
  })
  // Whoever answers without looking answers from memory: so we look, and ask once more.
  if (!searched && !courtesy) {
    const found = await searchOurselves(loop, question)
    if (passages.all().length > 0) await runLoop(loop, [...messages, ...found])
  }
  const found = { writer, passages: passages.all(), cited: guard.cited, courtesy, usage }
  if (facts.all().length === 0) return finish(parts, found)
  const reported = reportFacts({ writer, passages: passages.all(), facts: facts.all(), log: parts.log })
  return {
    ...reported,
    citations: guard.cited().map(toCitation),
    refused: false,
    version: parts.version,
    footer: toFooter(parts),
    passages: passages.all(),
    usage,
  }
}

/** A search by code, as the model would have made it. */
async function searchOurselves(loop: Loop, question: Question): Promise<BaseMessage[]> {
  const call = { id: 'call_search01', name: 'search-docs', args: { query: toSearchQuery(question) } }
  const result = await answerToolCall(call, loop)
  return [new AIMessage({ content: '', tool_calls: [{ ...call, type: 'tool_call' }] }), result]
}

type Usage = NonNullable<Answer['usage']> | null

interface Found {
  writer: AnswerWriter
  passages: readonly Passage[]
  cited: () => Passage[]
  courtesy: boolean
  usage: Usage
}

function finish(parts: AnswerAgentParts, found: Found): Answer {
  const { writer, passages, courtesy, usage } = found
  if (passages.length === 0) writer.say(courtesy || isPlainRefusal(writer.held()) ? writer.held() : REFUSAL)
  const text = writer.finish((shown) => {
    if (shown === '') return REFUSAL
    return courtesy || isPlainRefusal(shown) || found.cited().length > 0 ? '' : `\n\n${UNCITED_NOTE}`
  })
  const citations = found.cited().map(toCitation)
  const refused = citations.length === 0 && (isRefusal(text) || !courtesy)
  return { text, citations, refused, version: parts.version, footer: toFooter(parts), passages, usage }
}

function toFooter({ version, model }: AnswerAgentParts): string {
  const honesty = model.quotesOnly ? ' · quotes the documentation, does not write' : ''
  return `${version} · ${model.name}${honesty}`
}

/** After an abort nothing is sent any more, whatever still runs. */
function toOpenGate(onEvent: (event: AnswerEvent) => void, signal: AbortSignal): (event: AnswerEvent) => void {
  return (event) => {
    if (!signal.aborted) onEvent(event)
  }
}

function toAbortError(reason: unknown): Error {
  if (reason instanceof Error && reason.name === 'AbortError') return reason
  return new DOMException('The answer was stopped.', 'AbortError')
}

function tookTooLong({ model, timeoutMs }: AnswerAgentParts, cause: unknown): LakedeskError {
  return new LakedeskError(
    'MODEL_TIMEOUT',
    `The model ${model.name} did not finish within ${timeoutMs / 1000} s. Please ask again, perhaps more exactly; an administrator can raise the model timeout.`,
    cause,
  )
}
