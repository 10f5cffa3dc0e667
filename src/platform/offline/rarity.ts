// How little a word says about its topic when no corpus is at hand: a prior from the frequency of English words.
// common-words.txt holds 12,000 words, commonest first: the lower-case words in the order of BERT's vocabulary
// (Devlin et al. 2018, Apache-2.0), which follows their frequency.
import { readFileSync } from 'node:fs'
import { stemWord } from '../../core/text/analyze.ts'

const COMMON = readFileSync(new URL('./common-words.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\s+/)
/** Rank from which a word counts as rare as one outside the list. */
const RARE = 6000

const rankOf = new Map<string, number>()
for (const [rank, word] of COMMON.entries()) {
  const stem = stemWord(word)
  if (!rankOf.has(stem)) rankOf.set(stem, rank + 1)
}

/** Between 0.1 (the commonest words) and 1 (rare or unknown): stands in for the inverse document frequency of a stem. */
export function rarity(stem: string): number {
  const rank = rankOf.get(stem)
  return rank === undefined ? 1 : Math.min(1, Math.max(0.1, Math.log(rank) / Math.log(RARE)))
}

/** True for the stem of an ordinary English word. */
export function isOrdinary(stem: string): boolean {
  return rankOf.has(stem)
}

const byLength = new Map<number, string[]>()
for (const word of COMMON) byLength.set(word.length, [...(byLength.get(word.length) ?? []), word])

/** True where the word differs by one slip of the hand from a word of these. */
export function isMisspelt(word: string, among: Iterable<string> = near(word)): boolean {
  if (word.length < 4) return false
  for (const other of among) if (differsByOne(word, other)) return true
  return false
}

function near(word: string): string[] {
  return [-1, 0, 1].flatMap((more) => byLength.get(word.length + more) ?? [])
}

/** One letter added, dropped, changed, or two neighbours swapped. */
function differsByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const left = a.slice(start, a.length - end)
  const right = b.slice(start, b.length - end)
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === [...right].reverse().join(''))
}
