// Tells pages that say the same about different things apart (two products, systems, versions), and keeps the one asked for.
import { stemWord, terms, words } from '../../core/text/analyze.ts'
import type { PassageText } from './passages.ts'

/** Share of the shorter title's words that two titles have in common from which their pages are siblings. */
const SHARED = 0.4
const NEWER = /\b(?:new|newer|newest|latest|current)\b/i
const OLDER = /\b(?:old|older|legacy|previous|former)\b/i
const FIGURE = /(?:^|[^\d.])v?(\d+)(?:\.[\dx]+)*/i

/** Words of a title with versions kept whole: "Webhooks v1" holds "v1", "API rate limits (3.x)" holds "3". */
function titleWords(title: string): Set<string> {
  const versions = [...title.matchAll(/\bv?(\d+)(?:\.[\dx]+)*\b/gi)].map(([, major = '']) => `v${major}`)
  return new Set([...terms(title).filter((term) => !/\d/.test(term)), ...versions])
}

const only = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((word) => !b.has(word))
const isVersion = (word: string) => /^v\d+$/.test(word)

function isSibling(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const shared = [...a].filter((word) => b.has(word)).length
  const least = Math.min(a.size, b.size)
  const [own, other] = [only(a, b), only(b, a)]
  // "Webhooks v2" has a sibling in "Webhooks v1", and none in "Troubleshoot webhooks", which is about both.
  const sameKind = own.some(isVersion) === other.some(isVersion)
  return sameKind && shared > 0 && own.length > 0 && other.length > 0 && shared / least >= SHARED
}

/** How many of the words that a title has before its sibling are in the question; a short form ("Woo") counts. */
function mentions(question: string, own: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const asked = titleWords(question)
  const short = words(question).filter((word) => word.length >= 3)
  return [...own].filter(
    (word) => !other.has(word) && (asked.has(word) || short.some((begin) => word.startsWith(stemWord(begin)))),
  ).length
}

const versionOf = (title: string) => Number(FIGURE.exec(title)?.[1] ?? Number.NaN)

/** Which of two sibling titles the question wants: below 0 the first, above 0 the second, 0 where it does not say. */
function prefer(question: string, a: string, b: string): number {
  const [own, other] = [titleWords(a), titleWords(b)]
  const [first, second] = [mentions(question, own, other), mentions(question, other, own)]
  if (first > 0 !== second > 0) return second - first
  if (first > 0) return 0
  const later = versionOf(b) - versionOf(a)
  if (Number.isNaN(later) || later === 0 || NEWER.test(question) === OLDER.test(question)) return 0
  return NEWER.test(question) ? later : -later
}

/** True for two titles that differ only in what they are about. */
export function areSiblings(a: string, b: string): boolean {
  return a !== b && isSibling(titleWords(a), titleWords(b))
}

/** Titles of sibling pages that the question names side by side ("on Windows and on Linux"); empty where it does not. */
export function namedTogether(question: string, titles: readonly string[]): string[] {
  const names = (a: string, b: string) => mentions(question, titleWords(a), titleWords(b)) > 0
  return titles.filter((title) =>
    titles.some((other) => areSiblings(title, other) && names(title, other) && names(other, title)),
  )
}

/** Titles of pages whose sibling, also found, is the one that the question names, and the titles of those siblings. */
export function judgeSiblings(
  question: string,
  passages: readonly PassageText[],
): { wanted: Set<string>; unwanted: Set<string> } {
  const titles = [...new Set(passages.map(({ title }) => title))]
  const unwanted = new Set<string>()
  const wanted = new Set<string>()
  for (const title of titles) {
    for (const other of titles) {
      if (!areSiblings(title, other) || prefer(question, title, other) <= 0) continue
      unwanted.add(title)
      wanted.add(other)
    }
  }
  return { wanted: new Set([...wanted].filter((title) => !unwanted.has(title))), unwanted }
}
