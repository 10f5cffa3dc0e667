// Finds the type of a column from its texts.

export type ColumnType = 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'DATE' | 'TIMESTAMP' | 'VARCHAR' | 'JSON'

/** Leading zeros are kept: a postcode or a ticket number is no number. */
const INTEGER = /^[+-]?(0|[1-9]\d{0,17})$/
const NUMBER = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$|^[+-]?\.\d+([eE][+-]?\d{1,3})?$/
const BOOLEAN = /^(true|false)$/i
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?$/

type Candidate = Exclude<ColumnType, 'VARCHAR' | 'JSON'>
/** Narrow ones first: a column takes the first that fits all its texts. */
const CANDIDATES: readonly [Candidate, (text: string) => boolean][] = [
  ['BIGINT', (text) => INTEGER.test(text)],
  // More digits than a BIGINT holds stay text, so that none is lost.
  ['DOUBLE', (text) => NUMBER.test(text) && (INTEGER.test(text) || /[.eE]/.test(text))],
  ['BOOLEAN', (text) => BOOLEAN.test(text)],
  ['DATE', (text) => DATE.test(text) && isDay(text)],
  ['TIMESTAMP', (text) => TIME.test(text) && isDay(text)],
]

function isDay(text: string): boolean {
  const day = Number(text.slice(8, 10))
  return new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, day)).getUTCDate() === day
}

export interface TypeFinder {
  see(text: string): void
  readonly type: Exclude<ColumnType, 'JSON'>
}

/** A column without any text is VARCHAR. A DATE among TIMESTAMPs is one too. */
export function createTypeFinder(): TypeFinder {
  let left = CANDIDATES
  let seen = false
  return {
    see(text) {
      seen = true
      if (left.length === 0) return
      const [first] = left
      // Most columns settle with the first text: only a misfit costs a look at the others.
      if (left.length === 1 && first?.[1](text)) return
      const isDate = DATE.test(text)
      left = left.filter(([type, fits]) => fits(text) || (type === 'TIMESTAMP' && isDate && isDay(text)))
    },
    get type() {
      return seen ? (left[0]?.[0] ?? 'VARCHAR') : 'VARCHAR'
    },
  }
}
