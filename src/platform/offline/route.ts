// Chooses by meaning what a message needs: one of the tools, or a word of one's own.

import type { BindToolsInput } from '@langchain/core/language_models/chat_models'
import { convertToOpenAITool, isLangChainTool } from '@langchain/core/utils/function_calling'
import { z } from 'zod'
import { words } from '../../core/text/analyze.ts'
import { cosine, type Embedder } from './embedder.ts'

const toolSchema = z.object({
  function: z.object({
    name: z.string(),
    description: z.string().default(''),
    parameters: z
      .object({ properties: z.record(z.string(), z.unknown()).default({}), required: z.array(z.string()).default([]) })
      .default({ properties: {}, required: [] }),
  }),
})
const propertySchema = z
  .object({
    type: z.unknown(),
    description: z.string().default(''),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    default: z.unknown(),
  })
  .partial()

export interface ToolCard {
  name: string
  description: string
  properties: Record<string, unknown>
  required: string[]
}

/** What the model needs to know of a tool, whichever way it was defined. */
export function toToolCard(tool: BindToolsInput): ToolCard {
  const { function: fn } = toolSchema.parse(
    isLangChainTool(tool) || !('function' in tool) ? convertToOpenAITool(tool) : tool,
  )
  return { name: fn.name, description: fn.description, ...fn.parameters }
}

const SMALL_TALK: Readonly<Record<string, readonly string[]>> = {
  greeting: ['hello', 'hi there', 'hey', 'good morning', 'good evening', 'how are you?'],
  thanks: [
    'thanks',
    'thanks a lot',
    'thank you very much',
    'cheers',
    'great, that helped',
    'perfect, that works',
    'ok',
    'got it',
    'bye',
  ],
  ability: [
    'what can you do?',
    'who are you?',
    'how can you help me?',
    'help',
    'are you a bot?',
    'what can I ask you?',
  ],
}
const ANSWERS: Readonly<Record<string, string>> = {
  greeting: 'Hello! Ask me a question about the documentation, and I will quote the passages that answer it.',
  thanks: 'You are welcome. Ask again whenever something is unclear.',
  ability:
    'I answer questions about the documentation. I look the question up, quote the sentences, steps or table rows that answer it with their source, and say so when the documentation does not answer it. Follow-up questions in the same thread work too.',
  wordless: 'I can only read words. Please type your question about the documentation.',
}
const SMALL_TALK_FROM = 0.72
const SMALL_TALK_WORDS = 8

/** What to say to a message that asks nothing of the documentation; null where it does ask. */
export async function readSmallTalk(text: string, embedder: Embedder, signal?: AbortSignal): Promise<string | null> {
  const count = words(text).length
  if (count === 0) return ANSWERS.wordless ?? null
  if (count > SMALL_TALK_WORDS) return null
  const kinds = Object.entries(SMALL_TALK).flatMap(([kind, samples]) => samples.map((sample) => ({ kind, sample })))
  const [own = [], ...others] = await embedder.texts(
    [text.replace(/[^\p{L}\p{N}?' ]+/gu, ' ').trim(), ...kinds.map(({ sample }) => sample)],
    signal,
  )
  let best = { kind: '', likeness: SMALL_TALK_FROM }
  for (const [i, { kind }] of kinds.entries()) {
    const likeness = cosine(own, others[i] ?? [])
    if (likeness > best.likeness) best = { kind, likeness }
  }
  return ANSWERS[best.kind] ?? null
}

const QUERY_NAMES = ['query', 'question', 'q', 'text', 'input', 'prompt', 'search', 'message']

/** Tools that act: `readControl` alone calls them where anything else is offered. */
const CONTROL_TOOL = /version|eval|promot|rollback|champion|approval|ticket|ingest|train|nightly|report|case|pair|keep/i

function offered(tools: readonly ToolCard[]): readonly ToolCard[] {
  const others = tools.filter(({ name }) => !CONTROL_TOOL.test(name))
  return others.length > 0 ? others : tools
}

/** The names that a tool's description tells in backticks, such as those of labels and fields. */
export function namesToldBy(tool: ToolCard | undefined): string[] {
  return [...(tool?.description.matchAll(/`([^`]+)`/g) ?? [])].map(([, name = '']) => name)
}

/** The tool whose description is nearest to the question in meaning. */
export async function chooseTool(
  query: string,
  all: readonly ToolCard[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<ToolCard | undefined> {
  const tools = offered(all)
  if (tools.length < 2) return tools[0]
  const cards = tools.map((tool) => `${tool.name.replace(/[-_]/g, ' ')}: ${tool.description}`)
  const [own = [], ...others] = await embedder.texts([query, ...cards], signal)
  const order = tools
    .map((tool, i) => ({ tool, likeness: cosine(own, others[i] ?? []) }))
    .sort((a, b) => b.likeness - a.likeness)
  return order[0]?.tool
}

const VERSION_NAMES = /^(?:version|candidate|champion|baseline|against|other|from|to)$/i

/** Arguments for a tool: the query where it takes text, the likest value of a choice, numbers from the question. */
export async function fillArguments(
  tool: ToolCard,
  query: string,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const filled: Record<string, unknown> = {}
  const names = Object.keys(tool.properties)
  const main = QUERY_NAMES.find((name) => names.includes(name))
  const needed = new Set(tool.required)
  if (main !== undefined) needed.add(main)
  // Versions are named in the order of the tool's fields; one that is not named is left to the tool, never guessed.
  const versions = names.filter((name) => VERSION_NAMES.test(name))
  const mentioned = [...new Set(query.toLowerCase().match(/\bv\d+\b/g) ?? [])]
  for (const [i, name] of versions.entries()) {
    needed.delete(name)
    if (mentioned[i] !== undefined) filled[name] = mentioned[i]
  }
  for (const name of needed) {
    const property = propertySchema.parse(tool.properties[name] ?? {})
    if (property.enum !== undefined && property.enum.length > 0) {
      const choices = property.enum
      const [own = [], ...others] = await embedder.texts([query, ...choices.map(String)], signal)
      const best = others
        .map((vector, i) => ({ i, likeness: cosine(own, vector) }))
        .sort((a, b) => b.likeness - a.likeness)[0]
      filled[name] = choices[best?.i ?? 0]
    } else if (property.default !== undefined && name !== main) filled[name] = property.default
    else if (property.type === 'number' || property.type === 'integer')
      filled[name] = Number(/\d+/.exec(query)?.[0] ?? property.minimum ?? 1)
    else if (property.type === 'boolean') filled[name] = false
    else if (property.type === 'array') filled[name] = [query]
    else filled[name] = query
  }
  return filled
}
