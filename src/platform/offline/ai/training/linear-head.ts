// The head that is trained: one weight for each feature and label, by mini-batch Adam from what the labels mean.
import { setImmediate } from 'node:timers/promises'
import { createSeeded } from '../../../../core/seeded.ts'
import { eachFeature, type Row } from '../classify/softmax-regression.ts'
import { softmax, type Vector } from '../classify/vectors.ts'

export interface HeadShape {
  labels: number
  dense: number
  sparse: number
}

/** Weight of feature j and label k at j * labels + k, the biases after the last feature. */
export function weightCount({ labels, dense, sparse }: HeadShape): number {
  return (dense + sparse + 1) * labels
}

export function toLogits(weights: Vector, row: Row, { labels, dense, sparse }: HeadShape): Float64Array {
  const logits = new Float64Array(labels)
  const biases = (dense + sparse) * labels
  for (let k = 0; k < labels; k++) logits[k] = weights[biases + k] ?? 0
  eachFeature(row, dense, (column, value) => {
    const at = column * labels
    for (let k = 0; k < labels; k++) logits[k] = (logits[k] ?? 0) + value * (weights[at + k] ?? 0)
  })
  return logits
}

export interface Example extends Row {
  label: number
}

export interface HeadTraining {
  shape: HeadShape
  rows: readonly Example[]
  /** What each label means, as a vector: where the weights begin, and what they are drawn back to. */
  meanings: readonly Vector[]
  epochs: number
  learningRate: number
  seed: number
  signal?: AbortSignal
  /** After each epoch, with the mean loss of its rows. */
  onEpoch(epoch: number, step: number, loss: number, weights: Float64Array): Promise<void>
}

/** Factor from cosines to logits where training begins: that of the zero-shot classifier. */
const BEGIN = 18
/** Weight of half the squared distance to where the weights began, beside the summed loss of all rows. */
const PENALTY = 0.05
/** Adam (Kingma and Ba 2015) with its own defaults. */
const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
/** Few rows are given in small batches, so that an epoch is a way and no single step. */
const STEPS_AT_LEAST = 40
const BATCH_AT_MOST = 32
/** The most that rows of a rare label count beside those of a common one. */
const RARE_AT_MOST = 4
/** Additions between two pauses for others: some milliseconds. */
const SLICE = 3_000_000

export async function trainLinearHead(training: HeadTraining): Promise<Float64Array> {
  const { shape, rows, epochs, learningRate, signal } = training
  const weights = beginAt(shape, training.meanings)
  const start = Float64Array.from(weights)
  const adam = createAdam(weights, start, shape, PENALTY / rows.length)
  const importance = weighLabels(rows, shape.labels)
  const batch = Math.max(1, Math.min(BATCH_AT_MOST, Math.floor(rows.length / STEPS_AT_LEAST)))
  const steps = Math.ceil(rows.length / batch)
  const seeded = createSeeded(training.seed)
  const slice = Math.max(1, Math.floor(SLICE / (shape.dense * shape.labels * batch * 3)))
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = seeded.shuffle(rows)
    let loss = 0
    for (let step = 0; step < steps; step++) {
      if (step % slice === 0) {
        await setImmediate()
        signal?.throwIfAborted()
      }
      // Falls in a line to nothing: the last steps settle.
      const rate = learningRate * (1 - (epoch * steps + step) / (epochs * steps))
      loss += adam.step(order.slice(step * batch, (step + 1) * batch), importance, rate)
    }
    await training.onEpoch(epoch + 1, (epoch + 1) * steps, loss / rows.length, weights)
    signal?.throwIfAborted()
  }
  return weights
}

function beginAt(shape: HeadShape, meanings: readonly Vector[]): Float64Array {
  const weights = new Float64Array(weightCount(shape))
  for (const [k, meaning] of meanings.entries())
    for (let j = 0; j < shape.dense; j++) weights[j * shape.labels + k] = BEGIN * (meaning[j] ?? 0)
  return weights
}

/** Between counting every row the same and every label the same: the square root of the inverse share; on average 1. */
function weighLabels(rows: readonly Example[], labels: number): number[] {
  const counts = new Array<number>(labels).fill(0)
  for (const { label } of rows) counts[label] = (counts[label] ?? 0) + 1
  const most = Math.max(...counts)
  const raw = counts.map((count) => (count === 0 ? 0 : Math.min(RARE_AT_MOST, Math.sqrt(most / count))))
  const sum = rows.reduce((total, { label }) => total + (raw[label] ?? 0), 0)
  return raw.map((value) => (value * rows.length) / sum)
}

interface Adam {
  /** Sum of the weighted cross-entropy of these rows, before the step. */
  step(rows: readonly Example[], importance: readonly number[], rate: number): number
}

/** Columns that no row of a batch has stay as they are, moments and all (as PyTorch's SparseAdam does). */
function createAdam(weights: Float64Array, start: Float64Array, shape: HeadShape, penalty: number): Adam {
  const { labels, dense, sparse } = shape
  const gradient = new Float64Array(weights.length)
  const first = new Float64Array(weights.length)
  const second = new Float64Array(weights.length)
  let steps = 0
  const add = (row: Example, importance: number): number => {
    const errors = softmax(toLogits(weights, row, shape))
    const loss = -importance * Math.log(Math.max(Number.MIN_VALUE, errors[row.label] ?? 0))
    errors[row.label] = (errors[row.label] ?? 0) - 1
    const put = (column: number, value: number) => {
      const at = column * labels
      for (let k = 0; k < labels; k++)
        gradient[at + k] = (gradient[at + k] ?? 0) + importance * value * (errors[k] ?? 0)
    }
    eachFeature(row, dense, put)
    put(dense + sparse, 1)
    return loss
  }
  return {
    step(rows, importance, rate) {
      const touched = new Set<number>([dense + sparse])
      for (let j = 0; j < dense; j++) touched.add(j)
      let loss = 0
      for (const row of rows) {
        loss += add(row, importance[row.label] ?? 1)
        for (const column of row.sparse.index) touched.add(dense + column)
      }
      steps++
      const pace = (rate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps)
      for (const column of touched) {
        for (let at = column * labels; at < (column + 1) * labels; at++) {
          const weight = weights[at] ?? 0
          const slope = (gradient[at] ?? 0) / rows.length + penalty * (weight - (start[at] ?? 0))
          const mean = BETA1 * (first[at] ?? 0) + (1 - BETA1) * slope
          const square = BETA2 * (second[at] ?? 0) + (1 - BETA2) * slope * slope
          first[at] = mean
          second[at] = square
          weights[at] = weight - (pace * mean) / (Math.sqrt(square) + EPSILON)
          gradient[at] = 0
        }
      }
      return loss
    },
  }
}
