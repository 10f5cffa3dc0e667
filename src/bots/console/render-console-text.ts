// Turns a reply into terminal text: citations as footnotes, the small print dimmed.
import { assertNever } from '../../core/assert-never.ts'
import type { Citation } from '../../core/passage.ts'
import type { Block, Reply } from '../../core/reply.ts'
import { toChartText } from '../../core/text/chart-text.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'

export interface ConsoleStyle {
  /** ANSI colours, for a terminal only. */
  color: boolean
  /** Columns of the terminal; undefined where there is none, and nothing is folded. */
  width?: number
}

/** Text that may reach a terminal: control characters (and with them escape sequences) of documents and models removed. */
export function toTerminalText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
  return dropOverrides(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
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

/** Folds at words, keeping the indentation of a list below its first line. */
function fold(text: string, width: number | undefined): string {
  if (width === undefined || width < 20) return text
  return text
    .split('\n')
    .map((line) => {
      if (line.length <= width) return line
      const indent = ' '.repeat(/^\s*(?:[-*] |\d+\. )?/.exec(line)?.[0].length ?? 0)
      let at = 0
      return line
        .split(/(?<=\S) +/)
        .map((word, i) => {
          const goesOn = i === 0 || at + 1 + word.length <= width
          at = goesOn ? at + (i === 0 ? 0 : 1) + word.length : indent.length + word.length
          return i === 0 ? word : goesOn ? ` ${word}` : `\n${indent}${word}`
        })
        .join('')
    })
    .join('\n')
}

/** A table, or one paragraph a row where the terminal is too narrow for it. */
function renderTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { width: most }: ConsoleStyle,
): string {
  const all = [columns, ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  if (most !== undefined && widths.reduce((sum, width) => sum + width + 2, -2) > most) {
    return rows
      .map(([first = '', ...cells]) =>
        [first, ...cells.map((cell, i) => (cell === '' ? '' : `  ${columns[i + 1] ?? ''}: ${cell}`))]
          .filter((line) => line !== '')
          .join('\n'),
      )
      .join('\n')
  }
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

/** How to decide where nothing can be pressed; empty where there is nothing to decide, or the text says how. */
export function renderConsoleDecision({ buttons, text }: Reply): string {
  const id = buttons.find(({ action }) => action === 'approve')?.value.approval
  if (id === undefined || text.includes(`approve ${id}`)) return ''
  const write = (vote: string) => toTerminalText(`lakedesk ${vote} ${id} --as <you>`)
  return `\n  To agree: ${write('approve')}\n  To refuse: ${write('reject')}\n`
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

/** The values in columns, and how to say a change in words: nothing can be edited in place on a screen of text. */
function renderForm({ fields, command }: Extract<Block, { kind: 'form' }>): string {
  const width = Math.max(...fields.map(({ label }) => label.length))
  const lines = fields.map(({ label, value }) => {
    const [first = '', ...more] = toTerminalText(value).split('\n')
    return [
      `  ${toTerminalText(label).padEnd(width)}  ${first}`,
      ...more.map((line) => `  ${' '.repeat(width)}  ${line}`),
    ]
  })
  const how = command ? [`  To change it: ${toTerminalText(command)}`] : []
  return [...lines.flat(), ...how].map((line) => line.trimEnd()).join('\n')
}

function renderBlock(block: Block, style: ConsoleStyle): string {
  switch (block.kind) {
    case 'citations':
      return [...block.citations]
        .sort((a, b) => a.n - b.n)
        .map(renderCitation)
        .join('\n')
    case 'fields':
      return block.fields
        .map((field) => fold(toTerminalText(`  ${field.label}: ${field.value}`), style.width))
        .join('\n')
    case 'table':
      return toTerminalText(renderTable(block.columns, block.rows, style))
    case 'progress':
      return renderConsoleProgress(block)
    case 'chart':
      return toTerminalText(`\n${indent(toChartText(block))}`)
    case 'form':
      return renderForm(block)
    case 'file':
      return `  ${toTerminalText(block.name)}: ${block.text.split('\n').length} lines, not saved here`
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

/** Bold as a terminal shows it, or without its marks. Before escapes are taken out, so that an escaped star stays one. */
function renderBold(markdown: string, { color }: ConsoleStyle): string {
  return markdown.replace(/(?<!\\)\*\*(?=\S)(.+?)(?<=[^\\\s])\*\*/g, color ? '\u001b[1m$1\u001b[22m' : '$1')
}

/** Everything below the text of a reply: footnotes, fields, footer. Empty where there is nothing. */
export function renderConsoleTail(reply: Reply, style: ConsoleStyle): string {
  const blocks = reply.blocks.map((block) => renderBlock(block, style)).filter((text) => text !== '')
  const footer = reply.footer ? [dim(toTerminalText(reply.footer), style)] : []
  return [...blocks, ...footer].join('\n')
}

/** Markdown of a card as a terminal shows it: folded, bold where it can, without escapes. */
export function renderConsoleLine(markdown: string, style: ConsoleStyle): string {
  return stripEscapes(renderBold(fold(toTerminalText(markdown), style.width), style))
}

/** The whole reply as terminal text. */
export function renderConsoleText(reply: Reply, style: ConsoleStyle): string {
  const tail = renderConsoleTail(reply, style)
  return `${renderConsoleLine(reply.text, style)}\n${tail === '' ? '' : `\n${tail}\n`}`
}
