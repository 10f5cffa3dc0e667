// Writes examples as files of a training format.
import { assertNever } from '../core/assert-never.ts'
import type { TrainingFile, TrainingFormat, TrainingTask } from '../platform/ports/training.ts'
import { type Example, toRow } from './example.ts'
import { eachPaced } from './paced.ts'
import { type MdsEncoding, toEncoder, toFiles, writeMds } from './write-mds.ts'

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

/** As `writeExamples`, with turns for others meanwhile. Throws the reason of the signal. */
export async function writeInPieces(
  examples: readonly Example[],
  format: TrainingFormat,
  signal?: AbortSignal,
): Promise<TrainingFile[]> {
  if (format === 'mds') {
    const columns = toColumns(examples)
    const encode = toEncoder(columns)
    const samples: Buffer[] = []
    await eachPaced(examples, (example) => samples.push(encode(toRow(example))), signal)
    return toFiles(columns, samples)
  }
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
      return writeMds(toColumns(examples), rows)
    }
    default:
      return assertNever(format)
  }
}

function toColumns([first]: readonly Example[]): Record<string, MdsEncoding> {
  const names = first ? Object.keys(toRow(first)) : []
  return Object.fromEntries(names.map((name) => [name, first?.kind === 'chat' ? 'json' : 'str']))
}
