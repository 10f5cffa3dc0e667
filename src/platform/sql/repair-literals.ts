// Literals as Databricks reads them, where the parser reads them otherwise: escapes in texts, numbers with a letter behind.
import { LakedeskError } from '../../core/errors.ts'
import { bodyOf, cast, type SqlNode, text as textNode } from './tree.ts'

/** Where a word of a text stands, in Unicode code points. */
interface Place {
  start: number
  end: number
}

/**
 * The same text with every literal written so that the parser takes it for what Databricks does. Line breaks stay where they are.
 * Throws SQL_INVALID where a number is none of Databricks.
 * Source: https://docs.databricks.com/aws/en/sql/language-manual/data-types/string-type and decimal-type
 */
export function repairLiterals(text: string, places: readonly Place[]): string {
  const signs = [...text]
  let repaired = ''
  let at = 0
  for (const [i, { start, end }] of places.entries()) {
    if (start < at) continue
    const word = signs.slice(start, end).join('')
    const next = places[i + 1]
    const isJoined = /^[\d.]/.test(word) && next?.start === end
    const behind = isJoined && next ? signs.slice(next.start, next.end).join('') : ''
    const taken = /^[A-Za-z]\w*$/.test(behind) ? behind : ''
    repaired += signs.slice(at, start).join('') + repairWord(word + taken)
    at = end + taken.length
  }
  return repaired + signs.slice(at).join('')
}

function repairWord(word: string): string {
  const quote = word[0]
  if ((quote === "'" || quote === '"') && word.includes('\\')) return quoteText(toMeaning(word, quote))
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return word
  const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?([a-z]\w*)$/i.exec(word)
  return number ? toTypedNumber(word, number[1] ?? '', number[2] ?? '', (number[3] ?? '').toUpperCase()) : word
}

const TYPES: Readonly<Record<string, string>> = {
  Y: 'TINYINT',
  S: 'SMALLINT',
  L: 'BIGINT',
  F: 'FLOAT',
  D: 'DOUBLE',
}

function toTypedNumber(word: string, digits: string, exponent: string, letter: string): string {
  const isWhole = /^\d+$/.test(digits) && exponent === ''
  const type = letter === 'BD' && exponent === '' ? toDecimal(digits) : TYPES[letter]
  if (type === undefined || ('YSL'.includes(letter) && !isWhole)) {
    const shown = word.slice(0, 40)
    throw new LakedeskError('SQL_INVALID', `"${shown}" is no number. Write it as 1.5, 1L, 1.5D or 1.50BD.`)
  }
  return `CAST(${digits.startsWith('.') ? '0' : ''}${digits}${exponent} AS ${type})`
}

/** As many digits as are written, as Databricks counts them. */
function toDecimal(digits: string): string {
  const [whole = '', fraction = ''] = digits.split('.')
  const plain = whole.replace(/^0+/, '')
  return `DECIMAL(${Math.max(plain.length + fraction.length, 1)}, ${fraction.length})`
}

const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\u001a' }
/** In front of these the backslash stays, for LIKE. */
const KEPT = '%_'

function toMeaning(word: string, quote: string): string {
  const inside = word.slice(1, -1)
  const pattern = /\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[01][0-7]{2}|[\s\S])/gu
  // A doubled quote is one; behind a backslash it stands for itself and is no half of two.
  return inside
    .split(/(\\[\s\S])/u)
    .map((part) => (part.startsWith('\\') ? part : part.replaceAll(quote + quote, quote)))
    .join('')
    .replace(pattern, (_, sign: string) => {
      if (/^[01][0-7]{2}$/.test(sign)) return String.fromCharCode(Number.parseInt(sign, 8))
      if (/^u./.test(sign)) return String.fromCharCode(Number.parseInt(sign.slice(1), 16))
      if (/^U./.test(sign)) return toSign(Number.parseInt(sign.slice(1), 16))
      if (KEPT.includes(sign)) return `\\${sign}`
      return Object.hasOwn(ESCAPES, sign) ? (ESCAPES[sign] ?? '') : sign
    })
}

function toSign(point: number): string {
  if (point <= 0x10ffff) return String.fromCodePoint(point)
  throw new LakedeskError('SQL_INVALID', 'A text holds a \\U that is no character. Write it as \\U0001F600.')
}

/** Written so that nothing in it means more than itself. */
function quoteText(meaning: string): string {
  if (!meaning.isWellFormed()) throw new LakedeskError('SQL_INVALID', 'A text holds half of a Unicode character.')
  return `'${meaning.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

/** Parts that the parser writes otherwise than Databricks reads them. Throws SQL_INVALID. */
export function repairNode(node: SqlNode): SqlNode {
  const trim = bodyOf(node, 'trim')
  // The parser swaps the two.
  if (trim?.characters && trim.sql_standard_syntax !== true)
    throw new LakedeskError('SQL_INVALID', "trim() with two arguments is not known. Write TRIM(BOTH 'x' FROM text).")
  const literal = bodyOf(node, 'literal')
  if (literal?.literal_type !== 'timestamp') return node
  if (!/^[\w :.,+/-]*$/.test(String(literal.value))) {
    const shown = String(literal.value).slice(0, 60)
    throw new LakedeskError('SQL_INVALID', `"${shown}" is no date. Write it as 2026-11-22 10:30:00.`)
  }
  const plain = bodyOf(cast(textNode(String(literal.value)), ''), 'cast')
  return { cast: { ...plain, to: { data_type: 'timestamp', timezone: false, precision: null } } }
}

/** Types that the parser writes in a way of its own. */
const TYPE_NAMES: Readonly<Record<string, string>> = { TIMESTAMPNTZ: 'TIMESTAMP_NTZ', TIMESTAMPLTZ: 'TIMESTAMP' }

/** A text that the parser wrote, with the names of its types as Databricks spells them. `places` is asked only where it is needed. */
export function repairTypeNames(text: string, places: () => readonly Place[]): string {
  if (!/\bTIMESTAMP[NL]TZ\b/.test(text)) return text
  const signs = [...text]
  let repaired = ''
  let at = 0
  for (const { start, end } of places()) {
    const name = TYPE_NAMES[signs.slice(start, end).join('')]
    if (name === undefined) continue
    repaired += signs.slice(at, start).join('') + name
    at = end
  }
  return repaired + signs.slice(at).join('')
}
