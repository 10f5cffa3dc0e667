// Cuts one page into the chunks that are indexed.
import { createHash } from 'node:crypto'
import type { Nodes } from 'mdast'
import { toString as toText } from 'mdast-util-to-string'
import { assertNever } from '../../core/assert-never.ts'
import type { IndexChunk } from '../../platform/ports/vector-index.ts'
import type { Page } from '../load/page.ts'
import { type ChunkStrategy, describeStrategy, STRUCTURE, type WindowStrategy } from './strategy.ts'
import { cutStructure, type Piece } from './structure.ts'
import { cutWindows } from './window.ts'

const ID_CHARS = 32

/** Never gives an empty chunk, and loses no word of the page. The same page always gives the same ids and texts. */
export function chunkDocument(
  page: Pick<Page, 'doc_id' | 'body' | 'tree'>,
  strategy: ChunkStrategy = STRUCTURE,
): IndexChunk[] {
  return cut(page, strategy)
    .filter((piece) => piece.text.trim() !== '')
    .map((piece, ordinal) => ({ chunk_id: chunkId(page.doc_id, ordinal, strategy), ordinal, ...piece }))
}

/** SHA-256 of strategy, document and position, cut to 32 hex characters. */
export function chunkId(docId: string, ordinal: number, strategy: ChunkStrategy): string {
  return createHash('sha256')
    .update(`${describeStrategy(strategy)}\0${docId}\0${ordinal}`)
    .digest('hex')
    .slice(0, ID_CHARS)
}

function cut(page: Pick<Page, 'body' | 'tree'>, strategy: ChunkStrategy): Piece[] {
  switch (strategy.name) {
    case 'structure':
      return cutStructure(page, strategy)
    case 'window':
      return cutByWindow(page, strategy)
    default:
      return assertNever(strategy)
  }
}

function cutByWindow(page: Pick<Page, 'body' | 'tree'>, strategy: WindowStrategy): Piece[] {
  const headings = findHeadings(page)
  let at = -1
  let path: { depth: number; title: string }[] = []
  return cutWindows(page.body, strategy.size, strategy.overlap).map(({ text, start }) => {
    for (let next = headings[at + 1]; next && next.start <= start; next = headings[++at + 1]) {
      const { depth, title } = next
      path = [...path.filter((other) => other.depth < depth), { depth, title }]
    }
    return { text, heading_path: path.map((heading) => heading.title) }
  })
}

function findHeadings(page: Pick<Page, 'body' | 'tree'>): { start: number; depth: number; title: string }[] {
  const found: { start: number; depth: number; title: string }[] = []
  let units = 0
  let points = 0
  for (const node of (page.tree?.children ?? []) as Nodes[]) {
    if (node.type !== 'heading') continue
    const offset = node.position?.start.offset ?? 0
    // Windows count code points, the tree counts UTF-16 units.
    for (const _ of page.body.slice(units, offset)) points++
    units = offset
    found.push({ start: points, depth: node.depth, title: toText(node).trim() })
  }
  return found
}
