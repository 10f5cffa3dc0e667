// What a finder says of a text: values with their place and how sure it is.
import type { TicketText } from '../text/ticket-text.ts'

export interface Found {
  /** As it stands in the text. */
  value: string
  /** From 0 to 1. */
  confidence: number
}

/** What is read: the text taken apart, and the names known beforehand. */
export interface Reading extends TicketText {
  /** The sentences that count, one a line. */
  said: string
  gazetteer: readonly string[]
}

/** Best first; empty where there is nothing. */
export type Finder = (reading: Reading, words: readonly string[]) => Found[]

/** Distinct values, the surest first, and of equally sure ones the first in the text. */
export function ranked(found: readonly Found[]): Found[] {
  const best = new Map<string, Found>()
  for (const one of found) {
    const key = one.value.toLowerCase()
    const known = best.get(key)
    if (known === undefined || known.confidence < one.confidence) best.set(key, one)
  }
  return [...best.values()].sort((a, b) => b.confidence - a.confidence)
}
