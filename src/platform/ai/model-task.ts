// What a call asks of a chat model: messages, the form of the answer, and how the answer is read.
import type { AiAnswer, Json } from '../ports/ai-functions.ts'

export interface ModelTask {
  system: string | null
  human: string
  /** JSON wanted: by a schema, or any object. Null: text. */
  format: { name: string; schema: Json } | 'object' | null
  /** Most that an answer of this kind takes. */
  maxTokens: number
  /** Passed on as they are. Temperature is 0 where absent. */
  temperature?: number
  more?: Readonly<Record<string, Json>>
  /** True where a cut-off text is an answer all the same. */
  mayBeCut?: boolean
  /** Throws UnusableAnswer. */
  read(text: string): Pick<AiAnswer, 'value' | 'confidence'>
}

/** The model's answer cannot be used. The message is a sentence for people that says what it did. */
export class UnusableAnswer extends Error {}

/** JSON of an answer, bare, in a code fence, or after reasoning and chatter. */
export function parseAnswer(text: string): Json {
  const bare = text.replace(/^\s*<think>[\s\S]*?<\/think>/i, '').trim()
  const fenced = /```(?:json)?\s*([\s\S]*?)```/i.exec(bare)?.[1]
  const braced = bare.slice(Math.max(0, bare.indexOf('{')), bare.lastIndexOf('}') + 1)
  for (const candidate of [bare, fenced, braced]) {
    if (candidate === undefined || candidate === '') continue
    try {
      return JSON.parse(candidate) as Json
    } catch {
      // The next reading may be JSON; in the end it is told that none was.
    }
  }
  throw new UnusableAnswer('The model did not answer in JSON.')
}

/** Text of an answer without reasoning. */
export function parseText(text: string): string {
  const bare = text.replace(/^\s*<think>[\s\S]*?<\/think>/i, '').trim()
  if (bare === '') throw new UnusableAnswer('The model returned an empty answer.')
  return bare
}

/** The one of `options` that is meant: letter by letter, else whatever case and spaces. */
export function matchOption(given: string, options: readonly string[]): string | null {
  if (options.includes(given)) return given
  const fold = (text: string): string =>
    text
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
  const folded = fold(given)
  const matches = options.filter((option) => fold(option) === folded)
  return matches.length === 1 ? (matches[0] ?? null) : null
}

export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const line = text.replace(/\s+/g, ' ')
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`
}

/** What a ticket is about stands at its beginning, and eight whole threads would cost more than they teach. */
const EXAMPLE_CHARACTERS = 600

export function shortenExample(text: string): string {
  return text.length > EXAMPLE_CHARACTERS ? `${text.slice(0, EXAMPLE_CHARACTERS)}…` : text
}

/** English averages four characters per token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4)
}
