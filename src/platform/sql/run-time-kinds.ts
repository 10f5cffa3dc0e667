// Templates for values whose type only the database knows: it decides when the statement is prepared.

const IS_MAP = "starts_with(typeof($1), 'MAP(')"
const IS_LIST = "ends_with(typeof($1), ']')"

/** Of an array or a map. */
export const SIZE_OF_EITHER = `CAST(CASE WHEN ${IS_MAP} THEN len(json_keys(to_json($1))) WHEN ${IS_LIST} THEN json_array_length(to_json($1))
  ELSE error('[DATATYPE_MISMATCH] size() takes an array or a map.') END AS BIGINT)`

/** Lists count from 0, and have nothing before or behind; keys of maps stay what they are. */
export const ITEM_OF_EITHER = `CASE WHEN ${IS_MAP} THEN $1[${toKey()}]
  WHEN NOT ${IS_LIST} THEN error('[DATATYPE_MISMATCH] Square brackets take an array or a map.')
  WHEN TRY_CAST($2 AS BIGINT) < 0 OR TRY_CAST($2 AS BIGINT) >= json_array_length(to_json($1))
  THEN error('[INVALID_ARRAY_INDEX] The index is out of bounds. Use try_element_at or get to get NULL instead.')
  ELSE $1[${toKey()}] END`

/** The same expression for both, as every branch must bind: the key as it is, or the index from 1. */
function toKey(): string {
  return `cast_to_type(CASE WHEN ${IS_MAP} THEN CAST($2 AS VARCHAR) ELSE CAST(TRY_CAST($2 AS BIGINT) + 1 AS VARCHAR) END, $2)`
}

/** Of a text or an array: a list of one value, which bears the type. */
export const REVERSE_OF_EITHER = `cast_to_type(CASE WHEN ${IS_LIST} THEN json_array(list_reverse(TRY_CAST(to_json($1) AS JSON[])))
  WHEN typeof($1) IN ('VARCHAR', '"NULL"') THEN json_array(reverse(CAST($1 AS VARCHAR)))
  ELSE error('reverse() of a number is not available on the embedded tables. Write reverse(CAST(n AS STRING)).') END, [$1])[1]`

/** What an AI function is told: scalars as the text that Databricks makes of them, all else as JSON. */
export const CONTENT = `CASE
  WHEN typeof($1) IN ('DOUBLE', 'FLOAT') THEN to_json(replace(replace(CAST($1 AS VARCHAR), 'nan', 'NaN'), 'inf', 'Infinity'))
  WHEN typeof($1) = 'JSON' OR ${IS_LIST} OR ${IS_MAP} OR starts_with(typeof($1), 'STRUCT(') THEN to_json($1)
  ELSE to_json(CAST($1 AS VARCHAR)) END`
