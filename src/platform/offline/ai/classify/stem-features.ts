// Turns texts into sparse unit vectors of stemmed words and pairs of them, weighted by TF-IDF.
import { stemWord, words } from '../../../../core/text/analyze.ts'

export interface Sparse {
  index: Int32Array
  value: Float64Array
}

/** What the rows taught: the features in the order of their columns, and how much each counts. */
export interface StemTable {
  features: readonly string[]
  rarity: readonly number[]
}

export interface StemFeatures {
  readonly size: number
  /** Everything that is needed to make the same vectors again. */
  readonly table: StemTable
  toVector(text: string): Sparse
}

/** Features at most: those of the most rows stay. */
const MOST = 8192

/**
 * Sublinear term frequency (1 + ln f) times smoothed inverse document frequency (1 + ln((1 + n) / (1 + d)), scaled to length 1: Manning, Raghavan and Schütze,
 * Introduction to Information Retrieval (2008), 6.4. Words that the rows do not hold are left out.
 */
export function learnStemFeatures(texts: readonly string[], most = MOST): StemFeatures {
  const counter = createStemCounter()
  for (const text of texts) counter.add(text)
  return counter.learn(most)
}

/** The same text by text, for who does not want to block. */
export function createStemCounter(): { add(text: string): void; learn(most: number): StemFeatures } {
  const rowsWith = new Map<string, number>()
  let texts = 0
  return {
    add(text) {
      texts++
      for (const feature of new Set(featuresOf(text))) rowsWith.set(feature, (rowsWith.get(feature) ?? 0) + 1)
    },
    learn(most) {
      const kept = [...rowsWith].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most)
      return toStemFeatures({
        features: kept.map(([feature]) => feature),
        rarity: kept.map(([, rows]) => 1 + Math.log((1 + texts) / (1 + rows))),
      })
    },
  }
}

export function toStemFeatures(table: StemTable): StemFeatures {
  const { features, rarity } = table
  const column = new Map(features.map((feature, i) => [feature, i]))
  return {
    size: features.length,
    table,
    toVector(text) {
      const counts = new Map<number, number>()
      for (const feature of featuresOf(text)) {
        const at = column.get(feature)
        if (at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1)
      }
      const value = Float64Array.from(counts, ([at, count]) => (1 + Math.log(count)) * (rarity[at] ?? 0))
      const scale = 1 / Math.sqrt(value.reduce((sum, x) => sum + x * x, 0) || 1)
      return { index: Int32Array.from(counts.keys()), value: value.map((x) => x * scale) }
    },
  }
}

function featuresOf(text: string): string[] {
  const stems = words(text).map(stemWord)
  return [...stems, ...stems.slice(1).map((stem, i) => `${stems[i]} ${stem}`)]
}
