// Summarises by choosing whole sentences of the text: those that stand for the rest, without saying anything twice.
import { cosine, type Embedder, type Vector } from '../embedder.ts'
import { readTicketText } from './text/ticket-text.ts'

/** Sentences of a summary at most, and words where no limit is given. */
const MOST_SENTENCES = 3
const UNLIMITED_WORDS = 120
/** Sentences that are compared; what comes later in a long text is rarely its point. */
export const COMPARED = 60
/** Cosine from which two sentences say the same. */
const SAME = 0.8
/** What counts beside likeness to the whole: the beginning says what it is about, codes and requests are what is acted on. */
const FIRST = 0.35
const PLACE = 0.1
const CODE = 0.12
const REQUEST = 0.1
const SHORT = -0.15
const COURTESY = -0.6

const IDENTIFIER = /\b[A-Z]{2,6}-\d{2,}|\b[45]\d\d\b|\d+[.,]\d\d\b/
const ASKS =
  /\?|\b(?:please|can you|could you|need|want|would like|how do|cannot|can't|does not|doesn't|fails?|failed|refund|wrong|error|since)\b/i
const COURTEOUS =
  /^(?:(?:thank|thanks|cheers|regards|please let me know|let me know|looking forward|have a (?:good|nice|great)|happy to|i hope (?:you|this)|hope (?:you|this)|screenshot|see attach|any help|sounded|(?:wants|asked) (?:a|to be) call)\b)/i
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
const segmenter = new Intl.Segmenter('und', { granularity: 'word' })

/** Words between spaces; text without spaces between words is counted by the words that a dictionary finds in it. */
export function countWords(text: string): number {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .reduce((sum, word) => sum + (UNSPACED.test(word) ? Math.max(1, countUnspaced(word)) : 1), 0)
}

function countUnspaced(text: string): number {
  return [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length
}

/** The beginning of a sentence that is too long by itself. */
function cutAtWord(sentence: string, most: number): string {
  let kept = ''
  for (const { segment } of segmenter.segment(sentence)) {
    if (countWords(`${kept}${segment}`) > most) break
    kept += segment
  }
  // A word may be one for the dictionary and still be a part of one between spaces.
  const [next = ''] = sentence.slice(kept.length)
  if (!/\s/.test(next) && !UNSPACED.test(next)) kept = kept.replace(/\S+$/, (part) => (kept === part ? part : ''))
  return `${kept.replace(/[\s,;:.!?–-]+$/, '')}…`
}

function scoreSentences(sentences: readonly string[], vectors: readonly Vector[]): number[] {
  const size = vectors[0]?.length ?? 0
  const mean = Array.from({ length: size }, (_, k) => vectors.reduce((sum, vector) => sum + (vector[k] ?? 0), 0))
  const norm = Math.hypot(...mean) || 1
  const middle = mean.map((value) => value / norm)
  return sentences.map((sentence, i) => {
    const likeness = cosine(vectors[i] ?? [], middle)
    return (
      likeness +
      (i === 0 ? FIRST : 0) +
      PLACE / (1 + i) +
      (IDENTIFIER.test(sentence) ? CODE : 0) +
      (ASKS.test(sentence) ? REQUEST : 0) +
      (countWords(sentence) < 4 ? SHORT : 0) +
      (COURTEOUS.test(sentence) ? COURTESY : 0)
    )
  })
}

/** `maxWords` 0 is no limit. Null where the text says nothing. Never longer than the limit; rejects as the embedder does. */
export async function summarize(
  content: string,
  maxWords: number,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<string | null> {
  const most = maxWords > 0 ? maxWords : UNLIMITED_WORDS
  const sentences = [...new Set(readTicketText(content).sentences)].slice(0, COMPARED)
  const [first] = sentences
  if (first === undefined) return null
  const vectors = await embedder.texts(sentences, signal)
  const scores = scoreSentences(sentences, vectors)
  const order = [...sentences.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  const chosen: number[] = []
  let words = 0
  for (const i of order) {
    const length = countWords(sentences[i] ?? '')
    const isCourtesy = COURTEOUS.test(sentences[i] ?? '')
    const repeats = chosen.some((other) => cosine(vectors[other] ?? [], vectors[i] ?? []) >= SAME)
    if (words + length > most || repeats || (isCourtesy && chosen.length > 0)) continue
    chosen.push(i)
    words += length
    if (chosen.length === MOST_SENTENCES) break
  }
  if (chosen.length === 0) {
    const best = sentences[order[0] ?? 0] ?? first
    return cutAtWord(best, most)
  }
  return chosen
    .sort((a, b) => a - b)
    .map((i) => sentences[i])
    .join(' ')
}
