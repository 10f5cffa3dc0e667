// Cuts a page into blocks: headings, paragraphs, lists, code and tables, none of them longer than a chunk may be.
import type { Code, ListItem, Nodes, RootContent, Table } from 'mdast'
import { toString as toText } from 'mdast-util-to-string'
import type { Page } from '../load/page.ts'
import { splitLines, splitText } from './split-text.ts'
import type { StructureStrategy } from './strategy.ts'

export interface Block {
  text: string
  /** Depth and plain text, where the block is a heading. */
  heading?: { depth: number; title: string }
  /** True for a paragraph that may announce what follows, and for code, tables and lists, which may be announced. */
  prose: boolean
  /** True where the block goes on with the list, table or code of the block before. */
  goesOn: boolean
}

/** Blocks in the order of the page; together they hold all of its words. */
export function splitBlocks(page: Pick<Page, 'body' | 'tree'>, sizes: StructureStrategy): Block[] {
  const blocks = page.tree
    ? page.tree.children.flatMap((node) => splitNode(node, page.body, sizes))
    : page.body.split(/\n[ \t]*\n/).flatMap((text) => toBlocks(splitProse(text.trim(), sizes), true))
  return blocks.filter((block) => /[\p{L}\p{N}\p{S}\p{P}]/u.test(block.text))
}

function splitNode(node: RootContent, body: string, sizes: StructureStrategy): Block[] {
  const text = slice(node, body)
  switch (node.type) {
    case 'heading': {
      const title = toText(node).replace(/\s+/g, ' ').trim()
      if (text.length > sizes.min) return toBlocks(splitProse(text, sizes), true)
      return title === '' ? [] : [{ text, heading: { depth: node.depth, title }, prose: true, goesOn: false }]
    }
    case 'thematicBreak':
      return []
    case 'code':
      return toBlocks(text.length <= sizes.max ? [text] : splitCode(node, sizes), false)
    case 'table':
      return toBlocks(text.length <= sizes.max ? [text] : splitTable(node, body, sizes), false)
    case 'list':
      if (text.length <= sizes.target) return toBlocks([text], false)
      return toBlocks(
        node.children.flatMap((item) => splitItem(item, body, sizes)),
        false,
      )
    default:
      return toBlocks(splitProse(text, sizes), node.type === 'paragraph')
  }
}

function toBlocks(texts: readonly string[], prose: boolean): Block[] {
  return texts.map((text, at) => ({ text, prose, goesOn: at > 0 }))
}

function splitProse(text: string, sizes: StructureStrategy): string[] {
  return text.length <= sizes.target * 1.2 ? [text] : splitText(text, sizes.target)
}

/** An item stays whole up to the limit; a longer one is cut between its own blocks. */
function splitItem(item: ListItem, body: string, sizes: StructureStrategy): string[] {
  const text = slice(item, body)
  const indent = (item.position?.start.column ?? 1) - 1
  if (text.length <= sizes.max) return [outdent(text, indent)]
  const first = item.children[0]
  const marker = first ? body.slice(startOf(item), startOf(first)) : ''
  if (!first) return splitText(text, sizes.target)
  return item.children.flatMap((child, at) =>
    splitNode(child, body, sizes).map((block, part) => {
      const lead = at === 0 && part === 0 ? marker : ''
      return lead + outdent(block.text, indent + marker.length)
    }),
  )
}

/** Moves all lines but the first left by up to `indent` columns: they stood inside a list. */
function outdent(text: string, indent: number): string {
  return indent <= 0 ? text : text.replace(new RegExp(`\\n {1,${indent}}`, 'g'), '\n')
}

function splitCode(node: Code, sizes: StructureStrategy): string[] {
  const longest = Math.max(2, ...[...node.value.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  const info = [node.lang, node.meta].filter((part) => part).join(' ')
  const room = sizes.target - 2 * fence.length - info.length - 2
  if (room < sizes.min) return splitLines(`${info}\n${node.value}`.split('\n'), sizes.target)
  return splitLines(node.value.split('\n'), room).map(
    (part, at) => `${fence}${at === 0 ? info : (node.lang ?? '')}\n${part}\n${fence}`,
  )
}

/** By rows, the header row repeated on top of each piece. */
function splitTable(node: Table, body: string, sizes: StructureStrategy): string[] {
  const lines = slice(node, body)
    .split('\n')
    .map((line) => line.trim())
  const header = lines.slice(0, 2).join('\n')
  const room = sizes.target - header.length - 1
  if (room < sizes.min) return splitText(lines.join('\n'), sizes.target)
  const pieces: string[] = []
  let rows: string[] = []
  const flush = () => {
    if (rows.length > 0) pieces.push([header, ...rows].join('\n'))
    rows = []
  }
  for (const row of lines.slice(2)) {
    const used = rows.reduce((sum, other) => sum + other.length + 1, 0)
    if (used + row.length > room) flush()
    if (row.length <= room) rows.push(row)
    else pieces.push(...splitText(row, sizes.target))
  }
  flush()
  return pieces.length > 0 ? pieces : splitText(header, sizes.target)
}

function slice(node: Nodes, body: string): string {
  return body.slice(startOf(node), node.position?.end.offset ?? 0)
}

function startOf(node: Nodes): number {
  return node.position?.start.offset ?? 0
}
