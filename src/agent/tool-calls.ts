// Connects the model's tool calls with our tools: every call goes through the one gate.
import { AIMessage, ToolMessage } from '@langchain/core/messages'
import { type StructuredTool, tool } from '@langchain/core/tools'
import { assertNever } from '../core/assert-never.ts'
import type { Log } from '../core/log.ts'
import type { AnyTool, ToolContext } from '../tools/define-tool.ts'
import { runTool, toInputSchema } from '../tools/run-tool.ts'
import type { Fact, FactBook } from './fact-book.ts'

const SEARCH = 'search-docs'
const MAX_STATUS_QUERY = 80

export interface ToolCall {
  id?: string | undefined
  name: string
  args: unknown
}

/** The tools as langchain offers them to the model. They only describe: `answerToolCall` is what runs them. */
export function toModelTools(tools: readonly AnyTool[]): StructuredTool[] {
  return tools.map(toModelTool)
}

/** Made once for each tool: a schema takes longer than the rest of a turn's preparation. */
const made = new WeakMap<AnyTool, StructuredTool>()

function toModelTool(each: AnyTool): StructuredTool {
  const known = made.get(each)
  if (known) return known
  const described: StructuredTool = tool(
    () => {
      throw new Error(`${each.name} was called past the gate.`)
    },
    { name: each.name, description: each.description, schema: toInputSchema(each) },
  )
  made.set(each, described)
  return described
}

/** Runs one call and puts its result, or the reason why there is none, into words for the model. */
export async function answerToolCall(
  call: ToolCall,
  parts: {
    tools: readonly AnyTool[]
    context: ToolContext
    facts: FactBook
    onStatus: (text: string) => void
    log: Log
  },
): Promise<ToolMessage> {
  const found = parts.tools.find(({ name }) => name === call.name)
  const reply = (content: string, status: 'success' | 'error'): ToolMessage =>
    new ToolMessage({ content, status, name: call.name, tool_call_id: call.id ?? '' })
  if (!found) {
    const names = parts.tools.map(({ name }) => name).join(', ')
    return reply(`There is no tool called ${call.name}. The tools are: ${names}.`, 'error')
  }
  parts.onStatus(toStatus(call))
  const began = performance.now()
  const outcome = await runTool(found, call.args, { ...parts.context, via: 'model' })
  const ms = Math.round(performance.now() - began)
  parts.log.debug('A tool was called', { turn: parts.context.turnId, tool: found.name, outcome: outcome.kind, ms })
  const note = (fact: Pick<Fact, 'how' | 'text' | 'says'> & { approval?: string }): void => {
    if (found.name === SEARCH) return
    parts.facts.add({ approval: null, ...fact, tool: found.name, acts: found.approval !== undefined })
  }
  switch (outcome.kind) {
    case 'done': {
      const text = found.toModelText(outcome.value)
      const says = found.toSaying?.(outcome.value) ?? null
      if (outcome.card === undefined) note({ how: 'told', text, says })
      else
        note({
          how: 'shown',
          text,
          says: { text: `${says?.text ?? text}\n\nThe card is in this thread.` },
          approval: outcome.card,
        })
      return reply(text, 'success')
    }
    case 'refused': {
      const says = outcome.says ?? { text: outcome.why }
      note({ how: 'refused', text: `${outcome.why}\n${says.text}`, says })
      return reply(outcome.why, 'error')
    }
    case 'waiting': {
      const { approval } = outcome
      const how = found.approval ? 'asked' : 'shown'
      const says = { text: toCardNotice(outcome.says.text, approval, how) }
      const text = `${outcome.says.text}\n\n${says.text}`
      note({ how, text, says, approval })
      return reply(text, 'success')
    }
    default:
      return assertNever(outcome)
  }
}

/** What stands in the answer where the card itself is a message of its own: its first paragraph, and what that means. */
function toCardNotice(card: string, approval: string, how: 'asked' | 'shown'): string {
  const [head = ''] = card.split('\n\n')
  if (how === 'shown') return `${head}\n\nThe card of request \`${approval}\` is in this thread.`
  return `${head}\n\nNothing has changed yet. This is request \`${approval}\`; its card in this thread shows how it stands.`
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
  if (name !== SEARCH) return `Running ${name}`
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
