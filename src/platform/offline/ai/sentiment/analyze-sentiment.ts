// Tells the feeling of a text by its words, with what turns, strengthens and contrasts them.

import { speaksToModel } from '../text/injection.ts'
import { cleanText, toPlainText } from '../text/ticket-text.ts'
import { CONTRASTS, INTENSIFIERS, NEGATIONS, weightOf } from './sentiment-words.ts'

export type Sentiment = 'positive' | 'negative' | 'neutral' | 'mixed'

/** Words behind a negation that it turns. */
const REACH = 3
/** A turned word says less than its opposite: "not good" is milder than "bad". */
const TURNED = -0.8
/** Sum from which a side is heard at all. */
const HEARD = 0.75
/** Share of the stronger side that the weaker one needs to make it mixed; less where the text sets them against each other. */
const MIXED_SHARE = 0.5
const MIXED_SHARE_OF_CONTRAST = 0.33

const TOKEN = /[\p{L}][\p{L}'’-]*|\p{Extended_Pictographic}|[!?]+|[.,;:]/gu
/** A wish is no complaint by itself, and praise for something that is not there is none. */
const WISH = /\b(?:would be (?:nice|great|good|welcome)|would like|would love|could be|please add|wish)\b/i

export interface SentimentAnswer {
  sentiment: Sentiment
  confidence: number
  /** Above 0 where praise outweighs, below 0 where complaint does. */
  balance: number
}

interface Sums {
  positive: number
  negative: number
  contrast: boolean
}

function addClauses(sentence: string, sums: Sums): void {
  const tokens = (sentence.toLowerCase().replaceAll('’', "'").match(TOKEN) ?? []).map(String)
  const damp = WISH.test(sentence) ? 0.3 : 1
  let negatedUntil = -1
  let strength = 1
  for (const [i, token] of tokens.entries()) {
    if (/^[.,;:]/.test(token)) {
      negatedUntil = -1
      continue
    }
    if (CONTRASTS.has(token)) {
      negatedUntil = -1
      sums.contrast = true
      continue
    }
    const weight = weightOf(token)
    const negates = NEGATIONS.has(token)
    if (weight !== 0 && !negates) {
      const turned = i <= negatedUntil ? weight * TURNED : weight
      const felt = turned * strength * damp
      if (felt > 0) sums.positive += felt
      else sums.negative -= felt
    }
    strength = INTENSIFIERS.get(token) ?? 1
    if (negates) negatedUntil = i + REACH
  }
}

/** Null where there is no text. */
export function analyzeSentiment(content: string): SentimentAnswer | null {
  const text = toPlainText(cleanText(content)).trim()
  if (text === '') return null
  const sums: Sums = { positive: 0, negative: 0, contrast: false }
  for (const sentence of text.split(/(?<=[.!?])\s+|\n+/)) if (!speaksToModel(sentence)) addClauses(sentence, sums)
  const { positive, negative, contrast } = sums
  const balance = positive - negative
  const [strong, weak] = positive >= negative ? [positive, negative] : [negative, positive]
  if (strong < HEARD) return { sentiment: 'neutral', confidence: 0.5, balance }
  if (weak >= HEARD && weak / strong >= (contrast ? MIXED_SHARE_OF_CONTRAST : MIXED_SHARE)) {
    return { sentiment: 'mixed', confidence: contrast ? 0.7 : 0.55, balance }
  }
  const confidence = Math.min(0.95, 0.5 + (strong - weak) * 0.15)
  return { sentiment: positive > negative ? 'positive' : 'negative', confidence, balance }
}
