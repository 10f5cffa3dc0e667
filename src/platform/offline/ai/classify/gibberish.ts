// Tells words from what a cat types: keyboard runs, random letters, hashes, formulas of spreadsheets.
import { dot, unitMean, type Vector } from './vectors.ts'

/** What means nothing lies together, and far from what means something: these stand for all of it. */
export const GIBBERISH: readonly string[] = [
  'asdfgh jklqw',
  'xqzvkj wprtn',
  'dfkjghdf gkjhdfg',
  'qwertz uiop',
  'zxcvbnm',
  'fjdk slaf jdkl',
  'x1y2z3 k9j8',
  'hqgwx',
]
/** A text that is nearer to gibberish than to every label by this much is gibberish. Real tickets of eleven sets stay below. */
const NEARER = 0.2
/** `=cmd|' /C calc'!A0`, `@SUM(A1)`: addressed to a spreadsheet. A mention, a list dash and a phone number are none. */
const FORMULA = /^['"\s]{0,4}(?:=\s?[\p{L}(@+-]|[+@]\p{L}{1,30}\(|[+@-][^\s|!(]{0,30}(?:\||!(?=[$\p{L}])))/u
/** Letters between anything else; what mixes letters and digits is a code. */
const LETTERS = /(?<![\p{L}\p{N}])\p{L}+(?![\p{L}\p{N}])/gu
const SHORT = 3
const ABBREVIATION = /^\p{Lu}{2,5}$/u
const UNPRONOUNCEABLE = /[bcdfghjklmnpqrstvwxz]{5}|(.)\1\1|q[^u]/

export function isFormula(sentence: string): boolean {
  return FORMULA.test(sentence)
}

/** Are there words, and can at least half of them be said? Every word of another script can. */
export function hasWords(text: string): boolean {
  const found = (text.match(LETTERS) ?? []).filter((word) => word.length > 1 || !/\p{Script=Latin}/u.test(word))
  const said = found.filter(isSayable).length
  return said > 0 && said >= found.length / 2
}

function isSayable(word: string): boolean {
  if (word.length <= SHORT || ABBREVIATION.test(word)) return true
  const plain = word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  if (!/^[a-z]+$/.test(plain)) return true
  return /[aeiouy]/.test(plain) && !UNPRONOUNCEABLE.test(plain)
}

/** `nearest` is the highest cosine of the text with a label. */
export function isGibberish(vector: Vector, gibberish: Vector, nearest: number): boolean {
  return dot(vector, gibberish) - nearest > NEARER
}

export function middleOf(gibberish: readonly Vector[]): Vector {
  return unitMean(gibberish)
}
