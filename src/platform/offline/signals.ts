// Measures the signals from which it is decided whether the passages answer a question.
import { terms } from '../../core/text/analyze.ts'
import type { Asked } from './asked.ts'
import { cosine, type Embedder } from './embedder.ts'
import { coverage, type Evidence } from './evidence.ts'
import { missingName } from './names.ts'
import type { PassageText } from './passages.ts'
import { toPlain } from './plain-text.ts'
import { isMisspelt, isOrdinary } from './rarity.ts'

export interface Signals {
  /** Best likeness of the question to a unit, of it or one of its clauses to a block under its headings, and to a title with headings. */
  unitCosine: number
  blockCosine: number
  headingCosine: number
  /** Likeness to the best block without the product's own name. */
  unnamedCosine: number
  /** Share of the question's terms, weighted by rarity, in one unit, in one passage, in all passages. */
  unitCoverage: number
  passageCoverage: number
  totalCoverage: number
  /** As passageCoverage for the best passage, but a term also counts as far as a word of like meaning stands there. */
  softCoverage: number
  /** The heaviest term that has not even a word of like meaning in the best passage. */
  softMissing: number
  /** Weight of a name in the question (product, code, acronym) that no passage mentions. */
  namesMissing: number
  /** How far the best unit stands out from the rest. */
  margin: number
  /** How much nearer the best block would be if the question did not hold its strangest absent word. */
  ablation: number
  /** How much the question's meaning hangs on its heaviest word that is absent from all passages. */
  absentImportance: number
}

const most = (values: Iterable<number>) => Math.max(0, ...values)

/** Likeness of words from which one begins to stand for the other, and from which it does wholly. */
const LIKE_FROM = 0.4
const LIKE_FULL = 0.8
const WORDS_COMPARED = 250
const TERMS_REMOVED = 12
/** Share of the passages that mention the product. */
const EVERYWHERE = 0.8
/** Content words from which a clause asks something by itself. */
const CLAUSE_TERMS = 4

/** For each term: 1 where the passage holds it, else how near the likest of its words is. */
async function softHold(
  evidence: Evidence,
  held: ReadonlySet<string>,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<(term: string) => number> {
  const absent = evidence.questionTerms.filter(({ term }) => !held.has(term)).map(({ term }) => term)
  if (absent.length === 0) return () => 1
  const vectors = await embedder.texts([...absent, ...[...held].slice(0, WORDS_COMPARED)], signal)
  const likeness = new Map<string, number>()
  for (const [i, term] of absent.entries()) {
    const best = most(vectors.slice(absent.length).map((other) => cosine(vectors[i] ?? [], other)))
    likeness.set(term, Math.max(0, Math.min(1, (best - LIKE_FROM) / (LIKE_FULL - LIKE_FROM))))
  }
  return (term) => likeness.get(term) ?? 1
}

/** Takes each absent word out of the question: a word that the best block does not speak of pulls the question away from it. */
async function removeAbsent(
  asked: Asked,
  evidence: Evidence,
  held: ReadonlySet<string>,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<{ ablation: number; absentImportance: number }> {
  const absent = [...new Set(terms(asked.focus))]
    .filter((term) => !held.has(term) && (isOrdinary(term) || !isMisspelt(term)))
    .slice(0, TERMS_REMOVED)
  const without = absent.map((term) =>
    asked.query.replace(/[\p{L}\p{N}'’]+/gu, (word) => (terms(word)[0] === term ? '' : word)),
  )
  const vectors = await embedder.texts(without, signal)
  const near = evidence.blocks.toSorted((a, b) => b.cosine - a.cosine)[0]
  return {
    ablation: most(vectors.map((vector) => cosine(vector, near?.vector ?? []) - (near?.cosine ?? 0))),
    absentImportance: most(vectors.map((vector) => 1 - cosine(vector, evidence.question))),
  }
}

/** Likeness of the best clause: a long message often asks in one of its clauses only. */
async function compareClauses(
  asked: Asked,
  evidence: Evidence,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<number> {
  const clauses = asked.focus.split(/[.!?;\n]+|,(?=\s)/).map((part) => part.trim())
  const vectors = await embedder.texts(
    clauses.filter((part) => terms(part).length >= CLAUSE_TERMS),
    signal,
  )
  return most(vectors.flatMap((clause) => evidence.blocks.map(({ vector }) => cosine(clause, vector))))
}

/**
 * Likeness to the best block where the product's own name is left out of the question: it stands in every passage, and would
 * make any question about the product look answered.
 */
async function compareUnnamed(
  asked: Asked,
  held: readonly ReadonlySet<string>[],
  evidence: Evidence,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<number> {
  const everywhere = (word: string) => {
    const parts = terms(word)
    return (
      parts.some((part) => !isOrdinary(part)) &&
      parts.every((part) => held.filter((one) => one.has(part)).length >= held.length * EVERYWHERE)
    )
  }
  const unnamed = asked.query.replace(/[\p{L}\p{N}]+(?:[-.'’][\p{L}\p{N}]+)*/gu, (word) =>
    everywhere(word) ? '' : word,
  )
  const left = terms(unnamed).length
  if (left === terms(asked.query).length || left < 2 || held.length < 2) return 1
  const [vector = []] = await embedder.texts([unnamed], signal)
  return most(evidence.blocks.map((block) => cosine(vector, block.vector)))
}

/** All signals; each is 0 where there is nothing to measure. */
export async function readSignals(
  asked: Asked,
  passages: readonly PassageText[],
  evidence: Evidence,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Signals> {
  const { units, questionTerms } = evidence
  const texts = passages.map(({ title, headings, text }) => `${title} ${headings.join(' ')} ${toPlain(text)}`)
  const held = texts.map((text) => new Set(terms(text)))
  const all = new Set(held.flatMap((one) => [...one]))
  const best = held[units[0]?.rank ?? 0] ?? new Set<string>()
  const soft = await softHold(evidence, best, embedder, signal)
  const ownCosine = most(evidence.blocks.map((block) => block.cosine))
  const blockCosine = Math.max(ownCosine, await compareClauses(asked, evidence, embedder, signal))
  const rest = units.slice(5, 25).map(({ score }) => score)
  return {
    unitCosine: most(units.map((unit) => unit.cosine)),
    blockCosine,
    unnamedCosine: Math.min(blockCosine, await compareUnnamed(asked, held, evidence, embedder, signal)),
    headingCosine: most(evidence.headingCosines),
    unitCoverage: most(units.map((unit) => unit.coverage)),
    passageCoverage: most(held.map((one) => coverage(questionTerms, (term) => (one.has(term) ? 1 : 0)))),
    totalCoverage: coverage(questionTerms, (term) => (all.has(term) ? 1 : 0)),
    softCoverage: coverage(questionTerms, soft),
    softMissing: most(questionTerms.map(({ term, weight }) => weight * (1 - soft(term)))),
    namesMissing: missingName(asked.focus, texts.join('\n')),
    margin: (units[0]?.score ?? 0) - rest.reduce((sum, score) => sum + score, 0) / Math.max(1, rest.length),
    ...(await removeAbsent(asked, evidence, all, embedder, signal)),
  }
}
