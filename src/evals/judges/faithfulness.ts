// Faithfulness without a model: how much of each sentence stands in the retrieved passages.
import { terms, words } from '../../core/text/analyze.ts'
import type { RetrievedPassage, Score } from '../evaluation.ts'
import { type JudgedAnswer, notApplicable, scored } from './judge.ts'
import { numbersOf } from './numbers.ts'
import { toPlainAnswer, toSentences } from './plain-answer.ts'

/** Opinions and experience of the speaker stand in no documentation. */
const SPEAKER = new Set(['i', 'me', 'my', 'mine', 'myself'])
const SPEAKER_WEIGHT = 2
const NUMBER_WEIGHT = 2.5
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** What content terms, all words, and neighbouring words contribute. */
const PARTS = { terms: 1, words: 0.3, pairs: 0.3 }
/** The worst sentence counts beside the mean: one invented sentence spoils an answer. */
const WORST_SHARE = 0.2
/** A sentence made of several passages is less sure than one that stands in one. */
const ONE_PASSAGE = 0.7
const UNFOUND_NUMBER = 0.5
/** Where the nearest sentence of the passages says nearly the same words, one of the two denied. */
const TURNED_AROUND = { from: 0.75, factor: 0.5 }
const DENIAL = /\b(?:not|no|never|cannot|without|none|neither|nor)\b|n['’]t\b/i
/** A question states nothing that a passage could carry, unless it is quoted. */
const QUESTION = 0.3
const OFFER = /\b(?:help|else|more|further|assist|know if)\b/i
/** Openings and closings of hosted models, and lines that only lead to a list. */
const COURTESY =
  /^(?:sure|certainly|absolutely|of course|great question|thanks|thank you|let (?:me|us) know|feel free|i hope|hope (?:this|that)|happy to|i'?m happy to|please (?:let|feel)|here(?:'s| is| are))\b/i
const COURTESY_CHARS = 120
/** Shorter sentences are not looked at when the worst is sought: half of two words is no measure. */
const WORST_TERMS = 3
/** Support at which people are as likely to call a reply attributable as not, and how sharply they turn. */
const CALIBRATION = { middle: 0.63, slope: 11.7 }

/**
 * The chance, at even odds, that people would call the answer fully attributable to its passages: the logistic of its
 * support, fitted on half of the development part of BEGIN (Dziri et al. 2022); see `bench:judges`.
 */
export function judgeFaithfulness({ case: { question }, answer }: JudgedAnswer): Score {
  const { support, worst } = supportOf(answer.text, answer.passages, question)
  if (worst === null) return notApplicable('The answer states nothing.')
  const value = 1 / (1 + Math.exp(-CALIBRATION.slope * (support - CALIBRATION.middle)))
  return scored(value, `Least supported (${worst.support.toFixed(2)}): ${clip(worst.sentence)}`)
}

interface Support {
  /** 0 to 1, before calibration. */
  support: number
  worst: { sentence: string; support: number } | null
}

/** Support of an answer by passages, 0 to 1; `worst` is null where the answer states nothing. */
export function supportOf(text: string, passages: readonly RetrievedPassage[], question: string): Support {
  const sources = passages.map(readPassage)
  const asked = numbersOf(question)
  const claims = toSentences(toPlainAnswer(text)).flatMap((sentence) => {
    const claim = readClaim(sentence)
    if (claim.weights.size === 0 || isCourtesy(sentence, claim)) return []
    return [{ sentence, size: claim.weights.size, support: supportOfClaim(claim, sources, asked) }]
  })
  if (claims.length === 0) return { support: 0, worst: null }
  const long = claims.filter(({ size }) => size >= WORST_TERMS)
  const worst = (long.length > 0 ? long : claims).reduce((a, b) => (b.support < a.support ? b : a))
  const size = claims.reduce((sum, claim) => sum + claim.size, 0)
  const mean = claims.reduce((sum, claim) => sum + claim.support * claim.size, 0) / size
  return { support: (1 - WORST_SHARE) * mean + WORST_SHARE * worst.support, worst }
}

function isCourtesy(sentence: string, { asks, numbers }: Claim): boolean {
  if (numbers.size > 0) return false
  return asks ? OFFER.test(sentence) : COURTESY.test(sentence) && sentence.length < COURTESY_CHARS
}

interface Claim {
  /** Content terms with what each weighs. */
  weights: Map<string, number>
  words: string[]
  pairs: string[]
  numbers: Set<string>
  asks: boolean
  denies: boolean
}

