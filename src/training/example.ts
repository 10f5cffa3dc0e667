// One example that a model learns from: a conversation, a prompt with its response, or a text with its label.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { sameText } from '../platform/ports/taught-rows.ts'
import type { TrainingTask } from '../platform/ports/training.ts'
import { eachPaced, sortPaced } from './paced.ts'

const messageSchema = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
export type ChatMessage = z.infer<typeof messageSchema>

export type Example =
  | { kind: 'chat'; messages: readonly ChatMessage[] }
  | { kind: 'instruction'; prompt: string; response: string }
  | { kind: 'labelled'; text: string; label: string }
export type ExampleKind = Example['kind']

export const KIND_OF_TASK = {
  CHAT_COMPLETION: 'chat',
  INSTRUCTION_FINETUNE: 'instruction',
  CLASSIFICATION: 'labelled',
} as const satisfies Record<TrainingTask, ExampleKind>

const text = z.string()
const rowSchema = z.union([
  z.array(messageSchema).transform((messages) => ({ messages })),
  z.object({ messages: z.array(messageSchema) }),
  z.object({ prompt: text, response: text }),
  z.object({ text, label: text }),
])

/** A string is what is wrong with it. A conversation may also stand there as a bare list of messages. */
export function parseExample(value: unknown): Example | string {
  const row = rowSchema.safeParse(value)
  if (!row.success) return whyNot(value)
  if ('messages' in row.data) return toConversation(row.data.messages)
  if ('prompt' in row.data) return { kind: 'instruction', ...row.data }
  return { kind: 'labelled', ...row.data }
}

function toConversation(messages: readonly ChatMessage[]): Example | string {
  if (messages.length === 0) return 'it holds no message'
  if (messages.at(-1)?.role !== 'assistant') return 'its last message must be of the assistant'
  const turns = messages[0]?.role === 'system' ? messages.slice(1) : messages
  const alternate = turns.every(({ role }, n) => role === (n % 2 === 0 ? 'user' : 'assistant'))
  if (!alternate)
    return 'its messages must alternate between user and assistant, a system message only at the beginning'
  return { kind: 'chat', messages }
}

function whyNot(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'it is no JSON object'
  const names = Object.keys(value).slice(0, 5).join(', ') || 'nothing'
  return `it holds ${names}, and needs the texts messages, or prompt and response, or text and label`
}

/** What is learned from: the same for equal examples but for case and blanks. */
export function questionOf(example: Example): string {
  switch (example.kind) {
    case 'chat':
      return sameText(
        example.messages
          .slice(0, -1)
          .map(({ role, content }) => `${role}: ${content}`)
          .join('\n'),
      )
    case 'instruction':
      return sameText(example.prompt)
    case 'labelled':
      return sameText(example.text)
  }
}

/** What is to be learned. */
export function answerOf(example: Example): string {
  switch (example.kind) {
    case 'chat':
      return example.messages.at(-1)?.content ?? ''
    case 'instruction':
      return example.response
    case 'labelled':
      return example.label
  }
}

/** Texts of the example, in their order. */
export function textsOf(example: Example): string[] {
  switch (example.kind) {
    case 'chat':
      return example.messages.map(({ content }) => content)
    case 'instruction':
      return [example.prompt, example.response]
    case 'labelled':
      return [example.text, example.label]
  }
}

/** Four characters are about one token of English; exact only for the tokenizer of the model. */
const CHARACTERS_PER_TOKEN = 4

export function estimateTokens(example: Example): number {
  const characters = textsOf(example).reduce((sum, each) => sum + each.length, 0)
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}

/** SHA-256 over the examples whatever their order, 64 hexadecimal digits. Throws the reason of the signal. */
export async function digestOfExamples(examples: readonly Example[], signal?: AbortSignal): Promise<string> {
  const each: string[] = []
  await eachPaced(examples, (example) => each.push(hash(JSON.stringify(toRow(example)))), signal)
  return hash((await sortPaced(each, (digest) => digest, signal)).join('\n'))
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** As a line of JSONL holds it. */
export function toRow(example: Example): Record<string, unknown> {
  switch (example.kind) {
    case 'chat':
      return { messages: example.messages.map(({ role, content }) => ({ role, content })) }
    case 'instruction':
      return { prompt: example.prompt, response: example.response }
    case 'labelled':
      return { text: example.text, label: example.label }
  }
}
