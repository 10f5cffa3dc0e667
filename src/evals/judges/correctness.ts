// Correctness without a model: the facts an answer must hold, or its likeness to the expected answer.
import { terms, words } from '../../core/text/analyze.ts'
import type { Score } from '../evaluation.ts'
import { type JudgedAnswer, scored } from './judge.ts'
import { numbersOf } from './numbers.ts'
import { toPlainAnswer } from './plain-answer.ts'

/** Below 1 precision weighs more than recall: what is beside the point or wrong costs more than what is left out. */
const BETA = 0.7
const NUMBER_WEIGHT = 2
/** An expected answer of so few terms is mostly looked for: a whole sentence around it is a small fault. */
const SHORT = { terms: 6, beta: 3 }
/** A fact of which less than this was found is not said at all. */
const LEAST_RECALL = 0.5

/** The mean of the facts where there are some, else the likeness to the expected answer. */
export function judgeCorrectness({ case: asked, answer }: JudgedAnswer): Score {
  if (asked.facts.length > 0) {
    const said = createFactFinder(answer.text)
    const found = asked.facts.map((fact) => ({ fact, share: said(fact) }))
    const missing = found.filter(({ share }) => share < 1).map(({ fact }) => fact)
    const value = found.reduce((sum, { share }) => sum + share, 0) / found.length
    return scored(value, missing.length === 0 ? 'Every fact is said.' : `Not fully said: ${missing.join('; ')}`)
  }
  return scored(likeness(answer.text, asked.expected ?? '', asked.question))
}

/** Tells how much of a fact a text says, 0 to 1: all of it where it stands there word for word, nothing where a number of it does not. */
export function createFactFinder(text: string): (fact: string) => number {
  const squeezed = squeeze(text)
  const plain = toPlainAnswer(text)
  const held = new Set(terms(plain))
  const numbers = numbersOf(plain, true)
  return (fact) => {
    const wanted = squeeze(fact)
    if (wanted !== '' && holdsWhole(squeezed, wanted)) return 1
    if ([...numbersOf(fact)].some((number) => !numbers.has(number))) return 0
    const parts = [...new Set(terms(toPlainAnswer(fact)))]
    if (parts.length === 0) return 0
    const recall = parts.filter((part) => held.has(part)).length / parts.length
    return recall < LEAST_RECALL ? 0 : recall
  }
}

/**
 * Weighted F-measure of the distinct stemmed terms, after the words of the question are left out of both: repeating the question
 * is no answer. 0 to 1.
 */
export function likeness(text: string, expected: string, question: string): number {
  const reference = toPlainAnswer(expected)
  const read = readerFor(reference, question)
  const wanted = read(reference)
  const said = read(toPlainAnswer(text))
  const shared = weigh([...said].filter((term) => wanted.has(term)))
  if (shared === 0) return 0
  const precision = shared / weigh(said)
  const recall = shared / weigh(wanted)
  const square = (wanted.size <= SHORT.terms ? SHORT.beta : BETA) ** 2
  return ((1 + square) * precision * recall) / (square * precision + recall)
}

/** What is compared: new content terms; with those of the question where the answer is one of its choices; all words of a `No.` */
function readerFor(reference: string, question: string): (plain: string) => Set<string> {
  const echo = new Set(terms(question))
  const readers = [
    (plain: string) => new Set(terms(plain).filter((term) => !echo.has(term))),
    (plain: string) => new Set(terms(plain)),
  ]
  return readers.find((read) => read(reference).size > 0) ?? ((plain) => new Set(words(plain)))
}

function weigh(parts: Iterable<string>): number {
  let sum = 0
  for (const part of parts) sum += /\d/.test(part) ? NUMBER_WEIGHT : 1
  return sum
}

/** One spelling of emphasis, code marks, blanks and case, so that `**Send** reset link` holds `send reset link`. */
function squeeze(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[*_`|\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
}

/** `5 minutes` does not stand in `45 minutes`. */
function holdsWhole(text: string, part: string): boolean {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const cutsNumber = isDigit(text.charAt(at - 1)) && isDigit(part.charAt(0))
    const goesOn = isDigit(part.charAt(part.length - 1)) && isDigit(text.charAt(at + part.length))
    if (!cutsNumber && !goesOn) return true
  }
  return false
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}
