// The labelled rows: which of them steer a set of labels, and what they say of a text that is like them.
import { createHash } from 'node:crypto'
import type { AiLabel, LabelledRow } from '../../../ports/ai-functions.ts'
import type { TaughtText } from './head.ts'
import { dot, type Vector } from './vectors.ts'

/** Of texts that are equal but for case and blanks the last one counts. */
export function latestRows(examples: readonly LabelledRow[]): LabelledRow[] {
  const rows = new Map<string, LabelledRow>()
  for (const row of examples) {
    const key = sameText(row.text)
    rows.delete(key)
    if (key !== '') rows.set(key, row)
  }
  return [...rows.values()]
}

export function rowsFor(rows: readonly LabelledRow[], labels: readonly AiLabel[]): LabelledRow[] {
  const asked = new Set(labels.map(({ label }) => label))
  return rows.filter(({ label }) => asked.has(label))
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}

export function sameText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** Cosines between which a row begins to count as the like of a text, and counts in full. */
const LIKE = 0.65
const SAME = 0.85

export interface Neighbour {
  label: number
  /** From 0: unlike every row, to 1: all but equal to this one. */
  weight: number
  cosine: number
}

/** The row that is most like the text: what a person said of one ticket holds for its likes. */
export function nearestRow(vector: Vector, taught: readonly TaughtText[]): Neighbour {
  let best: Neighbour = { label: -1, weight: 0, cosine: -1 }
  for (const row of taught) {
    const cosine = dot(row.vector, vector)
    const weight = Math.max(0, Math.min(1, (cosine - LIKE) / (SAME - LIKE)))
    // Of equally near ones the later correction counts.
    if (weight > best.weight || (weight === best.weight && (weight > 0 || cosine > best.cosine)))
      best = { label: weight > 0 ? row.label : -1, weight, cosine }
  }
  return best
}
