// Compares a text with what the labels mean.
import { terms } from '../../../../core/text/analyze.ts'
import { kindsOfText } from './cues.ts'
import type { LabelMeaning } from './label-meanings.ts'
import { dot, softmax, type Vector } from './vectors.ts'

/** What a shared word of a label counts beside cosines. */
const WORD_WEIGHT = 0.03
/** What a shared kind of message counts. */
const KIND_WEIGHT = 0.06
/** Factor from cosines to logits: the same for every label set, so that over many sets confidence is what comes true. */
const SCALE = 18
/** How near every text is to "none of these": labels have to be nearer. */
const NONE = 0.12
/** A label that stands alone has no other to be nearer than. */
const NONE_BUT_ONE = 0.2

export interface Compared {
  /** One per label, comparable within one text alone. */
  scores: Float64Array
  /** The highest cosine of the text with any label. */
  nearest: number
}

/** The cosine of text and label; words that stand in both, and kinds of messages that both speak of, are added. */
export function compareWithLabels(text: string, vector: Vector, meanings: readonly LabelMeaning[]): Compared {
  const said = new Set(terms(text))
  const kindsSaid = kindsOfText(text)
  let nearest = -1
  const scores = Float64Array.from(meanings, (meaning) => {
    const near = dot(meaning.vector, vector)
    nearest = Math.max(nearest, near)
    let shared = 0
    for (const [stem, weight] of meaning.stems) if (said.has(stem)) shared += weight
    let kin = 0
    for (const [kind, weight] of meaning.kinds) if (kindsSaid.has(kind)) kin += weight
    return near + WORD_WEIGHT * shared + KIND_WEIGHT * kin
  })
  return { scores, nearest }
}

export interface Likelihoods {
  /** One per label, summing to 1. */
  probabilities: Float64Array
  /** Chance that no label holds: 0 beside a catch-all that says nothing of its own, which has this chance then. */
  none: number
}

export function toLikelihoods(scores: Float64Array, meanings: readonly LabelMeaning[]): Likelihoods {
  const empty = meanings.filter((meaning) => meaning.empty).length
  const noneScore = meanings.length - empty === 1 ? NONE_BUT_ONE : NONE
  const own = scores.map((score, k) => (meanings[k]?.empty ? noneScore : score))
  if (empty > 0) return { probabilities: softmax(own, SCALE), none: 0 }
  const all = softmax([...own, noneScore], SCALE)
  const none = all[meanings.length] ?? 0
  return { probabilities: all.slice(0, meanings.length).map((value) => value / (1 - none)), none }
}
