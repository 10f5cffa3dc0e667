// DuckDB expressions with places `$1`, `$2`... into which arguments are put.
import { LakedeskError } from '../../core/errors.ts'
import { parseDuckExpression } from './parser.ts'
import { bodyOf, call, expressionOf, identifier, isRecord, mapTree, paren, type SqlNode, walk } from './tree.ts'

/** Names that Lakedesk gives where it writes a statement anew: columns, tables, variables of lambdas. Nothing else may be called so. */
export const RESERVED = /^lakedesk_/i
/** Larger arguments are computed once, however often the template names them. In parts of the tree. */
const MAX_COPIED = 30
const VOLATILE = new Set(['lakedesk_ai', 'random', 'uuid', 'rand'])

/** Throws SQL_INVALID where a statement, as it was read, gives or uses a name of Lakedesk's own. */
export function checkOwnNames(tree: unknown): void {
  for (const node of walk(tree)) {
    if (typeof node.name === 'string' && 'quoted' in node && !('args' in node)) checkOwnName(node.name)
  }
}

export function checkOwnName(name: string): void {
  if (!RESERVED.test(name)) return
  throw new LakedeskError(
    'SQL_INVALID',
    `The name ${name.slice(0, 60)} is kept for Lakedesk, as all that begin with lakedesk_. Take another one.`,
  )
}

/** A template with its places filled. Throws SQL_INVALID where one has no argument. */
export function fill(template: string, args: readonly unknown[]): SqlNode {
  const tree = parseDuckExpression(template)
  const uses = args.map(() => 0)
  for (const node of walk(tree)) {
    const place = placeOf(node)
    if (place !== null) uses[place] = (uses[place] ?? 0) + 1
  }
  const isBound = args.some((argument, i) => (uses[i] ?? 0) > 1 && isCostly(argument))
  if (!isBound) return put(tree, args)
  // All arguments as the fields of one struct, which a lambda takes.
  const fields = args.map((value, i) => ({
    named_argument: { name: identifier(`a${i + 1}`), value, separator: 'ColonEq' },
  }))
  const inside = put(
    tree,
    args.map((_, i) => put(parseDuckExpression(`lakedesk_args.a${i + 1}`), [])),
  )
  const once = parseDuckExpression('list_transform([$1], lakedesk_args -> $2)[1]')
  return put(once, [call('struct_pack', fields), inside])
}

/** Whether it stands as it is wherever an operand may stand. */
export function isSimple(node: SqlNode): boolean {
  const kind = expressionOf(node)?.kind ?? ''
  return ['column', 'literal', 'function', 'paren', 'parameter', 'boolean', 'null', 'lambda', 'cast', 'dot'].includes(
    kind,
  )
}

function put(tree: SqlNode, args: readonly unknown[]): SqlNode {
  const filled = mapTree(tree, (node) => {
    const at = placeOf(node)
    if (at === null) return node
    const place = args[at]
    if (!isRecord(place)) throw new LakedeskError('SQL_INVALID', 'A function has too few arguments.')
    return isSimple(place) ? place : paren(place)
  })
  return isRecord(filled) ? filled : {}
}

function placeOf(node: SqlNode): number | null {
  const parameter = bodyOf(node, 'parameter')
  return parameter ? Number(parameter.index ?? parameter.name) - 1 : null
}

function isCostly(argument: unknown): boolean {
  let size = 0
  for (const node of walk(argument)) {
    size += 1
    const name = String(bodyOf(node, 'function')?.name ?? '').toLowerCase()
    if (size > MAX_COPIED || VOLATILE.has(name) || 'subquery' in node || 'rand' in node) return true
  }
  return false
}
