// Puts ordinary conditions before those with AI calls, so that no call is made for a row that an ordinary one drops.
import { hasSite } from './ai-sites.ts'
import { binary, bodyOf, isRecord, listOf, mapTree, type SqlNode } from './tree.ts'

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
  const parts = conjuncts(condition)
  const costly = parts.filter(hasSite)
  const plain = parts.filter((part) => !hasSite(part))
  if (costly.length === 0 || plain.length === 0) return condition
  const guarded = {
    case: {
      operand: null,
      whens: [[conjoin(plain), conjoin(costly)]],
      else_: { boolean: { value: false } },
      comments: [],
    },
  }
  return binary('and', conjoin(plain), guarded)
}

function conjuncts(condition: unknown): SqlNode[] {
  const both = bodyOf(condition, 'and')
  if (both) return [...conjuncts(both.left), ...conjuncts(both.right)]
  const inside = bodyOf(condition, 'paren')
  if (inside && bodyOf(inside.this, 'and')) return conjuncts(inside.this)
  return isRecord(condition) ? [condition] : []
}

function conjoin(parts: readonly SqlNode[]): SqlNode {
  const wrapped = parts.map((part) => (bodyOf(part, 'or') ? { paren: { this: part, trailing_comments: [] } } : part))
  return wrapped.reduce((whole, next) => binary('and', whole, next))
}
