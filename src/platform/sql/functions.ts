// Every function a statement may call, by Databricks' name, with how DuckDB writes it. What is not here is refused.

import { BY_ZERO, distinctOf, EDITS, LIMITED_SPLIT, MONTHS_BETWEEN, sharedOf, TYPE_NAME } from './long-templates.ts'

/**
 * A template is a DuckDB expression over `$1`, `$2`... `=` is the same name, `=name` another name with the same arguments.
 * Of several templates the one with as many places as there are arguments is taken.
 */
type Template = string | Readonly<Record<number, string>>

const SAME = `upper lower length trim replace reverse lpad rpad repeat concat_ws translate ascii chr
  md5 greatest least nullif coalesce sqrt cbrt exp power abs sin cos tan asin acos atan atan2 radians degrees pi
  floor ceil uuid isnan row_number rank dense_rank percent_rank cume_dist ntile
  make_date
  count sum avg min max any_value first last stddev stddev_pop stddev_samp variance var_pop var_samp median mode array_agg
  string_agg list_agg approx_count_distinct bool_or bool_and logical_or logical_and lag lead first_value last_value nth_value
  max_by min_by corr covar_pop covar_samp regr_slope regr_intercept skewness
  array_append map_keys map_values map_entries json_array_length bit_length octet_length
  rollup cube grouping sign contains listagg`

