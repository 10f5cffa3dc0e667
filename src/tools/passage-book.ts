// Numbers the passages of one turn: numbers grow over several searches, and a chunk keeps the number it got first.
import type { Passage } from '../core/passage.ts'

export interface PassageBook {
  /** The same passages with the numbers of this turn, in the order given. */
  add(passages: readonly Passage[]): Passage[]
  /** All passages of the turn, by number. */
  all(): readonly Passage[]
}

export function createPassageBook(): PassageBook {
  const byChunk = new Map<string, Passage>()
  const byNumber: Passage[] = []
  const number = (passage: Passage): Passage => {
    const known = byChunk.get(passage.chunk_id)
    if (known) return known
    const numbered = { ...passage, n: byNumber.length + 1 }
    byChunk.set(passage.chunk_id, numbered)
    byNumber.push(numbered)
    return numbered
  }
  return {
    add: (passages) => passages.map(number),
    all: () => byNumber,
  }
}
