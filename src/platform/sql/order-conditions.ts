// Puts ordinary conditions before those with AI calls, so that no call is made for a row that an ordinary one drops.
import { hasSite, siteOf } from './ai-sites.ts'
import { TYPED_AGGREGATES } from './allowed-nodes.ts'
import {
  binary,
  bodyOf,
  call,
  column,
  expressionOf,
  isRecord,
  listOf,
  mapTree,
  nameOf,
  number,
  paren,
  type SqlNode,
  walk,
} from './tree.ts'

/**
 * Every condition that keeps or drops rows: `a AND ai AND b` becomes `a AND b AND CASE WHEN a AND b THEN ai ELSE FALSE END`. The CASE is what
 * keeps a database that orders conditions as it likes from asking too much; the plain part lets it use its filters. A condition that is
 * not known counts as false there, so it may be written so.
 */
export function orderConditions(tree: SqlNode): SqlNode {
  const ordered = mapTree(tree, (node) => {
    const select = bodyOf(node, 'select')
    if (select) return { select: orderSelect(select) }
    const choice = bodyOf(node, 'case')
    if (choice) return { case: { ...choice, whens: listOfPairs(choice).map(orderWhen(choice.operand)) } }
    const counted = bodyOf(node, 'count_if')
    if (counted) return { count_if: { ...counted, this: keepOrder(counted.this) } }
    const condition = bodyOf(node, 'if_func')
    if (condition) return { if_func: { ...condition, condition: keepOrder(condition.condition) } }
    return orderFiltered(node)
  })
  return isRecord(ordered) ? ordered : tree
}

function orderSelect(body: SqlNode): SqlNode {
  const joins = listOf(body.joins).map((one) => (one.on ? { ...one, on: order(one.on, []) } : one))
  // Behind an outer join to the right there are rows that no earlier JOIN let through.
  const mayLack = joins.some((one) => /right|full|outer/i.test(String(one.kind)) && one.kind !== 'Left')
  const joined = mayLack ? [] : joins.flatMap(conditionsOfJoin)
  const orderIn = (clause: unknown, first: readonly SqlNode[]): unknown =>
    isRecord(clause) ? { ...clause, this: order(clause.this, first) } : clause
  return {
    ...body,
    where_clause: orderIn(body.where_clause, joined),
    having: orderIn(body.having, []),
    qualify: orderIn(body.qualify, []),
    joins,
  }
}

/** What holds for every row that a JOIN lets through: a database would ask before it joins. */
function conditionsOfJoin(one: SqlNode): SqlNode[] {
  if (one.kind !== 'Inner') return []
  const table = bodyOf(one.this, 'table')
  const name = nameOf(table?.alias) ?? nameOf(table?.name) ?? nameOf(bodyOf(one.this, 'subquery')?.alias)
  const names = Array.isArray(one.using) && name !== null ? one.using.map(nameOf).filter((using) => using !== null) : []
  const present = names.map((using) => ({
    is_null: { this: column(using, name ?? undefined), not: true, postfix_form: false },
  }))
  return [...partsOf(one.on, 'and').filter((part) => !hasSite(part)), ...present]
}

function listOfPairs(choice: SqlNode): readonly (readonly unknown[])[] {
  return Array.isArray(choice.whens) ? choice.whens.filter(Array.isArray) : []
}

function orderWhen(operand: unknown): (pair: readonly unknown[]) => unknown[] {
  return ([when, then]) => [operand ? when : keepOrder(when), varied(then)]
}

/** An aggregate with FILTER gets the values of the rows it counts alone. */
function orderFiltered(node: SqlNode): SqlNode {
  const expression = expressionOf(node)
  const body = expression && isRecord(expression.body) ? expression.body : null
  if (!expression || !body || !isRecord(body.filter)) return node
  const filter = keepOrder(body.filter)
  const guarded = (value: unknown): unknown =>
    hasSite(value) && !hasSite(filter) && isRecord(value) ? choose(body.filter, varied(value), { null: null }) : value
  if (TYPED_AGGREGATES.includes(expression.kind))
    return { [expression.kind]: { ...body, this: guarded(body.this), filter } }
  if (expression.kind !== 'aggregate_function') return node
  const [first, ...more] = listOf(body.args)
  return { aggregate_function: { ...body, args: [guarded(first), ...more], filter } }
}

