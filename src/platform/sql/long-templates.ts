// Functions of Databricks that take more than a few words of DuckDB.

export const BY_ZERO = "error('[DIVIDE_BY_ZERO] Division by zero. Use try_divide to get NULL instead.')"

/** Each item of one is looked for in the other, and DuckDB does not let itself be stopped meanwhile. */
const MAX_COMPARED = 1_000

/**
 * DuckDB's words for the first list, or an error where one of them is too long to be compared. It stands where the list is
 * read: what is constant is computed early, whatever CASE is around it.
 */
function comparable(list: string, other = list): string {
  const tooLong = [...new Set([list, other])].map((each) => `array_length(${each}) > ${MAX_COMPARED}`).join(' OR ')
  return `CASE WHEN ${tooLong} THEN error('Arrays with more than ${MAX_COMPARED} items are not compared here. Filter or slice them first.') ELSE ${list} END`
}

/** DuckDB's words for a list with each value once, where it first stands; every item is looked for among those before it. */
export function distinctOf(list: string): string {
  return `list_filter(${comparable(list)}, ${onlyFirst(list)})`
}

/** Of the first list what the second holds, or what it does not, each value once. */
export function sharedOf(isHeld: boolean): string {
  const held = `list_position($2, lakedesk_item) IS ${isHeld ? 'NOT NULL' : 'NULL'}`
  return `list_filter(${comparable('$1', '$2')}, ${onlyFirst('$1')} AND ${held})`
}

const onlyFirst = (list: string): string =>
  `(lakedesk_item, lakedesk_index) -> list_position(${list}, lakedesk_item) = lakedesk_index`

/** Comparing texts by edits takes the product of their lengths. */
export const EDITS = `levenshtein(CASE WHEN length($1) > 1000 OR length($2) > 1000
  THEN error('levenshtein() compares texts of at most 1000 characters here. Shorten them with left(text, 1000).') ELSE $1 END, $2)`

const inMonth = (place: string): string =>
  `epoch(CAST(${place} AS TIMESTAMP) - date_trunc('month', CAST(${place} AS TIMESTAMP)))`
const isLastDay = (place: string): string =>
  `last_day(CAST(${place} AS TIMESTAMP)) = CAST(CAST(${place} AS TIMESTAMP) AS DATE)`
export const MONTHS_BETWEEN = `(CASE
  WHEN day(CAST($1 AS TIMESTAMP)) = day(CAST($2 AS TIMESTAMP)) OR (${isLastDay('$1')} AND ${isLastDay('$2')})
  THEN CAST(date_diff('month', CAST($2 AS TIMESTAMP), CAST($1 AS TIMESTAMP)) AS DOUBLE)
  ELSE round(date_diff('month', CAST($2 AS TIMESTAMP), CAST($1 AS TIMESTAMP)) + (${inMonth('$1')} - ${inMonth('$2')}) / 2678400.0, 8) END)`

/** Of nested types none is told. */
export const TYPE_NAME = `CASE WHEN contains(typeof($1), '(') AND NOT starts_with(typeof($1), 'DECIMAL')
  THEN error('typeof() of a nested type is not available on the embedded tables.')
  ELSE regexp_replace(CASE replace(typeof($1), '[]', '') WHEN 'VARCHAR' THEN 'string' WHEN 'INTEGER' THEN 'int' WHEN 'HUGEINT' THEN 'bigint'
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp' WHEN 'JSON' THEN 'variant' WHEN '"NULL"' THEN 'void' WHEN 'BLOB' THEN 'binary'
  ELSE lower(replace(typeof($1), '[]', '')) END || CASE WHEN ends_with(typeof($1), '[]') THEN '[]' ELSE '' END, '^(.*)\\[\\]$', 'array<\\1>') END`

/** The last part holds what is left, its marks among it. */
export const LIMITED_SPLIT = `CASE WHEN len(string_split($1, $2)) <= $3 THEN string_split($1, $2)
  ELSE list_append(list_slice(string_split($1, $2), 1, $3 - 1), array_to_string(list_slice(string_split($1, $2), $3, -1), $2)) END`
