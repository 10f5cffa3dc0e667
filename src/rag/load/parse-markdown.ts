// Turns Markdown source into one clean body and its syntax tree: no raw HTML, no comments, no links that lead nowhere.
import type { Definition, Html, Nodes, Parent, Root, Table } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { htmlToMarkdown } from './html-to-markdown.ts'
import { renderInlineTag } from './inline-tags.ts'

export interface ParsedMarkdown {
  body: string
  /** Positions are offsets into `body`. */
  tree: Root
}

export interface MarkdownOptions {
  /** MDX has no indented code: what is indented inside a component is prose. */
  indentedCode: boolean
}

interface Source {
  text: string
  definitions: Map<string, Definition>
}

/**
 * Raw HTML becomes Markdown, reference links become inline ones, relative links and images leave only their text, tables
 * lose their padding. Everything else stays letter by letter.
 */
export function parseMarkdown(text: string, options: MarkdownOptions = { indentedCode: true }): ParsedMarkdown {
  const tree = parse(text, options)
  const source = { text, definitions: new Map<string, Definition>() }
  collectDefinitions(tree, source.definitions)
  const body = render(tree, source)
    .replace(/\n[ \t]*\n(?:[ \t]*\n)+/g, '\n\n')
    .trim()
  return { body, tree: body === text ? tree : parse(body, options) }
}

function parse(text: string, options: MarkdownOptions): Root {
  const disable = options.indentedCode ? [] : [{ disable: { null: ['codeIndented'] } }]
  return fromMarkdown(text, { extensions: [gfm(), ...disable], mdastExtensions: [gfmFromMarkdown()] })
}

function collectDefinitions(node: Nodes, into: Map<string, Definition>): void {
  if (node.type === 'definition' && !into.has(node.identifier)) into.set(node.identifier, node)
  if ('children' in node) for (const child of node.children) collectDefinitions(child as Nodes, into)
}

function render(node: Nodes, source: Source): string {
  switch (node.type) {
    case 'definition':
      return ''
    case 'html':
      return renderHtmlBlock(node, source)
    case 'image':
    case 'imageReference':
      return node.alt?.replace(/\s+/g, ' ').trim() ?? ''
    case 'link':
      return renderLink(node, node.url, source)
    case 'linkReference':
      return renderLink(node, source.definitions.get(node.identifier)?.url ?? '', source)
    case 'table':
      return renderTable(node, source)
    default:
      return 'children' in node ? renderChildren(node, source) : slice(node, source)
  }
}

/** The node's own source, with each child replaced by what it renders to. */
function renderChildren(node: Parent & Nodes, source: Source): string {
  let at = startOf(node)
  let out = ''
  const { children } = node
  const phrasing = node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell' || isInline(node)
  for (const [index, child] of children.entries()) {
    out += source.text.slice(at, startOf(child))
    out +=
      phrasing && child.type === 'html' ? renderInlineTag(child.value, children, index) : render(child as Nodes, source)
    at = endOf(child)
  }
  return out + source.text.slice(at, endOf(node))
}

function isInline(node: Nodes): boolean {
  return ['emphasis', 'strong', 'delete', 'link', 'linkReference'].includes(node.type)
}

function renderHtmlBlock(node: Html, source: Source): string {
  if (/^\s*<!--/.test(node.value) && !/-->\s*\S/.test(node.value)) return ''
  return htmlToMarkdown(node.value)
    .trim()
    .replaceAll('\n', `\n${linePrefix(node, source)}`)
}

/** What the further lines of a block begin with, inside a quote or a list item: quote marks and spaces. */
function linePrefix(node: Nodes, source: Source): string {
  const start = startOf(node)
  return source.text.slice(source.text.lastIndexOf('\n', start - 1) + 1, start).replace(/[^>\s]/g, ' ')
}

function renderLink(node: Parent & Nodes, url: string, source: Source): string {
  if (node.type === 'link' && /^https?:/i.test(url) && !slice(node, source).startsWith('[')) return slice(node, source)
  const first = node.children[0]
  const last = node.children.at(-1)
  const label = first && last ? renderRange(node, startOf(first), endOf(last), source).trim() : ''
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) return label
  return label === '' ? url : `[${label}](${/[\s()]/.test(url) ? `<${url.replace(/[<>\n]/g, '')}>` : url})`
}

function renderRange(node: Parent & Nodes, from: number, to: number, source: Source): string {
  const whole = renderChildren(node, source)
  const before = from - startOf(node)
  const after = endOf(node) - to
  return whole.slice(before, whole.length - after)
}

/** One line per row without padding: wide hand-aligned tables would spend most of an embedding on spaces. */
function renderTable(table: Table, source: Source): string {
  const rows = table.children.map((row) => {
    const cells = row.children.map((cell) => renderCell(cell, source))
    return `| ${cells.join(' | ')} |`
  })
  const width = table.children[0]?.children.length ?? 0
  rows.splice(1, 0, `|${' --- |'.repeat(width)}`)
  return rows.join(`\n${linePrefix(table, source)}`)
}

function renderCell(cell: Parent & Nodes, source: Source): string {
  const first = cell.children[0]
  const last = cell.children.at(-1)
  if (!first || !last) return ''
  return renderRange(cell, startOf(first), endOf(last), source).replace(/\s+/g, ' ').trim()
}

function slice(node: Nodes, source: Source): string {
  return source.text.slice(startOf(node), endOf(node))
}

function startOf(node: Nodes): number {
  return node.position?.start.offset ?? 0
}

function endOf(node: Nodes): number {
  return node.position?.end.offset ?? 0
}
