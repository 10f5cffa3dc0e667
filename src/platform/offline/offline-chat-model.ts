// A langchain chat model that needs no network: it calls tools by meaning and answers with quotations.
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import { type Log, silentLog } from '../../core/log.ts'
import type { ChatModel, TextEmbeddings } from '../ports/models.ts'
import { textOf } from './asked.ts'
import { createEmbedder, type Embedder } from './embedder.ts'
import { type ModelReply, readReply } from './reply.ts'
import { type ToolCard, toToolCard } from './route.ts'

export const OFFLINE_MODEL_NAME = 'offline-extractive'

interface Parts {
  embedder: Embedder
  log: Log
  tools: readonly ToolCard[]
  choice: string | undefined
}

/** About four characters of English make one token. */
function usageOf(messages: readonly BaseMessage[], reply: ModelReply) {
  const said = reply.kind === 'text' ? reply.text : JSON.stringify(reply.args)
  const input_tokens = Math.ceil(messages.reduce((sum, message) => sum + textOf(message).length, 0) / 4)
  const output_tokens = Math.ceil(said.length / 4)
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens }
}

const nextTurnOfLoop = () => new Promise((resolve) => setImmediate(resolve))

function toChoice(choice: unknown): string | undefined {
  if (typeof choice === 'string') return choice === 'required' ? 'any' : choice
  const name: unknown = Reflect.get(Object(Reflect.get(Object(choice), 'function')), 'name')
  return typeof name === 'string' ? name : undefined
}

class OfflineChatModel extends BaseChatModel {
  private readonly parts: Parts

  constructor(parts: Parts) {
    super({})
    this.parts = parts
  }

  override _llmType(): string {
    return OFFLINE_MODEL_NAME
  }

  override bindTools(tools: BindToolsInput[], options?: Partial<BaseChatModelCallOptions>): OfflineChatModel {
    const choice = toChoice(options?.tool_choice) ?? this.parts.choice
    return new OfflineChatModel({ ...this.parts, tools: tools.map(toToolCard), choice })
  }

  private reply(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ModelReply> {
    const { embedder, log, tools } = this.parts
    const choice = toChoice(options.tool_choice) ?? this.parts.choice
    return readReply({ messages, tools, choice, signal: options.signal }, embedder, log)
  }

  override async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const reply = await this.reply(messages, options)
    const usage_metadata = usageOf(messages, reply)
    const message =
      reply.kind === 'text'
        ? new AIMessage({ content: reply.text, usage_metadata })
        : new AIMessage({
            content: '',
            tool_calls: [{ name: reply.name, args: reply.args, id: `call_${crypto.randomUUID()}`, type: 'tool_call' }],
            usage_metadata,
          })
    return { generations: [{ text: reply.kind === 'text' ? reply.text : '', message }] }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const reply = await this.reply(messages, options)
    if (reply.kind === 'call') {
      const args = JSON.stringify(reply.args)
      const chunk = {
        name: reply.name,
        args,
        id: `call_${crypto.randomUUID()}`,
        index: 0,
        type: 'tool_call_chunk' as const,
      }
      yield new ChatGenerationChunk({
        text: '',
        message: new AIMessageChunk({ content: '', tool_call_chunks: [chunk] }),
      })
    } else {
      for (const word of reply.text.match(/\s*\S+/g) ?? []) {
        options.signal?.throwIfAborted()
        const chunk = new ChatGenerationChunk({ text: word, message: new AIMessageChunk({ content: word }) })
        yield chunk
        await runManager?.handleLLMNewToken(word, undefined, undefined, undefined, undefined, { chunk })
        await nextTurnOfLoop()
      }
    }
    const usage_metadata = usageOf(messages, reply)
    yield new ChatGenerationChunk({ text: '', message: new AIMessageChunk({ content: '', usage_metadata }) })
  }
}

/** A model that needs no account: it searches by meaning, quotes what it finds, and refuses what the passages do not answer. */
export function createOfflineChatModel(parts: { embeddings: TextEmbeddings; log?: Log }): ChatModel {
  const { embeddings, log = silentLog } = parts
  const model = new OfflineChatModel({ embedder: createEmbedder(embeddings), log, tools: [], choice: undefined })
  return { model, name: OFFLINE_MODEL_NAME, quotesOnly: true }
}
