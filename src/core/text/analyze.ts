// Turns text into the stemmed terms that full-text search, overlap measures and the offline model share.
import stem from 'wink-porter2-stemmer'
import { STOP_WORDS } from './stop-words.ts'

const WORD = /[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu
/** Words with what joins them in identifiers, versions and compounds: `api_key`, `v4.2`, `ERR-1042`, `well-known`. */
const COMPOUND = /[\p{L}\p{N}]+(?:['’]\p{L}+|[._-]+[\p{L}\p{N}]+)*/gu
/** Where a camelCase name goes on: `maxRetries`, `toJSONObject`. */
const HUMP = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
/** Scripts that put no space between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** Longer runs are encoded data, of which nobody types more than the beginning. */
const TERM_CHARS = 64
const cache = new Map<string, string>()
const CACHE_LIMIT = 100_000

/** Lower-case words in order, accents folded, possessives and contractions cut: `Müller's` gives `muller`. */
export function words(text: string): string[] {
  return (fold(text).toLowerCase().match(WORD) ?? []).map(cutApostrophe)
}

/** Porter2 (Snowball English) stem of one lower-case word; what holds a digit is no English word and stays. */
export function stemWord(word: string): string {
  if (/\d/.test(word)) return word
  const known = cache.get(word)
  if (known !== undefined) return known
  if (cache.size >= CACHE_LIMIT) cache.clear()
  const stemmed = stem(word)
  cache.set(word, stemmed)
  return stemmed
}

/**
 * Stemmed content terms in order, repeats kept, stop words left out. A name made of several words gives its parts and
 * then itself, so that both spellings are found: `api_key` gives `api`, `key`, `api_key`; `maxRetries` gives `max`, `retri` and its own stem.
 * Text without spaces between words (Chinese, Japanese, Thai) gives pairs of characters.
 */
export function terms(text: string): string[] {
  const found: string[] = []
  for (const compound of fold(text).match(COMPOUND) ?? []) {
    const parts = compound.match(WORD) ?? []
    for (const part of parts) addWord(found, part)
    if (parts.length > 1 && isName(compound)) found.push(compound.toLowerCase().slice(0, TERM_CHARS))
  }
  return found
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/[\u0300-\u036f]+/g, '')
}

function cutApostrophe(word: string): string {
  return word.replace(/['’].*$/u, '')
}

function addWord(found: string[], raw: string): void {
  const word = cutApostrophe(raw.toLowerCase())
  if (UNSPACED.test(word)) {
    const letters = [...word]
    for (let i = 0; i < Math.max(1, letters.length - 1); i++) found.push(letters.slice(i, i + 2).join(''))
    return
  }
  // A capital at the start is left alone: that is a brand, a type, or two sentences that lost their space.
  const humps = /^\p{Ll}/u.test(raw) ? raw.split(HUMP) : []
  if (humps.length > 1 && humps.every((hump) => hump.length > 1)) {
    for (const hump of humps) addTerm(found, hump.toLowerCase())
  }
  addTerm(found, word)
}

function addTerm(found: string[], word: string): void {
  if (!STOP_WORDS.has(word)) found.push(stemWord(word.slice(0, TERM_CHARS)))
}

/** Hyphens and dots also join plain words and plain numbers: only letters with digits, or an underscore, make a name. */
function isName(compound: string): boolean {
  return compound.includes('_') || (/\p{N}/u.test(compound) && /\p{L}/u.test(compound))
}
