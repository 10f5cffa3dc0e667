// Connects the model's tool calls with our tools: every call goes through the one gate.
import { AIMessage, ToolMessage } from '@langchain/core/messages'
import { type StructuredTool, tool } from '@langchain/core/tools'
import { assertNever } from '../core/assert-never.ts'
import type { AnyTool, ToolContext } from '../tools/define-tool.ts'
import { runTool, toInputSchema } from '../tools/run-tool.ts'
import type { FactBook } from './fact-book.ts'

const MAX_STATUS_QUERY = 80

export interface ToolCall {
  id?: string | undefined
  name: string
  args: unknown
}

/** The tools as langchain offers them to the model. They only describe: `answerToolCall` is what runs them. */
export function toModelTools(tools: readonly AnyTool[]): StructuredTool[] {
  return tools.map((each) =>
    tool(
      () => {
        throw new Error(`${each.name} was called past the gate.`)
      },
      { name: each.name, description: each.description, schema: toInputSchema(each) },
    ),
  )
}

/** Runs one call and puts its result, or the reason why there is none, into words for the model. */
export async function answerToolCall(
  call: ToolCall,
  parts: { tools: readonly AnyTool[]; context: ToolContext; facts: FactBook; onStatus: (text: string) => void },
): Promise<ToolMessage> {
  const found = parts.tools.find(({ name }) => name === call.name)
  const reply = (content: string, status: 'success' | 'error'): ToolMessage =>
    new ToolMessage({ content, status, name: call.name, tool_call_id: call.id ?? '' })
  if (!found) {
    const names = parts.tools.map(({ name }) => name).join(', ')
    return reply(`There is no tool called ${call.name}. The tools are: ${names}.`, 'error')
  }
  parts.onStatus(toStatus(call))
  const outcome = await runTool(found, call.args, parts.context)
  switch (outcome.kind) {
    case 'done': {
      const text = found.toModelText(outcome.value)
      if (found.name !== 'search-docs') {
        parts.facts.add({ tool: found.name, text, says: found.toSaying?.(outcome.value) ?? null, approval: null })
      }
      return reply(text, 'success')
    }
    case 'refused':
      if (found.name !== 'search-docs') {
        const says = outcome.says ?? { text: outcome.why }
        parts.facts.add({ tool: found.name, text: `${outcome.why}\n${says.text}`, says, approval: null })
      }
      return reply(outcome.why, 'error')
    case 'waiting': {
      const text = `${outcome.says.text}\nIt waits for a decision as ${outcome.approval}; nothing has changed. Its card is shown in this thread.`
      parts.facts.add({ tool: found.name, text, says: { text: outcome.says.text }, approval: outcome.approval })
      return reply(text, 'success')
    }
    default:
      return assertNever(outcome)
  }
}

/**
 * The model's message as the loop goes on with it. Arguments that are no JSON arrive apart from the calls, and the loop would
 * end there: they become calls again, with their raw text as input, so that the gate refuses them in words from which the
 * model can correct itself. The endpoint's id is left out, since some give every answer the same, and a message with a
 * known id would replace the earlier one.
 */
export function repairToolCalls(message: AIMessage, raw: Map<string, string>): AIMessage {
  const repaired = (message.invalid_tool_calls ?? []).map((call, at) => {
    const id = call.id ?? `broken_${at}`
    raw.set(id, call.args ?? '')
    return { id, name: call.name ?? 'unnamed', args: {}, type: 'tool_call' as const }
  })
  return new AIMessage({ content: message.content, tool_calls: [...(message.tool_calls ?? []), ...repaired] })
}

function toStatus({ name, args }: ToolCall): string {
  if (name !== 'search-docs') return `Running ${name}`
  const query = typeof args === 'object' && args !== null && 'query' in args ? args.query : undefined
  if (typeof query !== 'string') return 'Searching the documentation'
  // A query is the model's text: letters, digits and simple marks only, so that it cannot carry an address or markup.
  const plain = query
    .replace(/\S*(?::\/\/|www\.)\S*/gi, '')
    .replace(/[^\p{L}\p{N}\p{M} .,?'’()+#/-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (plain === '') return 'Searching the documentation'
  return `Searching the documentation for “${plain.length > MAX_STATUS_QUERY ? `${plain.slice(0, MAX_STATUS_QUERY)}…` : plain}”`
}
