// Decides from the signals whether the passages hold an answer: a logistic model whose weights stand here to be read.
import type { Signals } from './evidence.ts'

const WEIGHTS: Readonly<Partial<Record<keyof Signals, number>>> = {
  unitCosine: 5,
  blockCosine: 5,
  passageCoverage: 3,
  softCoverage: 3,
  softMissing: -2,
}
const BIAS = -7

/** Probability that the passages answer the question. */
export function answerability(signals: Signals): number {
  let sum = BIAS
  for (const [name, weight] of Object.entries(WEIGHTS)) sum += weight * signals[name as keyof Signals]
  return 1 / (1 + Math.exp(-sum))
}

export const ANSWERED_FROM = 0.5
