// The syntax tree as the parser gives it: an expression is an object with one key, its kind.

/** `{ kind: body }`, or a part of a body. */
export type SqlNode = Readonly<Record<string, unknown>>

/** Fields that only say where something stood or what was remarked beside it. */
const REMARKS = new Set([
  'span',
  'comments',
  'leading_comments',
  'trailing_comments',
  'pre_alias_comments',
  'post_select_comments',
  'left_comments',
  'operator_comments',
  'inferred_type',
  'hint',
])

export function isRecord(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Body of the node if it is of this kind. */
export function bodyOf(node: unknown, kind: string): SqlNode | null {
  if (!isRecord(node)) return null
  const body = node[kind]
  return isRecord(body) ? body : null
}

/** Kind and body of an expression; null for a part of a body, which has other keys too. */
export function expressionOf(value: unknown): { kind: string; body: unknown } | null {
  if (!isRecord(value)) return null
  const keys = Object.keys(value)
  const [kind] = keys
  return keys.length === 1 && kind !== undefined ? { kind, body: value[kind] } : null
}

export function listOf(value: unknown): readonly SqlNode[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** The name of an identifier such as `{ name: 'a', quoted: false }`. */
export function nameOf(value: unknown): string | null {
  return isRecord(value) && typeof value.name === 'string' ? value.name : null
}

export function identifier(name: string): SqlNode {
  return { name, quoted: true, trailing_comments: [] }
}

export function column(name: string, table?: string): SqlNode {
  return {
    column: {
      name: identifier(name),
      table: table === undefined ? null : identifier(table),
      join_mark: false,
      trailing_comments: [],
    },
  }
}

export function call(name: string, args: readonly unknown[]): SqlNode {
  const plain = { distinct: false, trailing_comments: [], use_bracket_syntax: false, no_parens: false, quoted: false }
  return { function: { name, args, ...plain } }
}

export function text(value: string): SqlNode {
  return { literal: { literal_type: 'string', value } }
}

export function number(value: number): SqlNode {
  return { literal: { literal_type: 'number', value: String(value) } }
}

/** `type` is written out as it stands, so it must be one that Lakedesk wrote. */
export function cast(node: unknown, type: string, kind: 'cast' | 'try_cast' = 'cast'): SqlNode {
  const to = { data_type: 'custom', name: type }
  const plain = { trailing_comments: [], double_colon_syntax: false, format: null, default: null }
  return { [kind]: { this: node, to, ...plain } }
}

export function paren(node: unknown): SqlNode {
  return { paren: { this: node, trailing_comments: [] } }
}

export function binary(kind: string, left: unknown, right: unknown): SqlNode {
  return {
    [kind]: { left, right, left_comments: [], operator_comments: [], trailing_comments: [], inferred_type: null },
  }
}

/** The same tree with nothing of the remarks in it. */
export function withoutRemarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRemarks)
  if (!isRecord(value)) return value
  // An expression with a remark beside it is wrapped in one.
  const annotated = bodyOf(value, 'annotated')
  if (annotated && Object.keys(value).length === 1) return withoutRemarks(annotated.this)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'span')
      .map(([key, part]) => [key, REMARKS.has(key) ? (Array.isArray(part) ? [] : null) : withoutRemarks(part)]),
  )
}

export function isRemark(key: string): boolean {
  return REMARKS.has(key)
}

/** Every object of the tree, parents before their parts. */
export function* walk(value: unknown): Generator<SqlNode> {
  if (Array.isArray(value)) {
    for (const part of value) yield* walk(part)
  } else if (isRecord(value)) {
    yield value
    for (const part of Object.values(value)) yield* walk(part)
  }
}

/** A copy in which `change` replaced nodes, from the leaves up. */
export function mapTree(value: unknown, change: (node: SqlNode) => SqlNode): unknown {
  if (Array.isArray(value)) return value.map((part) => mapTree(part, change))
  if (!isRecord(value)) return value
  return change(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapTree(part, change)])))
}