function readClaim(sentence: string): Claim {
  const said = saidIn(sentence)
  const weights = new Map<string, number>()
  for (const term of terms(sentence)) weights.set(term, /\d/.test(term) ? NUMBER_WEIGHT : 1)
  for (const word of said) if (SPEAKER.has(word)) weights.set(word, SPEAKER_WEIGHT)
  return {
    weights,
    words: [...new Set(said)],
    pairs: toPairs(said),
    numbers: numbersOf(sentence),
    asks: /[?？]["'”’)]*$/u.test(sentence),
    denies: DENIAL.test(sentence),
  }
}

interface Source {
  terms: Set<string>
  words: Set<string>
  pairs: Set<string>
  numbers: Set<string>
  sentences: { terms: Set<string>; denies: boolean }[]
}

const read = new WeakMap<RetrievedPassage, Source>()

function readPassage(passage: RetrievedPassage): Source {
  const known = read.get(passage)
  if (known) return known
  const plain = toPlainAnswer(passage.text)
  const said = saidIn(plain)
  const numbers = numbersOf(plain, true)
  const sentences = toSentences(plain)
  const source: Source = {
    terms: new Set([...terms(plain), ...said.filter((word) => SPEAKER.has(word)), ...numbers]),
    words: new Set([...said, ...numbers]),
    pairs: new Set(sentences.flatMap((sentence) => toPairs(saidIn(sentence)))),
    numbers,
    sentences: sentences.map((sentence) => ({ terms: new Set(terms(sentence)), denies: DENIAL.test(sentence) })),
  }
  read.set(passage, source)
  return source
}

function supportOfClaim(claim: Claim, sources: readonly Source[], asked: ReadonlySet<string>): number {
  const foundIn = (has: (source: Source) => boolean) => sources.some(has)
  const best = Math.max(0, ...sources.map((source) => blend(claim, (kind, part) => source[kind].has(part))))
  const together = blend(claim, (kind, part) => foundIn((source) => source[kind].has(part)))
  let support = ONE_PASSAGE * best + (1 - ONE_PASSAGE) * together
  const unfound = [...claim.numbers].some((number) => !asked.has(number) && !foundIn((s) => s.numbers.has(number)))
  if (unfound) support *= UNFOUND_NUMBER
  if (isTurnedAround(claim, sources)) support *= TURNED_AROUND.factor
  const quoted = claim.pairs.every((pair) => foundIn((source) => source.pairs.has(pair)))
  return claim.asks && !quoted ? support * QUESTION : support
}

/** True where the sentences nearest to the claim, either way, all deny it or it denies them all. A part of a longer sentence is not compared. */
function isTurnedAround({ weights, denies }: Claim, sources: readonly Source[]): boolean {
  let most = TURNED_AROUND.from * weights.size
  let nearest: boolean[] = []
  for (const sentence of sources.flatMap((source) => source.sentences)) {
    let shared = 0
    for (const term of weights.keys()) if (sentence.terms.has(term)) shared += 1
    if (shared < most || shared < TURNED_AROUND.from * sentence.terms.size) continue
    if (shared > most) nearest = []
    nearest.push(sentence.denies)
    most = shared
  }
  return nearest.length > 0 && !nearest.includes(denies)
}

function blend(claim: Claim, has: (kind: 'terms' | 'words' | 'pairs', part: string) => boolean): number {
  let found = 0
  let all = 0
  for (const [term, weight] of claim.weights) {
    all += weight
    if (has('terms', term)) found += weight
  }
  const said = shareOf(claim.words, (word) => has('words', word))
  const pairs = claim.pairs.length === 0 ? said : shareOf(claim.pairs, (pair) => has('pairs', pair))
  const sum = PARTS.terms * (found / all) + PARTS.words * said + PARTS.pairs * pairs
  return sum / (PARTS.terms + PARTS.words + PARTS.pairs)
}

function shareOf(parts: readonly string[], has: (part: string) => boolean): number {
  return parts.length === 0 ? 1 : parts.filter(has).length / parts.length
}

/** All words in order; single characters where a script puts no space between words. */
function saidIn(text: string): string[] {
  return words(text).flatMap((word) => (UNSPACED.test(word) ? [...word] : [word]))
}

function toPairs(said: readonly string[]): string[] {
  return said.slice(1).map((word, i) => `${said[i]} ${word}`)
}

function clip(sentence: string): string {
  return sentence.length > 160 ? `${sentence.slice(0, 159)}…` : sentence
}
