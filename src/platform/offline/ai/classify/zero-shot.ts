// Compares a text with what the labels mean.
import { terms } from '../../../../core/text/analyze.ts'
import { kindsOfText } from './cues.ts'
import type { LabelMeaning } from './label-meanings.ts'
import { dot, softmax, type Vector } from './vectors.ts'

/** What a shared word of a label counts beside cosines. */
const WORD_WEIGHT = 0.03
/** A catch-all that gives examples must be nearer than a label by this much: its examples are no topic of their own. */
const CATCH_ALL_MARGIN = 0.03
/** What a shared kind of message counts. */
const KIND_WEIGHT = 0.06

/** Factor from cosines to logits: the same for every label set, chosen so that confidence does not promise more than it keeps. */
const ZERO_SHOT_SCALE = 16
/** A label that stands alone beside a catch-all has nothing to be compared with: at this cosine it holds as often as not (sample tickets of three labels). */
const ALONE_NEAR = 0.28
const ALONE_SCALE = 22

export interface ZeroShot {
  /** One per label, comparable within one text alone. */
  scores: Float64Array
  /** The highest cosine of the text with any label: near 0 where the text is about none of them. */
  nearest: number
}

/**
 * Half the text as a whole, half its sentences, weighed by how much each tells the labels apart (the standard deviation of its cosines): greetings say the
 * same of every label. Words that stand in the text and in a label are added.
 */
export function compareWithLabels(
  text: string,
  whole: Vector,
  sentences: readonly Vector[],
  meanings: readonly LabelMeaning[],
): ZeroShot {
  const cosines = (vector: Vector) =>
    Float64Array.from(meanings, (meaning) => dot(meaning.vector, vector) - meaning.hub)
  const scores = cosines(whole)
  const nearest = scores.reduce((most, score, k) => Math.max(most, score + (meanings[k]?.hub ?? 0)), -1)
  const parts = new Float64Array(scores.length)
  let sum = 0
  for (const sentence of sentences) {
    const own = cosines(sentence)
    const mean = own.reduce((a, b) => a + b, 0) / own.length
    const spread = Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length)
    sum += spread
    for (let k = 0; k < own.length; k++) parts[k] = (parts[k] ?? 0) + spread * ((own[k] ?? 0) - mean)
  }
  const said = new Set(terms(text))
  const kindsSaid = kindsOfText(text)
  for (const [k, { stems, kinds, catchAll }] of meanings.entries()) {
    let shared = 0
    for (const [stem, weight] of stems) if (said.has(stem)) shared += weight
    let kin = 0
    for (const [kind, weight] of kinds) if (kindsSaid.has(kind)) kin += weight
    const share = sum > 0 ? (parts[k] ?? 0) / sum : (scores[k] ?? 0)
    scores[k] =
      ((scores[k] ?? 0) + share) / 2 + WORD_WEIGHT * shared + KIND_WEIGHT * kin - (catchAll ? CATCH_ALL_MARGIN : 0)
  }
  return { scores, nearest }
}

/** Probabilities of the labels. A catch-all that says nothing gets none beside several labels, and the rest beside one. */
export function likelihoods(scores: Float64Array, nearest: number, meanings: readonly LabelMeaning[]): Float64Array {
  const own = scores.map((score, k) => (meanings[k]?.empty ? Number.NEGATIVE_INFINITY : score))
  const real = meanings.filter(({ empty }) => !empty).length
  if (real !== 1 || meanings.length === 1) return softmax(own, ZERO_SHOT_SCALE)
  const alone = 1 / (1 + Math.exp(-ALONE_SCALE * (nearest - ALONE_NEAR)))
  return Float64Array.from(meanings, ({ empty }) => (empty ? (1 - alone) / (meanings.length - 1) : alone))
}
