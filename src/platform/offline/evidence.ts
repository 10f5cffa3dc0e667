// Weighs how well each sentence, step, row and code block of the passages answers a question.
import { stemWord, terms, words } from '../../core/text/analyze.ts'
import type { Asked } from './asked.ts'
import { cosine, type Embedder, type Vector } from './embedder.ts'
import { namesIn } from './names.ts'
import type { PassageText } from './passages.ts'
import { toPlain, toRowText } from './plain-text.ts'
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
  /** Title and headings above it. */
  headings: string
  /** Its words alone, a table row with the names of its columns. */
  plain: string
  vector: Vector
  /** Likeness to the question, from -1 to 1: its own, and that of its block under its headings. */
  cosine: number
  blockCosine: number
  /** Share of the question's weighted terms in the unit and its headings. */
  coverage: number
  /** Share of the names in the question that the unit or its headings mention. */
  names: number
  /** How well it answers, about 0 to 1.4. */
  score: number
}

export interface WeightedTerm {
  term: string
  weight: number
}

export interface Evidence {
  /** Vector of the question. */
  question: Vector
  questionTerms: WeightedTerm[]
  /** Best first. */
  units: Unit[]
  /** Likeness of the question to each title with headings. */
  headingCosines: number[]
  /** Vectors of all blocks and of all sections under their headings, and the words they were made from. */
  blocks: { text: string; vector: Vector; cosine: number }[]
}

/** What the thread adds to a question weighs less than what was just asked. */
const CONTEXT_WEIGHT = 0.35

/** Terms of the question with their weights. */
export function weighTerms(asked: Asked): WeightedTerm[] {
  const weights = new Map<string, number>()
  for (const term of terms(asked.context)) weights.set(term, rarity(term) * CONTEXT_WEIGHT)
  for (const term of terms(asked.focus)) weights.set(term, rarity(term))
  return [...weights].map(([term, weight]) => ({ term, weight }))
}

/** Weighted share of the terms that are held, from 0 to 1. */
export function coverage(question: readonly WeightedTerm[], held: (term: string) => number): number {
  let found = 0
  let total = 0
  for (const { term, weight } of question) {
    found += weight * held(term)
    total += weight
  }
  return total === 0 ? 0 : found / total
}

function readUnits(passages: readonly PassageText[]): Unit[] {
  const units: Unit[] = []
  for (const [rank, passage] of passages.entries()) {
    for (const [blockAt, block] of splitBlocks(passage.text).entries()) {
      if (block.kind === 'heading') continue
      const path = [...new Set([passage.title, ...passage.headings, block.heading])]
      const headings = path.filter((part) => part !== '').join(' > ')
      for (const [at, text] of block.units.entries()) {
        const plain = block.kind === 'table' ? toRowText(block.header ?? '', text) : toPlain(text)
        if (words(plain).length === 0) continue
        const weights = { vector: [], cosine: 0, blockCosine: 0, coverage: 0, names: 0, score: 0 }
        units.push({ passage, rank, block, blockAt, text, at, headings, plain, ...weights })
      }
    }
  }
  return units
}

/** Share of the names of the question (products, codes, versions) that the unit or its headings mention. */
function nameShare(names: ReadonlyMap<string, number>, text: string): number {
  if (names.size === 0) return 0
  const lower = text.toLowerCase()
  const stems = new Set(words(lower).map(stemWord))
  const found = [...names.keys()].filter((name) => lower.includes(name) || stems.has(stemWord(name)))
  return found.length / names.size
}

const HOW_TO = /\bhow (?:do|can|could|should|would|to)\b|\bsteps?\b|\bset ?up\b/i
const QUANTITY =
  /\bhow (?:long|many|much|often|far|fast|big|large|old|soon)\b|\b(?:max|maximum|min|minimum|limit|longest|heaviest|until when)\b/i

/** A small bonus for the form that a question asks for: steps or commands for a how-to, a figure for a how-many. */
function fits(focus: string, { block, plain }: Unit): number {
  if (QUANTITY.test(focus)) return /\d/.test(plain) ? 0.05 : 0
  return HOW_TO.test(focus) && (block.kind === 'steps' || block.kind === 'code') ? 0.1 : 0
}

/** Reads the units of the passages and weighs each. */
export async function weighEvidence(
  asked: Asked,
  passages: readonly PassageText[],
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Evidence> {
  const units = readUnits(passages)
  const questionTerms = weighTerms(asked)
  const question = await embedder.question(asked.query, signal)
  const blockTexts = [...new Set([...units.map(blockText), ...sectionTexts(units)])]
  const headings = [...new Set(units.map((unit) => unit.headings))]
  const vectors = await embedder.texts([...units.map(({ plain }) => plain), ...blockTexts, ...headings], signal)
  const blocks = blockTexts.map((text, i) => {
    const vector = vectors[units.length + i] ?? []
    return { text, vector, cosine: cosine(question, vector) }
  })
  const blockCosines = new Map(blocks.map((block) => [block.text, block.cosine]))
  const names = namesIn(asked.query)
  for (const [i, unit] of units.entries()) {
    const held = new Set(terms(`${unit.headings} ${unit.plain}`))
    unit.vector = vectors[i] ?? []
    unit.cosine = cosine(question, unit.vector)
    unit.blockCosine = blockCosines.get(blockText(unit)) ?? 0
    unit.coverage = coverage(questionTerms, (term) => (held.has(term) ? 1 : 0))
    unit.names = nameShare(names, `${unit.headings} ${unit.plain}`)
    unit.score =
      0.35 * unit.cosine +
      0.4 * unit.blockCosine +
      0.4 * unit.coverage +
      0.15 / (1 + unit.rank) +
      0.15 * unit.names +
      fits(asked.focus, unit)
  }
  units.sort((a, b) => b.score - a.score)
  const headingCosines = vectors.slice(units.length + blocks.length).map((vector) => cosine(question, vector))
  return { question, questionTerms, units, headingCosines, blocks }
}

function blockText(unit: Unit): string {
  return `${unit.headings}: ${toPlain(unit.block.text)}`
}

/** The blocks under one heading together: an answer may need the sentence and the table after it. */
function sectionTexts(units: readonly Unit[]): string[] {
  const sections = new Map<string, Set<Block>>()
  for (const { rank, headings, block } of units) {
    const key = `${rank}:${headings}`
    sections.set(key, (sections.get(key) ?? new Set()).add(block))
  }
  return [...sections]
    .filter(([, blocks]) => blocks.size > 1)
    .map(([key, blocks]) => {
      const body = [...blocks].map(({ text }) => toPlain(text)).join(' ')
      return `${key.slice(key.indexOf(':') + 1)}: ${body}`
    })
}
