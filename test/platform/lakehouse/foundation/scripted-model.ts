// A chat model that says what the test tells it, word by word, and remembers what it was asked.
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import type { ChatModel, TextEmbeddings } from '../../../../src/platform/ports/models.ts'

export interface Scripted {
  text?: string
  calls?: { name: string; args: Record<string, unknown>; id: string }[]
  usage?: { input_tokens: number; output_tokens: number; total_tokens: number }
  error?: Error
  /** Milliseconds before every word. */
  slowMs?: number
}

export interface ModelCall {
  messages: BaseMessage[]
  options: Record<string, unknown>
  tools: unknown[]
  kwargs: unknown
}

class ScriptedModel extends BaseChatModel {
  readonly script: () => Scripted
  readonly asked: ModelCall[]
  readonly said: string[]
  readonly tools: unknown[]
  readonly kwargs: unknown

  constructor(script: () => Scripted, asked: ModelCall[], said: string[], tools: unknown[] = [], kwargs: unknown = {}) {
    super({})
    this.script = script
    this.asked = asked
    this.said = said
    this.tools = tools
    this.kwargs = kwargs
  }

  override _llmType(): string {
    return 'scripted'
  }

  override bindTools(tools: unknown[], kwargs?: unknown): ScriptedModel {
    return new ScriptedModel(this.script, this.asked, this.said, tools, kwargs)
  }

  private next(messages: BaseMessage[], options: object): Scripted {
    this.asked.push({ messages, options: { ...options }, tools: this.tools, kwargs: this.kwargs })
    const said = this.script()
    if (said.error) throw said.error
    return said
  }

  override async _generate(messages: BaseMessage[], options: object): Promise<ChatResult> {
    const { text = '', calls = [], usage } = this.next(messages, options)
    const tool_calls = calls.map((call) => ({ ...call, type: 'tool_call' as const }))
    const message = new AIMessage({ content: text, tool_calls, ...(usage ? { usage_metadata: usage } : {}) })
    return { generations: [{ text, message }] }
  }

  override async *_streamResponseChunks(messages: BaseMessage[], options: object): AsyncGenerator<ChatGenerationChunk> {
    const { text = '', calls = [], usage, slowMs = 0 } = this.next(messages, options)
    for (const word of text.match(/\s*\S+/g) ?? []) {
      if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs))
      this.said.push(word)
      yield new ChatGenerationChunk({ text: word, message: new AIMessageChunk(word) })
    }
    for (const [index, { name, args, id }] of calls.entries()) {
      // In two pieces, as many models send them.
      const whole = JSON.stringify(args)
      const pieces = [{ name, id, args: whole.slice(0, 3) }, { args: whole.slice(3) }]
      for (const piece of pieces) {
        const chunk = { ...piece, index, type: 'tool_call_chunk' as const }
        yield new ChatGenerationChunk({
          text: '',
          message: new AIMessageChunk({ content: '', tool_call_chunks: [chunk] }),
        })
      }
    }
    if (usage)
      yield new ChatGenerationChunk({
        text: '',
        message: new AIMessageChunk({ content: '', usage_metadata: usage }),
      })
  }
}

export function createScriptedModel(script: () => Scripted) {
  const asked: ModelCall[] = []
  const said: string[] = []
  const chat: ChatModel = { model: new ScriptedModel(script, asked, said), name: 'scripted-model', quotesOnly: false }
  return { chat, asked, said }
}

/** Unit vectors that count letters: texts of the same words lie close together. */
export function createLetterEmbeddings(dimension = 64) {
  const batches: string[][] = []
  const embed = (text: string): number[] => {
    const counts = new Array<number>(dimension).fill(0)
    for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
      let hash = 7
      for (const letter of word) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
      counts[hash % dimension] = (counts[hash % dimension] ?? 0) + 1
    }
    const length = Math.hypot(...counts) || 1
    return counts.map((value) => value / length)
  }
  const embeddings: TextEmbeddings = {
    name: 'letters',
    dimension,
    async embedDocuments(texts) {
      batches.push(texts)
      return texts.map(embed)
    },
    embedQuery: async (text) => embed(text),
  }
  return { embeddings, batches }
}
