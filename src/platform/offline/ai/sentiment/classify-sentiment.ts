// Sorts by feeling where the labels are feelings: words of praise and complaint tell it better than the meaning of "positive".
import type { AiLabel } from '../../../ports/ai-functions.ts'
import { analyzeSentiment, type Sentiment } from './analyze-sentiment.ts'

const FEELINGS: ReadonlySet<string> = new Set<Sentiment>(['positive', 'negative', 'neutral', 'mixed'])

const toFeeling = (label: string): string => label.trim().toLowerCase()

/** True where every label is a feeling, and both sides are among them. */
export function areFeelings(labels: readonly AiLabel[]): boolean {
  const feelings = labels.map(({ label }) => toFeeling(label))
  const both = feelings.includes('positive') && feelings.includes('negative')
  return both && feelings.every((feeling) => FEELINGS.has(feeling))
}

/** The label, as it was given; null where the text shows no feeling and none of the labels says so. */
export function classifySentiment(
  content: string,
  labels: readonly AiLabel[],
): { label: string; confidence: number } | null {
  const felt = analyzeSentiment(content)
  if (felt === null) return null
  const labelOf = (feeling: Sentiment) => labels.find(({ label }) => toFeeling(label) === feeling)?.label
  const exact = labelOf(felt.sentiment)
  if (exact !== undefined) return { label: exact, confidence: felt.confidence }
  const side = felt.balance === 0 ? labelOf('neutral') : labelOf(felt.balance > 0 ? 'positive' : 'negative')
  return side === undefined ? null : { label: side, confidence: felt.confidence / 2 }
}
