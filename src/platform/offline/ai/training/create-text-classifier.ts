// A trained classifier at work: reads a text as the zero-shot classifier does, and weighs it with the head.
import { words } from '../../../../core/text/analyze.ts'
import type { Predicted, TextClassifier } from '../../../ports/classifier.ts'
import { toEvidence } from '../classify/evidence.ts'
import { isCatchAll, readableName } from '../classify/label-names.ts'
import type { Embed } from '../classify/memory.ts'
import type { Row } from '../classify/softmax-regression.ts'
import { type StemFeatures, toStemFeatures } from '../classify/stem-features.ts'
import { indexOfMost, softmax, type Vector } from '../classify/vectors.ts'
import { readTicketText } from '../text/ticket-text.ts'
import type { ClassifierParts } from './classifier-files.ts'
import { inSlices } from './in-slices.ts'
import { toLogits } from './linear-head.ts'

/** What of a text is weighed: the message, without what is said to a classifier. Empty where nothing is left. */
export function createTextReader(labels: readonly string[]): (text: string) => string {
  const names = labels.map((label) => words(readableName(label)))
  return (text) => toEvidence(readTicketText(text).sentences.join('\n'), names).text
}

/** What the words count beside the vector, both of unit length: with few rows, words that happen to stand in them mislead. Part of the format of the files. */
const WORD_WEIGHT = 0.35

export function toRow(text: string, vector: Vector, features: StemFeatures): Row {
  const { index, value } = features.toVector(text)
  return { dense: vector, sparse: { index, value: value.map((weight) => WORD_WEIGHT * weight) } }
}

export function createTextClassifier(parts: ClassifierParts, digest: string, embed: Embed): TextClassifier {
  const { labels, weights, scale, table, embeddings } = parts
  const features = toStemFeatures(table)
  const read = createTextReader(labels)
  const shape = { labels: labels.length, dense: embeddings.dimension, sparse: features.size }
  const other = Math.max(
    0,
    labels.findIndex((label) => isCatchAll({ label })),
  )
  const unread: Predicted = {
    label: labels[other] ?? '',
    confidence: 0,
    scores: labels.map(() => 1 / labels.length),
  }
  return {
    digest,
    labels,
    async classify(texts, signal) {
      const said = await inSlices(texts, read, signal)
      const vectors = await embed(
        said.filter((text) => text !== ''),
        signal,
      )
      let at = 0
      const answer = (text: string): Predicted => {
        if (text === '') return unread
        const scores = softmax(toLogits(weights, toRow(text, vectors[at++] ?? [], features), shape), scale)
        const best = indexOfMost(scores)
        return { label: labels[best] ?? '', confidence: scores[best] ?? 0, scores: [...scores] }
      }
      return inSlices(said, answer, signal)
    },
  }
}
