// Decides from the signals whether the passages hold an answer: a logistic model whose weights stand here to be read.
import type { Signals } from './signals.ts'

/**
 * Fitted by logistic regression, each weight held to the sign it must have, on questions of five documentation sets (the sample
 * set among them): answerable ones, ones of another product, near misses, and ones whose page was taken out. The weight of a
 * missing name is set by hand to -4, since names separate best: about one answerable question in twenty lacks one, and more
 * than half of the near misses do.
 */
const WEIGHTS: Readonly<Partial<Record<keyof Signals, number>>> = {
  blockCosine: 2.93,
  unnamedCosine: 6.43,
  softCoverage: 3.57,
  namesMissing: -4,
  ablation: -21.65,
  absentImportance: -4.23,
}
const BIAS = -5.84

/**
 * From this probability on the passages are quoted: low, since a quotation beside the point does less harm than a wrong refusal.
 * Set on the sample set, whose answerable questions begin at 0.16 and whose unanswerable ones end at 0.09.
 */
export const ANSWERED_FROM = 0.125

/** The same after a second search, whose looser words find something near for any question. */
export const ANSWERED_AGAIN_FROM = 0.5

/**
 * Likeness of a question to every block under which a passage speaks of something else, even if it happens to hold the words
 * ("reset" and "password" in an example of settings). Answerable questions of the development sets begin at 0.42.
 */
export const FAR_OFF = 0.3

/** Probability, from 0 to 1, that the passages answer the question. */
export function answerability(signals: Signals): number {
  let sum = BIAS
  for (const [name, weight] of Object.entries(WEIGHTS)) sum += weight * signals[name as keyof Signals]
  return 1 / (1 + Math.exp(-sum))
}
