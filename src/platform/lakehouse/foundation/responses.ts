// The Responses form of a chat: OpenAI's newer request and events, over the same models.
import type { ChatModel } from '../../ports/models.ts'
import { asList, asValues, type StreamAnswer, text, type Values } from '../wire.ts'
import { type ChatChunk, type ChatTask, type Choice, streamChunks, takeChoices } from './answer-chat.ts'
import { badRequest } from './read-chat.ts'
import type { WireToolCall } from './to-messages.ts'

/** The same request as a chat has it. */
export function toChatArgs(args: Values): Values {
  const { input, instructions, max_output_tokens, tools, tool_choice, ...same } = args
  const system = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []
  const messages = typeof input === 'string' ? [{ role: 'user', content: input }] : asList(input).map(toChatMessage)
  if (messages.length === 0) throw badRequest("'input' must be a string or a list of items.")
  const choice = asValues(tool_choice)
  return {
    ...same,
    messages: [...system, ...joinCalls(messages)],
    ...(max_output_tokens === undefined ? {} : { max_tokens: max_output_tokens }),
    tools: asList(tools).map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
    tool_choice: choice.type === 'function' ? { type: 'function', function: { name: choice.name } } : tool_choice,
  }
}

function toChatMessage(item: Values): Values {
  if (item.type === 'function_call') {
    const called = { name: item.name, arguments: item.arguments }
    return { role: 'assistant', content: null, tool_calls: [{ id: item.call_id, type: 'function', function: called }] }
  }
  if (item.type === 'function_call_output') {
    const output = typeof item.output === 'string' ? item.output : JSON.stringify(item.output)
    return { role: 'tool', tool_call_id: item.call_id, content: output }
  }
  const parts = asList(item.content).map((part) => ({ type: 'text', text: text(part, 'text') }))
  return { role: item.role, content: typeof item.content === 'string' ? item.content : parts }
}

/** Calls that were made together stand in one message of a chat. */
function joinCalls(messages: readonly Values[]): Values[] {
  const joined: Values[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (message.tool_calls && last?.tool_calls) {
      const tool_calls = [...asList(last.tool_calls), ...asList(message.tool_calls)]
      joined[joined.length - 1] = { ...last, tool_calls }
    } else joined.push(message)
  }
  return joined
}

const toMessageItem = (id: string, said: string) => ({
  ...{ type: 'message', id, role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text: said, annotations: [] }],
})
const toCallItem = ({ id, function: { name, arguments: args } }: WireToolCall) => ({
  ...{ type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: args, status: 'completed' },
})

function toResponse(id: string, { now, chat }: { now: number; chat: ChatModel }, more: object) {
  return {
    ...{ id, object: 'response', created_at: Math.floor(now / 1000), model: chat.name, error: null },
    ...{ incomplete_details: null, parallel_tool_calls: true, ...more },
  }
}

const endOf = (finish: string | null) =>
  finish === 'length'
    ? { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    : { status: 'completed', incomplete_details: null }

const usageOf = ({ prompt_tokens, completion_tokens, total_tokens }: ChatChunk['usage']) => ({
  input_tokens: prompt_tokens,
  output_tokens: completion_tokens,
  total_tokens,
})

function toOutput({ text: said, calls }: Pick<Choice, 'text' | 'calls'>, messageId: string): object[] {
  return [...(said === '' && calls.length > 0 ? [] : [toMessageItem(messageId, said)]), ...calls.map(toCallItem)]
}

export async function respondWhole(task: ChatTask): Promise<Values> {
  const { choices, usage } = await takeChoices(task)
  const [{ text: said, calls, finish } = { text: '', calls: [], finish: 'stop' }] = choices
  const output = toOutput({ text: said, calls }, `msg_${crypto.randomUUID()}`)
  return toResponse(`resp_${crypto.randomUUID()}`, task, { ...endOf(finish), output, usage: usageOf(usage) })
}

/** Text as it comes; a call when it is whole; at the end the whole response. */
export async function respondStreamed(task: ChatTask): Promise<StreamAnswer> {
  const chunks = streamChunks(task)
  const first = await chunks.next()
  async function* all(): AsyncGenerator<ChatChunk> {
    try {
      if (!first.done) yield first.value
      yield* chunks
    } finally {
      await chunks.return(undefined)
    }
  }
  return { raw: true, status: 200, headers: { 'content-type': 'text/event-stream' }, pieces: toEvents(task, all()) }
}

async function* toEvents(task: ChatTask, chunks: AsyncIterable<ChatChunk>): AsyncGenerator<string> {
  const id = `resp_${crypto.randomUUID()}`
  const messageId = `msg_${crypto.randomUUID()}`
  let sequence_number = 0
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...more })}\n\n`
  const place = { item_id: messageId, output_index: 0, content_index: 0 }
  const calls: WireToolCall[] = []
  let said = ''
  yield event('response.created', { response: toResponse(id, task, { status: 'in_progress', output: [] }) })
  for await (const { choices, usage } of chunks) {
    const [{ delta, finish_reason } = { delta: {}, finish_reason: null }] = choices
    if (delta.content) {
      const isFirst = said === ''
      said += delta.content
      const item = { ...toMessageItem(messageId, ''), status: 'in_progress', content: [] }
      const part = { type: 'output_text', text: '', annotations: [] }
      if (isFirst) yield event('response.output_item.added', { output_index: 0, item })
      if (isFirst) yield event('response.content_part.added', { ...place, part })
      yield event('response.output_text.delta', { ...place, delta: delta.content, logprobs: [] })
    }
    for (const { id: callId, function: called } of delta.tool_calls ?? []) {
      if (callId) calls.push({ id: callId, type: 'function', function: { name: called.name ?? '', arguments: '' } })
      const last = calls.at(-1)
      if (last) last.function.arguments += called.arguments
    }
    if (finish_reason === null) continue
    const output = toOutput({ text: said, calls }, messageId)
    if (said !== '') yield event('response.output_text.done', { ...place, text: said, logprobs: [] })
    for (const [output_index, item] of output.entries())
      yield event('response.output_item.done', { output_index, item })
    const response = toResponse(id, task, { ...endOf(finish_reason), output, usage: usageOf(usage) })
    yield event(finish_reason === 'length' ? 'response.incomplete' : 'response.completed', { response })
  }
}
