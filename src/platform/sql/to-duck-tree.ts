// The same tree with DuckDB's meaning: functions by their templates, NULLs in Databricks' order, AI calls as lakedesk_ai.
import { siteOf } from './ai-sites.ts'
import { TYPED_FUNCTIONS } from './allowed-nodes.ts'
import { toCollected, toFirst, toWindow } from './duck-aggregates.ts'
import { toDatePart, toDuckCall } from './duck-calls.ts'
import { toFullDate, toWhole, wholeTypeOf } from './duck-casts.ts'
import { isDateNode, isDayStep, isListNode } from './duck-kinds.ts'
import { fill } from './fill-template.ts'
import { functionName } from './function-name.ts'
import { BY_ZERO } from './long-templates.ts'
import { CONTENT, ITEM_OF_EITHER } from './run-time-kinds.ts'
import { mustBeText } from './site-content.ts'
import type { AiSite } from './statement.ts'
import {
  binary,
  bodyOf,
  call,
  cast,
  expressionOf,
  identifier,
  isRecord,
  listOf,
  mapTree,
  number,
  paren,
  type SqlNode,
  text,
} from './tree.ts'

/** Throws SQL_INVALID where a function has no counterpart for its arguments. */
export function toDuckTree(value: unknown, sites: readonly AiSite[]): unknown {
  if (Array.isArray(value)) return value.map((part) => toDuckTree(part, sites))
  if (!isRecord(value)) return value
  if (isIdentifier(value)) return { ...value, quoted: true }
  const expression = expressionOf(value)
  const body = expression && isRecord(expression.body) ? expression.body : null
  const to = (part: unknown): unknown => toDuckTree(part, sites)
  if (!expression || !body) return toDuckPart(toDuckColumnType(value), to)
  const site = siteOf(value)
  if (site !== null) return toSiteCall(sites[site], listOf(body.args), to)
  const own = WRITERS[expression.kind]?.(body, to)
  if (own) return own
  const name = functionName(expression.kind, body)
  // A part such as `{ this: ... }` looks like an expression and leads on to one.
  if (name === null) return { [expression.kind]: to(body) }
  const args = toArguments(expression.kind, body)
  return toDuckCall(name, args.map(to), args, {
    ...body,
    filter: to(body.filter) ?? null,
    order_by: to(body.order_by) ?? [],
  })
}

function toArguments(kind: string, body: SqlNode): readonly SqlNode[] {
  const fields = TYPED_FUNCTIONS[kind]
  if (!fields) return listOf(body.args)
  return fields.flatMap((field) =>
    Array.isArray(body[field]) ? listOf(body[field]) : isRecord(body[field]) ? [body[field]] : [],
  )
}

/** ORDER BY ALL, which the parser takes for a column. */
function isAll(node: unknown): boolean {
  const name = bodyOf(node, 'column')?.name
  return isRecord(name) && name.quoted === false && String(name.name).toLowerCase() === 'all'
}

/** Types of columns that DuckDB knows by another name. */
function toDuckColumnType(value: SqlNode): SqlNode {
  if (value.data_type === 'decimal' && typeof value.precision !== 'number') return { ...value, precision: 10, scale: 0 }
  if (value.data_type !== 'custom' || typeof value.name !== 'string') return value
  const name = value.name.toLowerCase()
  if (name === 'variant') return { ...value, name: 'JSON' }
  return name.startsWith('timestamp') ? { ...value, name: 'TIMESTAMP' } : value
}

function isIdentifier(value: SqlNode): boolean {
  return typeof value.name === 'string' && 'quoted' in value && !('args' in value) && !('style' in value)
}

/** NULLs come first going up and last going down, unless the text says otherwise. */
function toDuckPart(value: SqlNode, to: (part: unknown) => unknown): SqlNode {
  const part = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, to(inner)]))
  if ('desc' in part && isAll(value.this))
    return { ...part, this: { var: { this: 'ALL' } }, nulls_first: part.desc !== true }
  if ('desc' in part && 'nulls_first' in part && typeof part.nulls_first !== 'boolean') {
    return { ...part, nulls_first: part.desc !== true }
  }
  if (isRecord(value.limit) && isAll(value.limit.this)) return { ...part, limit: null }
  if (part.kind === 'LeftSemi') return { ...part, kind: 'Semi' }
  if (part.kind === 'LeftAnti') return { ...part, kind: 'Anti' }
  return part
}

function toSiteCall(site: AiSite | undefined, args: readonly SqlNode[], to: (part: unknown) => unknown): SqlNode {
  if (!site) throw new Error('A call of an AI function has no site.')
  const values = args.map((argument, i) => {
    const value = to(bodyOf(argument, 'named_argument')?.value ?? argument)
    return mustBeText(site, argument, i) ? fill(CONTENT, [value]) : value
  })
  const answer = call('lakedesk_ai', [number(site.id), call('json_array', values)])
  return toAnswer(answer, site.type)
}

