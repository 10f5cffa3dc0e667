// Cuts a text that is longer than an embedding model reads into parts that it reads whole.

/**
 * Tokens are not known without the model's own tokenizer, so they are counted from above: two ASCII characters or one other
 * character each. Parts end at white space where there is any, and together hold every character of the text. An empty
 * text becomes one space, since endpoints refuse an empty input.
 */
export function splitForEmbedding(text: string, maxTokens: number): string[] {
  if (text.trim() === '') return [' ']
  if (text.length <= maxTokens) return [text]
  const parts: string[] = []
  let from = 0
  while (from < text.length) {
    const to = endOfPart(text, from, maxTokens)
    parts.push(text.slice(from, to))
    from = to
  }
  return parts
}

function endOfPart(text: string, from: number, maxTokens: number): number {
  let half = 0
  let lastSpace = -1
  for (let i = from; i < text.length; i++) {
    half += text.charCodeAt(i) < 128 ? 1 : 2
    if (half > maxTokens * 2) return lastSpace > from ? lastSpace : Math.max(from + 1, whole(text, i))
    if (/\s/.test(text[i] ?? '')) lastSpace = i + 1
  }
  return text.length
}

/** The same position, or one before it where it would cut a surrogate pair in two. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at
}
