// What can be told of an expression without asking a database: whether it is an array, a map, a date.
import { functionName } from './function-name.ts'
import { bodyOf, expressionOf, isRecord } from './tree.ts'

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/))

const LISTS =
  words(`array collect_list collect_set array_agg split transform filter sequence array_distinct array_union array_intersect
  array_except array_compact array_remove array_repeat array_sort sort_array flatten slice map_keys map_values map_entries
  regexp_extract_all array_append json_object_keys`)
const MAPS = words('map map_from_arrays')
const SCALARS =
  words(`concat_ws upper lower ucase lcase trim ltrim rtrim substring substr string date date_format to_date count sum avg
  length regexp_replace regexp_extract initcap format_number year month day hour ai_gen ai_translate ai_summarize
  ai_fix_grammar ai_mask ai_analyze_sentiment current_date array_join to_json`)
const DATES = words('current_date curdate to_date date_add date_sub date last_day make_date add_months')

/** `any` where only a database can tell. */
export function isListNode(node: unknown): 'list' | 'map' | 'scalar' | 'any' {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return 'any'
  const { kind, body } = expression
  if (['literal', 'boolean', 'null', 'add', 'sub', 'mul', 'div', 'mod', 'like', 'eq'].includes(kind)) return 'scalar'
  if (kind === 'paren' || kind === 'window_function') return isListNode(body.this)
  if (kind === 'cast' || kind === 'try_cast') {
    const type = isRecord(body.to) ? String(body.to.data_type) : ''
    return type === 'array' ? 'list' : type === 'map' ? 'map' : 'scalar'
  }
  const name = functionName(kind, body) ?? kind
  if (LISTS.has(name)) return 'list'
  if (MAPS.has(name)) return 'map'
  return SCALARS.has(name) ? 'scalar' : 'any'
}

const TEXTS =
  words(`concat concat_ws upper lower ucase lcase trim ltrim rtrim substring substr string date_format regexp_replace
  regexp_extract initcap format_number replace left right ai_gen ai_translate ai_summarize ai_fix_grammar ai_mask ai_analyze_sentiment
  array_join to_json get_json_object`)

/** Whether it surely is a STRING. */
export function isTextNode(node: unknown): boolean {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return false
  const { kind, body } = expression
  if (kind === 'paren') return isTextNode(body.this)
  if (kind === 'literal') return body.literal_type === 'string'
  if (kind === 'cast' || kind === 'try_cast')
    return isRecord(body.to) && ['string', 'text', 'var_char'].includes(String(body.to.data_type))
  return TEXTS.has(functionName(kind, body) ?? kind)
}

/** Whether it surely is a DATE. */
export function isDateNode(node: unknown): boolean {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return false
  const { kind, body } = expression
  if (kind === 'paren') return isDateNode(body.this)
  if (kind === 'literal') return body.literal_type === 'date'
  if (kind === 'cast' || kind === 'try_cast') return isRecord(body.to) && body.to.data_type === 'date'
  if (kind === 'add' || kind === 'sub') return isDateNode(body.left) && isDayStep(body.right)
  return DATES.has(functionName(kind, body) ?? '')
}

/** Whether it is an interval of whole days. */
export function isDayStep(node: unknown): boolean {
  const unit = bodyOf(node, 'interval')?.unit
  return isRecord(unit) && ['Day', 'Week', 'Month', 'Quarter', 'Year'].includes(String(unit.unit))
}