/** Text as it is; all else is JSON in a string. */
function toAnswer(answer: SqlNode, type: string): SqlNode {
  if (type === 'VARCHAR') return answer
  const json = cast(answer, 'JSON')
  return type === 'JSON' ? json : cast(json, type)
}

/** Fields as the parser calls them. */
const FIELD_NAMES: Readonly<Record<string, string>> = { DayOfWeek: 'dow', DayOfYear: 'doy', WeekOfYear: 'week' }

/** Windows know IGNORE NULLS themselves. */
function writeWindow(body: SqlNode, to: (part: unknown) => unknown): SqlNode {
  const window = toDuckPart({ ...body, this: null }, to)
  for (const kind of ['first', 'last']) {
    const own = bodyOf(body.this, kind)
    if (own?.ignore_nulls) return { window_function: { ...window, this: { [`${kind}_value`]: toDuckPart(own, to) } } }
  }
  const inner = to(body.this)
  return toWindow(window, isRecord(inner) ? inner : {})
}

type Writer = (body: SqlNode, to: (part: unknown) => unknown) => SqlNode | null

const WRITERS: Readonly<Record<string, Writer>> = {
  add: (body, to) => addInterval('add', body, to),
  sub: (body, to) => addInterval('sub', body, to),
  literal: (body) => (body.literal_type === 'raw_string' ? text(String(body.value)) : null),
  parameter: (body) => ({ parameter: { ...body, style: 'Dollar' } }),
  j_s_o_n_extract: (body, to) => call('json_extract', [to(body.this), text(toPath(body.expression))]),
  cast: (body, to) => writeCast('cast', body, to),
  try_cast: (body, to) => writeCast('try_cast', body, to),
  subscript,
  select: writeSelect,
  div: (body, to) => divide('div', body, to),
  mod: (body, to) => divide('mod', body, to),
  mul: (body, to) => multiply(body, to),
  bitwise_xor: (body, to) => call('xor', [to(body.left), to(body.right)]),
  array_agg: (body, to) => toCollected('array_agg', [to(body.this)], toDuckPart(body, to)),
  first: (body, to) => (body.ignore_nulls ? toFirst('first', toDuckPart(body, to)) : null),
  last: (body, to) => (body.ignore_nulls ? toFirst('last', toDuckPart(body, to)) : null),
  window_function: writeWindow,
  extract: (body, to) => toDatePart(FIELD_NAMES[String(body.field)] ?? String(body.field), to(body.this)),
  like: (body, to) => writeLike('like', body, to),
  i_like: (body, to) => writeLike('i_like', body, to),
  // Without its position the parser's own form is kept.
  dot: (body, to) => ({ dot: { ...body, this: paren(to(body.this)), field: to(body.field) } }),
  within_group: (body, to) => {
    const list = bodyOf(body.this, 'list_agg') ?? bodyOf(body.this, 'string_agg')
    if (!list) return null
    return { string_agg: { ...toDuckPart(list, to), order_by: to(body.order_by) } }
  },
}

/** A DATE and days stay a DATE; DuckDB would make a TIMESTAMP of them. A text that is a number counts as one. */
function addInterval(kind: string, body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const [left, right] = [toNumberOf(body.left, to), toNumberOf(body.right, to)]
  if (left || right) return binary(kind, left ?? to(body.left), right ?? to(body.right))
  const [value, step] = isDayStep(body.left) ? [body.right, body.left] : [body.left, body.right]
  if (!isDayStep(step) || bodyOf(value, 'interval')) return null
  const moved = binary(kind, to(body.left), to(body.right))
  return isDateNode(value) ? cast(moved, 'DATE') : fill('cast_to_type($1, $2)', [moved, to(value)])
}

function toNumberOf(node: unknown, to: (part: unknown) => unknown): SqlNode | null {
  const literal = bodyOf(node, 'literal')
  const value = String(literal?.value ?? '')
  if (literal?.literal_type !== 'string' || !/^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)) return null
  return cast(to(node), value.includes('.') ? 'DOUBLE' : 'BIGINT')
}

function multiply(body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const [left, right] = [toNumberOf(body.left, to), toNumberOf(body.right, to)]
  return left || right ? binary('mul', left ?? to(body.left), right ?? to(body.right)) : null
}

/** Nothing is divided by zero in Databricks. */
function divide(kind: 'div' | 'mod', body: SqlNode, to: (part: unknown) => unknown): SqlNode {
  const [left, right] = [body.left, body.right].map((side) => toNumberOf(side, to) ?? to(side))
  const literal = bodyOf(body.right, 'literal')
  const sign = kind === 'div' ? '/' : '%'
  if (literal && Number(literal.value) !== 0) return fill(`($1 ${sign} $2)`, [left, right])
  return fill(`($1 ${sign} CASE WHEN $2 = 0 THEN ${BY_ZERO} ELSE $2 END)`, [left, right])
}

