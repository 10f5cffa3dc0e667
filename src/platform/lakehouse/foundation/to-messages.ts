// Messages of the chat wire as langchain has them, and langchain's tool calls as the wire has them.
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { assertNever } from '../../../core/assert-never.ts'
import { badRequest, type WireMessage } from './read-chat.ts'
import { countTokens } from './tokens.ts'

export interface WireToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

/** Refuses a tool's answer to a call that nobody made, and arguments that are no JSON object. */
export function toMessages(messages: readonly WireMessage[]): BaseMessage[] {
  const names = new Map<string, string>()
  return messages.map((message) => toMessage(message, names))
}

function toMessage(message: WireMessage, names: Map<string, string>): BaseMessage {
  const content = textOf(message)
  switch (message.role) {
    case 'user':
      return new HumanMessage({ content, ...(message.name === undefined ? {} : { name: message.name }) })
    case 'assistant': {
      const calls = message.tool_calls ?? []
      for (const call of calls) names.set(call.id, call.function.name)
      const tool_calls = calls.map(({ id, function: { name, arguments: args } }) => ({
        ...{ id, name, args: toArguments(args) },
        type: 'tool_call' as const,
      }))
      return new AIMessage({ content, tool_calls })
    }
    case 'tool': {
      const name = names.get(message.tool_call_id)
      if (name === undefined)
        throw badRequest(`The tool message answers '${message.tool_call_id}', and no tool call before it has this id.`)
      return new ToolMessage({ content, tool_call_id: message.tool_call_id, name })
    }
    case 'system':
    case 'developer':
      return new SystemMessage(content)
    default:
      return assertNever(message)
  }
}

export function countPrompt(messages: readonly WireMessage[], tools: readonly unknown[]): number {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []))
  const texts = [...messages.map(textOf), ...[...calls, ...tools].map((one) => JSON.stringify(one))]
  return texts.reduce((sum, text) => sum + countTokens(text), 0)
}

function textOf({ content }: WireMessage): string {
  if (Array.isArray(content)) return content.map(({ text = '' }) => text).join('')
  return content ?? ''
}

function toArguments(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text || '{}')
  } catch {
    throw badRequest('The arguments of a tool call are no JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The arguments of a tool call must be a JSON object.')
  return { ...value }
}

/** What the model calls, for the wire. A call without an id gets one; arguments that are no JSON are handed on as they are. */
export function toWireCalls({ tool_calls = [], invalid_tool_calls = [] }: AIMessage | AIMessageChunk): WireToolCall[] {
  const sound = tool_calls.map(({ id, name, args }) => ({ id, name, text: JSON.stringify(args) }))
  const odd = invalid_tool_calls.map(({ id, name, args }) => ({ id, name: name ?? '', text: args ?? '' }))
  return [...sound, ...odd].map(({ id, name, text }) => ({
    id: id ?? `call_${crypto.randomUUID()}`,
    type: 'function',
    function: { name, arguments: text },
  }))
}
