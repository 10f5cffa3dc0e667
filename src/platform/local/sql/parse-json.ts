// JSON as DuckDB writes it: with NaN and infinities, and with numbers of any length.
import type { Json } from '../../ports/ai-functions.ts'

/** Texts as a whole, then what stands for a number. */
const PARTS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:nan|inf(?:inity)?)\b|-?\d[\d.]*(?:e[+-]?\d+)?/gis
/** Where nothing of that kind is in it, the text is taken as it is. */
const UNUSUAL = /nan|inf|\d[\d.]{14,}\d|e[+-]?\d{3}/i

/**
 * Numbers that JavaScript does not hold are strings: NaN, Infinity, -Infinity, whole numbers of more than 15 digits, and others with
 * digits that would be lost. What is no JSON at all is the text itself.
 */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(UNUSUAL.test(text) ? text.replace(PARTS, toPart) : text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

function toPart(part: string): string {
  if (part.startsWith('"')) return part
  if (/^-?[a-z]/i.test(part)) {
    const sign = part.startsWith('-') ? '-' : ''
    return /nan/i.test(part) ? '"NaN"' : `"${sign}Infinity"`
  }
  return isHeld(part) ? part : `"${part}"`
}

function isHeld(digits: string): boolean {
  const value = Number(digits)
  if (!Number.isFinite(value)) return false
  const significant = toSignificant(digits)
  if (/^-?\d+$/.test(digits)) return digits.replace(/^-/, '').length <= 15
  return significant.length <= 15 || toSignificant(String(value)) === significant
}

function toSignificant(digits: string): string {
  return digits
    .replace(/e.*$/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '')
}
