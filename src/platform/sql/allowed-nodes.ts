// Which kinds of syntax a statement may be made of, and which of their fields may hold anything. All else is refused.

const words = (list: string): string[] => list.split(/\s+/).filter((word) => word !== '')

const BINARY = words(`and or add sub mul div mod eq neq lt lte gt gte concat bitwise_and bitwise_or bitwise_xor
  null_safe_eq null_safe_neq`)
const LIKE = words('like i_like')

/** Functions for which the parser has a kind of its own: the arguments in the order of Databricks. */
export const TYPED_FUNCTIONS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  words(`upper:this lower:this length:this substring:this,start,length floor:this,scale ceil:this,decimals abs:this
    sqrt:this cbrt:this ln:this exp:this power:this,expression mod_func:this,expression int_div:this,expression rand:seed
    year:this month:this day:this hour:this minute:this second:this quarter:this day_of_week:this day_of_month:this
    day_of_year:this week_of_year:this last_day:this add_months:this,expression months_between:this,expression
    coalesce:expressions nvl:this,expression nvl2:this,true_value,false_value if_func:condition,true_value,false_value
    contains:this,expression starts_with:this,expression ends_with:this,expression str_position:substr,this,position
    initcap:this regexp_like:this,pattern array_size:this cardinality:this array_contains:this,expression
    array_position:this,expression array_append:this,expression array_distinct:this array_join:this,separator,null_replacement
    array_union:this,expression array_except:this,expression array_intersect:expressions array_flatten:this
    array_compact:this array_remove:this,expression element_at:this,expression map_keys:this map_values:this
    map_from_arrays:this,expression map_contains_key:this,expression parse_json:this to_json:this json_array_length:this
    typeof:this explode:this explode_outer:this row_number: rank: dense_rank: percent_rank: cume_dist:
    n_tile:num_buckets`).map((entry) => {
    const [kind = '', fields = ''] = entry.split(':')
    return [kind, fields.split(',').filter((field) => field !== '')]
  }),
)

/** Names of typed functions where they differ from their kind. */
export const TYPED_NAMES: Readonly<Record<string, string>> = {
  mod_func: 'mod',
  int_div: 'div',
  day_of_week: 'dayofweek',
  day_of_month: 'dayofmonth',
  day_of_year: 'dayofyear',
  week_of_year: 'weekofyear',
  if_func: 'if',
  starts_with: 'startswith',
  ends_with: 'endswith',
  str_position: 'locate',
  array_flatten: 'flatten',
  n_tile: 'ntile',
}

/** Aggregates and window functions with a kind of their own; they keep it, for their FILTER, DISTINCT and frames. */
export const TYPED_AGGREGATES = words(`count sum avg min max any_value first last stddev stddev_pop stddev_samp variance
  var_pop var_samp median mode count_if array_agg string_agg list_agg approx_count_distinct approx_distinct logical_or
  logical_and lag lead first_value last_value nth_value skewness`)

const AGGREGATE = words(`this distinct filter order_by desc nulls_first name original_name ignore_nulls star separator
  offset default expression limit from_first`)
const TYPE = words(`data_type precision scale element_type key_type value_type fields name length double_colon_syntax
  timezone use_parens options nested dimension`)