const TEMPLATES: Readonly<Record<string, Template>> = {
  // Text. CONCAT is NULL as soon as one part is, which duck-calls.ts sees to.
  concat: '=',
  ucase: '=upper',
  lcase: '=lower',
  char_length: '=length',
  character_length: '=length',
  len: '=length',
  // Position 0 is the first sign.
  substring: {
    2: 'substring($1, CASE WHEN $2 = 0 THEN 1 ELSE $2 END)',
    3: 'substring($1, CASE WHEN $2 = 0 THEN 1 ELSE $2 END, greatest($3, 0))',
  },
  substr: {
    2: 'substring($1, CASE WHEN $2 = 0 THEN 1 ELSE $2 END)',
    3: 'substring($1, CASE WHEN $2 = 0 THEN 1 ELSE $2 END, greatest($3, 0))',
  },
  left: 'left($1, greatest($2, 0))',
  right: 'right($1, greatest($2, 0))',
  // The signs to take away come first.
  ltrim: { 1: 'ltrim($1)', 2: 'ltrim($2, $1)' },
  rtrim: { 1: 'rtrim($1)', 2: 'rtrim($2, $1)' },
  startswith: '=starts_with',
  endswith: '=ends_with',
  locate: { 2: 'strpos($2, $1)' },
  charindex: { 2: 'strpos($2, $1)' },
  instr: 'strpos($1, $2)',
  position: { 2: 'strpos($2, $1)' },
  initcap:
    "array_to_string(list_transform(string_split(lower($1), ' '), lakedesk_item -> upper(lakedesk_item[1]) || lakedesk_item[2:]), ' ')",
  split: { 2: 'string_split_regex($1, $2)', 3: LIMITED_SPLIT },
  split_part: '=split_part',
  substring_index: `CASE WHEN $3 = 0 THEN '' WHEN $3 > 0 THEN array_to_string(list_slice(string_split($1, $2), 1, $3), $2)
    ELSE array_to_string(list_slice(string_split($1, $2), greatest(len(string_split($1, $2)) + $3 + 1, 1), -1), $2) END`,
  regexp_like: 'regexp_matches($1, $2)',
  regexp: 'regexp_matches($1, $2)',
  rlike: 'regexp_matches($1, $2)',
  like: '($1 LIKE $2)',
  regexp_extract: { 2: 'regexp_extract($1, $2, 1)', 3: 'regexp_extract($1, $2, $3)' },
  regexp_extract_all: { 2: 'regexp_extract_all($1, $2, 1)', 3: 'regexp_extract_all($1, $2, $3)' },
  regexp_substr: "nullif(regexp_extract($1, $2, 0), '')",
  regexp_count: 'len(regexp_extract_all($1, $2))',
  regexp_replace: "regexp_replace($1, $2, $3, 'g')",
  char: 'chr($1)',
  base64: 'to_base64(encode($1))',
  hex: 'hex($1)',
  sha2: { 2: 'sha256($1)' },
  sha: 'sha1($1)',
  sha1: 'sha1($1)',
  space: "repeat(' ', $1)",
  levenshtein: EDITS,
  format_number: "format('{:,.' || CAST($2 AS VARCHAR) || 'f}', CAST($1 AS DOUBLE))",
  format_string: '=printf',
  printf: '=printf',
  // Numbers
  round: { 1: 'round($1)', 2: 'round($1, $2)' },
  ceiling: '=ceil',
  pow: '=power',
  ln: 'ln($1)',
  log: { 1: 'ln($1)', 2: '(ln($2) / ln($1))' },
  log2: 'log2($1)',
  log10: 'log10($1)',
  mod: `($1 % CASE WHEN $2 = 0 THEN ${BY_ZERO} ELSE $2 END)`,
  pmod: `CASE WHEN $2 = 0 THEN ${BY_ZERO} ELSE (($1 % $2) + $2) % $2 END`,
  div: `CAST(trunc($1 / CASE WHEN $2 = 0 THEN ${BY_ZERO} ELSE $2 END) AS BIGINT)`,
  signum: '=sign',
  typeof: TYPE_NAME,
  rand: { 0: 'random()' },
  random: { 0: 'random()' },
  try_divide: '(CASE WHEN $2 = 0 THEN NULL ELSE $1 / $2 END)',
  try_add: 'TRY($1 + $2)',
  try_subtract: 'TRY($1 - $2)',
  try_multiply: 'TRY($1 * $2)',
  // Conditions
  if: 'CASE WHEN $1 THEN $2 ELSE $3 END',
  iff: 'CASE WHEN $1 THEN $2 ELSE $3 END',
  nvl: 'coalesce($1, $2)',
  ifnull: 'coalesce($1, $2)',
  nvl2: 'CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END',
  zeroifnull: 'coalesce($1, 0)',
  nullifzero: 'nullif($1, 0)',
  isnull: '($1 IS NULL)',
  isnotnull: '($1 IS NOT NULL)',
  equal_null: '($1 IS NOT DISTINCT FROM $2)',
  // Types
  string: 'CAST($1 AS VARCHAR)',
  // int and bigint are casts, which to-duck-tree.ts sees to.
  int: {},
  bigint: {},
  double: 'CAST($1 AS DOUBLE)',
  float: 'CAST($1 AS FLOAT)',
  boolean: 'CAST($1 AS BOOLEAN)',
  date: 'CAST($1 AS DATE)',
  timestamp: 'CAST($1 AS TIMESTAMP)',
  // Time. DuckDB's sessions run in UTC.
  current_date: { 0: 'CAST(now() AS DATE)' },
  curdate: { 0: 'CAST(now() AS DATE)' },
  current_timestamp: { 0: 'now()' },
  now: { 0: 'now()' },
  localtimestamp: { 0: 'CAST(now() AS TIMESTAMP)' },
  date_add: { 2: 'CAST(CAST($1 AS DATE) + to_days(CAST($2 AS INTEGER)) AS DATE)' },
  date_sub: { 2: 'CAST(CAST($1 AS DATE) - to_days(CAST($2 AS INTEGER)) AS DATE)' },
  dateadd: { 2: 'CAST(CAST($1 AS DATE) + to_days(CAST($2 AS INTEGER)) AS DATE)' },
  timestampadd: {},
  timestampdiff: {},
  datediff: { 2: "date_diff('day', CAST($2 AS DATE), CAST($1 AS DATE))" },
  date_diff: { 2: "date_diff('day', CAST($2 AS DATE), CAST($1 AS DATE))" },
  add_months: 'CAST(CAST($1 AS DATE) + to_months(CAST($2 AS INTEGER)) AS DATE)',
  // Months of 31 days where neither the days are the same nor both the last of their months.
  months_between: {
    2: MONTHS_BETWEEN,
    3: `CASE WHEN $3 THEN ${MONTHS_BETWEEN} ELSE error('months_between() without rounding is not available on the embedded tables.') END`,
  },
  date_trunc: 'date_trunc($1, CAST($2 AS TIMESTAMP))',
  trunc: 'CAST(date_trunc($2, CAST($1 AS DATE)) AS DATE)',
  date_part: {},
  ...Object.fromEntries(
    [
      'year',
      'month',
      'day',
      'hour',
      'minute',
      'second',
      'quarter',
      'dayofmonth',
      'dayofyear',
      'weekofyear',
      'last_day',
    ].map((name) => [name, `${name}(CAST($1 AS TIMESTAMP))`]),
  ),
  dayofweek: "(date_part('dow', CAST($1 AS TIMESTAMP)) + 1)",
  weekday: '(isodow(CAST($1 AS TIMESTAMP)) - 1)',
  dayname: 'left(dayname(CAST($1 AS TIMESTAMP)), 3)',
  monthname: 'left(monthname(CAST($1 AS TIMESTAMP)), 3)',
  to_date: { 1: 'CAST($1 AS DATE)', 2: 'CAST(strptime($1, $2) AS DATE)' },
  to_timestamp: { 1: 'CAST($1 AS TIMESTAMP)', 2: 'strptime($1, $2)' },
  try_to_timestamp: { 1: 'TRY_CAST($1 AS TIMESTAMP)', 2: 'try_strptime($1, $2)' },
  try_to_date: { 1: 'TRY_CAST($1 AS DATE)', 2: 'CAST(try_strptime($1, $2) AS DATE)' },
  date_format: 'strftime(CAST($1 AS TIMESTAMP), $2)',
  unix_timestamp: { 0: 'CAST(epoch(now()) AS BIGINT)', 1: 'CAST(epoch(CAST($1 AS TIMESTAMP)) AS BIGINT)' },
  unix_seconds: 'CAST(epoch($1) AS BIGINT)',
  unix_millis: 'epoch_ms($1)',
  to_unix_timestamp: { 1: 'CAST(epoch(CAST($1 AS TIMESTAMP)) AS BIGINT)' },
  from_unixtime: { 1: "strftime(make_timestamp(CAST($1 * 1000000 AS BIGINT)), '%Y-%m-%d %H:%M:%S')" },
  timestamp_seconds: 'make_timestamp(CAST($1 * 1000000 AS BIGINT))',
  // Aggregates
  count_if: 'count_if($1)',
  mean: '=avg',
  every: '=bool_and',
  some: '=bool_or',
  bool_any: '=bool_or',
  std: '=stddev',
  // Those that gather values are written by duck-aggregates.ts.
  collect_list: {},
  collect_set: {},
  kurtosis: '=kurtosis_pop',
  percentile: 'quantile_cont($1, $2)',
  percentile_cont: '=percentile_cont',
  percentile_disc: '=percentile_disc',
  percentile_approx: 'quantile_disc($1, $2)',
  approx_percentile: 'quantile_disc($1, $2)',
  grouping_id: '=grouping_id',
  'grouping sets': '=',
  // Arrays, maps, structs
  array: '=list_value',
  size: 'array_length($1)',
  array_size: 'array_length($1)',
  cardinality: 'array_length($1)',
  array_contains: `CASE WHEN $2 IS NULL THEN NULL WHEN list_contains($1, $2) THEN true
    WHEN list_position($1, NULL) IS NOT NULL THEN NULL ELSE list_contains($1, $2) END`,
  array_position: 'coalesce(list_position($1, $2), CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN 0 END)',
  array_join: { 2: 'array_to_string($1, $2)' },
  array_distinct: distinctOf('$1'),
  array_union: `CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN ${distinctOf('list_concat($1, $2)')} END`,
  array_intersect: sharedOf(true),
  array_except: sharedOf(false),
  array_compact: 'list_filter($1, lakedesk_item -> lakedesk_item IS NOT NULL)',
  array_remove: 'CASE WHEN $2 IS NOT NULL THEN list_filter($1, lakedesk_item -> lakedesk_item IS DISTINCT FROM $2) END',
  array_max: 'list_max($1)',
  array_min: 'list_min($1)',
  array_repeat: 'list_transform(range($2), lakedesk_item -> $1)',
  array_sort: { 1: 'list_sort($1)' },
  sort_array: { 1: "list_sort($1, 'ASC', 'NULLS FIRST')" },
  flatten: 'flatten($1)',
  slice: `CASE WHEN $2 = 0 OR $3 < 0 THEN error('[INVALID_PARAMETER_VALUE] slice() counts from 1, or from the end, and takes no negative length.')
    WHEN $3 = 0 THEN list_slice($1, 2, 1) WHEN $2 < 0 THEN list_slice($1, array_length($1) + $2 + 1, array_length($1) + $2 + $3)
    ELSE list_slice($1, $2, $2 + $3 - 1) END`,
  element_at: '$1[$2]',
  try_element_at: '$1[$2]',
  get: 'CASE WHEN $2 >= 0 THEN list_extract($1, $2 + 1) END',
  transform: 'list_transform($1, $2)',
  filter: 'list_filter($1, $2)',
  aggregate: { 3: 'list_reduce($1, $3, $2)' },
  reduce: { 3: 'list_reduce($1, $3, $2)' },
  sequence: {
    2: 'CASE WHEN $1 > $2 THEN generate_series($1, $2, -1) ELSE generate_series($1, $2) END',
    3: 'generate_series($1, $2, $3)',
  },
  explode: 'unnest($1)',
  explode_outer: 'unnest(CASE WHEN array_length($1) > 0 THEN $1 ELSE [NULL] END)',
  map_from_arrays: 'map($1, $2)',
  map_contains_key: 'map_contains($1, $2)',
  named_struct: '=named_struct',
  struct: '=struct',
  map: '=map',
  // JSON and VARIANT
  parse_json: 'CAST($1 AS JSON)',
  try_parse_json: 'TRY_CAST($1 AS JSON)',
  // Fields that are NULL are left out.
  to_json: "CAST(json_merge_patch(CAST('{}' AS JSON), to_json($1)) AS VARCHAR)",
  get_json_object: 'json_extract_string($1, $2)',
  json_object_keys: 'json_keys($1)',
  is_variant_null: "(json_type($1) = 'NULL')",
  from_json: '=from_json',
  variant_get: '=variant_get',
  try_variant_get: '=try_variant_get',
  // Tables
  range: { 1: 'range($1)', 2: 'range($1, $2)', 3: 'range($1, $2, $3)' },
}

export const FUNCTIONS: ReadonlyMap<string, Template> = new Map<string, Template>([
  ...SAME.split(/\s+/)
    .filter((name) => name !== '')
    .map((name): [string, Template] => [name, '=']),
  ...Object.entries(TEMPLATES),
])

/** Those that may stand in FROM. */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['explode', 'explode_outer', 'range', 'sequence'])

/** Names that may stand in front of another meaning, as units do: `datediff(day, a, b)`. */
export const UNIT_FUNCTIONS: ReadonlySet<string> = new Set([
  'datediff',
  'date_diff',
  'timestampdiff',
  'dateadd',
  'date_add',
  'timestampadd',
])

export const UNITS: ReadonlySet<string> = new Set([
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
])

/** The DuckDB text for this many arguments; null where Lakedesk knows none. */
export function templateFor(name: string, count: number): string | null {
  const template = FUNCTIONS.get(name)
  if (template === undefined) return null
  if (typeof template === 'string') return template
  return template[count] ?? null
}
