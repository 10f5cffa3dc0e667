// Turns HTML into Markdown: the visible content only, without navigation, scripts and hidden elements.
import type { Element, ElementContent, Nodes, Root, RootContent } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { toMdast } from 'hast-util-to-mdast'
import type { Nodes as MdastNodes, Text } from 'mdast'
import { gfmToMarkdown } from 'mdast-util-gfm'
import { type Handle, toMarkdown } from 'mdast-util-to-markdown'
import { toString as toText } from 'mdast-util-to-string'
import { mapOutsideCode } from './outside-code.ts'

const DROPPED = new Set(
  'script style template noscript nav footer header aside form button input select textarea iframe object embed svg canvas video audio source track link meta base dialog'.split(
    ' ',
  ),
)
/** Page furniture only where it stands around the content; inside an article a header holds the title. */
const FURNITURE = new Set(['header', 'aside', 'footer', 'nav'])

export interface HtmlPage {
  markdown: string
  /** <title>, canonical address and <meta name> fields, as far as they are given. */
  fields: Readonly<Record<string, string>>
}

/** Reads a whole document: <main> or <article> where there is one, else the body. */
export function readHtml(html: string): HtmlPage {
  const tree = fromHtml(html)
  const content = findContent(tree)
  return { markdown: renderMarkdown(content), fields: readHead(tree) }
}

/** Turns a piece of HTML that stood inside Markdown into Markdown. */
export function htmlToMarkdown(html: string): string {
  return renderMarkdown(fromHtml(html, { fragment: true }))
}

function renderMarkdown(tree: Nodes): string {
  const pruned = prune(tree, { content: false, cell: false })
  if (pruned === null) return ''
  const root = pruned.type === 'root' ? pruned : ({ type: 'root', children: [pruned as RootContent] } satisfies Root)
  const mdast = toMdast(root, { handlers: { del: (state, node) => state.all(node) as never } }) as MdastNodes
  const markdown = toMarkdown(mdast, {
    extensions: [gfmToMarkdown({ tablePipeAlign: false, tableCellPadding: true })],
    bullet: '-',
    rule: '-',
    fences: true,
    handlers: { text: writeText },
  })
  return toText(mdast).trim() === ''
    ? ''
    : mapOutsideCode(markdown, (prose) => prose.replace(/&#x([0-9A-F]+);/g, decodeLetter))
}

/** The writer encodes a letter that touches a mark of emphasis, or a line end inside a cell; people should not see that. */
function decodeLetter(_entity: string, hex: string): string {
  const character = String.fromCodePoint(Number.parseInt(hex, 16))
  return /\s/.test(character) ? ' ' : character
}

/** Escapes only what Markdown would read otherwise: names such as max_tokens and addresses stay as they are. */
const writeText: Handle = (node: Text, _parent, state, info) =>
  state
    .safe(node.value, info)
    .replace(/(?<=[\p{L}\p{N}])\\_(?=[\p{L}\p{N}])/gu, '_')
    .replace(/(https?|ftp)\\:/g, '$1:')
    .replace(/\\@/g, '@')
    .replace(/\\&/g, '&')
    .replace(/www\\\./g, 'www.')

function findContent(tree: Root): Nodes {
  const find = (name: string): Element | undefined => findElement(tree, (element) => element.tagName === name)
  const main = find('main') ?? findElement(tree, (element) => element.properties.role === 'main')
  if (main) return main
  const articles = collect(tree, (element) => element.tagName === 'article')
  if (articles.length === 1 && articles[0]) return articles[0]
  return find('body') ?? tree
}

interface Place {
  /** Below <main> or <article>. */
  content: boolean
  /** Below a table cell, where Markdown has room for one line. */
  cell: boolean
}

function prune(node: Nodes, place: Place): Nodes | null {
  if (node.type === 'comment' || node.type === 'doctype') return null
  if (node.type === 'text') return place.cell ? { ...node, value: node.value.replace(/\s+/g, ' ') } : node
  if (node.type === 'root') return { ...node, children: pruneAll(node, place) as Root['children'] }
  const name = node.tagName
  if (isHidden(node) || (DROPPED.has(name) && !(place.content && name === 'header'))) return null
  if (name === 'img') return { type: 'text', value: String(node.properties.alt ?? '') }
  const children = pruneAll(node, {
    content: place.content || name === 'article' || name === 'main',
    cell: place.cell || name === 'td' || name === 'th',
  })
  if (place.cell && LINES.has(name)) return toSpan([SPACE, ...children, SPACE])
  // A link that leads nowhere outside its site keeps only its text.
  if (name === 'a' && !/^(?:https?:\/\/|mailto:)/i.test(String(node.properties.href ?? ''))) return toSpan(children)
  return { ...node, children }
}

function pruneAll(node: Element | Root, place: Place): ElementContent[] {
  return node.children
    .map((child) => prune(child as Nodes, place))
    .filter((child): child is ElementContent => child !== null)
}

/** Elements that begin a line of their own; inside a cell a space has to do. */
const LINES = new Set(
  'p div br hr li ul ol dl dt dd pre blockquote table thead tbody tfoot tr td th caption h1 h2 h3 h4 h5 h6'.split(' '),
)
const SPACE: ElementContent = { type: 'text', value: ' ' }

function toSpan(children: ElementContent[]): Element {
  return { type: 'element', tagName: 'span', properties: {}, children }
}

function isHidden(element: Element): boolean {
  const { hidden, ariaHidden, style, className } = element.properties
  if (hidden === true || hidden === '' || ariaHidden === 'true') return true
  if (typeof style === 'string' && /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])/i.test(style))
    return true
  const classes = Array.isArray(className) ? className : []
  return FURNITURE.has(String(element.properties.role)) || classes.includes('sr-only') || classes.includes('headerlink')
}

function readHead(tree: Root): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const element of collect(tree, (e) => e.tagName === 'meta' || e.tagName === 'link' || e.tagName === 'title')) {
    const { name, property, content, rel, href } = element.properties
    if (element.tagName === 'title') {
      const text = element.children.map((child) => (child.type === 'text' ? child.value : '')).join('')
      fields.html_title ??= text.replace(/\s+/g, ' ').trim()
    } else if (element.tagName === 'link') {
      if (Array.isArray(rel) && rel.includes('canonical') && typeof href === 'string') fields.url ??= href
    } else {
      const key = String(name ?? property ?? '').toLowerCase()
      if (key !== '' && typeof content === 'string') fields[key] ??= content
    }
  }
  return fields
}

function findElement(tree: Nodes, matches: (element: Element) => boolean): Element | undefined {
  return collect(tree, matches)[0]
}

/** Walks with a stack of its own, since hostile HTML nests deeper than the call stack goes. */
function collect(tree: Nodes, matches: (element: Element) => boolean): Element[] {
  const found: Element[] = []
  const stack: Nodes[] = [tree]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.type === 'element' && matches(node)) found.push(node)
    if ('children' in node) for (const child of [...node.children].reverse()) stack.push(child as Nodes)
  }
  return found
}
