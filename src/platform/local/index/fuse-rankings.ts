// Joins the full-text and the vector ranking into one.
import type { ScoredSlot } from './top-list.ts'

/** The k of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), as Databricks Vector Search uses it. */
const RANK_CONSTANT = 60

export function fuseRankings(text: readonly ScoredSlot[], vector: readonly ScoredSlot[]): ScoredSlot[] {
  const scores = new Map<number, number>()
  for (const ranking of [text, vector]) {
    for (const [rank, { slot }] of ranking.entries()) {
      scores.set(slot, (scores.get(slot) ?? 0) + 1 / (RANK_CONSTANT + rank + 1))
    }
  }
  return [...scores].map(([slot, score]) => ({ slot, score })).sort((a, b) => b.score - a.score || a.slot - b.slot)
}
