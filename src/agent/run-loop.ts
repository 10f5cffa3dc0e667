// Runs langchain's agent for one turn: model, tools, model again, with limits, and the text passed on as it is written.
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { createAgent, createMiddleware } from 'langchain'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ChatModel } from '../platform/ports/models.ts'
import type { AnyTool, ToolContext } from '../tools/define-tool.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { FactBook } from './fact-book.ts'
import { retryModelCall } from './retry.ts'
import { answerToolCall, repairToolCalls, toModelTools } from './tool-calls.ts'

/** Searches and other calls of one turn; further ones are refused, and the model is told so. */
export const MAX_TOOL_CALLS = 6
/** The last of these must answer: it may not call a tool. */
export const MAX_MODEL_CALLS = 5

export interface Loop {
  model: ChatModel
  tools: readonly AnyTool[]
  systemPrompt: string
  context: ToolContext
  facts: FactBook
  writer: AnswerWriter
  log: Log
  signal: AbortSignal
  timeLeft: () => number
  onStatus: (text: string) => void
  /** Tokens of one model call. */
  onUsage: (inputTokens: number, outputTokens: number) => void
}

/** Resolves when the model has said its last word; the text is with the writer. Rejects with what broke, bare. */
export async function runLoop(loop: Loop, messages: readonly BaseMessage[]): Promise<void> {
  const agent = createAgent({
    model: loop.model.model,
    tools: toModelTools(loop.tools),
    systemPrompt: loop.systemPrompt,
    middleware: [createTurnMiddleware(loop)],
  })
  try {
    await agent.invoke(
      { messages: [...messages] },
      { signal: loop.signal, callbacks: [new TokenHandler(loop.writer)], recursionLimit: 100 },
    )
  } catch (error) {
    throw findOurs(error) ?? error
  }
}

/**
 * Everything that is ours in langchain's loop: retries, limits, repair of broken calls, the gate. The limits stand here, since
 * langchain's two limit middlewares are graph nodes that cost 6 ms of each turn.
 */
function createTurnMiddleware(loop: Loop) {
  const { tools, context, facts, writer, onStatus } = loop
  const rawArguments = new Map<string, string>()
  let modelCalls = 0
  let toolCalls = 0
  return createMiddleware({
    name: 'turn',
    wrapModelCall: async (request, handler) => {
      const isLast = ++modelCalls >= MAX_MODEL_CALLS
      const ask = () =>
        askModel(loop, async () => toAiMessage(await handler(isLast ? { ...request, toolChoice: 'none' } : request)))
      let message = await ask()
      // A model that says nothing at all is asked once more; after text was shown, silence is its end.
      if (isEmpty(message) && !writer.hasShown()) message = await ask()
      if (isEmpty(message) && !writer.hasShown()) throw emptyAnswer(loop.model.name)
      if (!isLast) return repairToolCalls(message, rawArguments)
      if (!writer.hasText() && !writer.hasShown()) throw neverAnswered(loop.model.name)
      return new AIMessage(message.text)
    },
    wrapToolCall: async ({ toolCall }) => {
      if (++toolCalls > MAX_TOOL_CALLS) return outOfCalls(toolCall.name, toolCall.id ?? '')
      const args = rawArguments.get(toolCall.id ?? '') ?? toolCall.args
      const call = { id: toolCall.id, name: toolCall.name, args }
      return answerToolCall(call, { tools, context, facts, onStatus, log: loop.log })
    },
  })
}

function askModel(loop: Loop, call: () => Promise<AIMessage>): Promise<AIMessage> {
  const { writer, log, signal } = loop
  return retryModelCall(
    async () => {
      writer.beginCall()
      const began = performance.now()
      const message = await call()
      const { usage_metadata: usage } = message
      const ms = Math.round(performance.now() - began)
      log.debug('The model answered', { turn: loop.context.turnId, model: loop.model.name, ms })
      if (usage) loop.onUsage(usage.input_tokens, usage.output_tokens)
      // An endpoint that cannot stream gives its text only here.
      if (!writer.hasText()) writer.token(message.text)
      return message
    },
    {
      signal,
      mayRetry: () => !writer.hasShownInCall(),
      timeLeft: loop.timeLeft,
      onRetry: ({ code }, waitMs) => log.warn('model call failed, trying again', { code, waitMs: Math.round(waitMs) }),
    },
  )
}

/** Passes the model's text on inside the model's own call, before langgraph queues anything. */
class TokenHandler extends BaseCallbackHandler {
  override name = 'answer-tokens'
  /** Makes any model stream that can. */
  lc_prefer_streaming = true
  override awaitHandlers = true
  override raiseError = true
  readonly #writer: AnswerWriter

  constructor(writer: AnswerWriter) {
    super()
    this.#writer = writer
  }

  override handleLLMNewToken(token: string): void {
    this.#writer.token(token)
  }
}

function outOfCalls(name: string, id: string): ToolMessage {
  const content = `No more than ${MAX_TOOL_CALLS} calls in one turn. Answer now, from the passages you have.`
  return new ToolMessage({ content, status: 'error', name, tool_call_id: id })
}

function toAiMessage(response: unknown): AIMessage {
  if (AIMessage.isInstance(response)) return response
  throw new LakedeskError('MODEL_FAILED', 'The model gave an answer of an unknown kind. Please ask again.')
}

function isEmpty(message: AIMessage): boolean {
  const calls = (message.tool_calls?.length ?? 0) + (message.invalid_tool_calls?.length ?? 0)
  return calls === 0 && message.text.trim() === ''
}

function emptyAnswer(name: string): LakedeskError {
  return new LakedeskError(
    'MODEL_EMPTY',
    `The model ${name} returned an empty answer twice. Please ask again in other words; if it stays so, its limit of tokens may be too low or another model is needed.`,
  )
}

function neverAnswered(name: string): LakedeskError {
  return new LakedeskError(
    'MODEL_FAILED',
    `The model ${name} kept searching and never answered. Please ask again, more exactly; if it stays so, this model does not handle tools well and another one is needed.`,
  )
}

/** langchain wraps what middleware throws, once for each layer. */
function findOurs(error: unknown): LakedeskError | undefined {
  let link: unknown = error
  for (let depth = 0; link instanceof Error && depth < 10; depth++) {
    if (link instanceof LakedeskError) return link
    link = link.cause
  }
  return undefined
}
