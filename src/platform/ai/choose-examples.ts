// Keeps the labelled rows of the current statement, and which of them matter for a call.
import type { AiCall, Json, LabelledRow } from '../ports/ai-functions.ts'
import { CATEGORY_TASK, fieldTask, sameText, type TaughtRow, toFieldValue } from '../ports/taught-rows.ts'
import { toDigest } from './fence.ts'
import { createExampleIndex, type ExampleIndex } from './nearest-examples.ts'

const MAX_REMEMBERED = 5000
/** Texts that stand as examples for the fields of one text. */
const MAX_TEXTS = 8

export interface Chosen {
  exact: string | null
  nearest: readonly LabelledRow[]
}

export interface FieldExample {
  text: string
  /** By field; null: the text says nothing of it. */
  values: ReadonlyMap<string, Json>
}

export interface ChosenFields {
  /** What people said of this very text, by field: nobody is asked for these. */
  told: ReadonlyMap<string, Json>
  /** Like texts with what people corrected of the other fields. */
  nearest: readonly FieldExample[]
}

type Classify = Extract<AiCall, { function: 'ai_classify' }>
type Extraction = Extract<AiCall, { function: 'ai_extract' }>

export interface Chooser {
  /** Rows oldest first. */
  learn(rows: readonly TaughtRow[]): void
  choose(call: Classify): Chosen
  chooseFields(call: Extraction): ChosenFields
}

/** Which labelled rows matter for a call. Asked several times for the same call, so the last choices are kept. */
export function createChooser(): Chooser {
  let byTask = new Map<string, ExampleIndex>()
  let learned: readonly TaughtRow[] = []
  const categories = createMemory<Chosen>()
  const fields = createMemory<ChosenFields>()
  return {
    learn(rows) {
      const isSame = rows.length === learned.length && rows.every((row, i) => isEqual(row, learned[i]))
      if (isSame) return
      learned = rows.map(({ task, text, label }) => ({ task, text, label }))
      const tasks = [...new Set(learned.map(({ task }) => task))]
      byTask = new Map(tasks.map((task) => [task, createExampleIndex(learned.filter((row) => row.task === task))]))
      categories.clear()
      fields.clear()
    },
    choose({ content, labels }) {
      const index = byTask.get(CATEGORY_TASK)
      if (!index) return { exact: null, nearest: [] }
      return categories.get(toDigest(content, ...labels.map(({ label }) => label)), () => {
        const names = new Set(labels.map(({ label }) => label))
        const accepts = (label: string) => names.has(label)
        const exact = index.exact(content, accepts)
        return { exact, nearest: exact === null ? index.nearest(content, accepts) : [] }
      })
    },
    chooseFields(call) {
      if (!call.fields.some(({ name }) => byTask.has(fieldTask(name)))) return { told: new Map(), nearest: [] }
      const key = toDigest(call.content, JSON.stringify(call.fields))
      return fields.get(key, () => chooseFields(call, byTask))
    },
  }
}

function chooseFields({ content, fields }: Extraction, byTask: ReadonlyMap<string, ExampleIndex>): ChosenFields {
  const told = new Map<string, Json>()
  const nearest = new Map<string, { text: string; values: Map<string, Json> }>()
  for (const field of fields) {
    const index = byTask.get(fieldTask(field.name))
    const accepts = (label: string) => toFieldValue(field, label) !== undefined
    const exact = index?.exact(content, accepts) ?? null
    if (exact !== null) told.set(field.name, toFieldValue(field, exact) ?? null)
    else {
      for (const { text, label } of index?.nearest(content, accepts) ?? []) {
        const example = nearest.get(sameText(text)) ?? { text, values: new Map<string, Json>() }
        example.values.set(field.name, toFieldValue(field, label) ?? null)
        if (nearest.size < MAX_TEXTS || nearest.has(sameText(text))) nearest.set(sameText(text), example)
      }
    }
  }
  return { told, nearest: [...nearest.values()] }
}

/** The last choices by key. */
function createMemory<Value>(): { get(key: string, make: () => Value): Value; clear(): void } {
  const remembered = new Map<string, Value>()
  return {
    get(key, make) {
      const found = remembered.get(key)
      if (found !== undefined) return found
      const made = make()
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      remembered.set(key, made)
      return made
    },
    clear: () => remembered.clear(),
  }
}

function isEqual(row: TaughtRow, other: TaughtRow | undefined): boolean {
  return row.task === other?.task && row.text === other.text && row.label === other.label
}
