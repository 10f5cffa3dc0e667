// The same tree with DuckDB's meaning: functions by their templates, NULLs in Databricks' order, AI calls as lakedesk_ai.
import { siteOf } from './ai-sites.ts'
import { TYPED_FUNCTIONS } from './allowed-nodes.ts'
import { toDuckCall } from './duck-calls.ts'
import { functionName } from './function-name.ts'
import type { AiSite } from './statement.ts'
import {
  binary,
  bodyOf,
  call,
  cast,
  expressionOf,
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
  const values = args.map((argument) => to(bodyOf(argument, 'named_argument')?.value ?? argument))
  const answer = call('lakedesk_ai', [number(site.id), call('json_array', values)])
  return toAnswer(answer, site.type)
}

/** Text as it is; all else is JSON in a string. */
function toAnswer(answer: SqlNode, type: string): SqlNode {
  if (type === 'VARCHAR') return answer
  const json = cast(answer, 'JSON')
  return type === 'JSON' ? json : cast(json, type)
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
  // Lists count from 1 in DuckDB; keys of maps stay what they are.
  subscript: (body, to) => {
    const literal = bodyOf(body.index, 'literal')
    const isKey = literal?.literal_type === 'string'
    const index =
      literal?.literal_type === 'number' ? number(Number(literal.value) + 1) : binary('add', to(body.index), number(1))
    return { subscript: { this: to(body.this), index: isKey ? to(body.index) : index } }
  },
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

const DATE_FUNCTIONS = ['current_date', 'curdate', 'to_date', 'date_add', 'date_sub', 'date', 'last_day', 'make_date']

/** A DATE and days stay a DATE; DuckDB would make a TIMESTAMP of them. */
function addInterval(kind: string, body: SqlNode, to: (part: unknown) => unknown): SqlNode | null {
  const unit = bodyOf(body.right, 'interval')?.unit
  const days = isRecord(unit) && ['Day', 'Week', 'Month', 'Quarter', 'Year'].includes(String(unit.unit))
  return days && isDate(body.left) ? cast(binary(kind, to(body.left), to(body.right)), 'DATE') : null
}

function isDate(node: unknown): boolean {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return false
  const { kind, body } = expression
  if (kind === 'literal') return body.literal_type === 'date'
  if (kind === 'cast') return isRecord(body.to) && body.to.data_type === 'date'
  return DATE_FUNCTIONS.includes(functionName(kind, body) ?? '')
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
  const isNested = ['struct', 'array', 'map', 'json'].includes(name)
  const inner =
    path && !isNested ? call('json_extract_string', [to(path.this), text(toPath(path.expression))]) : to(body.this)
  return { [kind]: { ...body, this: inner, to: target } }
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
