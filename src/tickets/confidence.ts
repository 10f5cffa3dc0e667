// Confidence as people read it, and from where on a person has to choose.

/** Below it the card asks a person: an answer that is as often wrong as right helps nobody. */
export const LIKELY_FROM = 0.5
const SURE_FROM = 0.8

/** Null where the platform does not tell. */
export function toConfidenceWords(confidence: number | null): 'sure' | 'likely' | 'unsure' | null {
  if (confidence === null) return null
  if (confidence >= SURE_FROM) return 'sure'
  return confidence >= LIKELY_FROM ? 'likely' : 'unsure'
}

export function mustChoose({ category, confidence }: { category: string | null; confidence: number | null }): boolean {
  return category === null || toConfidenceWords(confidence) === 'unsure'
}
