// Composes an answer of quotations: the units that answer best, each with its citation, in the order they are read.
import { REFUSAL } from '../../core/refusal.ts'
import { cosine } from './embedder.ts'
import type { Unit } from './evidence.ts'

/** Quotations per answer, and passages they may come from. */
const MOST_PIECES = 4
const MOST_PASSAGES = 3
/** A further unit is quoted only where it answers nearly as well as the best. */
const NEARLY = 0.85
/** The same for the first unit of a further page: a second source is worth a little more. */
const NEARLY_ELSEWHERE = 0.8
/** Similarity from which two units say the same. */
const SAME = 0.92
const TABLE_ROWS = 12
const LIST_ITEMS = 15
const SHORT_LIST = 3

interface Piece {
  key: string
  units: Unit[]
  text: string
}

const cite = (unit: Unit) => `[${unit.passage.n}]`

/** A procedure whole; of another list the items that answer, or all where most do. */
function pickItems({ block, rank, blockAt, score }: Unit, units: readonly Unit[]): string[] {
  if (block.kind === 'steps' || block.units.length <= SHORT_LIST) return block.units
  const own = units.filter((other) => other.rank === rank && other.blockAt === blockAt)
  const good = own.filter((other) => other.score >= score * NEARLY)
  if (good.length > block.units.length / 2) return block.units.slice(0, LIST_ITEMS)
  return block.units.filter((item) => good.some((other) => other.text === item))
}

/** Markdown of one unit as it is quoted: steps and lists whole, a table row under its header, code after its sentence. */
function quote(unit: Unit, siblings: readonly Unit[]): Piece {
  const { block } = unit
  const key = `${unit.rank}:${unit.blockAt}`
  if (block.kind === 'steps' || block.kind === 'list') {
    const lines = pickItems(unit, siblings).map((item) => {
      const [first = '', ...more] = item.split('\n')
      return (
        [more.length === 0 ? `${first} ${cite(unit)}` : first, ...more].join('\n') +
        (more.length === 0 ? '' : ` ${cite(unit)}`)
      )
    })
    return { key, units: [unit], text: lines.join('\n') }
  }
  if (block.kind === 'table') {
    const rows = siblings.filter((other) => other.rank === unit.rank && other.blockAt === unit.blockAt)
    const best = rows.filter((row) => row.score >= unit.score * 0.93).slice(0, TABLE_ROWS)
    const kept = block.units.filter((row) => best.some((other) => other.text === row))
    const columns = (block.header ?? '').split('|').length - 2
    const rule = `|${' --- |'.repeat(Math.max(1, columns))}`
    return { key, units: [unit], text: `${block.header ?? ''}\n${rule}\n${kept.join('\n')}\n\n${cite(unit)}` }
  }
  if (block.kind === 'code') return { key, units: [unit], text: `${block.text}\n${cite(unit)}` }
  return { key: `${key}:${unit.at}`, units: [unit], text: `${unit.text} ${cite(unit)}` }
}

/** The same in other words; what differs in a figure (two versions, two plans) is not the same. */
function alike(a: Unit, b: Unit): boolean {
  const figures = (unit: Unit) => (unit.plain.match(/\d[\d.,]*/g) ?? []).join(' ')
  return cosine(a.vector, b.vector) >= SAME && figures(a) === figures(b)
}

/** The quotations of an answer, best passage first; units must come best first and hold at least one. */
export function composeAnswer(units: readonly Unit[]): string {
  const best = units[0]
  if (best === undefined) return REFUSAL
  const pieces: Piece[] = []
  const chosen: Unit[] = []
  for (const unit of units) {
    const ranks = new Set(chosen.map((other) => other.rank))
    const isNew = !ranks.has(unit.rank)
    const least = isNew ? NEARLY_ELSEWHERE : NEARLY
    if (pieces.length >= MOST_PIECES) break
    if (unit.score < best.score * least) continue
    if (isNew && ranks.size >= MOST_PASSAGES) continue
    if (chosen.some((other) => alike(other, unit))) continue
    const piece = quote(unit, units)
    if (pieces.some((other) => other.key === piece.key)) continue
    pieces.push(piece)
    chosen.push(unit)
  }
  return inReadingOrder(pieces)
}

/** Groups the pieces by passage, the best piece's passage first, and inside a passage in the order of its text. */
function inReadingOrder(pieces: readonly Piece[]): string {
  const groups = new Map<number, Piece[]>()
  for (const piece of pieces) {
    const rank = piece.units[0]?.rank ?? 0
    groups.set(rank, [...(groups.get(rank) ?? []), piece])
  }
  const paragraphs: string[] = []
  for (const group of groups.values()) {
    group.sort(
      (a, b) =>
        (a.units[0]?.blockAt ?? 0) - (b.units[0]?.blockAt ?? 0) || (a.units[0]?.at ?? 0) - (b.units[0]?.at ?? 0),
    )
    let line = ''
    for (const piece of group) {
      if (piece.units[0]?.block.kind === 'paragraph') line = line === '' ? piece.text : `${line} ${piece.text}`
      else {
        if (line !== '') paragraphs.push(line)
        line = ''
        paragraphs.push(piece.text)
      }
    }
    if (line !== '') paragraphs.push(line)
  }
  return paragraphs.join('\n\n')
}

/** The honest refusal, with the nearest page named where there is one. */
export function composeRefusal(nearest: string): string {
  return nearest === '' ? REFUSAL : `${REFUSAL} The nearest page I found is "${nearest}", but it does not answer this.`
}
