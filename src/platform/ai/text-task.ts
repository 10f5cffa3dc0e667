// Asks a chat model for the AI functions that answer with text or a number: summaries, grammar, masks, translations, free prompts.
import { z } from 'zod'
import type { AiCall, Json } from '../ports/ai-functions.ts'
import { createFence, FENCE_RULE } from './fence.ts'
import { countTokens, type ModelTask, parseAnswer, parseText, quote, UnusableAnswer } from './model-task.ts'

const LANGUAGES: Readonly<Record<string, string>> = {
  en: 'English',
  de: 'German',
  fr: 'French',
  it: 'Italian',
  pt: 'Portuguese',
  hi: 'Hindi',
  es: 'Spanish',
  th: 'Thai',
}
/** Longest answer of a free prompt where the call sets no limit. */
const FREE_TOKENS = 1024
/** What the smallest of the known endpoints writes at most (Databricks refuses more than 8192). */
const MAX_TOKENS = 8000

export function toSummaryTask(content: string, maxWords: number): ModelTask {
  const limit = maxWords === 0 ? 'as short as the matter allows' : `in at most ${maxWords} words`
  // A word is about one and a half tokens; longer answers are not cut, since the number is a target.
  const maxTokens =
    maxWords === 0 ? Math.min(2000, Math.max(100, countTokens(content))) : 50 + Math.ceil(maxWords * 2.5)
  return toTextTask(
    `You summarize a text ${limit}, in its own language. Leave out greetings and thanks.`,
    content,
    maxTokens,
  )
}

export function toGrammarTask(content: string): ModelTask {
  const what =
    'You correct the grammar and spelling of a text and change nothing else. A text without faults stays as it is.'
  return toTextTask(what, content, 50 + Math.ceil(countTokens(content) * 1.5))
}

export function toMaskTask(content: string, labels: readonly string[]): ModelTask {
  const list = labels.map((label) => JSON.stringify(label)).join(', ')
  const what = `You write a text again with every ${list} in it replaced by [MASKED], and change nothing else.`
  return toTextTask(what, content, 50 + Math.ceil(countTokens(content) * 1.5))
}

export function toTranslationTask(content: string, to: string): ModelTask {
  const what = `You translate a text to ${LANGUAGES[to] ?? to}. A text in that language stays as it is.`
  return toTextTask(what, content, 50 + countTokens(content) * 4)
}

function toTextTask(what: string, content: string, maxTokens: number): ModelTask {
  const fence = createFence(content)
  return {
    system: `${what}\n\n${FENCE_RULE}\n\nReply with the result alone: no marks, no introduction, no quotes around it.`,
    human: fence('TEXT', content),
    format: null,
    maxTokens: Math.min(maxTokens, MAX_TOKENS),
    read: (text) => ({ value: parseText(text) }),
  }
}

const similaritySchema = z.object({ similarity: z.number() })

/** Where there are no embeddings: the model's own estimate, for ranking only. */
export function toSimilarityTask(left: string, right: string): ModelTask {
  const fence = createFence(left, right)
  const form = '{"similarity": a number from 0 (nothing in common) to 1 (the same meaning)}'
  return {
    system: `You say how alike two texts are in meaning.\n\n${FENCE_RULE}\n\nReply with one JSON object and nothing else: ${form}`,
    human: `${fence('FIRST', left)}\n\n${fence('SECOND', right)}`,
    format: {
      name: 'similarity',
      schema: {
        type: 'object',
        properties: { similarity: { type: 'number' } },
        required: ['similarity'],
        additionalProperties: false,
      },
    },
    maxTokens: 30,
    read(text) {
      const parsed = similaritySchema.safeParse(parseAnswer(text))
      if (!parsed.success) throw new UnusableAnswer('The model answered JSON without a similarity.')
      return { value: Math.min(1, Math.max(0, parsed.data.similarity)) }
    },
  }
}

/** A prompt is an instruction of whoever wrote the statement, and goes out as it is. */
export function toGenerationTask(prompt: string): ModelTask {
  return {
    system: null,
    human: prompt,
    format: null,
    maxTokens: FREE_TOKENS,
    read: (text) => ({ value: parseText(text) }),
  }
}

export function toQueryTask(call: Extract<AiCall, { function: 'ai_query' }>): ModelTask {
  const { format, parameters, request } = call
  return {
    system: null,
    human: request,
    format:
      format.kind === 'text' ? null : format.kind === 'json' ? 'object' : { name: format.name, schema: format.schema },
    maxTokens: parameters.maxTokens ?? FREE_TOKENS,
    temperature: parameters.temperature ?? 0,
    ...(parameters.more ? { more: parameters.more } : {}),
    // As on Databricks: who sets max_tokens gets what fits into it.
    mayBeCut: format.kind === 'text' && parameters.maxTokens !== undefined,
    read(text) {
      if (format.kind === 'text') return { value: parseText(text) }
      const value = parseAnswer(text)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new UnusableAnswer(`The model answered ${quote(value)}, which is no JSON object.`)
      }
      if (format.kind === 'schema') checkBySchema(format.schema, value)
      return { value }
    },
  }
}

/** Null is let through: every type of SQL takes it, and a model without strict schemas says so what it does not know. */
function checkBySchema(schema: Json, value: Json): void {
  const checked = toZod(schema)?.safeParse(value)
  if (!checked || checked.success) return
  const issue = checked.error.issues.find(({ path }) => at(value, path) !== null)
  if (!issue) return
  const place = issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
  throw new UnusableAnswer(`The model's JSON does not fit the schema${place}: ${issue.message}.`)
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}

/** Null for keywords beyond what can be checked here: the endpoint then checks alone. */
function toZod(schema: Json): z.ZodType | null {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  } catch {
    return null
  }
}
