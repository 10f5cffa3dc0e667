// Puts the blocks of the passages under their headings, and the sections of a page into the order of the page.
import type { Unit } from './evidence.ts'
import { type Block, splitBlocks } from './units.ts'

export interface SectionBlock {
  rank: number
  blockAt: number
  block: Block
  /** Units of the block in the order of the text. */
  units: Unit[]
}

export interface Section {
  doc: string
  title: string
  /** Heading next above; empty where that is the title of the page. */
  heading: string
  rank: number
  blocks: SectionBlock[]
}

const STEP = /^\s*(?:(?:step|phase|part|stage)\s+)?(\d{1,2})([a-d])?(?=\s*[.:)–-]|\s|$)/i
const TROUBLE = /\b(?:mistakes?|errors?|problems?|troubleshoot\w*|faq|pitfalls?|known issues)\b/i

/** Number of a heading such as "Step 2: Enter the values" or "2. Connect a shop", 2.1 for "Step 2a"; null for any other. */
export function stepNumber(heading: string): number | null {
  const found = STEP.exec(heading)
  if (found === null) return null
  const letter = found[2] === undefined ? 0 : found[2].toLowerCase().charCodeAt(0) - 96
  return Number(found[1]) + letter / 10
}

/** True for a section that tells what may go wrong. */
export function isTrouble({ heading, title }: Pick<Section, 'heading' | 'title'>): boolean {
  return TROUBLE.test(heading === '' ? title : heading)
}

/** Sections by passage, in the order of the passages and of their text. */
export function readSections(units: readonly Unit[]): Section[] {
  const byPassage = new Map(units.map((unit) => [unit.rank, unit.passage]))
  const sections: Section[] = []
  for (const [rank, passage] of [...byPassage].sort(([a], [b]) => a - b)) {
    const { doc, title } = passage
    let open: Section | undefined
    for (const [blockAt, block] of splitBlocks(passage.text).entries()) {
      if (block.kind === 'heading') continue
      const name = block.heading === '' ? (passage.headings.at(-1) ?? '') : block.heading
      const heading = name === title ? '' : name
      if (open?.heading !== heading) {
        open = { doc, title, heading, rank, blocks: [] }
        sections.push(open)
      }
      const own = units.filter((unit) => unit.rank === rank && unit.blockAt === blockAt)
      open.blocks.push({ rank, blockAt, block, units: own.toSorted((a, b) => a.at - b.at) })
    }
  }
  return sections
}

/** Where the first numbered item of a section begins: a list that goes on from another comes after it. */
function firstItem(section: Section): number {
  const steps = section.blocks.find(({ block }) => block.kind === 'steps')
  return Number(/^\s*(\d+)/.exec(steps?.block.text ?? '')?.[1] ?? 1)
}

/**
 * Order of two sections of one page. A passage does not say where in its page it stood, so it is told by what the page
 * itself says: the opening first, then numbered headings, then the rest as found, and what may go wrong last.
 */
export function inPageOrder(a: Section, b: Section): number {
  if (a.rank === b.rank) return 0
  const place = (section: Section) => (section.heading === '' ? 0 : isTrouble(section) ? 2 : 1)
  const steps = [stepNumber(a.heading), stepNumber(b.heading)]
  const bySteps = steps[0] != null && steps[1] != null ? steps[0] - steps[1] : 0
  return place(a) - place(b) || bySteps || firstItem(a) - firstItem(b) || a.rank - b.rank
}
