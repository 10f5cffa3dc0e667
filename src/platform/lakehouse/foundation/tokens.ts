// Counts tokens without a tokenizer: a word is one token for every six letters begun, and so is every other sign.

const PIECE = /[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}]/gu

/** About what a model's own tokenizer counts for English. */
export function countTokens(text: string): number {
  let count = 0
  for (const _ of text.matchAll(PIECE)) count += 1
  return count
}

/** The text up to the end of its `limit`th token; all of it where it has no more. */
export function cutTokens(text: string, limit: number): string {
  let count = 0
  for (const piece of text.matchAll(PIECE)) {
    count += 1
    if (count > limit) return text.slice(0, piece.index).trimEnd()
  }
  return text
}