/** Keys that are texts are those of a map. */
function subscript(body: SqlNode, to: (part: unknown) => unknown): SqlNode {
  const literal = bodyOf(body.index, 'literal')
  const isKey = isListNode(body.this) === 'map' || literal?.literal_type === 'string'
  return fill(isKey ? '$1[$2]' : ITEM_OF_EITHER, [to(body.this), to(body.index)])
}

/** Sources that are functions have columns with names of their own; values in parentheses are a struct. */
function writeSelect(body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const items = listOf(body.expressions)
  const sources = isRecord(body.from) ? listOf(body.from.expressions) : []
  const isPlain = (node: SqlNode): boolean => nameSource(node) === node
  const joins = listOf(body.joins)
  if (
    !items.some((item) => toNamedItem(item) !== item) &&
    sources.every(isPlain) &&
    joins.every((one) => isPlain(one.this as SqlNode))
  )
    return null
  const changed = {
    ...body,
    expressions: items.map(toNamedItem),
    from: isRecord(body.from) ? { ...body.from, expressions: sources.map((one) => nameSource(one)) } : body.from,
    joins: joins.map((one) => ({ ...one, this: nameSource(one.this as SqlNode) })),
  }
  return { select: toDuckPart(changed, to) }
}

function toNamedItem(item: SqlNode): SqlNode {
  const alias = bodyOf(item, 'alias')
  if (bodyOf(item, 'explode') || bodyOf(item, 'explode_outer')) return nameSource(item, 'alias')
  const tuple = bodyOf(alias?.this ?? item, 'tuple')
  if (!tuple) return item
  const struct = call('struct', listOf(tuple.expressions))
  return alias ? { alias: { ...alias, this: struct } } : struct
}

const SOURCE_COLUMNS: Readonly<Record<string, string>> = { range: 'id', explode: 'col', explode_outer: 'col' }

function nameSource(source: SqlNode, as: 'alias' | 'column' = 'column'): SqlNode {
  const alias = bodyOf(source, 'alias')
  const expression = expressionOf(alias?.this ?? source)
  const name = expression ? functionName(expression.kind, expression.body) : null
  const column = name === null ? undefined : SOURCE_COLUMNS[name]
  if (!column || listOf(alias?.column_aliases).length > 0) return source
  const named = {
    alias: identifier(name ?? ''),
    alias_explicit_as: true,
    pre_alias_comments: [],
    trailing_comments: [],
  }
  if (as === 'alias') return { alias: { ...named, this: source, alias: identifier(column), column_aliases: [] } }
  return { alias: { ...named, this: source, ...alias, column_aliases: [identifier(column)] } }
}

function toPath(node: unknown): string {
  const path = String(bodyOf(node, 'literal')?.value ?? '').replace(/\["([^"]*)"\]/g, '."$1"')
  if (path.startsWith('.')) return `$${path}`
  return path.startsWith('[') ? `$${path}` : `$.${path}`
}

function writeCast(kind: string, body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const type = isRecord(body.to) ? body.to : {}
  const name = String(type.data_type === 'custom' ? type.name : type.data_type).toLowerCase()
  if (name === 'variant') return call('to_json', [to(body.this)])
  const target = mapTree(type, toDuckColumnType)
  const path = bodyOf(body.this, 'j_s_o_n_extract')
  const whole = wholeTypeOf(type)
  const date = name === 'date' ? toFullDate(body.this) : null
  const isNested = ['struct', 'array', 'map', 'json'].includes(name)
  const inner =
    path && !isNested ? call('json_extract_string', [to(path.this), text(toPath(path.expression))]) : to(body.this)
  if (whole) return toWhole(whole, body.this, inner, kind === 'try_cast', Boolean(path) || isVariantNode(body.this))
  return { [kind]: { ...body, this: date ?? inner, to: target } }
}

function isVariantNode(node: unknown): boolean {
  return Boolean(bodyOf(node, 'parse_json')) || siteOf(node) !== null
}

function writeLike(kind: string, body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const patterns = bodyOf(body.right, 'tuple') ?? bodyOf(body.right, 'paren')
  const left = to(body.left)
  if (typeof body.quantifier === 'string' && patterns) {
    const all = body.quantifier.toUpperCase() === 'ALL'
    const likes = (patterns.expressions ? listOf(patterns.expressions) : [patterns.this]).map((right) =>
      oneLike(kind, body, left, right, to),
    )
    return paren(likes.reduce((whole, next) => binary(all ? 'and' : 'or', whole, next)))
  }
  return oneLike(kind, body, left, body.right, to)
}

/** The backslash escapes in Databricks unless another sign is named. */
function oneLike(kind: string, body: SqlNode, left: unknown, right: unknown, to: (part: unknown) => unknown): SqlNode {
  const pattern = bodyOf(right, 'literal')
  const escapes = pattern && String(pattern.value).includes('\\')
  const mark = body.escape ? to(body.escape) : escapes ? text('\\') : null
  return { [kind]: { ...body, left, right: to(right), escape: mark, quantifier: null } }
}
