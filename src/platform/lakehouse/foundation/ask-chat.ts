// Asks the chat model behind an endpoint, whole or piece by piece, with everything the request says.
import type { AIMessage, AIMessageChunk, BaseMessage } from '@langchain/core/messages'
import { LakedeskError } from '../../../core/errors.ts'
import { retryAfterMs } from '../../../core/model-fault.ts'
import type { ChatModel } from '../../ports/models.ts'
import { Refusal, refuse } from '../wire.ts'
import { badRequest, type ChatAsk } from './read-chat.ts'

interface Runs {
  invoke(messages: BaseMessage[], options: object): Promise<AIMessage>
  stream(messages: BaseMessage[], options: object): Promise<AsyncIterable<AIMessageChunk>>
}

/** `ask.n` is the caller's affair. Rejects with a refusal where the model fails. */
export function createAsking(chat: ChatModel, ask: ChatAsk, messages: BaseMessage[], signal: AbortSignal) {
  const runs = bind(chat, ask)
  const options = {
    signal,
    ...(ask.stop.length > 0 ? { stop: ask.stop } : {}),
    ...(ask.responseFormat ? { response_format: ask.responseFormat } : {}),
  }
  return {
    whole: () => runs.invoke(messages, options).catch(rethrow),
    async *pieces(): AsyncGenerator<AIMessageChunk> {
      try {
        yield* await runs.stream(messages, options)
      } catch (error) {
        rethrow(error)
      }
    },
  }
}

function bind({ model, name }: ChatModel, { tools, toolChoice }: ChatAsk): Runs {
  if (tools.length === 0) return model
  const bound = model.bindTools?.(tools, { tool_choice: toolChoice } as object)
  if (!bound) throw badRequest(`The model ${name} does not support tools.`)
  return bound as Runs
}

/** What went wrong behind the endpoint, as the endpoint would tell it. */
function rethrow(error: unknown): never {
  if (!(error instanceof LakedeskError)) throw error
  const words = error.userMessage
  switch (error.code) {
    case 'MODEL_BUSY': {
      const seconds = Math.ceil((retryAfterMs(error) ?? 1000) / 1000)
      const body = { error_code: 'REQUEST_LIMIT_EXCEEDED', message: `REQUEST_LIMIT_EXCEEDED: ${words}` }
      throw new Refusal(429, body, { 'retry-after': String(seconds) })
    }
    case 'MODEL_TIMEOUT':
      throw refuse(504, 'DEADLINE_EXCEEDED', words)
    case 'MODEL_UNREACHABLE':
      throw refuse(503, 'TEMPORARILY_UNAVAILABLE', words)
    default:
      throw refuse(500, 'INTERNAL_ERROR', words)
  }
}
