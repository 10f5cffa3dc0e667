// Finds the labelled rows that are most like a text, by the words they share: deterministic, synchronous, and without a model.
import type { LabelledRow } from '../ports/ai-functions.ts'
import { sameText } from '../ports/taught-rows.ts'

/** Cosine of the word sets below which two texts count as unlike: a correction then leaves all other tickets as they were. */
const LIKE = 0.25
const MAX_EXAMPLES = 8
/** Words that say nothing of what a ticket is about. */
const COMMON = new Set(
  'a about after all also am an and any are as at be been but by can cannot could did do does for from get got had has have he her hi hello his how i if im in into is it its ive just me my no not now of on or our out please so some thank thanks that the their them then there they this to up us was we were what when where which who why will with would you your'.split(
    ' ',
  ),
)

export interface ExampleIndex {
  /** Label a person gave to this very text (but for case and spaces); the newest where there are several. Only of those asked for. */
  exact(text: string, accepts: (label: string) => boolean): string | null
  /** At most 8 like ones, nearest first, no label crowding out the others. */
  nearest(text: string, accepts: (label: string) => boolean): readonly LabelledRow[]
}

interface Entry {
  row: LabelledRow
  norm: number
}

/** Word sets without weights that depend on the other rows: a new row changes nothing between texts that are unlike it. */
export function createExampleIndex(rows: readonly LabelledRow[]): ExampleIndex {
  const exact = new Map<string, LabelledRow[]>()
  const entries: Entry[] = []
  const byWord = new Map<string, number[]>()
  for (const row of rows) {
    const key = sameText(row.text)
    exact.set(key, [...(exact.get(key) ?? []), row])
    const words = toWords(row.text)
    for (const word of words) {
      const at = byWord.get(word)
      if (at) at.push(entries.length)
      else byWord.set(word, [entries.length])
    }
    entries.push({ row, norm: Math.sqrt(words.size) })
  }

  return {
    exact: (text, accepts) => exact.get(sameText(text))?.findLast(({ label }) => accepts(label))?.label ?? null,
    nearest(text, accepts) {
      if (entries.length === 0) return []
      const words = toWords(text)
      const shared = new Map<number, number>()
      for (const word of words) for (const at of byWord.get(word) ?? []) shared.set(at, (shared.get(at) ?? 0) + 1)
      const norm = Math.sqrt(words.size)
      const like = [...shared]
        .map(([at, count]) => ({ at, entry: entries[at], score: count / (norm * (entries[at]?.norm ?? 1)) }))
        .filter(({ entry, score }) => score >= LIKE && entry !== undefined && accepts(entry.row.label))
        // The newer of two that are equally near.
        .sort((a, b) => b.score - a.score || b.at - a.at)
        .flatMap(({ entry }) => (entry ? [entry.row] : []))
      return balance(like)
    },
  }
}

function balance(rows: readonly LabelledRow[]): readonly LabelledRow[] {
  const labels = new Set(rows.map(({ label }) => label)).size
  const perLabel = Math.max(2, Math.ceil(MAX_EXAMPLES / Math.max(1, labels)))
  const counts = new Map<string, number>()
  const texts = new Set<string>()
  const chosen: LabelledRow[] = []
  for (const row of rows) {
    const count = counts.get(row.label) ?? 0
    const key = sameText(row.text)
    if (chosen.length >= MAX_EXAMPLES || count >= perLabel || texts.has(key)) continue
    counts.set(row.label, count + 1)
    texts.add(key)
    chosen.push(row)
  }
  return chosen
}

function toWords(text: string): ReadonlySet<string> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(words.filter((word) => !COMMON.has(word)))
}
