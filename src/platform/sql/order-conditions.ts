// Puts ordinary conditions before those with AI calls, so that no call is made for a row that an ordinary one drops.
import { hasSite } from './ai-sites.ts'
import { binary, bodyOf, isRecord, listOf, mapTree, paren, type SqlNode } from './tree.ts'

/**
 * WHERE and ON of every SELECT: `a AND ai AND b` becomes `a AND b AND CASE WHEN a AND b THEN ai ELSE FALSE END`. The CASE is what keeps a
 * database that orders conditions as it likes from asking too much; the plain part lets it use its filters.
 */
export function orderConditions(tree: SqlNode): SqlNode {
  const ordered = mapTree(tree, (node) => {
    const body = bodyOf(node, 'select')
    if (!body) return node
    const where = isRecord(body.where_clause)
      ? { ...body.where_clause, this: order(body.where_clause.this) }
      : body.where_clause
    const joins = listOf(body.joins).map((join) => (join.on ? { ...join, on: order(join.on) } : join))
    return { select: { ...body, where_clause: where, joins } }
  })
  return isRecord(ordered) ? ordered : tree
}

function order(condition: unknown): unknown {
  const parts = partsOf(condition, 'and')
  const costly = parts.filter(hasSite).map(orderAlternatives)
  const plain = parts.filter((part) => !hasSite(part))
  if (costly.length === 0) return condition
  if (plain.length === 0) return join(costly, 'and')
  return binary(
    'and',
    join(plain, 'and'),
    choose(join(plain, 'and'), join(costly, 'and'), { boolean: { value: false } }),
  )
}

/** `ai OR a` becomes `CASE WHEN a THEN TRUE ELSE ai END`. */
function orderAlternatives(condition: SqlNode): SqlNode {
  const parts = partsOf(condition, 'or')
  const plain = parts.filter((part) => !hasSite(part))
  if (plain.length === 0) return condition
  return choose(join(plain, 'or'), { boolean: { value: true } }, join(parts.filter(hasSite), 'or'))
}

function choose(condition: SqlNode, then: SqlNode, otherwise: SqlNode): SqlNode {
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