/** Fields below each kind that may hold something, until the next expression begins. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  literal: words('literal_type value'),
  boolean: ['value'],
  null: [],
  column: words('name table'),
  star: words('table except replace rename name this alias'),
  table: words('name schema catalog alias alias_explicit_as column_aliases'),
  select: words(`expressions from joins this on using kind use_inner_keyword use_outer_keyword deferred_condition
    nesting_group lateral_views table_alias column_aliases outer where_clause group_by all totals having qualify
    order_by desc nulls_first explicit_asc limit offset distinct with ctes alias columns alias_first name spec
    partition_by window_name frame start end kind_text start_side_text end_side_text Preceding Following windows
    qualify_after_window join_hint`).filter((field) => field !== 'join_hint'),
  union: words(`left right all distinct order_by expressions this desc nulls_first explicit_asc limit offset with ctes
    alias columns alias_first by_name name`),
  subquery: words(`this alias column_aliases alias_explicit_as alias_keyword order_by limit offset lateral expressions
    desc nulls_first explicit_asc modifiers_inside name`),
  values: words('expressions alias column_aliases name'),
  alias: words('this alias alias_explicit_as alias_keyword column_aliases name'),
  cast: words(`this to ${TYPE.join(' ')}`),
  case: words('operand whens else_'),
  not: ['this'],
  neg: ['this'],
  bitwise_not: ['this'],
  paren: ['this'],
  in: words('this expressions query not'),
  between: words('this low high not'),
  is_null: words('this not'),
  is_true: words('this not'),
  is_false: words('this not'),
  exists: words('this not'),
  any: words('this subquery op'),
  all: words('this subquery op'),
  tuple: ['expressions'],
  function: words('name args distinct no_parens use_bracket_syntax'),
  aggregate_function: words('name args distinct filter order_by this desc nulls_first ignore_nulls'),
  within_group: words('this order_by desc nulls_first explicit_asc'),
  window_function: words(`this over partition_by order_by desc nulls_first explicit_asc frame kind start end kind_text
    start_side_text end_side_text Preceding Following window_name name`),
  interval: words('this unit type use_plural'),
  extract: words('this field'),
  trim: words('this characters position sql_standard_syntax position_explicit'),
  lambda: words('parameters body name'),
  parameter: words('name style'),
  named_argument: words('name value separator'),
  subscript: words('this index'),
  dot: words('this field name'),
  j_s_o_n_extract: words('this expression variant_extract'),
  pivot: words('this expressions fields alias name'),
}

/** Fields of a statement that changes something; they stand at the root alone. */
export const ROOT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  create_table: words(`name schema catalog or_replace if_not_exists as_select columns data_type nullable primary_key
    ${TYPE.join(' ')} not_null constraint_order constraints`),
  insert: words('table name schema catalog columns query values by_name'),
  update: words('table name schema catalog set where_clause this alias alias_explicit_as'),
  delete: words('table name schema catalog where_clause this alias alias_explicit_as'),
  merge: words('this using on whens expressions'),
}

/** Kinds that only a MERGE holds. */
export const MERGE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  identifier: ['name'],
  var: ['this'],
  whens: ['expressions'],
  when: words('matched source condition then'),
}

export const ALLOWED_NODES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [
    ...Object.entries(FIELDS),
    ['intersect', FIELDS.union ?? []] as const,
    ['except', FIELDS.union ?? []] as const,
    ['try_cast', FIELDS.cast ?? []] as const,
    ...BINARY.map((kind) => [kind, words('left right')] as const),
    ...LIKE.map((kind) => [kind, words('left right escape quantifier')] as const),
    ...TYPED_AGGREGATES.map((kind) => [kind, AGGREGATE] as const),
    ...Object.entries(TYPED_FUNCTIONS).map(
      ([kind, fields]) =>
        [kind, [...fields, ...words('original_name name from_for_syntax order_by desc nulls_first')]] as const,
    ),
  ].map(([kind, fields]) => [kind, new Set(fields)]),
)

/** Types that the parser does not know but Databricks does. All other unknown ones would be written out as they stand. */
export const CUSTOM_TYPES = new Set(['variant', 'timestampntz', 'timestamp_ntz', 'void'])

/** Fields whose text is written out as it stands: nothing but these words may be in it. */
export const VERBATIM: Readonly<Record<string, ReadonlySet<string>>> = {
  kind_text: new Set(['rows', 'range', 'groups']),
  start_side_text: new Set(['preceding', 'following']),
  end_side_text: new Set(['preceding', 'following']),
  alias_keyword: new Set(['as']),
  quantifier: new Set(['any', 'all', 'some']),
  literal_type: new Set(['string', 'number', 'raw_string', 'date', 'timestamp']),
  style: new Set(['colon']),
}
