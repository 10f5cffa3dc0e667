// Finds where a piece of Markdown or HTML ends in text that may still be growing.

/** Not decided before more text arrives; `null` in its place means: it is not such a piece. */
export const WAIT = Symbol('wait')
export type Wait = typeof WAIT

const MAX_LABEL = 600
const MAX_TARGET = 2_000
const MAX_TAG = 2_000
const MAX_CODE = 1_000

/** Index of the bracket that closes the one at `from`, nesting counted; a blank line or too much text ends the search. */
export function findBracketEnd(text: string, from: number, final: boolean): number | null | Wait {
  const [open, close] = text[from] === '【' ? ['【', '】'] : ['[', ']']
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const char = text[i]
    if (i - from > MAX_LABEL || (char === '\n' && text[i + 1] === '\n')) return null
    if (char === '\\') i++
    else if (char === open) depth++
    else if (char === close && --depth === 0) return i
  }
  return final ? null : WAIT
}

export interface Target {
  url: string
  /** Index behind the closing parenthesis. */
  end: number
}

const TARGET = /^\s*(?:<([^<>\n]*)>|([^\s<>]*))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*$/

/** The address in `(address "title")` that begins at `from`. */
export function readTarget(text: string, from: number, final: boolean): Target | null | Wait {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const char = text[i]
    if (i - from > MAX_TARGET || (char === '\n' && text[i + 1] === '\n')) return null
    if (char === '\\') i++
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) {
      const parts = TARGET.exec(text.slice(from + 1, i))
      return parts ? { url: parts[1] ?? parts[2] ?? '', end: i + 1 } : null
    }
  }
  return final ? null : WAIT
}

/** What stands between `<` at the start and the next `>`. */
export function readTag(text: string, final: boolean): string | null | Wait {
  if (text.length < 2) return final ? null : WAIT
  if (!/[a-z/!?]/i.test(text[1] ?? '')) return null
  const end = text.indexOf('>')
  const blank = text.indexOf('\n\n')
  if (end !== -1 && end <= MAX_TAG && (blank === -1 || blank > end)) return text.slice(1, end)
  return final || blank !== -1 || text.length > MAX_TAG ? null : WAIT
}

export interface CodeSpan {
  ticks: string
  code: string
  length: number
}

/** A code span that begins at the start of the text and closes on the same line with as many backticks. */
export function readCodeSpan(text: string, final: boolean): CodeSpan | null | Wait {
  const ticks = /^`+/.exec(text)?.[0] ?? ''
  if (ticks.length === text.length) return final ? null : WAIT
  for (const run of text.slice(ticks.length).matchAll(/`+|\n/g)) {
    const at = ticks.length + run.index
    if (run[0] === '\n' || at > MAX_CODE) return null
    const closed = at + run[0].length < text.length || final
    if (!closed) return WAIT
    if (run[0] === ticks) return { ticks, code: text.slice(ticks.length, at), length: at + ticks.length }
  }
  return final || text.length > MAX_CODE ? null : WAIT
}

const ENTITY = /^&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,30}));/i
const NAMED: Record<string, string> = { colon: ':', sol: '/', period: '.', commat: '@' }

export interface Entity {
  length: number
  /** The character, where it is one that an address is written with; otherwise the entity stays as it is. */
  char: string | null
}

/** An HTML entity at the start of the text. */
export function readEntity(text: string, final: boolean): Entity | null | Wait {
  const found = ENTITY.exec(text)
  if (!found) return /^&[#a-z0-9]{0,31}$/i.test(text) && !final ? WAIT : null
  const [whole, hex, decimal, name] = found
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const char = name === undefined ? toChar(code) : (NAMED[name.toLowerCase()] ?? null)
  return { length: whole.length, char: char !== null && /^(?:[a-z0-9:/.@%-]|[^\x20-\x7e])$/iu.test(char) ? char : null }
}

function toChar(code: number): string | null {
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : null
}

const HTML_NAMES = new Set(
  (
    'a abbr address applet area article aside audio b base bdi bdo big blink blockquote body br button canvas caption center cite code col ' +
    'colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame ' +
    'frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins kbd label legend li link main map mark marquee ' +
    'math menu meta meter nav nobr noscript object ol optgroup option output p param picture portal pre progress q rp rt ruby s samp script ' +
    'search section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot ' +
    'th thead time title tr track tt u ul var video wbr'
  ).split(' '),
)

export type TagKind = 'autolink' | 'html' | 'placeholder' | 'text'

/** Tells an address in angle brackets, HTML, and a placeholder such as `<namespace>` apart. */
export function kindOfTag(content: string): TagKind {
  if (/^[a-z][a-z0-9+.-]*:[^\s<>]*$/i.test(content)) return 'autolink'
  const name = /^\/?([a-z][a-z0-9]*)(?=[\s/]|$)/i.exec(content)?.[1]?.toLowerCase()
  if (name !== undefined && HTML_NAMES.has(name)) return 'html'
  if (/^[!?]/.test(content)) return 'html'
  return /^[\p{L}\p{N}_ .-]{1,60}$/u.test(content) ? 'placeholder' : 'text'
}
