// Cuts a text that is too long at sentence ends, else between words, else between characters.

const SENTENCE_END = /(?<=[.!?…][)"'”’\]*_]*)[ \t]+(?=\S)|(?<=[。！？])|\n+/u

/** Pieces of at most `limit` characters, about equally long, in order; no word is lost. */
export function splitText(text: string, limit: number): string[] {
  if (text.length <= limit) return text.trim() === '' ? [] : [text]
  const count = Math.ceil(text.length / limit)
  const goal = Math.min(limit, Math.ceil((text.length / count) * 1.15))
  const pieces: string[] = []
  let piece = ''
  for (const sentence of text.split(SENTENCE_END).flatMap((part) => splitWords(part ?? '', limit))) {
    if (sentence.trim() === '') continue
    if (piece !== '' && piece.length + 1 + sentence.length > goal) {
      pieces.push(piece)
      piece = ''
    }
    piece = piece === '' ? sentence : `${piece} ${sentence}`
  }
  if (piece !== '') pieces.push(piece)
  return pieces
}

/** Whole lines in pieces of at most `limit` characters; a line that is longer is cut. */
export function splitLines(lines: readonly string[], limit: number): string[] {
  const pieces: string[] = []
  let piece: string | null = null
  for (const line of lines.flatMap((whole) => (whole.length > limit ? splitWords(whole, limit) : [whole]))) {
    if (piece !== null && piece.length + 1 + line.length > limit) {
      pieces.push(piece)
      piece = null
    }
    piece = piece === null ? line : `${piece}\n${line}`
  }
  if (piece !== null) pieces.push(piece)
  return pieces.filter((text) => text.trim() !== '')
}

function splitWords(text: string, limit: number): string[] {
  if (text.length <= limit) return [text]
  return pack(
    text.split(/(?<=\s)/u).flatMap((word) => splitCharacters(word, limit)),
    limit,
  )
}

/** By code points, so that no character is cut in two. */
function splitCharacters(word: string, limit: number): string[] {
  return word.length <= limit ? [word] : pack(word, limit)
}

/** Joins parts, none longer than the limit, into as few pieces as keep their order. */
function pack(parts: Iterable<string>, limit: number): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const part of parts) {
    if (piece.length + part.length > limit) {
      pieces.push(piece)
      piece = ''
    }
    piece += part
  }
  if (piece !== '') pieces.push(piece)
  return pieces
}
