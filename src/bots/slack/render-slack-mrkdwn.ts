// Standard Markdown as Slack's own mrkdwn, for the `text` that notifications, screen readers and fallbacks show.
import type { Nodes, Parents, RootContent, Table } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString as toText } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { dropOverrides } from '../../core/text/drop-overrides.ts'

/** Slack decodes exactly these three; escaped text can form no control sequence. */
export function escapeSlack(text: string): string {
  return dropOverrides(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** For plain text, which Slack shows as it is: what would be a control sequence elsewhere is broken by an invisible character. */
export function toInert(text: string): string {
  return dropOverrides(text).replace(/<(?=[@#!]|[a-z]+:)/gi, '<\u2060')
}

/** A link, or the bare label where the address is not http(s) or mailto. */
export function toSlackLink(url: string, label: string): string {
  const shown = escapeSlack(label).replace(/\|/g, '¦').replace(/\n/g, ' ')
  if (!/^(https?:\/\/|mailto:)[^\s]+$/i.test(url)) return shown
  const safe = escapeSlack(url.replace(/</g, '%3C').replace(/>/g, '%3E').replace(/\|/g, '%7C'))
  return shown.trim() === '' ? `<${safe}>` : `<${safe}|${shown}>`
}

/** Longer than any message may be. */
const MAX_LENGTH = 24_000
/**
 * Lists, quotes and footnotes that one line opens within each other, over which the parser recurses; and markers of
 * emphasis in a row, for which it takes quadratic time.
 */
const TOO_DEEP = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+|\[\^[^\]\n]*\]:[ \t]*){30}|[*_~]{100}/m

/** What is too long or nests too deep to be parsed is shown as it was written. */
export function renderSlackMrkdwn(markdown: string): string {
  if (markdown.length > MAX_LENGTH || TOO_DEEP.test(markdown)) return escapeSlack(markdown).trim()
  try {
    const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
    return renderBlocks(tree.children, '\n\n').trim()
  } catch (error) {
    // A way of nesting that the check above does not know ends the stack; the words are still worth showing.
    if (error instanceof RangeError) return escapeSlack(markdown).trim()
    throw error
  }
}

function renderBlocks(nodes: readonly RootContent[], between: string): string {
  return nodes
    .map((node) => renderNode(node))
    .filter((text) => text !== '')
    .join(between)
}

function inline(parent: Parents): string {
  return parent.children.map((child) => renderNode(child)).join('')
}

/** A marker hugs its text, since Slack reads `* bold *` as plain. */
function wrap(mark: string, content: string): string {
  const core = content.trim()
  if (core === '' || core.includes('\n\n')) return content
  const start = content.indexOf(core)
  return `${content.slice(0, start)}${mark}${core}${mark}${content.slice(start + core.length)}`
}

function renderNode(node: Nodes): string {
  switch (node.type) {
    case 'text':
      return escapeSlack(node.value)
    case 'html':
      return escapeSlack(node.value)
    case 'paragraph':
      return inline(node)
    case 'heading':
      return wrap('*', escapeSlack(toText(node)))
    case 'strong':
      return wrap('*', inline(node))
    case 'emphasis':
      return wrap('_', inline(node))
    case 'delete':
      return wrap('~', inline(node))
    case 'inlineCode':
      return `\`${escapeSlack(node.value).replace(/`/g, "'")}\``
    case 'code':
      return fence(node.value)
    case 'link':
      return toSlackLink(node.url, toText(node))
    case 'image':
      return escapeSlack(node.alt ?? '')
    case 'break':
      return '\n'
    case 'thematicBreak':
      return '———'
    case 'blockquote':
      return renderBlocks(node.children, '\n\n').replace(/^/gm, '> ')
    case 'list':
      return node.children
        .map((item, at) => renderItem(renderItemText(item), marker(node, at, item.checked)))
        .join('\n')
    case 'table':
      return fence(alignTable(node))
    default:
      return 'children' in node ? inline(node) : 'value' in node ? escapeSlack(node.value) : ''
  }
}

function renderItemText(item: Parents): string {
  return item.children.map((child) => renderNode(child)).join('\n')
}

function marker(
  list: { ordered?: boolean | null; start?: number | null },
  at: number,
  checked?: boolean | null,
): string {
  const box = checked === true ? '☑ ' : checked === false ? '☐ ' : ''
  return `${list.ordered ? `${(list.start ?? 1) + at}.` : '•'} ${box}`
}

function renderItem(text: string, mark: string): string {
  return mark + text.replace(/\n/g, '\n    ')
}

function fence(code: string): string {
  return `\`\`\`\n${escapeSlack(code).replaceAll('```', "'''")}\n\`\`\``
}

function alignTable(table: Table): string {
  const rows = table.children.map((row) => row.children.map((cell) => toText(cell).replace(/\s+/g, ' ')))
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0), 1))
  const lines = rows.map((row) =>
    widths
      .map((width, at) => (row[at] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines.join('\n')
}
