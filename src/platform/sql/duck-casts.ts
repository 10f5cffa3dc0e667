// Casts as Databricks makes them: numbers are cut and not rounded, and a text that is no whole number is an error.
import { fill } from './fill-template.ts'
import { bodyOf, isRecord, type SqlNode, text } from './tree.ts'

const WHOLE: Readonly<Record<string, string>> = {
  tiny_int: 'TINYINT',
  small_int: 'SMALLINT',
  int: 'INTEGER',
  big_int: 'BIGINT',
}

/** DuckDB's name of a whole type; null for all others. */
export function wholeTypeOf(type: unknown): string | null {
  return (isRecord(type) && WHOLE[String(type.data_type)]) || null
}

/** `written` is the value as it stands in the statement, `value` the same for DuckDB; of a number in a VARIANT the fraction is cut too. */
export function toWhole(type: string, written: unknown, value: unknown, isTry: boolean, isVariant = false): SqlNode {
  const word = isTry ? 'TRY_CAST' : 'CAST'
  const literal = bodyOf(written, 'literal')
  const isWhole = literal && /^\s*[+-]?\d+\s*$/.test(String(literal.value))
  if (isWhole || bodyOf(written, 'null') || bodyOf(written, 'boolean')) return fill(`${word}($1 AS ${type})`, [value])
  const wrong = isTry
    ? 'NULL'
    : "error('[CAST_INVALID_INPUT] A text that is no whole number cannot be cast to one. Use try_cast to get NULL instead.')"
  const cut = `WHEN regexp_full_match(CAST($1 AS VARCHAR), '[+-]?[0-9]+[.][0-9]+')
    THEN ${word}(split_part(CAST($1 AS VARCHAR), '.', 1) AS ${type})`
  const template = `CASE ${isVariant ? cut : ''}
    WHEN typeof($1) IN ('DOUBLE', 'FLOAT') THEN ${word}(trunc(TRY_CAST($1 AS DOUBLE)) AS ${type})
    WHEN starts_with(typeof($1), 'DECIMAL') THEN ${word}(split_part(CAST($1 AS VARCHAR), '.', 1) AS ${type})
    WHEN typeof($1) IN ('VARCHAR', 'JSON') AND NOT regexp_full_match(CAST($1 AS VARCHAR), '\\s*[+-]?[0-9]+\\s*') THEN ${wrong}
    WHEN starts_with(typeof($1), 'TIMESTAMP') THEN ${word}(floor(epoch(TRY_CAST($1 AS TIMESTAMP))) AS ${type})
    ELSE ${word}($1 AS ${type}) END`
  return fill(template, [value])
}

/** A date that leaves out the day or the month, as Databricks lets one. */
export function toFullDate(written: unknown): SqlNode | null {
  const literal = bodyOf(written, 'literal')
  const [, year, month] = /^\s*(\d{4})(?:-(\d{1,2}))?\s*$/.exec(String(literal?.value ?? '')) ?? []
  if (!literal || literal.literal_type === 'number' || year === undefined) return null
  return text(`${year}-${(month ?? '1').padStart(2, '0')}-01`)
}
