// Reads labelled rows out of JSON lines, in each of the shapes that examples are exported in.
import { z } from 'zod'
import { LakedeskError } from '../../../core/errors.ts'
import type { LabelledRow } from '../../ports/ai-functions.ts'
import type { TrainingFormat } from '../../ports/training.ts'

export type LineFormat = Exclude<TrainingFormat, 'mds'>

const messageSchema = z.object({ role: z.string(), content: z.string() })
type Message = z.infer<typeof messageSchema>

const labelledSchema = z.object({ text: z.string(), label: z.string() })
const instructionSchema = z.object({ prompt: z.string(), response: z.string() })
/** One list of messages per line, bare or under `messages`. */
const chatSchema = z.union([z.array(messageSchema), z.object({ messages: z.array(messageSchema) })])

const SHAPES: Readonly<Record<LineFormat, string>> = {
  'labelled-jsonl': '{"text": "…", "label": "…"}',
  'instruction-jsonl': '{"prompt": "the text", "response": "its label"}',
  'chat-jsonl':
    '{"messages": [{"role": "user", "content": "the text"}, {"role": "assistant", "content": "its label"}]}',
}

function toRow(format: LineFormat, value: unknown): LabelledRow | null {
  switch (format) {
    case 'labelled-jsonl':
      return labelledSchema.safeParse(value).data ?? null
    case 'instruction-jsonl': {
      const read = instructionSchema.safeParse(value).data
      return read ? { text: read.prompt, label: read.response.trim() } : null
    }
    case 'chat-jsonl': {
      const read = chatSchema.safeParse(value).data
      return read ? fromMessages('messages' in read ? read.messages : read) : null
    }
  }
}

/** What the assistant said last is the label of what the user said last before. */
function fromMessages(messages: readonly Message[]): LabelledRow | null {
  const answer = messages.findLastIndex(({ role }) => role === 'assistant')
  const asked = messages.slice(0, Math.max(0, answer)).findLast(({ role }) => role === 'user')
  const said = messages[answer]
  return asked && said ? { text: asked.content, label: said.content.trim() } : null
}

/** Throws TRAINING_INVALID naming the line. */
export function readExamples(format: LineFormat, bytes: Uint8Array, what: string): LabelledRow[] {
  const rows: LabelledRow[] = []
  for (const [i, line] of decode(bytes, what).split('\n').entries()) {
    if (line.trim() === '') continue
    const row = toRow(format, parse(line))
    if (row === null)
      throw new LakedeskError(
        'TRAINING_INVALID',
        `Line ${i + 1} of the ${what} is not of the form ${SHAPES[format]}. Mend the line, or leave it out.`,
      )
    rows.push(row)
  }
  if (rows.length === 0)
    throw new LakedeskError('TRAINING_INVALID', `The ${what} has no rows. Give a file with one JSON object per line.`)
  return rows
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new LakedeskError('TRAINING_INVALID', `The ${what} is no UTF-8 text. Save it as UTF-8.`, error)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
