// Turns text into the stemmed terms that full-text search, overlap measures and the offline model share.
import stem from 'wink-porter2-stemmer'
import { STOP_WORDS } from './stop-words.ts'

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu
const cache = new Map<string, string>()
const CACHE_LIMIT = 100_000

/** Lower-case words in order, accents folded, possessives cut. */
export function words(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  return (folded.match(WORD) ?? []).map((word) => word.replace(/['’].*$/u, ''))
}

/** Porter2 (Snowball English) stem of one lower-case word. */
export function stemWord(word: string): string {
  const known = cache.get(word)
  if (known !== undefined) return known
  if (cache.size >= CACHE_LIMIT) cache.clear()
  const stemmed = stem(word)
  cache.set(word, stemmed)
  return stemmed
}

/** Stemmed content terms in order, repeats kept, stop words left out. */
export function terms(text: string): string[] {
  return words(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stemWord)
}
