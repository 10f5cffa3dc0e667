// Cuts the rows of a SELECT with LIMIT off before its AI calls are made, where the calls do not decide which rows are left.
import { hasSite } from './ai-sites.ts'
import { TYPED_AGGREGATES } from './allowed-nodes.ts'
import {
  bodyOf,
  column,
  expressionOf,
  identifier,
  isRecord,
  listOf,
  mapTree,
  nameOf,
  paren,
  type SqlNode,
  walk,
} from './tree.ts'

const ROWS = 'lakedesk_rows'
/** What is computed over several rows is computed before the others are cut off. */
const OVER_ROWS = new Set([...TYPED_AGGREGATES, 'aggregate_function', 'within_group', 'window_function'])
/** What changes the number of rows, or has rows of its own. */
const NEVER = new Set(['explode', 'explode_outer', 'select'])

/** Aggregates that the parser takes for plain functions. */
const AGGREGATES = new Set(
  'mean some every std bool_any percentile_approx kurtosis covar_pop covar_samp regr_slope regr_intercept grouping grouping_id'.split(
    ' ',
  ),
)

/**
 * `SELECT a, ai(b) FROM t ORDER BY c LIMIT 5` becomes
 * `SELECT a, ai(p1) FROM (SELECT a, b AS p1, row_number() OVER (ORDER BY c) AS place FROM t ORDER BY c LIMIT 5) ORDER BY place`.
 * Every other SELECT is left as it is.
 */
export function limitFirst(tree: SqlNode): SqlNode {
  const changed = mapTree(tree, (node) => {
    const body = bodyOf(node, 'select')
    return body && mayLimitFirst(body) ? split(body) : node
  })
  return isRecord(changed) ? changed : tree
}

function mayLimitFirst(body: SqlNode): boolean {
  if (!isRecord(body.limit) || !hasSite(body.expressions)) return false
  const { expressions, with: _, from: __, ...rest } = body
  if (hasSite(rest)) return false
  const blocked = [body.qualify, body.distinct_on, body.limit_by].some(isRecord)
  if (blocked || body.distinct === true || listOf(body.windows).length > 0) return false
  const items = listOf(expressions)
  // A star hides the names.
  if (items.some((item) => expressionOf(item)?.kind === 'star' && bodyOf(item, 'star')?.table)) return false
  if ([...walk(items)].some((node) => NEVER.has(expressionOf(node)?.kind ?? ''))) return false
  // A call inside of an aggregate or a window needs all rows.
  if ([...walk(items)].some((node) => isOverRows(node) && hasSite(node))) return false
  return !ordersByCall(body, items) && mayGroup(body, items)
}

function isOverRows(node: SqlNode): boolean {
  const expression = expressionOf(node)
  if (!expression) return false
  return OVER_ROWS.has(expression.kind) || AGGREGATES.has(nameOf(bodyOf(node, 'function'))?.toLowerCase() ?? '')
}

/** Groups must be named by columns: places and aliases mean others in the inner query. */
function mayGroup(body: SqlNode, items: readonly SqlNode[]): boolean {
  if (!isRecord(body.group_by)) return !isRecord(body.having)
  const { expressions, ...rest } = body.group_by
  if (Object.values(rest).some((part) => part === true)) return false
  const groups = listOf(expressions)
  const aliases = new Set(items.map((item) => nameOf(bodyOf(item, 'alias')?.alias)?.toLowerCase() ?? ''))
  if (groups.some((group) => !bodyOf(group, 'column') || usesColumns(group, aliases))) return false
  if (usesColumns(body.having, aliases)) return false
  const keys = new Set(groups.map((group) => JSON.stringify(group)))
  return items.filter(hasSite).every((item) => columnsOutside(item).every((one) => keys.has(JSON.stringify(one))))
}

/** Columns that stand in no aggregate. */
function columnsOutside(value: unknown): SqlNode[] {
  if (Array.isArray(value)) return value.flatMap(columnsOutside)
  if (!isRecord(value) || isOverRows(value)) return []
  return bodyOf(value, 'column') ? [value] : Object.values(value).flatMap(columnsOutside)
}

/** ORDER BY may name a column of the SELECT list by its alias or its place; a later column may name an earlier one. */
function ordersByCall(body: SqlNode, items: readonly SqlNode[]): boolean {
  const aliases = items.filter((item) => bodyOf(item, 'alias') && !namesItself(item))
  const all = new Set(aliases.map((item) => nameOf(bodyOf(item, 'alias')?.alias)?.toLowerCase() ?? ''))
  if (
    usesColumns(
      items.map((item) => bodyOf(item, 'alias')?.this ?? item),
      all,
    )
  )
    return true
  const costly = new Set(items.filter(hasSite).map((item) => nameOf(bodyOf(item, 'alias')?.alias)?.toLowerCase() ?? ''))
  if (usesColumns(body.order_by, costly)) return true
  const keys = listOf(isRecord(body.order_by) ? body.order_by.expressions : [])
  return keys.some((key) => bodyOf(key.this, 'literal') !== null)
}

