// Standard Markdown as Slack may be given it: nothing in it can mention, ping, link by <..>, or load an image.
import { dropOverrides } from '../../core/text/drop-overrides.ts'

/** Slack refuses tables over 20 columns: those are shown as code. */
export const MAX_TABLE_COLUMNS = 20
/** Slack refuses tables over 100 rows, header included: a longer one goes on as another, under the same header. */
export const MAX_TABLE_ROWS = 100
/** Slack refuses over 10,000 characters of tables in one message: what goes beyond this is shown as code. */
export const MAX_TABLE_CHARS = 9_000

/** Stands between `<` and what would make a control sequence of it; invisible, and shown the same in every client. */
const JOINER = '\u2060'
const CONTROL = /<(?=[@#!]|(?:https?|mailto|tel|ftp|slack):)/gi
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/

/** Where rendering stands at the end of a line. */
interface State {
  /** The fence that is open, as it was written. */
  fence: string | null
  /** True inside a table that is shown as code. */
  wide: boolean
  /** The open table: header and rule as they were written, and how many rows it has. */
  head: string[]
  rows: number
  /** Characters in all tables so far. */
  tableChars: number
}

/**
 * Escapes `&`, `<` and `>` in prose (Slack decodes them in text). Code keeps its characters, since a CommonMark
 * reader does not decode entities there; instead every `<` that could begin a control sequence is followed by an
 * invisible joiner. Works line by line, so that the rendering of a prefix that ends at `stableEnd` (with
 * `isWhole` false) is a prefix of the rendering of the whole: that is what lets a stream append.
 */
export function renderSlackMarkdown(source: string, isWhole = true): string {
  const state: State = { fence: null, wide: false, head: [], rows: 0, tableChars: 0 }
  const lines = dropOverrides(source).split('\n')
  const out = lines.map((line, index) => {
    const last = index === lines.length - 1
    return last && line === '' && !isWhole ? '' : renderLine(line, state, last && isWhole)
  })
  return out.join('\n')
}

/**
 * Length of the longest prefix that later text cannot change and after which a new piece may begin: before a word
 * (white space at the start of an appended piece can vanish in Slack), outside inline code and table rows.
 */
export function stableEnd(source: string): number {
  const at = wordStart(source, source.trimEnd().length)
  const lineStart = at === 0 ? 0 : source.lastIndexOf('\n', at - 1) + 1
  const newline = source.indexOf('\n', at)
  const line = source.slice(lineStart, newline === -1 ? source.length : newline)
  if (/^\s*\|/.test(line)) return lineStart + (line.length - line.trimStart().length)
  const tick = openTick(source.slice(lineStart, at))
  return tick === -1 ? at : wordStart(source, lineStart + tick + 1)
}

function wordStart(source: string, end: number): number {
  let at = end
  while (at > 0 && !/\s/.test(source.charAt(at - 1))) at -= 1
  return at
}

function openTick(line: string): number {
  let at = 0
  for (;;) {
    const open = findTick(line, at)
    if (open === -1) return -1
    const run = /^`+/.exec(line.slice(open))?.[0] ?? '`'
    const close = findRun(line, open + run.length, run)
    if (close === -1) return open
    at = close + run.length
  }
}

/** The next backtick that may begin code: one behind a backslash is a character like any other. */
function findTick(line: string, from: number): number {
  for (let at = line.indexOf('`', from); at !== -1; at = line.indexOf('`', at + 1)) {
    let start = at
    while (line[start - 1] === '\\') start -= 1
    if ((at - start) % 2 === 0) return at
  }
  return -1
}

function findRun(line: string, from: number, run: string): number {
  for (const match of line.slice(from).matchAll(/`+/g)) if (match[0] === run) return from + match.index
  return -1
}

function renderLine(line: string, state: State, last: boolean): string {
  const fence = FENCE.exec(line)
  const mark = fence?.[1] ?? ''
  if (state.fence !== null) {
    if (mark.startsWith(state.fence) && (fence?.[2] ?? '').trim() === '') state.fence = null
    return breakControls(line)
  }
  if (fence && !(mark.startsWith('`') && (fence[2] ?? '').includes('`'))) {
    const close = closeWide(state)
    state.fence = mark
    return close + breakControls(line)
  }
  return renderProse(line, state, last)
}

function closeWide(state: State): string {
  state.head = []
  state.rows = 0
  if (!state.wide) return ''
  state.wide = false
  return '```\n'
}

function renderProse(line: string, state: State, last: boolean): string {
  if (!/^\s*\|/.test(line)) return closeWide(state) + renderInline(line)
  const isWideRow = line.split('|').length - 2 > MAX_TABLE_COLUMNS
  if (state.wide && !isWideRow && state.head.length === 0) return closeWide(state) + renderRow(line, state)
  const text = state.wide || isWideRow ? renderCodeRow(line, state) : renderRow(line, state)
  return last && state.wide ? `${text}\n${closeWide(state).trimEnd()}` : text
}

/** A row of a table that Slack would refuse. Its state has a head where it began as a table. */
function renderCodeRow(line: string, state: State): string {
  const open = state.wide ? '' : '```\n'
  state.wide = true
  return open + toCodeRow(line)
}

function toCodeRow(line: string): string {
  return breakControls(line).replaceAll('```', "'''")
}

function renderRow(line: string, state: State): string {
  const isHead = state.head.length < 2
  if (isHead) state.head.push(line)
  const isRule = isHead && state.head.length === 2
  const isFull = !isRule && state.rows === MAX_TABLE_ROWS
  const again = isFull ? `\n${state.head.map(renderInline).join('\n')}\n` : ''
  const text = again + renderInline(line)
  if (!isHead && state.tableChars + text.length > MAX_TABLE_CHARS) {
    state.wide = true
    return `\n\`\`\`\n${[...state.head, line].map(toCodeRow).join('\n')}`
  }
  state.tableChars += text.length + 1
  state.rows = isFull ? 2 : state.rows + (isRule ? 0 : 1)
  return text
}

function breakControls(code: string): string {
  return code.replace(CONTROL, `<${JOINER}`)
}

function renderInline(line: string): string {
  const quote = /^(\s{0,3}>\s?)+/.exec(line)?.[0] ?? ''
  const rest = line.slice(quote.length)
  let out = quote
  let at = 0
  while (at < rest.length) {
    const open = findTick(rest, at)
    if (open === -1) break
    const run = /^`+/.exec(rest.slice(open))?.[0] ?? '`'
    const close = findRun(rest, open + run.length, run)
    const end = close === -1 ? open + run.length : close + run.length
    out += escapeProse(rest.slice(at, open))
    out += breakControls(rest.slice(open, end))
    at = end
  }
  return out + escapeProse(rest.slice(at))
}

/** Images become links: a model must not choose what a reader's client loads. */
function escapeProse(text: string): string {
  return text
    .replace(/&(?!(?:lt|gt|amp);)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/!\[/g, '[')
}
