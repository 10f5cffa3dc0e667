// Keeps the labelled rows of the current statement, and which of them matter for a call.
import type { AiCall, LabelledRow } from '../ports/ai-functions.ts'
import { toDigest } from './fence.ts'
import { createExampleIndex, type ExampleIndex } from './nearest-examples.ts'

const MAX_REMEMBERED = 5000

export interface Chosen {
  exact: string | null
  nearest: readonly LabelledRow[]
}

export interface Chooser {
  learn(rows: readonly LabelledRow[]): void
  choose(call: Extract<AiCall, { function: 'ai_classify' }>): Chosen
}

/** Which labelled rows matter for a call. Asked several times for the same call, so the last choices are kept. */
export function createChooser(): Chooser {
  let index: ExampleIndex | null = null
  let learned: readonly LabelledRow[] = []
  const remembered = new Map<string, Chosen>()
  return {
    learn(rows) {
      const isSame = rows.length === learned.length && rows.every((row, i) => isEqual(row, learned[i]))
      if (isSame) return
      learned = rows.map(({ text, label }) => ({ text, label }))
      index = rows.length > 0 ? createExampleIndex(rows) : null
      remembered.clear()
    },
    choose({ content, labels }) {
      if (!index) return { exact: null, nearest: [] }
      const key = toDigest(content, ...labels.map(({ label }) => label))
      let chosen = remembered.get(key)
      if (!chosen) {
        const names = new Set(labels.map(({ label }) => label))
        const exact = index.exact(content, names)
        chosen = { exact, nearest: exact === null ? index.nearest(content, names) : [] }
        if (remembered.size >= MAX_REMEMBERED) remembered.clear()
        remembered.set(key, chosen)
      }
      return chosen
    },
  }
}

function isEqual(row: LabelledRow, other: LabelledRow | undefined): boolean {
  return row.text === other?.text && row.label === other.label
}
