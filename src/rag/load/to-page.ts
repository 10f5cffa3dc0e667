// Makes a page of one file's bytes: picks the reader by the file name and fills in title, address, type and date.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Nodes } from 'mdast'
import { toString as toText } from 'mdast-util-to-string'
import { cleanText } from './clean-text.ts'
import { decodeText } from './decode-text.ts'
import { type Fields, parseFrontMatter, textField } from './front-matter.ts'
import { readHtml } from './html-to-markdown.ts'
import { LOADER_VERSION, type Page, UnreadableFile } from './page.ts'
import { parseMarkdown } from './parse-markdown.ts'
import { readDocx } from './read-docx.ts'
import { readPdf } from './read-pdf.ts'
import { stripComponents, stripMdx } from './strip-mdx.ts'
import { stripShortcodes } from './strip-shortcodes.ts'

export type Format = 'markdown' | 'mdx' | 'html' | 'text' | 'pdf' | 'docx'

const FORMATS: Readonly<Record<string, Format>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.mdown': 'markdown',
  '.mkd': 'markdown',
  '.mdx': 'mdx',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
  '.txt': 'text',
  '.text': 'text',
  '.pdf': 'pdf',
  '.docx': 'docx',
}

/** What a file is by its name; undefined where it is no document. */
export function formatOf(path: string): Format | undefined {
  return FORMATS[posix.extname(path).toLowerCase()]
}

/** What is known of a page beside its content. */
export interface PageSource {
  doc_id: string
  /** Path below the root: gives the type and, where nothing better is there, the title. */
  path: string
  format: Format
  content_hash: string
  modified: Date
  /** Fields that a dump gives; those in the page itself win. */
  title?: string
  url?: string
}

type Content = Pick<Page, 'body' | 'tree'> & { fields: Fields }

/** Hash of what a page is made of. */
export function hashContent(bytes: Uint8Array | string): string {
  return createHash('sha256').update(`loader ${LOADER_VERSION}\n`).update(bytes).digest('hex')
}

/** Throws UnreadableFile. */
export async function toPage(source: PageSource, bytes: Uint8Array): Promise<Page> {
  const content = await readContent(source.format, bytes)
  if (content.body.trim() === '') {
    throw new UnreadableFile('It holds no text beside markup and shortcodes. Write the page, or remove the file.')
  }
  const { fields } = content
  return {
    doc_id: source.doc_id,
    title: cleanText(findTitle(content, source)).replace(/\s+/g, ' ').trim(),
    url:
      absoluteUrl(textField(fields, 'url', 'permalink', 'canonical_url', 'canonical')) || absoluteUrl(source.url ?? ''),
    doc_type: (textField(fields, 'doc_type', 'type') || topFolder(source.path)).toLowerCase(),
    last_updated: lastUpdated(fields) || toDay(source.modified),
    content_hash: source.content_hash,
    body: content.body,
    tree: content.tree,
  }
}

async function readContent(format: Format, bytes: Uint8Array): Promise<Content> {
  if (format === 'pdf') {
    const { body, title } = await readPdf(bytes)
    return { body, tree: null, fields: title === '' ? {} : { title } }
  }
  if (format === 'docx') {
    return { ...parseMarkdown(cleanText(readHtml(await readDocx(bytes)).markdown)), fields: {} }
  }
  const text = cleanText(decodeText(bytes))
  if (format === 'text') return { body: text.trim(), tree: null, fields: {} }
  const { fields, rest } = parseFrontMatter(text)
  if (format === 'html') {
    const page = readHtml(rest)
    return { ...parseMarkdown(cleanText(page.markdown)), fields: { ...page.fields, ...fields } }
  }
  const plain = format === 'mdx' ? stripMdx(rest) : stripComponents(rest)
  // Prose inside components is often indented, which plain Markdown would take for code.
  return { ...parseMarkdown(stripShortcodes(plain), { indentedCode: plain === rest }), fields }
}

function findTitle(content: Content, source: PageSource): string {
  return (
    textField(content.fields, 'title') ||
    firstHeading(content.tree) ||
    textField(content.fields, 'html_title') ||
    dumpTitle(source) ||
    titleFromPath(source.path)
  )
}

function firstHeading(tree: Nodes | null): string {
  if (tree?.type !== 'root') return ''
  const heading = tree.children.find((node) => node.type === 'heading' && node.depth === 1)
  return heading ? toText(heading).trim() : ''
}

/** A dump made by a program often gives the file's name as its title: the words made of it read better. */
function dumpTitle(source: PageSource): string {
  const stem = posix.basename(source.path, posix.extname(source.path))
  return source.title === stem ? '' : (source.title ?? '')
}

function titleFromPath(path: string): string {
  const stem = posix.basename(path, posix.extname(path))
  const folder = posix.basename(posix.dirname(path))
  const name = /^(?:_?index|readme)$/i.test(stem) && folder !== '' && folder !== '.' ? folder : stem
  const words = name.replace(/[-_]+/g, ' ').trim() || name
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function topFolder(path: string): string {
  const [top = '', ...rest] = path.split('/')
  return rest.length > 0 && top !== '' ? top : 'page'
}

function absoluteUrl(text: string): string {
  if (!/^https?:\/\//i.test(text)) return ''
  return URL.canParse(text) ? text : ''
}

function lastUpdated(fields: Fields): string {
  const nested = fields.last_update
  const inner = typeof nested === 'object' && nested !== null ? textField(nested as Fields, 'date') : ''
  const text = textField(fields, 'last_updated', 'lastUpdated', 'lastmod', 'last_modified', 'updated', 'date') || inner
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  if (day) return Number.isNaN(Date.parse(day)) ? '' : day
  const parsed = text === '' ? Number.NaN : Date.parse(`${text} UTC`)
  return Number.isNaN(parsed) ? '' : toDay(new Date(parsed))
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}