const keepOrder = (condition: unknown): unknown => order(condition, [])

/** `first` are conditions that hold anyway for the rows that are kept. */
function order(condition: unknown, first: readonly SqlNode[]): unknown {
  if (!hasSite(condition)) return condition
  const parts = partsOf(pushNot(condition, false), 'and')
  const costly = parts.filter(hasSite).map(orderAlternatives)
  const plain = parts.filter((part) => !hasSite(part))
  const known = [...first, ...plain]
  if (known.length === 0) return join(costly, 'and')
  const rest = choose(join(known, 'and'), varied(join(costly, 'and')), { boolean: { value: false } })
  return plain.length === 0 ? rest : binary('and', join(plain, 'and'), rest)
}

/** `ai OR a` becomes `CASE WHEN a THEN TRUE ELSE ai END`. */
function orderAlternatives(condition: SqlNode): SqlNode {
  const parts = partsOf(condition, 'or')
  if (parts.length < 2) return condition
  const plain = parts.filter((part) => !hasSite(part))
  const costly = parts.filter(hasSite).map((part) => {
    const ordered = bodyOf(part, 'and') || bodyOf(part, 'paren') ? order(part, []) : part
    return isRecord(ordered) ? ordered : part
  })
  if (plain.length === 0) return join(costly, 'or')
  return choose(join(plain, 'or'), { boolean: { value: true } }, varied(join(costly, 'or')))
}

/** NOT goes to the parts of AND and OR, so that these can be told apart; what is not known stays so. */
function pushNot(node: unknown, negated: boolean): unknown {
  if (!hasSite(node)) return negated ? { not: { this: paren(node) } } : node
  const inside = bodyOf(node, 'paren')
  if (inside) return pushNot(inside.this, negated)
  const not = bodyOf(node, 'not')
  if (not) return pushNot(not.this, !negated)
  for (const kind of ['and', 'or']) {
    const both = bodyOf(node, kind)
    const other = kind === 'and' ? 'or' : 'and'
    if (both) return binary(negated ? other : kind, pushNot(both.left, negated), pushNot(both.right, negated))
  }
  return negated ? { not: { this: paren(node) } } : node
}

/** A call whose arguments are the same for all rows would be made before it is known whether there is a row. */
function varied(value: unknown): unknown {
  return mapTree(value, (node) => {
    const body = bodyOf(node, 'function')
    const args = listOf(body?.args)
    const [first, ...more] = args
    if (siteOf(node) === null || !first || bodyOf(first, 'named_argument') || variesByRow(args)) return node
    const any = binary('gte', call('rand', []), number(0))
    return { function: { ...body, args: [choose(any, first, { null: null }), ...more] } }
  })
}

function variesByRow(args: readonly SqlNode[]): boolean {
  return [...walk(args)].some((node) => 'column' in node || siteOf(node) !== null || 'rand' in node)
}

function choose(condition: unknown, then: unknown, otherwise: unknown): SqlNode {
  return { case: { operand: null, whens: [[condition, then]], else_: otherwise, comments: [] } }
}

function partsOf(condition: unknown, kind: 'and' | 'or'): SqlNode[] {
  const both = bodyOf(condition, kind)
  if (both) return [...partsOf(both.left, kind), ...partsOf(both.right, kind)]
  const inside = bodyOf(condition, 'paren')
  if (inside && bodyOf(inside.this, kind)) return partsOf(inside.this, kind)
  return isRecord(condition) ? [condition] : []
}

function join(parts: readonly SqlNode[], kind: 'and' | 'or'): SqlNode {
  const wrapped = parts.map((part) => (bodyOf(part, 'or') || bodyOf(part, 'and') ? paren(part) : part))
  return wrapped.reduce((whole, next) => binary(kind, whole, next))
}
