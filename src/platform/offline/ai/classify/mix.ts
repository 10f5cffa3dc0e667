// Weighs what labels mean against what labelled rows teach: few rows say little, many say nearly all.
import type { Head, TaughtText } from './head.ts'
import { nearestRow } from './rows.ts'
import type { Vector } from './vectors.ts'

/** Rows per label at which both count the same. */
const EVEN = 1
/** The same where a trained classifier stands for the meaning: it learned from many rows, and only those count here that it does not know yet. */
const EVEN_TRAINED = 10
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

/** How much the head counts beside the meaning, from 0 to 1, by the rows that speak for it. */
export function toTrust(rows: number, labels: number, trained: boolean): number {
  const perLabel = rows / Math.max(1, labels)
  return perLabel / (perLabel + (trained ? EVEN_TRAINED : EVEN))
}

/** Geometric mean of both, weighted by `trust` (a logarithmic opinion pool); then the most like row adds its label. */
export function mix(of: {
  meant: Float64Array
  taught: readonly TaughtText[]
  /** Null: it counts nothing. */
  head: Head | null
  trust: number
  text: string
  vector: Vector
}): Mixed {
  const { meant, taught, head, trust, text, vector } = of
  const learned = head?.probabilities(text, vector)
  const perLabel = taught.length / Math.max(1, meant.length)
  const pooled = learned
    ? meant.map((value, k) => Math.max(1e-12, value) ** (1 - trust) * Math.max(1e-12, learned[k] ?? 0) ** trust)
    : meant
  const sum = pooled.reduce((a, b) => a + b, 0)
  const like = nearestRow(vector, taught)
  const share = like.label < 0 ? 0 : (LIKENESS * like.weight) / (1 + perLabel / CROWD)
  const probabilities = pooled.map((value, k) => ((1 - share) * value) / sum + (k === like.label ? share : 0))
  return { probabilities, support: Math.max(learned ? trust : 0, like.weight), nearest: like.cosine }
}
