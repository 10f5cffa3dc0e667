// Turns a reply into terminal text: citations as footnotes, the small print dimmed.
import { assertNever } from '../../core/assert-never.ts'
import type { Citation } from '../../core/passage.ts'
import type { Block, Reply } from '../../core/reply.ts'

export interface ConsoleStyle {
  /** ANSI colours, for a terminal only. */
  color: boolean
}

/** Text that may reach a terminal: control characters (and with them escape sequences) of documents and models removed. */
export function toTerminalText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

function dim(text: string, style: ConsoleStyle): string {
  return style.color ? `\u001b[2m${text}\u001b[22m` : text
}

/** The heading that the passage opens with tells two passages of one page apart. */
function renderCitation({ n, title, url, doc_id, passage }: Citation): string {
  const heading = /^#{1,6} +(.+)/.exec(passage.trimStart())?.[1]?.trim()
  const name = heading && heading !== title ? `${title} › ${heading}` : title
  return `  [${n}] ${toTerminalText(`${name} — ${url || doc_id}`)}`
}

function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  const line = (row: readonly string[]) =>
    widths
      .map((width, i) => (row[i] ?? '').padEnd(width))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

const BAR_WIDTH = 20

function renderBar(done: number, total: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
  const filled = Math.round(share * BAR_WIDTH)
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`
}

/** The numbered buttons as a line of their own; empty where there are none. */
export function renderConsoleButtons({ buttons }: Reply): string {
  if (buttons.length === 0) return ''
  const shown = buttons.map(({ label }, i) => `[${i + 1}] ${toTerminalText(label)}`).join('  ')
  return `\n  ${shown}   (type /press 1${buttons.length > 1 ? ', /press 2 ...' : ''})\n`
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'citations':
      return [...block.citations]
        .sort((a, b) => a.n - b.n)
        .map(renderCitation)
        .join('\n')
    case 'fields':
      return block.fields.map((field) => `  ${field.label}: ${toTerminalText(field.value)}`).join('\n')
    case 'table':
      return toTerminalText(renderTable(block.columns, block.rows))
    case 'progress':
      return renderConsoleProgress(block)
    default:
      return assertNever(block)
  }
}

export function renderConsoleProgress({ label, done, total }: Extract<Block, { kind: 'progress' }>): string {
  return `  ${toTerminalText(label)} ${renderBar(done, total)} ${done} of ${total}`
}

/** Markdown's escapes are for renderers; a terminal shows the character itself. Code is left as it is written. */
function stripEscapes(markdown: string): string {
  return markdown
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, '$1')))
    .join('')
}

/** Everything below the text of a reply: footnotes, fields, footer. Empty where there is nothing. */
export function renderConsoleTail(reply: Reply, style: ConsoleStyle): string {
  const blocks = reply.blocks.map(renderBlock).filter((text) => text !== '')
  const footer = reply.footer ? [dim(toTerminalText(reply.footer), style)] : []
  return [...blocks, ...footer].join('\n')
}

/** The whole reply as terminal text. */
export function renderConsoleText(reply: Reply, style: ConsoleStyle): string {
  const tail = renderConsoleTail(reply, style)
  return `${stripEscapes(toTerminalText(reply.text))}\n${tail === '' ? '' : `\n${tail}\n`}`
}
