// Ranks rows by nearness, by their words, or by both. Every row is looked at: the order is exact.
import { terms } from '../../../core/text/analyze.ts'
import type { Row } from './index-rows.ts'

export interface Ranked {
  row: Row
  score: number
}

/** BM25's usual constants. */
const K1 = 1.2
const B = 0.75
/** Constant of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009). */
const FUSION_K = 60

const best = (ranked: Ranked[]): Ranked[] =>
  ranked.sort((a, b) => b.score - a.score || (a.row.key < b.row.key ? -1 : a.row.key > b.row.key ? 1 : 0))

export function nearness(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let square = 0
  for (let i = 0; i < a.length; i++) square += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2
  return 1 / (1 + square)
}

/** Score 1/(1+d²) of the Euclidean distance d. */
export function rankByVector(rows: readonly Row[], vector: ArrayLike<number>): Ranked[] {
  return best(rows.flatMap((row) => (row.vector ? [{ row, score: nearness(row.vector, vector) }] : [])))
}

/** BM25 over all rows of the index; only those that hold a term are returned. `eligible` may be returned, `rows` count. */
export function rankByText(
  rows: readonly Row[],
  eligible: ReadonlySet<Row>,
  query: string,
  columns?: readonly string[],
): Ranked[] {
  const asked = [...new Set(terms(query))]
  const counted = rows.map((row) => ({ row, counts: row.terms(columns) }))
  const lengths = counted.map(({ counts }) => [...counts.values()].reduce((sum, count) => sum + count, 0))
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, rows.length) || 1
  const weights = asked.map((term) => {
    const holding = counted.filter(({ counts }) => counts.has(term)).length
    return Math.log(1 + (rows.length - holding + 0.5) / (holding + 0.5))
  })
  return best(
    counted.flatMap(({ row, counts }, nth) => {
      if (!eligible.has(row)) return []
      const norm = K1 * (1 - B + (B * (lengths[nth] ?? 0)) / mean)
      const score = asked.reduce((sum, term, i) => {
        const count = counts.get(term) ?? 0
        return sum + ((weights[i] ?? 0) * count * (K1 + 1)) / (count + norm || 1)
      }, 0)
      return score > 0 ? [{ row, score }] : []
    }),
  )
}

/** Every ranking gives 1/(60 + place), counted from 1, to the rows among its first `depth`. */
export function fuse(rankings: readonly (readonly Ranked[])[], depth: number): Ranked[] {
  const scores = new Map<Row, number>()
  for (const ranking of rankings)
    for (const [place, { row }] of ranking.slice(0, depth).entries())
      scores.set(row, (scores.get(row) ?? 0) + 1 / (FUSION_K + place + 1))
  return best([...scores].map(([row, score]) => ({ row, score })))
}
