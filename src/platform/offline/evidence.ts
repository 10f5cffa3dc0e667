// Weighs how well each unit of the passages answers a question, and measures the signals of whether any does.
import { terms } from '../../core/text/analyze.ts'
import type { Asked } from './asked.ts'
import { cosine, type Embedder, type Vector } from './embedder.ts'
import { missingName } from './names.ts'
import type { PassageText } from './passages.ts'
import { toPlain } from './plain-text.ts'
import { rarity } from './rarity.ts'
import { type Block, splitBlocks } from './units.ts'

export interface Unit {
  passage: PassageText
  /** Position of the passage in the search result, 0 is best. */
  rank: number
  block: Block
  blockAt: number
  text: string
  at: number
  /** How well it answers, about 0 to 1.5. */
  score: number
  vector: Vector
  cosine: number
  coverage: number
}

export interface Signals {
  /** Best similarity of the question to a unit, to a block under its headings, and to a title with headings. */
  unitCosine: number
  blockCosine: number
  headingCosine: number
  /** Share of the question's rarity-weighted terms found near the best unit, in the best passage, in all passages. */
  unitCoverage: number
  passageCoverage: number
  totalCoverage: number
  /** Rarity of the rarest question term that no passage holds (0 where each is held). */
  rarestMissing: number
  /** Like passageCoverage and rarestMissing, but a term also counts as far as a word of like meaning stands there. */
  softCoverage: number
  softMissing: number
  /** Share of the question's terms in one block with its headings. */
  blockCoverage: number
  /** How much nearer the best block would be if the question did not hold its strangest absent word. */
  ablation: number
  /** How much the question's meaning hangs on its heaviest word that is absent from the best passage. */
  absentImportance: number
  /** Numbers, codes and names of the question that no passage holds. */
  namesMissing: number
  /** Best similarity of any one clause of the question to a unit or a block. */
  clauseCosine: number
  /** How far the best unit stands out from the rest. */
  margin: number
}

export interface Evidence {
  units: Unit[]
  signals: Signals
}

interface Weighted {
  term: string
  weight: number
}

/** Terms of the question with their weights; those of the thread's context weigh less. */
export function weighTerms(asked: Asked): Weighted[] {
  const weights = new Map<string, number>()
  for (const term of terms(asked.context)) weights.set(term, rarity(term) * 0.35)
  for (const term of terms(asked.focus)) weights.set(term, rarity(term))
  return [...weights].map(([term, weight]) => ({ term, weight }))
}

function coverage(question: readonly Weighted[], held: (term: string) => number): number {
  let found = 0
  let total = 0
  for (const { term, weight } of question) {
    found += weight * held(term)
    total += weight
  }
  return total === 0 ? 0 : found / total
}

function collectUnits(passages: readonly PassageText[]): Unit[] {
  const units: Unit[] = []
  for (const [rank, passage] of passages.entries()) {
    for (const [blockAt, block] of splitBlocks(passage.text).entries()) {
      if (block.kind === 'heading') continue
      for (const [at, text] of block.units.entries()) {
        if (terms(toPlain(text)).length === 0) continue
        units.push({ passage, rank, block, blockAt, text, at, score: 0, vector: [], cosine: 0, coverage: 0 })
      }
    }
  }
  return units
}

function headingText(unit: Unit): string {
  return [...new Set([unit.passage.title, ...unit.passage.headings, unit.block.heading])]
    .filter((part) => part !== '')
    .join(' > ')
}

const blockKey = (unit: Unit) => `${unit.rank}:${unit.blockAt}`

