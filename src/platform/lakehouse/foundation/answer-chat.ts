// Answers of the chat endpoints: one JSON object, or server-sent events as recorded.
import { AIMessage, AIMessageChunk } from '@langchain/core/messages'
import type { ChatModel } from '../../ports/models.ts'
import type { RawAnswer, StreamAnswer } from '../wire.ts'
import { createAsking } from './ask-chat.ts'
import { createCutter } from './cutter.ts'
import { badRequest, type ChatAsk } from './read-chat.ts'
import { countPrompt, toMessages, toWireCalls, type WireToolCall } from './to-messages.ts'
import { countTokens } from './tokens.ts'

interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
}
const usageOf = (prompt_tokens: number, completion_tokens: number): Usage => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
})

const countCalls = (calls: readonly WireToolCall[]) =>
  calls.reduce((sum, call) => sum + countTokens(call.function.name) + countTokens(call.function.arguments), 0)

/** One answer of a model, of `n`. */
export interface Choice {
  text: string
  calls: WireToolCall[]
  finish: 'stop' | 'length' | 'tool_calls'
}

/** Everything of a request that both forms of an answer need. `now` in milliseconds. */
export interface ChatTask {
  chat: ChatModel
  ask: ChatAsk
  signal: AbortSignal
  now: number
}

const served = (chat: ChatModel) => ({ 'served-model-name': encodeURIComponent(chat.name) })

/** Asks `n` times, one after the other. */
export async function takeChoices({ chat, ask, signal }: ChatTask): Promise<{ choices: Choice[]; usage: Usage }> {
  const asking = createAsking(chat, ask, toMessages(ask.messages), signal)
  const choices: Choice[] = []
  let told: Usage | undefined
  let shown = 0
  for (let nth = 0; nth < ask.n; nth++) {
    const message = await asking.whole()
    const calls = toWireCalls(message)
    const cutter = createCutter(ask.stop, ask.maxTokens)
    const text = cutter.push(message.text) + cutter.flush()
    if (ask.responseFormat && calls.length === 0 && !cutter.ended) checkJson(text, chat)
    choices.push({ text, calls, finish: finishOf(message, calls, cutter.ended) })
    shown += cutter.tokens + countCalls(calls)
    if (message.usage_metadata && !cutter.ended) {
      const { input_tokens, output_tokens } = message.usage_metadata
      told = usageOf(input_tokens, output_tokens + (told?.completion_tokens ?? 0))
    }
  }
  const counted = usageOf(countPrompt(ask.messages, ask.tools), shown)
  return { choices, usage: told ?? counted }
}

export async function answerWhole(task: ChatTask): Promise<RawAnswer> {
  const { choices, usage } = await takeChoices(task)
  const body = {
    id: `chatcmpl_${crypto.randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(task.now / 1000),
    model: task.chat.name,
    choices: choices.map(({ text, calls, finish }, index) => ({
      index,
      message:
        calls.length > 0
          ? { role: 'assistant', content: text === '' ? null : text, tool_calls: calls }
          : { role: 'assistant', content: text },
      finish_reason: finish,
      logprobs: null,
    })),
    usage,
  }
  return { raw: true, status: 200, headers: served(task.chat), body: JSON.stringify(body) }
}

function finishOf(message: AIMessage, calls: readonly WireToolCall[], ended: 'stop' | 'length' | null) {
  if (ended) return ended
  if (calls.length > 0) return 'tool_calls'
  return message.response_metadata.finish_reason === 'length' ? 'length' : 'stop'
}

/** A model that cannot keep to a format says something else: better no answer than one that breaks the promise. */
function checkJson(text: string, { name }: ChatModel): void {
  try {
    JSON.parse(text)
  } catch {
    throw badRequest(`The model ${name} did not keep to response_format: its answer is no JSON.`)
  }
}

/**
 * The role comes with the first chunk, the usage so far with every chunk, a tool call first with empty arguments and then whole.
 * The model is asked before the answer begins, so that what it refuses still has a status of its own.
 */
export async function answerStreamed(task: ChatTask): Promise<StreamAnswer> {
  const events = streamChunks(task)
  const first = await events.next()
  async function* pieces(): AsyncGenerator<string> {
    try {
      if (!first.done) yield toEvent(first.value)
      for await (const event of events) yield toEvent(event)
      yield 'data: [DONE]\n\n'
    } finally {
      await events.return(undefined)
    }
  }
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', ...served(task.chat) }
  return { raw: true, status: 200, headers, pieces: pieces() }
}

const toEvent = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`

/** A piece of an answer as the wire has it. */
export interface ChatChunk {
  choices: {
    index: number
    delta: {
      role?: string
      content?: string
      tool_calls?: { index: number; id?: string; type?: 'function'; function: { name?: string; arguments: string } }[]
    }
    finish_reason: string | null
    logprobs: null
  }[]
  usage: Usage
}

/** `finish_reason` is null in all chunks of an answer but its last. */
export async function* streamChunks({ chat, ask, signal, now }: ChatTask): AsyncGenerator<ChatChunk> {
  const asking = createAsking(chat, ask, toMessages(ask.messages), signal)
  const prompt = countPrompt(ask.messages, ask.tools)
  const head = { id: `chatcmpl_${crypto.randomUUID()}`, object: 'chat.completion.chunk' }
  const same = { ...head, created: Math.floor(now / 1000), model: chat.name }
  let before = 0
  for (let index = 0; index < ask.n; index++) {
    const cutter = createCutter(ask.stop, ask.maxTokens)
    const chunk = (
      delta: ChatChunk['choices'][number]['delta'],
      finish_reason: string | null = null,
      usage = usageOf(prompt, before + cutter.tokens),
    ) => ({
      ...same,
      choices: [{ index, delta, finish_reason, logprobs: null }],
      usage,
    })
    let sum = new AIMessageChunk('')
    let isFirst = true
    const role = () => {
      const given = isFirst ? { role: 'assistant' } : {}
      isFirst = false
      return given
    }
    for await (const piece of asking.pieces()) {
      sum = sum.concat(piece)
      const content = cutter.push(piece.text)
      if (isFirst || content !== '') yield chunk({ ...role(), content })
      if (cutter.ended) break
    }
    const rest = cutter.flush()
    if (isFirst || rest !== '') yield chunk({ ...role(), content: rest })
    const calls = cutter.ended ? [] : toWireCalls(sum)
    for (const [nth, { id, type, function: called }] of calls.entries()) {
      yield chunk({ tool_calls: [{ index: nth, id, type, function: { name: called.name, arguments: '' } }] })
      yield chunk({ tool_calls: [{ index: nth, function: { arguments: called.arguments } }] })
    }
    const counted = usageOf(prompt, before + cutter.tokens + countCalls(calls))
    const told = cutter.ended || !sum.usage_metadata ? counted : toldUsage(sum.usage_metadata, before)
    before = told.completion_tokens
    yield chunk(
      { content: '' },
      finishOf(new AIMessage({ content: '', response_metadata: sum.response_metadata }), calls, cutter.ended),
      told,
    )
  }
}

const toldUsage = (told: { input_tokens: number; output_tokens: number }, before: number) =>
  usageOf(told.input_tokens, before + told.output_tokens)