/** `a AS a` */
function namesItself(item: SqlNode): boolean {
  const named = bodyOf(item, 'alias')
  return nameOf(bodyOf(named?.this, 'column')?.name)?.toLowerCase() === nameOf(named?.alias)?.toLowerCase()
}

function usesColumns(value: unknown, names: ReadonlySet<string>): boolean {
  return [...walk(value)].some((node) => names.has(plainColumn(node) ?? ' '))
}

function plainColumn(node: SqlNode): string | null {
  const body = bodyOf(node, 'column')
  return body && !body.table ? (nameOf(body.name)?.toLowerCase() ?? null) : null
}

/** ORDER BY with the aliases of the SELECT list replaced by what they stand for. */
function resolveOrder(order: unknown, items: readonly SqlNode[]): unknown {
  return mapTree(order, (node) => {
    const name = plainColumn(node)
    const item = items.find((item) => name !== null && nameOf(bodyOf(item, 'alias')?.alias)?.toLowerCase() === name)
    return item ? paren(bodyOf(item, 'alias')?.this) : node
  })
}

function split(body: SqlNode): SqlNode {
  const inner: SqlNode[] = []
  const outer: SqlNode[] = []
  for (const item of listOf(body.expressions)) {
    if (expressionOf(item)?.kind === 'star') {
      inner.push(item)
      outer.push({ star: { ...bodyOf(item, 'star'), except: null, replace: null, rename: null } })
    } else if (hasSite(item)) {
      outer.push(carry(item, inner))
    } else {
      const name =
        nameOf(bodyOf(item, 'alias')?.alias) ??
        nameOf(bodyOf(item, 'column')?.name) ??
        nameOf(bodyOf(item, 'dot')?.field)
      const slot = `lakedesk_column_${inner.length}`
      inner.push(alias(bodyOf(item, 'alias')?.this ?? item, slot))
      outer.push(alias(column(slot), name ?? slot))
    }
  }
  const hidden = inner
    .map((item) => nameOf(bodyOf(item, 'alias')?.alias))
    .filter((name) => name?.startsWith('lakedesk_'))
  const place = 'lakedesk_place'
  const order = resolveOrder(body.order_by, listOf(body.expressions))
  inner.push(alias(rowNumber(order), place))
  const select = { ...body, expressions: inner, order_by: order, with: null }
  const rows = { subquery: { ...EMPTY_SUBQUERY, this: { select }, alias: identifier(ROWS) } }
  const shown = outer.map((item) =>
    withoutColumns(
      item,
      [...hidden, place].filter((name) => name !== null && name !== undefined),
    ),
  )
  return {
    select: {
      ...body,
      expressions: shown,
      from: { expressions: [rows] },
      joins: [],
      lateral_views: [],
      where_clause: null,
      group_by: null,
      having: null,
      limit: null,
      offset: null,
      order_by: {
        expressions: [{ this: column(place), desc: false, nulls_first: null, explicit_asc: false }],
        siblings: false,
        comments: [],
      },
    },
  }
}

const EMPTY_SUBQUERY = {
  column_aliases: [],
  alias_explicit_as: true,
  order_by: null,
  limit: null,
  offset: null,
  lateral: false,
  modifiers_inside: false,
  trailing_comments: [],
}

/** What an expression with calls takes from the rows becomes columns of the inner query. */
function carry(item: SqlNode, inner: SqlNode[]): SqlNode {
  const named = bodyOf(item, 'alias')
  const value = carryColumns(named?.this ?? item, inner)
  return named ? { alias: { ...named, this: value } } : isRecord(value) ? value : item
}

function carryColumns(value: unknown, inner: SqlNode[]): unknown {
  const bound = new Set(
    [...walk(value)]
      .flatMap((node) => listOf(bodyOf(node, 'lambda')?.parameters))
      .map((name) => nameOf(name)?.toLowerCase()),
  )
  const carryPart = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(carryPart)
    if (!isRecord(part)) return part
    const body = bodyOf(part, 'column')
    if (body && !body.table && bound.has(nameOf(body.name)?.toLowerCase())) return part
    if (!body && !isOverRows(part)) {
      return Object.fromEntries(Object.entries(part).map(([key, inside]) => [key, carryPart(inside)]))
    }
    const slot = `lakedesk_column_${inner.length}`
    inner.push(alias(part, slot))
    return column(slot)
  }
  return carryPart(value)
}

function alias(node: unknown, name: string): SqlNode {
  const remarks = { pre_alias_comments: [], trailing_comments: [] }
  return { alias: { this: node, alias: identifier(name), column_aliases: [], alias_explicit_as: true, ...remarks } }
}

function rowNumber(order: unknown): SqlNode {
  const keys = isRecord(order) ? listOf(order.expressions) : []
  return {
    window_function: {
      this: { row_number: null },
      over: { window_name: null, partition_by: [], order_by: keys, frame: null, alias: null },
      keep: null,
    },
  }
}

/** A star shows the columns of the table alone. */
function withoutColumns(item: SqlNode, names: readonly string[]): SqlNode {
  const star = bodyOf(item, 'star')
  if (!star) return item
  const except = [...listOf(star.except), ...names.map((name) => identifier(name))]
  return { star: { ...star, except } }
}
