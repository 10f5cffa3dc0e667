// Chooses the units that answer a question about a fact: the sentence, the rows, the items that hold it, and little around them.
import { cosine } from './embedder.ts'
import type { Unit } from './evidence.ts'
import type { Section, SectionBlock } from './sections.ts'

/** Units chosen to be quoted, by block. */
export type Selection = Map<SectionBlock, Set<number>>

/** A further unit is quoted only where it answers nearly as well as the best; one of another page must do better. */
const NEARLY = 0.88
const NEARLY_ELSEWHERE = 0.92
/** Rows and items of the block that holds the best unit. */
const NEARLY_BESIDE = 0.93
/** Similarity from which two units say the same. */
const SAME = 0.92
/** Characters up to which a paragraph is quoted whole around its best sentence. */
const SHORT_PARAGRAPH = 330
const SHORT_LIST = 3
/** Lines up to which code stands beside the best quotation. */
const LONG_CODE = 8
const MOST_ROWS = 6
/** Items up to which a list that a sentence announces is quoted whole. */
const ANNOUNCED = 6

export function add(selection: Selection, block: SectionBlock, ats: Iterable<number>): void {
  const chosen = selection.get(block) ?? new Set<number>()
  for (const at of ats) chosen.add(at)
  selection.set(block, chosen)
}

export const addAll = (selection: Selection, block: SectionBlock) => add(selection, block, block.block.units.keys())

/** What is quoted for one unit: its sentence with a short paragraph, its row with those as good, its item. */
function reach(unit: Unit, units: readonly Unit[], isBest: boolean, wantsWhole: boolean): number[] {
  const { block } = unit
  const beside = units.filter(({ rank, blockAt }) => rank === unit.rank && blockAt === unit.blockAt)
  const good = beside.filter((other) => other.score >= unit.score * NEARLY_BESIDE)
  switch (block.kind) {
    case 'paragraph':
      return isBest && block.text.length <= SHORT_PARAGRAPH ? [...block.units.keys()] : [unit.at]
    case 'table':
      return good.slice(0, MOST_ROWS).map(({ at }) => at)
    case 'steps':
      if (wantsWhole) return [...block.units.keys()]
      return good.slice(0, SHORT_LIST).map(({ at }) => at)
    case 'list':
      if (
        (block.units.length <= SHORT_LIST && block.text.length <= SHORT_PARAGRAPH) ||
        good.length > block.units.length / 2
      )
        return [...block.units.keys()]
      return good.map(({ at }) => at)
    default:
      return [unit.at]
  }
}

/** The same in other words; what differs in a figure (two versions, two plans) is not the same. */
function alike(a: Unit, b: Unit): boolean {
  const figures = (unit: Unit) => (unit.plain.match(/\d[\d.,]*/g) ?? []).join(' ')
  return cosine(a.vector, b.vector) >= SAME && figures(a) === figures(b)
}

/** Adds what answers best; units must come best first. */
export function selectFacts(
  selection: Selection,
  units: readonly Unit[],
  sections: readonly Section[],
  wants: { most: number; wholeSteps: boolean },
): void {
  const blocks = sections.flatMap((section) => section.blocks)
  const best = units[0]
  const chosen: Unit[] = []
  for (const unit of units) {
    if (best === undefined || chosen.length >= wants.most) break
    const least = unit.passage.doc === best.passage.doc ? NEARLY : NEARLY_ELSEWHERE
    if (unit.score < best.score * least) continue
    if (unit !== best && unit.block.kind === 'code' && unit.text.split('\n').length > LONG_CODE) continue
    const home = blocks.find(({ rank, blockAt }) => rank === unit.rank && blockAt === unit.blockAt)
    if (home === undefined || chosen.some((other) => alike(other, unit))) continue
    if (selection.get(home)?.has(unit.at)) {
      if (unit === best) chosen.push(unit)
      continue
    }
    add(selection, home, reach(unit, units, unit === best, wants.wholeSteps))
    chosen.push(unit)
  }
}

const announces = ({ block }: SectionBlock) => block.kind === 'paragraph' && /:\s*$/.test(block.text)

/** A sentence that ends in a colon and what it announces are quoted together. */
export function joinAnnounced(selection: Selection, sections: readonly Section[]): void {
  for (const { blocks } of sections) {
    for (const [i, block] of blocks.entries()) {
      const next = blocks[i + 1]
      if (next === undefined || !announces(block)) continue
      const last = block.block.units.length - 1
      if (selection.has(next)) add(selection, block, [last])
      else if (selection.get(block)?.has(last)) {
        const isShort = next.block.units.length <= ANNOUNCED && next.block.text.split('\n').length <= LONG_CODE
        const isAlone = selection.get(block)?.size === 1
        if (next.block.kind === 'code' ? isShort || isAlone : isShort) addAll(selection, next)
        else selection.get(block)?.delete(last)
      }
      if (selection.get(block)?.size === 0) selection.delete(block)
    }
  }
}
