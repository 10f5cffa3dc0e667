// Reads numbers and yes-or-no by the words of the field that stand near them.
import { terms } from '../../../../core/text/analyze.ts'
import { type Finder, type Found, ranked } from './found.ts'

const NUMBER =
  /(?<![\w.,-])-?\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?![\d%]|[.,]\d)|(?<![\w.,-])-?\d{1,12}(?:[.,]\d{1,6})?(?![\w]|[.,]\d)/g
const NUMBER_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')
/** Words of field names that only say that it is a number. */
const COUNTING = new Set(['number', 'num', 'count', 'quantity', 'qty', 'how', 'many', 'much', 'total', 'of', 'no'])
const NEAR = 40
const NEGATED = /\b(?:not|no|n't|never|without|cannot|nobody)\b[^.!?\n]{0,20}$/i

/** `1.234,50`, `1,234.50`, `1'234` and `1234` as a number; null where it is none. */
export function parseNumber(text: string): number | null {
  const bare = text.replace(/[^\d.,-]/g, '')
  const last = Math.max(bare.lastIndexOf('.'), bare.lastIndexOf(','))
  const isDecimal = last >= 0 && bare.length - last - 1 !== 3
  const whole = (isDecimal ? bare.slice(0, last) : bare).replace(/[.,]/g, '')
  const value = Number(isDecimal ? `${whole}.${bare.slice(last + 1)}` : whole)
  return /\d/.test(bare) && Number.isFinite(value) ? value : null
}

function contentWords(words: readonly string[]): string[] {
  return terms(words.filter((word) => !COUNTING.has(word)).join(' '))
}

/** Numbers with a word of the field beside them, the nearest first. A field of no words of its own finds none. */
export const findNumbers: Finder = ({ said }, words) => {
  const wanted = new Set(contentWords(words))
  if (wanted.size === 0) return []
  const found: Found[] = []
  const text = said.replace(/\b[a-z]{3,6}\b/gi, (word) => {
    const at = NUMBER_WORDS.indexOf(word.toLowerCase())
    return at >= 0 ? String(at) : word
  })
  for (const match of text.matchAll(NUMBER)) {
    const after = terms(
      text.slice(match.index + match[0].length, match.index + match[0].length + NEAR).split(/[.!?\n](?:\s|$)/)[0] ?? '',
    )
    const before = terms(
      text
        .slice(Math.max(0, match.index - NEAR), match.index)
        .split(/[.!?\n]\s/)
        .at(-1) ?? '',
    ).reverse()
    const places = [after.findIndex((term) => wanted.has(term)), before.findIndex((term) => wanted.has(term))]
    const near = Math.min(...places.map((place, i) => (place < 0 ? 9 : place + i * 0.5)))
    if (near < 4) found.push({ value: match[0], confidence: 0.75 - near * 0.08 })
  }
  return ranked(found)
}

/** True where the text speaks of it, false where it says that it is not so, null where it does not speak of it. */
export function readBoolean(said: string, words: readonly string[]): { value: boolean; confidence: number } | null {
  const IS = new Set([
    'is',
    'has',
    'have',
    'needs',
    'need',
    'was',
    'wants',
    'requested',
    'required',
    'mentioned',
    'mentions',
  ])
  const wanted = contentWords(words.filter((word) => !IS.has(word)))
  if (wanted.length === 0) return null
  for (const match of said.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'-]*/gu)) {
    if (!terms(match[0]).some((term) => wanted.includes(term))) continue
    const sentenceStart = Math.max(said.lastIndexOf('\n', match.index), said.lastIndexOf('. ', match.index))
    const sentence = said.slice(sentenceStart + 1, match.index)
    const rest = new Set(terms(said))
    if (!wanted.every((term) => rest.has(term))) return null
    return NEGATED.test(sentence) ? { value: false, confidence: 0.6 } : { value: true, confidence: 0.6 }
  }
  return null
}
