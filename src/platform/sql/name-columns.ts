// Gives the columns of a result that bear no name the text they were written with.
import { writeSql } from './parser.ts'
import { bodyOf, expressionOf, identifier, isRecord, listOf, nameOf, type SqlNode } from './tree.ts'

const NAMED = ['alias', 'column', 'star']
const LONGEST = 200

export function nameColumns(tree: SqlNode): SqlNode {
  const create = bodyOf(tree, 'create_table')
  if (create && isRecord(create.as_select)) {
    return { create_table: { ...create, as_select: nameColumns(create.as_select) } }
  }
  // The first of several queries names the columns of all.
  for (const kind of ['union', 'intersect', 'except']) {
    const set = bodyOf(tree, kind)
    if (set && isRecord(set.left)) return { [kind]: { ...set, left: nameColumns(set.left) } }
  }
  const inside = bodyOf(tree, 'subquery')
  if (inside && isRecord(inside.this)) return { subquery: { ...inside, this: nameColumns(inside.this) } }
  const body = bodyOf(tree, 'select')
  return body ? { select: { ...body, expressions: listOf(body.expressions).map(nameColumn) } } : tree
}

function nameColumn(item: SqlNode): SqlNode {
  const kind = expressionOf(item)?.kind
  if (kind === undefined || NAMED.includes(kind)) return item
  // A field bears its own name, whatever it is the field of.
  const field = nameOf(bodyOf(item, 'dot')?.field)
  const alias = identifier(field ?? writeSql(item, 'databricks').slice(0, LONGEST))
  const remarks = { pre_alias_comments: [], trailing_comments: [] }
  return { alias: { this: item, alias, column_aliases: [], alias_explicit_as: true, ...remarks } }
}