async function softCover(
  question: readonly Weighted[],
  near: ReadonlySet<string>,
  wordsNear: readonly string[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<(term: string) => number> {
  const absent = question.filter(({ term }) => !near.has(term)).map(({ term }) => term)
  const vectors = absent.length === 0 ? [] : await embedder.texts([...absent, ...wordsNear], signal)
  const likeness = new Map<string, number>()
  for (const [i, term] of absent.entries()) {
    const own = vectors[i]
    let best = 0
    for (const other of vectors.slice(absent.length)) if (own) best = Math.max(best, cosine(own, other))
    likeness.set(term, Math.max(0, Math.min(1, (best - 0.4) / 0.4)))
  }
  return (term) => likeness.get(term) ?? 1
}

/** For each absent word: what the question means without it, against the question and the best block. */
async function ablate(
  asked: Asked,
  own: Vector,
  near: Vector,
  absent: ReadonlySet<string>,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<{ gain: number; importance: number }> {
  const without = [...absent]
    .slice(0, 12)
    .map((term) => asked.query.replace(/[\p{L}\p{N}'’]+/gu, (word) => (terms(word)[0] === term ? '' : word)))
  const vectors = await embedder.texts(without, signal)
  const before = cosine(own, near)
  return {
    gain: Math.max(0, ...vectors.map((vector) => cosine(vector, near) - before)),
    importance: Math.max(0, ...vectors.map((vector) => 1 - cosine(vector, own))),
  }
}

/** Weighs every unit of the passages. The units come back best first. */
export async function weighEvidence(
  asked: Asked,
  passages: readonly PassageText[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Evidence> {
  const units = collectUnits(passages)
  const question = weighTerms(asked)
  const own = await embedder.question(asked.query, signal)
  const blocks = new Map<string, string>()
  for (const unit of units) blocks.set(blockKey(unit), `${headingText(unit)}: ${toPlain(unit.block.text)}`)
  const headings = [...new Set(units.map(headingText))]
  const plain = units.map((unit) => toPlain(unit.text))
  const vectors = await embedder.texts([...plain, ...blocks.values(), ...headings], signal)
  const blockCosines = new Map([...blocks.keys()].map((key, i) => [key, cosine(own, vectors[units.length + i] ?? [])]))
  const headingCosines = new Map(
    headings.map((text, i) => [text, cosine(own, vectors[units.length + blocks.size + i] ?? [])]),
  )
  const passageTerms = passages.map(
    (passage) => new Set(terms(`${passage.title} ${passage.headings.join(' ')} ${toPlain(passage.text)}`)),
  )

  for (const [i, unit] of units.entries()) {
    unit.vector = vectors[i] ?? []
    unit.cosine = cosine(own, unit.vector)
    const held = new Set(terms(`${headingText(unit)} ${plain[i]} ${toPlain(unit.block.header ?? '')}`))
    unit.coverage = coverage(question, (term) => (held.has(term) ? 1 : 0))
    const around = blockCosines.get(blockKey(unit)) ?? 0
    unit.score = 0.35 * unit.cosine + 0.35 * around + 0.4 * unit.coverage + 0.1 / (1 + unit.rank)
  }
  units.sort((a, b) => b.score - a.score)

  const best = units[0]
  const all = new Set(passageTerms.flatMap((held) => [...held]))
  const bestPassage = passageTerms[best?.rank ?? 0] ?? new Set<string>()
  const wordsNear = [...bestPassage].slice(0, 250)
  const soft = await softCover(question, bestPassage, wordsNear, embedder, signal)
  const lower = passages
    .map((passage) => `${passage.title} ${passage.headings.join(' ')} ${passage.text}`.toLowerCase())
    .join('\n')
  const blockCoverages = [...blocks.values()].map((text) => {
    const held = new Set(terms(text))
    return coverage(question, (term) => (held.has(term) ? 1 : 0))
  })
  const bestBlock = [...blockCosines].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  const near = vectors[units.length + [...blocks.keys()].indexOf(bestBlock)] ?? []
  const absent = new Set(terms(asked.focus).filter((term) => !bestPassage.has(term)))
  const { gain, importance } = await ablate(asked, own, near, absent, embedder, signal)
  const clauses = asked.focus
    .split(/[.!?;\n]+|,(?=\s)/)
    .map((part) => part.trim())
    .filter((part) => terms(part).length >= 2)
  const clauseVectors = await embedder.texts(clauses, signal)
  const clauseCosine = Math.max(
    0,
    ...clauseVectors.flatMap((clause) =>
      vectors.slice(0, units.length + blocks.size).map((vector) => cosine(clause, vector)),
    ),
  )
  const rest = units.slice(5, 25).map((unit) => unit.score)
  return {
    units,
    signals: {
      unitCosine: Math.max(0, ...units.map((unit) => unit.cosine)),
      blockCosine: Math.max(0, ...blockCosines.values()),
      headingCosine: Math.max(0, ...headingCosines.values()),
      unitCoverage: Math.max(0, ...units.map((unit) => unit.coverage)),
      passageCoverage: Math.max(
        0,
        ...passageTerms.map((held) => coverage(question, (term) => (held.has(term) ? 1 : 0))),
      ),
      totalCoverage: coverage(question, (term) => (all.has(term) ? 1 : 0)),
      rarestMissing: Math.max(0, ...question.map(({ term, weight }) => (all.has(term) ? 0 : weight))),
      softCoverage: coverage(question, soft),
      softMissing: Math.max(0, ...question.map(({ term, weight }) => weight * (1 - soft(term)))),
      blockCoverage: Math.max(0, ...blockCoverages),
      clauseCosine,
      ablation: gain,
      absentImportance: importance,
      namesMissing: missingName(asked.focus, lower),
      margin: (best?.score ?? 0) - (rest.length === 0 ? 0 : rest.reduce((sum, score) => sum + score, 0) / rest.length),
    },
  }
}
