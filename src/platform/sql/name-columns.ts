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
  const alias = identifier(field ?? (ownName(item) ?? toSpelling(item, kind)).slice(0, LONGEST))
  const remarks = { pre_alias_comments: [], trailing_comments: [] }
  return { alias: { this: item, alias, column_aliases: [], alias_explicit_as: true, ...remarks } }
}

/** Names that are not the text. */
function ownName(item: SqlNode): string | null {
  const count = bodyOf(item, 'count')
  if (count?.star === true && !count.filter && !count.distinct) return 'count(1)'
  if (bodyOf(item, 'explode') || bodyOf(item, 'explode_outer')) return 'col'
  const literal = bodyOf(item, 'literal')
  return literal?.literal_type === 'string' && literal.value !== '' ? String(literal.value) : null
}

const OPERATORS = new Set(
  'add sub mul div mod eq neq lt lte gt gte and or not is_null in between null_safe_eq'.split(' '),
)
/** Words in front of a parenthesis that are no functions. */
const WORDS =
  /\b(?!(?:CAST|TRY_CAST|OVER|IN|FILTER|AND|OR|NOT|WHEN|THEN|ELSE|VALUES|EXISTS|ANY|ALL|SOME|BY|AS|ON|USING|DECIMAL|VARCHAR|CHAR|EXTRACT)\()[A-Z_][A-Z0-9_]*(?=\()/g

/** Functions in small letters, and parentheses around what is computed. */
function toSpelling(item: SqlNode, kind: string): string {
  const written = writeSql(item, 'databricks')
  // Texts and names in quotes stay as they are.
  const spelled = written
    .split(/('(?:[^'\\]|\\[\s\S])*'|`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(WORDS, (name) => name.toLowerCase())))
    .join('')
  return OPERATORS.has(kind) ? `(${spelled})` : spelled
}
