// Writes the safe text, and keeps two pieces from joining into markup that neither of them was.
import type { Claims } from './claims.ts'

export interface Pen {
  /** Safe text without leading white space of its own meaning. */
  write(text: string): void
  /** An address that may be shown: nothing may be glued to its end, since readers would take it as part of it. */
  address(text: string): void
  /** Code inside a fence, where nothing is markup. */
  code(text: string): void
  /** A citation such as `[1]`: no part of the sentence it stands in. */
  cite(text: string): void
  /** A remark of ours behind a citation. */
  mark(text: string): void
  /** Judges what ended without a citation, and marks it where it stands. */
  remark(): void
  /** White space: shown only once something follows it. */
  space(char: string): void
  /** Something was left out here: the space before it goes where the sentence goes on without it. */
  gap(): void
  /** Begins a line, without what stands at its left where that is only white space. */
  newLine(): void
  /** The line being written, white space at its end included. */
  line(): string
  /** What was written since the last call; half of a surrogate pair is kept back unless `final`. */
  take(final: boolean): string
}

export function createPen(claims: Claims): Pen {
  let out = ''
  let line = ''
  let last = ''
  let pending = ''
  let gap = false
  let afterAddress = false

  const put = (text: string, isText: boolean, isCode = false): void => {
    if (text === '') return
    if (gap && !isCode && /^[.,;:!?)]/.test(text) && !pending.includes('\n')) pending = ''
    gap = false
    let lead = last === '' ? '' : pending || (isCode ? '' : separator(line, last, text))
    if (afterAddress && (isCode || lead !== '' || !AFTER_ADDRESS.test(text))) {
      if (!isCode && lead === '') lead = ' '
      afterAddress = false
    }
    pending = ''
    if (lead !== '') claims.add(lead)
    const mark = isText && !isCode && lead !== '' ? claims.review() : ''
    if (isText) claims.add(text)
    const shown = mark + lead + text
    out += shown
    line = shown.includes('\n') ? shown.slice(shown.lastIndexOf('\n') + 1) : line + shown
    last = text.slice(-1)
  }

  return {
    write: (text) => put(text, true),
    address(text) {
      put(text, true)
      afterAddress = true
    },
    code: (text) => put(text, true, true),
    cite: (text) => put(text, false),
    mark: (text) => put(text, false),
    remark() {
      const mark = claims.review()
      out += mark
      line += mark
    },
    space(char) {
      // A gap between two spaces would leave both.
      if (gap && pending.endsWith(' ') && char === ' ') return
      pending += char
      if (char === '\n') gap = false
    },
    gap() {
      gap = true
    },
    newLine() {
      pending = pending.replace(/[^\n]+$/, '')
      if (!pending.endsWith('\n') && line.trim() !== '') pending += '\n'
    },
    line: () => (pending.includes('\n') ? pending.slice(pending.lastIndexOf('\n') + 1) : line + pending),
    take(final) {
      const half = !final && /[\ud800-\udbff]$/.test(out) ? 1 : 0
      const text = out.slice(0, out.length - half)
      out = out.slice(out.length - half)
      return text
    },
  }
}

/** What every Markdown reader leaves outside an address that it ends. */
const AFTER_ADDRESS = /^[.,;:!?'"*_~)\]}]/

/** `]` and `(` side by side would be a link, `!` and `[` an image, `[a]` and `:` a definition, and backticks longer ones. */
function separator(line: string, last: string, text: string): string {
  if (last === ']' && text.startsWith('(')) return ' '
  if (last === '`' && text.startsWith('`')) return ' '
  if (last === '!' && text.startsWith('[') && !/^\[\d+\]$/.test(text)) return ' '
  if (last === ']' && text.startsWith(':') && /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*\[[^\]]*\]$/.test(line)) return ' '
  return ''
}
