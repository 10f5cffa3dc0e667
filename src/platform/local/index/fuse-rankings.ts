// Joins full text and vectors into one ranking, and lets its best chunks speak for the question.
import type { ScoredSlot } from './top-list.ts'

/** How much full text counts, of 1. */
const TEXT_WEIGHT = 0.3
/** Chunks that are taken for relevant, and how much they move the question towards themselves. */
const FEEDBACK_CHUNKS = 3
const FEEDBACK_WEIGHT = 0.5

export interface Candidates {
  /** Unit vector of every slot that either ranking holds. */
  vectors: ReadonlyMap<number, Float32Array>
  /** Full-text score of a slot, 0 where no term matches. */
  textScore(slot: number): number
}

/**
 * Every candidate is scored by both sides, also where only one of them found it. The scores are joined by a convex
 * combination after theoretical min-max scaling: each is divided by the best one's, counted from the least possible
 * value, 0 for BM25 and -1 for the cosine (TM2C2 of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
 * Retrieval", ACM TOIS 2023, where it beats reciprocal rank fusion in and out of domain). Then the question's vector is
 * moved towards the best three, the first weighing most, and the candidates are scored once more (pseudo relevance
 * feedback after Rocchio 1971; Li et al. 2021 for dense vectors). Scores lie between 0 and 1.
 */
export function fuseRankings(query: Float32Array, candidates: Candidates): ScoredSlot[] {
  const rows = [...candidates.vectors].map(([slot, vector]) => ({ slot, vector, text: candidates.textScore(slot) }))
  const bestText = Math.max(0, ...rows.map((row) => row.text)) || 1
  const rank = (question: Float32Array): (ScoredSlot & { vector: Float32Array })[] => {
    const cosines = rows.map((row) => dot(question, row.vector))
    const bestCosine = Math.max(-1, ...cosines) + 1 || 1
    const scored = rows.map(({ slot, vector, text }, i) => {
      const vectorScore = ((cosines[i] ?? -1) + 1) / bestCosine
      return { slot, vector, score: TEXT_WEIGHT * (text / bestText) + (1 - TEXT_WEIGHT) * vectorScore }
    })
    return scored.sort((a, b) => b.score - a.score || a.slot - b.slot)
  }
  const first = rank(query).slice(0, FEEDBACK_CHUNKS)
  return rank(
    moveTowards(
      query,
      first.map((row) => row.vector),
    ),
  ).map(({ slot, score }) => ({ slot, score }))
}

/** The query plus a weighted mean of the vectors, the n-th weighing 1/n, as a unit vector. */
function moveTowards(query: Float32Array, vectors: readonly Float32Array[]): Float32Array {
  const weights = vectors.map((_, rank) => 1 / (rank + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const moved = Float32Array.from(query)
  for (const [rank, vector] of vectors.entries()) {
    const share = (FEEDBACK_WEIGHT * (weights[rank] ?? 0)) / total
    for (let i = 0; i < moved.length; i++) moved[i] = (moved[i] ?? 0) + share * (vector[i] ?? 0)
  }
  const norm = Math.sqrt(dot(moved, moved)) || 1
  return moved.map((value) => value / norm)
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
