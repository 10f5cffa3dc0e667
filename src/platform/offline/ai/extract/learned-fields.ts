// What people corrected in fields: the same text gets the same value, known values are found again, and like texts get like labels.
import { digestOf } from '../../../../core/digest.ts'
import type { ExtractField, Json, LabelledRow } from '../../../ports/ai-functions.ts'
import { fieldTask, sameText, type TaughtRow, toFieldValue } from '../../../ports/taught-rows.ts'
import { cosine, type Embedder } from '../../embedder.ts'
import { type Extracted, extractField, readForExtraction } from './extract-fields.ts'
import type { Reading } from './found.ts'
import { standsIn } from './products.ts'

/** Cosine from which two texts count as alike: a label that a person chose for the one then holds for the other. */
const LIKE = 0.8
/** Newest rows of a field that texts are compared with. */
const COMPARED_ROWS = 500
/** Shorter values stand in many texts by chance. */
const SHORTEST = 3
const STANDS_THERE = 0.6

interface Learned {
  rows: readonly LabelledRow[]
  /** Newest label by text. */
  known: ReadonlyMap<string, string>
  values: readonly string[]
  digest: string
}

export interface LearnedFields {
  extract(content: string, reading: Reading, field: ExtractField, signal: AbortSignal): Promise<Extracted>
  /** Changes with every row that may change the value of one of these fields. */
  digest(fields: readonly ExtractField[]): string
}

/** Rows oldest first; those of other tasks are left aside. */
export function learnFields(rows: readonly TaughtRow[], embedder: Embedder): LearnedFields {
  const byTask = new Map<string, Learned>()
  const learnedOf = (name: string): Learned => {
    const task = fieldTask(name)
    const learned = byTask.get(task) ?? learnOne(rows.filter((row) => row.task === task))
    byTask.set(task, learned)
    return learned
  }
  return {
    digest: (fields) => {
      const digests = fields.map(({ name }) => learnedOf(name).digest)
      return digests.every((digest) => digest === '') ? '' : digestOf(digests)
    },
    async extract(content, reading, field, signal) {
      const learned = learnedOf(field.name)
      if (learned.rows.length === 0) return extractField(reading, field, embedder, signal)
      const told = learned.known.get(sameText(content))
      const value = told === undefined ? undefined : toFieldValue(field, told)
      if (value !== undefined) return { value, confidence: 1 }
      if (field.type === 'enum' || field.type === 'boolean') {
        const like = await findLike(reading, field, learned.rows, embedder, signal)
        if (like !== null) return like
      }
      const known = { ...reading, gazetteer: [...reading.gazetteer, ...learned.values] }
      const found = await extractField(known, field, embedder, signal)
      return field.type === 'string' ? spell(reading, found, learned.values) : found
    },
  }
}

function learnOne(rows: readonly TaughtRow[]): Learned {
  const known = new Map(rows.map(({ text, label }) => [sameText(text), label]))
  const values = [...new Set(known.values())].filter((value) => value.length >= SHORTEST && /\p{L}/u.test(value))
  const digest = rows.length === 0 ? '' : digestOf(rows.map(({ text, label }) => [text, label]))
  return { rows, known, values: values.sort((a, b) => b.length - a.length), digest }
}

/** As people wrote it; where nothing else was found, the longest known value that stands in the text. */
function spell({ said }: Reading, found: Extracted, values: readonly string[]): Extracted {
  const { value } = found
  if (typeof value === 'string') {
    const same = values.find((one) => sameText(one) === sameText(value))
    return same === undefined ? found : { ...found, value: same }
  }
  const standing = value === null ? values.find((one) => standsIn(said, one)) : undefined
  return standing === undefined ? found : { value: standing, confidence: STANDS_THERE }
}

async function findLike(
  { said }: Reading,
  field: ExtractField,
  rows: readonly LabelledRow[],
  embedder: Embedder,
  signal: AbortSignal,
): Promise<{ value: Json; confidence: number } | null> {
  const usable = rows.slice(-COMPARED_ROWS).flatMap(({ text, label }) => {
    const value = label === '' ? undefined : toFieldValue(field, label)
    return value === undefined ? [] : [{ value, said: readForExtraction(text, []).said }]
  })
  if (usable.length === 0 || said === '') return null
  const [own = [], ...others] = await embedder.texts([said, ...usable.map((row) => row.said)], signal)
  let best: { value: Json; confidence: number } | null = null
  for (const [i, { value }] of usable.entries()) {
    const confidence = cosine(own, others[i] ?? [])
    // Of equally near ones the later correction counts.
    if (confidence >= LIKE && confidence >= (best?.confidence ?? 0)) best = { value, confidence }
  }
  return best === null ? null : { ...best, confidence: Math.min(1, best.confidence) }
}
