// Multinomial logistic regression with an L2 penalty, on a dense and a sparse part of each row.
import { setImmediate } from 'node:timers/promises'
import { minimize } from './lbfgs.ts'
import type { Sparse } from './stem-features.ts'
import { softmax, type Vector } from './vectors.ts'

export interface Row {
  dense: Vector
  sparse: Sparse
}

export interface Softmax {
  /** One per class. */
  logits(row: Row): Float64Array
}

export interface Training {
  rows: readonly Row[]
  /** Class of each row. */
  classes: readonly number[]
  count: number
  dense: number
  sparse: number
  signal?: AbortSignal
}

/** Weight of half the sum of squares beside the summed cross-entropy of all rows. The vectors are of unit length, so that one value fits every set. */
const PENALTY = 0.1
const ITERATIONS = 50
/** Rows between two pauses for others. */
const SLICE = 200

/** Minimises cross-entropy (Bishop, Pattern Recognition and Machine Learning, 2006, 4.3.4). Deterministic; pauses so that a server goes on answering. */
export async function trainSoftmax({ rows, classes, count, dense, sparse, signal }: Training): Promise<Softmax> {
  const columns = dense + sparse
  const weights = new Float64Array((columns + 1) * count)
  const toLogits = (from: Float64Array, row: Row): Float64Array => {
    const logits = from.slice(columns * count)
    eachFeature(row, dense, (column, value) => {
      const at = column * count
      for (let k = 0; k < count; k++) logits[k] = (logits[k] ?? 0) + value * (from[at + k] ?? 0)
    })
    return logits
  }
  await minimize(
    weights,
    async (point, gradient) => {
      let loss = penalize(point, gradient)
      for (const [i, row] of rows.entries()) {
        if (i % SLICE === SLICE - 1) {
          await setImmediate()
          signal?.throwIfAborted()
        }
        const errors = softmax(toLogits(point, row))
        const right = classes[i] ?? 0
        loss -= Math.log(Math.max(Number.MIN_VALUE, errors[right] ?? 0))
        errors[right] = (errors[right] ?? 0) - 1
        addErrors(gradient, errors, row, dense, columns)
      }
      return loss
    },
    ITERATIONS,
  )
  return { logits: (row) => toLogits(weights, row) }
}

function penalize(point: Float64Array, gradient: Float64Array): number {
  let loss = 0
  for (let j = 0; j < point.length; j++) {
    const weight = point[j] ?? 0
    loss += (PENALTY / 2) * weight * weight
    gradient[j] = PENALTY * weight
  }
  return loss
}

function addErrors(gradient: Float64Array, errors: Float64Array, row: Row, dense: number, columns: number): void {
  const count = errors.length
  eachFeature(row, dense, (column, value) => {
    const at = column * count
    for (let k = 0; k < count; k++) gradient[at + k] = (gradient[at + k] ?? 0) + value * (errors[k] ?? 0)
  })
  for (let k = 0; k < count; k++)
    gradient[columns * count + k] = (gradient[columns * count + k] ?? 0) + (errors[k] ?? 0)
}

/** The dense columns come first, then the sparse ones. */
export function eachFeature(
  { dense: vector, sparse }: Row,
  dense: number,
  use: (column: number, value: number) => void,
): void {
  for (let j = 0; j < dense; j++) use(j, vector[j] ?? 0)
  for (let j = 0; j < sparse.index.length; j++) use(dense + (sparse.index[j] ?? 0), sparse.value[j] ?? 0)
}
