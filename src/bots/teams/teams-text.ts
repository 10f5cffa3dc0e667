// Writes standard Markdown in the subset that Teams messages show: no headings, no tables, no live markup.
import { dropOverrides } from '../../core/text/drop-overrides.ts'

type Mode = { fence: string | null }

/**
 * Outside code, `<` becomes an entity wherever it could open markup such as `<at>`; a bare `<https://...>` loses its
 * brackets. A picture becomes its words, since clients fetch pictures without being asked. Inside code only mention
 * tags are touched, since Teams looks for those everywhere.
 */
function escapeProse(text: string): string {
  const words = text.replace(/!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?/g, '$1')
  return words.replace(/<(https?:\/\/[^\s<>]+)>/g, '$1').replace(/<(?=[A-Za-z/!?])/g, '&lt;')
}

function escapeCode(text: string): string {
  return text.replace(/<(?=\/?at\b)/gi, '&lt;')
}

/** Escapes one line, leaving what stands between backticks as it is. Works from left to right only. */
function escapeLine(line: string): string {
  let out = ''
  let rest = line
  while (rest !== '') {
    // A backtick behind a backslash is a character like any other, and begins no code.
    const open = rest.match(/^((?:[^\\`]|\\[\s\S]|\\$)*)(`+)/)
    const [, before = '', tick = ''] = open ?? []
    if (!open) return out + escapeProse(rest)
    const after = rest.slice(before.length + tick.length)
    const end = after.indexOf(tick)
    if (end < 0) return out + escapeProse(before) + tick + escapeCode(after)
    out += escapeProse(before) + tick + escapeCode(after.slice(0, end)) + tick
    rest = after.slice(end + tick.length)
  }
  return out
}

function renderHeading(line: string): string | null {
  const match = line.match(/^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/)
  if (!match?.[1]) return null
  const words = match[1].replace(/\*\*|__/g, '')
  return `**${escapeLine(words)}**`
}

const TABLE_ROW = /^ {0,3}\|.*\|?\s*$/
const TABLE_RULE = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/

function cellsOf(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, '|'))
}

/** Widest table, in characters, that still reads well as preformatted text on a telephone. */
const MAX_TABLE_WIDTH = 64

/** A narrow table is set in columns; a wide one becomes a list with the column's name before each value. */
export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = (text: string) => text.replace(/[*_`]/g, '')
  const widths = columns.map((column, i) =>
    Math.max(plain(column).length, ...rows.map((row) => plain(row[i] ?? '').length)),
  )
  const total = widths.reduce((sum, width) => sum + width + 3, 0)
  if (total > MAX_TABLE_WIDTH) {
    return rows
      .map(
        (row) =>
          `- ${columns.map((name, i) => `**${escapeLine(plain(name))}**: ${escapeLine(row[i] ?? '')}`).join('; ')}`,
      )
      .join('\n')
  }
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => plain(cells[i] ?? '').padEnd(width))
      .join(' | ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join('-|-')
  return ['```', line(columns), rule, ...rows.map(line)]
    .map((text, i) => (i === 0 ? text : escapeCode(text)))
    .concat('```')
    .join('\n')
}

interface Piece {
  /** Rendered text of one line, or of one whole table. */
  text: string
  /** Number of source lines it came from. */
  lines: number
}

function renderPiece(lines: readonly string[], at: number, mode: Mode): Piece {
  const line = lines[at] ?? ''
  const fence = line.match(/^ {0,3}(`{3,}|~{3,})/)?.[1]
  if (mode.fence !== null) {
    if (fence?.startsWith(mode.fence)) mode.fence = null
    return { text: escapeCode(line), lines: 1 }
  }
  if (fence) {
    mode.fence = fence
    return { text: escapeCode(line), lines: 1 }
  }
  if (TABLE_ROW.test(line) && TABLE_RULE.test(lines[at + 1] ?? '')) {
    let end = at + 2
    while (end < lines.length && TABLE_ROW.test(lines[end] ?? '')) end++
    const text = renderTable(cellsOf(line), lines.slice(at + 2, end).map(cellsOf))
    return { text, lines: end - at }
  }
  return { text: renderHeading(line) ?? escapeLine(line), lines: 1 }
}

/** The whole text in the subset of Teams. */
export function renderTeamsText(markdown: string): string {
  const lines = dropOverrides(markdown).replace(/\r\n?/g, '\n').trimEnd().split('\n')
  const out: string[] = []
  const mode: Mode = { fence: null }
  for (let at = 0; at < lines.length; ) {
    const piece = renderPiece(lines, at, mode)
    out.push(piece.text)
    at += piece.lines
  }
  if (mode.fence !== null) out.push(mode.fence)
  return out.join('\n')
}

/**
 * What may be shown of a text that is still being written. Teams demands that every later text, and the final one,
 * contains it unchanged, so whatever the next characters could still change is held back: the last word, an unclosed
 * link or code span, and a table or heading that is not finished.
 */
export function renderTeamsPrefix(markdown: string): string {
  const lines = dropOverrides(markdown).replace(/\r\n?/g, '\n').split('\n')
  const last = lines.pop() ?? ''
  const mode: Mode = { fence: null }
  const out: string[] = []
  for (let at = 0; at < lines.length; ) {
    const piece = renderPiece(lines, at, mode)
    const open = mode.fence === null && TABLE_ROW.test(lines[at] ?? '') && at + piece.lines >= lines.length
    if (open) return out.join('\n').trimEnd()
    out.push(piece.text)
    at += piece.lines
  }
  if (mode.fence === null) {
    const safe = safeStart(last)
    if (safe.trim() !== '') out.push(escapeLine(safe))
  }
  return out.join('\n').trimEnd()
}

/** The part of an unfinished line whose rendering is settled. */
function safeStart(line: string): string {
  if (/^\s*([#|`~]|-{1,3}\s*$|={1,}\s*$)/.test(line)) return ''
  const words = line.slice(0, line.search(/\s\S*$/) + 1)
  const ticks = words.match(/`+/g) ?? []
  const link = words.lastIndexOf('[')
  const opened = link >= 0 && !/\](?!\()/.test(words.slice(link)) && !/\]\([^)]*\)/.test(words.slice(link))
  const cuts = [words.length]
  if (ticks.length % 2 === 1) cuts.push(words.lastIndexOf('`') - (ticks.at(-1)?.length ?? 1) + 1)
  if (opened) cuts.push(words[link - 1] === '!' ? link - 1 : link)
  return words.slice(0, Math.min(...cuts)).trimEnd()
}
