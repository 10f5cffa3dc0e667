// What a training will take: tokens and money, as far as the platform tells prices.
import type { BaseModel } from '../platform/ports/training.ts'
import type { Duration } from './duration.ts'

export interface TrainingEstimate {
  /** Tokens over all epochs; null where the duration does not tell. */
  tokens: number | null
  /** US dollars; null where nobody knows. */
  usd: number | null
  /** For people: `about 120,000 tokens, US$ 0.42`. */
  words: string
}

/** `tokens`: of one epoch over what is trained on. Cost is tokens x epochs x price. */
export function estimateTraining(
  tokens: number,
  duration: Duration,
  { pricePerMillionTokens }: BaseModel,
): TrainingEstimate {
  const all = duration.unit === 'ep' ? tokens * duration.amount : duration.unit === 'tok' ? duration.amount : null
  const usd =
    pricePerMillionTokens === 0
      ? 0
      : pricePerMillionTokens === null || all === null
        ? null
        : (all * pricePerMillionTokens) / 1e6
  const amount = all === null ? 'an unknown number of tokens' : `about ${all.toLocaleString('en-US')} tokens`
  return { tokens: all, usd, words: `${amount}, ${toPriceWords(usd, pricePerMillionTokens)}` }
}

function toPriceWords(usd: number | null, price: number | null): string {
  if (usd === 0) return 'free of charge'
  if (usd !== null) return `US$ ${usd < 0.01 ? 'less than 0.01' : usd.toFixed(2)}`
  return price === null ? 'at a cost that the platform does not tell beforehand' : `at US$ ${price} per million tokens`
}
