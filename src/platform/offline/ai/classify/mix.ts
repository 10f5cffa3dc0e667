// Weighs what labels mean against what labelled rows teach: few rows say little, many say nearly all.
import type { Head, TaughtText } from './head.ts'
import { nearestRow } from './rows.ts'
import type { Vector } from './vectors.ts'

/** Rows per label at which both count the same. */
const EVEN = 1
/** Rows per label at which the likeness to one row counts half. */
const CROWD = 3
/** The most that one like row counts. */
const LIKENESS = 0.9

export interface Mixed {
  probabilities: Float64Array
  /** From 0 to 1: how much the rows speak for this text. */
  support: number
  /** Cosine of the most like row. */
  nearest: number
}

/** Geometric mean of both, weighted by the rows per label (a logarithmic opinion pool); then the most like row adds its label. */
export function mix(of: {
  meant: Float64Array
  taught: readonly TaughtText[]
  head: Head
  text: string
  vector: Vector
}): Mixed {
  const { meant, taught, head, text, vector } = of
  const learned = head.probabilities(text, vector)
  const perLabel = taught.length / Math.max(1, meant.length)
  const trust = perLabel / (perLabel + EVEN)
  const pooled = meant.map((value, k) => {
    const taughtValue = Math.max(1e-12, learned[k] ?? 0)
    return Math.max(1e-12, value) ** (1 - trust) * taughtValue ** trust
  })
  const sum = pooled.reduce((a, b) => a + b, 0)
  const like = nearestRow(vector, taught)
  const share = like.label < 0 ? 0 : (LIKENESS * like.weight) / (1 + perLabel / CROWD)
  const probabilities = pooled.map((value, k) => ((1 - share) * value) / sum + (k === like.label ? share : 0))
  return { probabilities, support: Math.max(trust, like.weight), nearest: like.cosine }
}
