// Compares a value of a row with one that a filter gives: numbers by size, everything else as text.
import type { SqlValue } from '../../ports/sql.ts'

export type Given = string | number | boolean

/**
 * Below zero where the row's value comes first; undefined where one of them is null or they cannot be compared. A number that is
 * given as text counts as a number against a number. Dates compare as text, since both are ISO 8601.
 */
export function compare(value: SqlValue | undefined, given: Given | null): number | undefined {
  if (value === null || value === undefined || given === null || typeof value === 'object') return undefined
  if (typeof value === 'number' || (typeof given === 'number' && isNumber(value))) {
    const number = typeof given === 'boolean' || !isNumber(given) ? Number.NaN : Number(given)
    return Number.isNaN(number) ? undefined : Number(value) - number
  }
  const [left, right] = [String(value), String(given)]
  return left < right ? -1 : left > right ? 1 : 0
}

const isNumber = (value: string | number | boolean): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))

export const equals = (value: SqlValue | undefined, given: Given | null): boolean => compare(value, given) === 0
