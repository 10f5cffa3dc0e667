// Finds what a question names (products, codes, numbers, acronyms) and how much of it the passages never mention.
import { stemWord, words } from '../../core/text/analyze.ts'
import { isMisspelt, isOrdinary, rarity } from './rarity.ts'

const CAPITALISED = 0.01
const TOKEN = /[\p{L}\p{N}](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?/gu

/** True for forms that the stemmer leaves apart, such as "heaviest" and "checkout". */
function isInflected(word: string): boolean {
  const bare = word.replace(/(?:iest|ier|ily|iness)$/, 'y').replace(/(?:est|er|ly|ness|less|able|ible|ish)$/, '')
  if (isOrdinary(stemWord(bare)) || isOrdinary(stemWord(`${bare}e`))) return true
  for (let at = 3; at <= word.length - 3; at++) {
    if (isOrdinary(stemWord(word.slice(0, at))) && isOrdinary(stemWord(word.slice(at)))) return true
  }
  return false
}

/** How much the word looks like a name, 0 to 1: a word no dictionary has counts most, a capitalised ordinary word less. */
function nameWeight(token: string, startsSentence: boolean, shouting: boolean): number {
  const digits = token.replace(/\D/g, '').length
  if (/^[\d.,-]+$/.test(token)) return digits >= 3 ? 0.7 : 0
  if (token.length < 3) return 0
  if (digits > 0) return 0.8
  const lower = token.toLowerCase()
  const parts = words(lower)
  const ordinary = parts.every((part) => part.length < 3 || isOrdinary(stemWord(part)))
  const plain = shouting || lower === token
  if (!ordinary) return plain && (token.length < 4 || isMisspelt(lower) || isInflected(lower)) ? 0.2 : 1
  if (shouting) return 0
  const inner = /\p{Lu}/u.test(startsSentence ? token.slice(1) : token)
  if (!inner) return 0
  // A capital alone says little: what an ordinary word weighs is measured by what the question means without it.
  if (!/\p{Lu}.*\p{Lu}/u.test(token)) return CAPITALISED
  return 0.5 * Math.max(...parts.map((part) => rarity(stemWord(part))))
}

/** Words of the question that name something, with their weight. */
export function namesIn(text: string): Map<string, number> {
  const shouting = text === text.toUpperCase()
  const found = new Map<string, number>()
  for (const match of text.matchAll(TOKEN)) {
    const before = text.slice(0, match.index).trimEnd()
    const weight = nameWeight(match[0], before === '' || /[.!?:]$/.test(before), shouting)
    if (weight > 0) found.set(match[0].toLowerCase(), weight)
  }
  return found
}

/** Weight of the heaviest name that stands nowhere in the texts, not as part of a word and not misspelt either; 0 where none is missing. */
export function missingName(question: string, texts: string): number {
  const lower = texts.toLowerCase()
  const held = new Set(words(lower))
  const stems = new Set([...held].map(stemWord))
  let heaviest = 0
  for (const [name, weight] of namesIn(question)) {
    if (weight <= heaviest || lower.includes(name)) continue
    const parts = words(name)
    if (parts.every((part) => part.length < 2 || stems.has(stemWord(part)) || isMisspelt(part, held))) continue
    heaviest = weight
  }
  return heaviest
}
