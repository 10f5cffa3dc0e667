// Turns HTML into Markdown: the visible content only, without navigation, scripts and hidden elements.
import type { Element, ElementContent, Nodes, Root, RootContent } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { toMdast } from 'hast-util-to-mdast'
import type { Nodes as MdastNodes, Text } from 'mdast'
import { gfmToMarkdown } from 'mdast-util-gfm'
import { type Handle, toMarkdown } from 'mdast-util-to-markdown'
import { toString as toText } from 'mdast-util-to-string'

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
  const pruned = prune(tree, false)
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
  return toText(mdast).trim() === '' ? '' : markdown
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

function prune(node: Nodes, inside: boolean): Nodes | null {
  if (node.type === 'comment' || node.type === 'doctype') return null
  if (node.type === 'text') return node
  if (node.type === 'element') {
    if (isHidden(node) || (DROPPED.has(node.tagName) && !(inside && node.tagName === 'header'))) return null
    if (node.tagName === 'img') return { type: 'text', value: String(node.properties.alt ?? '') }
  }
  const within = inside || (node.type === 'element' && (node.tagName === 'article' || node.tagName === 'main'))
  const children = node.children
    .map((child) => prune(child as Nodes, within))
    .filter((child): child is ElementContent => child !== null)
  // A link that leads nowhere outside its site keeps only its text.
  if (
    node.type === 'element' &&
    node.tagName === 'a' &&
    !/^(?:https?:\/\/|mailto:)/i.test(String(node.properties.href ?? ''))
  ) {
    return { ...node, tagName: 'span', properties: {}, children }
  }
  return { ...node, children } as Nodes
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
