// Writes examples as files of a training format.
import { assertNever } from '../core/assert-never.ts'
import type { TrainingFile, TrainingFormat, TrainingTask } from '../platform/ports/training.ts'
import { type Example, toRow } from './example.ts'
import { eachPaced } from './paced.ts'
import { writeMds } from './write-mds.ts'

const JSONL = 'data.jsonl'

/** What each format can hold. */
const TASKS_OF_FORMAT: Readonly<Record<TrainingFormat, readonly TrainingTask[]>> = {
  'chat-jsonl': ['CHAT_COMPLETION'],
  'instruction-jsonl': ['INSTRUCTION_FINETUNE'],
  'labelled-jsonl': ['CLASSIFICATION'],
  mds: ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE', 'CLASSIFICATION'],
}

/** The first format that holds examples of the task; undefined where none does. */
export function chooseFormat(formats: readonly TrainingFormat[], task: TrainingTask): TrainingFormat | undefined {
  return formats.find((format) => TASKS_OF_FORMAT[format].includes(task))
}

const PIECE = 1_000

/** As `writeExamples`, with turns for others between pieces of JSON lines. Throws the reason of the signal. */
export async function writeInPieces(
  examples: readonly Example[],
  format: TrainingFormat,
  signal?: AbortSignal,
): Promise<TrainingFile[]> {
  if (format === 'mds') return writeExamples(examples, format)
  const bytes: Uint8Array[] = []
  const starts = Array.from({ length: Math.ceil(examples.length / PIECE) }, (_, n) => n * PIECE)
  await eachPaced(
    starts,
    (start) => {
      for (const file of writeExamples(examples.slice(start, start + PIECE), format)) bytes.push(file.bytes)
    },
    signal,
    1,
  )
  return [{ path: JSONL, bytes: Buffer.concat(bytes) }]
}

/** All of one kind, at least one. */
export function writeExamples(examples: readonly Example[], format: TrainingFormat): TrainingFile[] {
  const rows = examples.map(toRow)
  switch (format) {
    case 'chat-jsonl':
    case 'instruction-jsonl':
    case 'labelled-jsonl': {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      return [{ path: JSONL, bytes: new TextEncoder().encode(text) }]
    }
    case 'mds': {
      const isChat = examples[0]?.kind === 'chat'
      const names = Object.keys(rows[0] ?? {})
      return writeMds(Object.fromEntries(names.map((name) => [name, isChat ? 'json' : 'str'])), rows)
    }
    default:
      return assertNever(format)
  }
}
