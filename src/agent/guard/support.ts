// Does a passage support a sentence that cites it? Overlap of content terms, and every number and identifier found.
import type { Passage } from '../../core/passage.ts'
import { terms, words } from '../../core/text/analyze.ts'

/**
 * Share of a sentence's content terms that must stand in the cited passage.
 *
 * Chosen on the development splits of BEGIN (Dziri et al. 2022; 1,229 grounded replies judged by people), where this overlap
 * has an AUROC of 0.931. A mark under a true sentence costs more trust than a missing one, so the threshold is where marks
 * are nearly always right: at 0.6, 98% of them are, 74% of the unsupported replies get one, and 4% of the attributable
 * ones do. `node bench/support.ts <file>` measures it anew.
 */
export const SUPPORT_THRESHOLD = 0.6
const MIN_WINDOW = 60
const WINDOW_PER_TERM = 3

export interface Support {
  supported: boolean
  /** True where enough terms were found, whatever of the numbers and identifiers. */
  enough: boolean
  /** Share of the sentence's content terms found, 0 to 1. */
  score: number
  /** How many of them: what this sentence owes to the passages. */
  found: number
}

export function checkSupport(sentence: string, passages: readonly Passage[]): Support {
  const wanted = new Set(terms(sentence))
  const pages = passages.map(readPage)
  const covered = new Set(pages.flatMap((page) => [...coverage(wanted, page)]))
  const score = wanted.size === 0 ? 1 : covered.size / wanted.size
  const exact = exactParts(sentence).every((part) => pages.some((page) => page.exact.has(part)))
  const enough = score >= SUPPORT_THRESHOLD
  return { supported: exact && enough, enough, score, found: covered.size }
}

interface Page {
  /** Terms of title and headings: they hold for every sentence of the passage. */
  head: Set<string>
  body: string[]
  exact: Set<string>
}

const pages = new WeakMap<Passage, Page>()

function readPage(passage: Passage): Page {
  const known = pages.get(passage)
  if (known) return known
  const head = `${passage.title}\n${passage.heading_path.join('\n')}`
  const page = {
    head: new Set(terms(head)),
    body: terms(passage.text),
    exact: new Set([...exactWords(`${head}\n${passage.text}`)]),
  }
  pages.set(passage, page)
  return page
}

/** The wanted terms that stand together in the best window of the passage, and those of its headings. */
function coverage(wanted: ReadonlySet<string>, { head, body }: Page): Set<string> {
  const size = Math.max(MIN_WINDOW, wanted.size * WINDOW_PER_TERM)
  const inWindow = new Map<string, number>()
  let best: string[] = []
  body.forEach((term, at) => {
    if (wanted.has(term)) inWindow.set(term, (inWindow.get(term) ?? 0) + 1)
    const gone = body[at - size]
    const left = gone === undefined ? undefined : inWindow.get(gone)
    if (gone !== undefined && left !== undefined) {
      if (left === 1) inWindow.delete(gone)
      else inWindow.set(gone, left - 1)
    }
    if (inWindow.size > best.length) best = [...inWindow.keys()]
  })
  return new Set([...best, ...[...head].filter((term) => wanted.has(term))])
}

const LIST_MARKER = /^[\s>|]*(?:[-*+]\s+|\d{1,3}[.)]\s+)?/
const CODE = /`+([^`]+)`+/g
const EXACT_WORD = /[\p{L}\p{N}_](?:[\p{L}\p{N}_.,:/-]*[\p{L}\p{N}_])?/gu

/** Content terms from which on a plain sentence counts as a claim, and one that holds a number. */
const CLAIM_TERMS = 5
const CLAIM_TERMS_BESIDE_NUMBER = 3
/** `# Heading`, `**Heading**`, and `To do this:` claim nothing by themselves. */
const HEADING = /^\s*#{1,6}\s|^[\s>]*(?:\*\*|__)[^*_]+(?:\*\*|__):?\s*$|:[*_\s]*$/
const COURTESY =
  /^(?:i hope|hope (?:this|that)|let (?:me|us) know|feel free|please (?:ask|let)|if you (?:need|have) (?:any|more|further|other))\b/i
const COMMAND_WORDS =
  /\b(?:ALTER|COPY|CREATE|DELETE|DROP|GRANT|INSERT|MERGE|OPTIMIZE|REVOKE|SELECT|SET|TRUNCATE|UPDATE|VACUUM)\s+[\w*]/
/** Words with which a refusal says what was found instead. */
const PAGES = /\b(?:pages?|passages?|documentation|documents?|docs|sections?|articles?|sources?)\b/i

/** True for a sentence that a reader may act on: it holds code, commands or numbers, or says a good deal. */
export function claimsSomething(sentence: string): boolean {
  const text = sentence.replace(LIST_MARKER, '')
  if (HEADING.test(sentence) || HEADING.test(text)) return false
  if (holdsCommand(text)) return true
  const count = new Set(terms(text)).size
  if (exactParts(text).length > 0) return count >= CLAIM_TERMS_BESIDE_NUMBER
  return count >= CLAIM_TERMS && !COURTESY.test(text)
}

/** True for a sentence that only tells what the pages cover, as a refusal may. */
export function pointsToPages(sentence: string): boolean {
  return PAGES.test(sentence) && !holdsCommand(sentence)
}

/** True where a text holds code, or words that are shouted like those of a database. */
export function holdsCommand(text: string): boolean {
  return exactCode(text).length > 0 || COMMAND_WORDS.test(text)
}

function exactCode(text: string): string[] {
  return [...text.matchAll(CODE)].flatMap(([, inside = '']) => identifiers(inside))
}

/**
 * What must stand in the passage as it is: numbers and versions, and identifiers in code (a flag, a key, a file name).
 * Thousands separators are left out and case is ignored.
 */
function exactParts(sentence: string): string[] {
  const text = sentence.replace(LIST_MARKER, '')
  const code = exactCode(text)
  const numbers = [...text.matchAll(EXACT_WORD)].map(([word]) => toExact(word)).filter((word) => /\p{N}/u.test(word))
  return [...new Set([...numbers.flatMap(splitExact), ...code])]
}

function identifiers(code: string): string[] {
  return words(code).filter((word) => word.length > 1)
}

function* exactWords(text: string): Generator<string> {
  for (const [word] of text.matchAll(EXACT_WORD)) {
    const exact = toExact(word)
    yield exact
    yield* splitExact(exact)
  }
  yield* words(text)
}

/** `10,000` is 10000, and `1.2.3` stays; `5GB`, `5-GB` and `5 GB` all hold 5. */
function toExact(word: string): string {
  return word.toLowerCase().replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
}

function splitExact(word: string): string[] {
  return word.split(/[-/:,_]|(?<=\d)(?=\p{L}{2,})/u).filter((part) => /\p{N}/u.test(part))
}
