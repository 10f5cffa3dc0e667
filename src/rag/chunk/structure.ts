// Packs the blocks of a page into chunks along its headings.
import type { Page } from '../load/page.ts'
import { type Block, splitBlocks } from './split-blocks.ts'
import type { StructureStrategy } from './strategy.ts'

export interface Piece {
  text: string
  heading_path: string[]
}

/** What must not be torn apart: a heading with what follows it, a sentence ending in a colon with what it announces. */
interface Unit {
  text: string
  path: string[]
  /** Characters of the whole section, on the unit that opens it; else 0. */
  section: number
  goesOn: boolean
}

/** Chunks in page order. No chunk is empty, none is longer than `max`, and no word of the page is missing. */
export function cutStructure(page: Pick<Page, 'body' | 'tree'>, sizes: StructureStrategy): Piece[] {
  const pieces: Piece[] = []
  let open: Piece | null = null
  for (const unit of toUnits(splitBlocks(page, sizes), sizes)) {
    if (open && joins(open, unit, sizes)) {
      open.text += `${unit.goesOn && !unit.text.startsWith('|') ? '\n' : '\n\n'}${unit.text}`
      open.heading_path = commonPath(open.heading_path, unit.path)
      continue
    }
    open = { text: unit.text, heading_path: unit.path }
    pieces.push(open)
  }
  return pieces
}

function joins(open: Piece, unit: Unit, sizes: StructureStrategy): boolean {
  const together = open.text.length + 2 + unit.text.length
  if (unit.section === 0) {
    // A line or two, before or after, is better off with a neighbour than alone.
    const tiny = Math.min(open.text.length, unit.text.length) < sizes.min / 2
    return together <= (tiny ? sizes.max : sizes.target)
  }
  const small = open.text.length < sizes.min || unit.section < sizes.min
  return small && open.text.length + 2 + unit.section <= sizes.target && isNear(open.heading_path, unit.path)
}

/** Sections of the same parent, or a parent and its first child. */
function isNear(open: readonly string[], next: readonly string[]): boolean {
  const parent = next.slice(0, -1)
  const common = commonPath(open, next).length
  return common === parent.length && open.length <= next.length
}

function commonPath(a: readonly string[], b: readonly string[]): string[] {
  const end = a.findIndex((heading, at) => heading !== b[at])
  return a.slice(0, end < 0 ? Math.min(a.length, b.length) : end)
}

function toUnits(blocks: readonly Block[], sizes: StructureStrategy): Unit[] {
  const units: Unit[] = []
  let stack: { depth: number; title: string }[] = []
  let held: string[] = []
  let opens = false
  const path = () => stack.map((heading) => heading.title)
  const close = (text: string, goesOn: boolean) => {
    units.push({ text, path: path(), section: opens ? 1 : 0, goesOn })
    held = []
    opens = false
  }
  for (const [at, block] of blocks.entries()) {
    const { heading } = block
    if (heading) {
      // Headings with nothing between them wait together, as long as one block still fits under them.
      if (held.length > 0 && sizeOf(held) > sizes.min) close(held.join('\n\n'), false)
      stack = [...stack.filter((other) => other.depth < heading.depth), heading]
      held.push(block.text)
      opens = true
      continue
    }
    const text = [...held, block.text].join('\n\n')
    const next = blocks[at + 1]
    const announces = block.prose && /:[*_]*$/.test(block.text) && next && !next.heading && !next.prose
    if (held.length > 0 && text.length > sizes.max) {
      close(held.join('\n\n'), false)
      close(block.text, block.goesOn)
    } else if (announces && text.length + 2 + next.text.length <= sizes.max) held = [text]
    else close(text, block.goesOn && held.length === 0)
  }
  if (held.length > 0) close(held.join('\n\n'), false)
  return withSectionSizes(units)
}

function withSectionSizes(units: readonly Unit[]): Unit[] {
  let size = 0
  return [...units]
    .reverse()
    .map((unit) => {
      size += unit.text.length + 2
      const section = unit.section === 0 ? 0 : size - 2
      if (unit.section !== 0) size = 0
      return { ...unit, section }
    })
    .reverse()
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 2, 0)
}
