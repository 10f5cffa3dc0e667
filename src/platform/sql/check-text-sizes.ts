// How large the texts of a statement may become: one call feeds the next, through queries and the names of their columns.
import { LakedeskError } from '../../core/errors.ts'
import { TYPED_FUNCTIONS } from './allowed-nodes.ts'
import { triesOf } from './check-patterns.ts'
import { functionName } from './function-name.ts'
import { isLiteralText, toNumber } from './literal-values.ts'
import { bodyOf, expressionOf, isRecord, listOf, nameOf, type SqlNode } from './tree.ts'

/** Largest text or array of texts that one row may make, in characters. DuckDB works on some thousand rows at a time. */
const MAX_SIZE = 1_000_000
/** What a column of a table is taken to hold. */
const UNKNOWN = 1_000
/** Comparisons that one LIKE may need for one row. */
const MAX_COMPARISONS = 10_000_000

/** A value: its characters, and as an array how many items of which size. */
interface Made {
  size: number
  items: number
  item: number
}

interface Place {
  /** Sizes by name; under '' those of columns without one. */
  columns: ReadonlyMap<string, number>
  ctes: ReadonlyMap<string, ReadonlyMap<string, number>>
  countItems: (name: string, args: readonly SqlNode[]) => number
}

/** Throws SQL_REFUSED. `countItems` tells how many items a call of sequence() or range() makes. */
export function checkTextSizes(tree: unknown, countItems: Place['countItems']): void {
  madeBy(tree, { columns: new Map(), ctes: new Map(), countItems })
}

const ofSize = (size: number): Made =>
  size > UNKNOWN ? { size, items: size, item: size } : { size, items: 100, item: Math.min(size, 10) }
const SMALL = ofSize(20)
const QUERIES = new Set(['select', 'union', 'intersect', 'except', 'values', 'subquery', 'table'])
const CONDITIONS = new Set(
  'and or not eq neq lt lte gt gte in between is_null exists like i_like add sub mul div mod neg extract'.split(' '),
)

function madeBy(value: unknown, place: Place): Made {
  if (Array.isArray(value)) return ofSize(largest(value.map((part) => madeBy(part, place))))
  if (!isRecord(value)) return ofSize(0)
  const expression = expressionOf(value)
  if (!expression || !isRecord(expression.body)) return madeBy(Object.values(value), place)
  const { kind, body } = expression
  if (QUERIES.has(kind)) return ofSize(Math.max(1, ...columnsOf(value, place).values()))
  if (kind === 'literal') return ofSize(String(body.value).length)
  if (kind === 'parameter' || kind === 'star') return ofSize(UNKNOWN)
  if (kind === 'column') return ofSize(sizeOfColumn(nameOf(body.name), place))
  if (kind === 'concat') return checked('concat', sum([madeBy(body.left, place), madeBy(body.right, place)]))
  if (kind === 'like' || kind === 'i_like') {
    checkTries(triesOf(kind, body), madeBy(body.left, place).size)
    madeBy(body.right, place)
    return SMALL
  }
  const name = functionName(kind, body)
  const fields = TYPED_FUNCTIONS[kind]
  const args = fields ? fields.flatMap((field) => body[field] ?? []) : body.args
  if (name !== null && Array.isArray(args)) {
    madeBy([body.filter, body.order_by], place)
    return madeByCall(name, listOf(args), place)
  }
  const most = madeBy(Object.values({ ...body, name: null }), place)
  if (CONDITIONS.has(kind)) return SMALL
  return GATHERING.has(name ?? kind) ? gathered(most.size) : most
}

const GATHERING = new Set('string_agg list_agg listagg array_agg collect_list collect_set'.split(' '))
/** Of a hundred rows. */
const gathered = (item: number): Made => ({ size: item * 100, items: 100, item })
const COUNTS = new Set('length char_length character_length len size array_size cardinality levenshtein'.split(' '))

/** By name: the size of what is made from the arguments. */
const SIZES: Readonly<Record<string, (made: readonly Made[], args: readonly SqlNode[]) => number>> = {
  repeat: ([text], [, times]) => (text?.size ?? 0) * Math.max(0, toNumber(times) ?? 1),
  lpad: (_, [, length]) => Math.max(0, toNumber(length) ?? UNKNOWN),
  rpad: (_, [, length]) => Math.max(0, toNumber(length) ?? UNKNOWN),
  replace: ([text, from, to], [, pattern]) =>
    (text?.size ?? 0) * Math.max(1, (to?.size ?? 0) / (isLiteralText(pattern) ? Math.max(1, from?.size ?? 1) : 1)),
  // A pattern may also match between the signs.
  regexp_replace: ([text, , to]) => (text?.size ?? 0) * (to?.size ? to.size + 1 : 1),
  left: ([text], [, length]) => shortened(text, length),
  right: ([text], [, length]) => shortened(text, length),
  substring: ([text], [, , length]) => shortened(text, length),
  substr: ([text], [, , length]) => shortened(text, length),
  concat: sum,
  concat_ws: (made) => sum(made) + (made[0]?.size ?? 0) * made.length,
  format_string: sum,
  printf: sum,
  array: sum,
  array_union: sum,
  array_append: sum,
  named_struct: sum,
  struct: sum,
  map: sum,
  array_join: ([list, mark]) => (list?.size ?? 0) + (list?.items ?? 0) * (mark?.size ?? 0),
  to_json: ([text]) => (text?.size ?? 0) * 2,
  hex: ([text]) => (text?.size ?? 0) * 2,
  base64: ([text]) => (text?.size ?? 0) * 2,
}

function shortened(text: Made | undefined, length: SqlNode | undefined): number {
  return Math.min(text?.size ?? 0, Math.max(0, toNumber(length) ?? Number.POSITIVE_INFINITY))
}

function madeByCall(name: string, args: readonly SqlNode[], place: Place): Made {
  if (name === 'sequence' || name === 'range') {
    const items = place.countItems(name, args)
    return { size: items, items, item: 8 }
  }
  const made = args.map((argument) => ('lambda' in argument ? ofSize(0) : madeBy(argument, place)))
  const [first = SMALL] = made
  const lambda = args.map((argument) => bodyOf(argument, 'lambda')).find((body) => body !== null)
  if (lambda) return madeByLambda(name, lambda, made, place)
  if (name === 'array_repeat') {
    const items = place.countItems(name, args)
    return { size: checked(name, { size: items * first.size }).size, items, item: first.size }
  }
  const size = Object.hasOwn(SIZES, name) ? SIZES[name]?.(made, args) : undefined
  if (size === undefined) return ownSize(name, made)
  const whole = checked(name, { size })
  return name === 'array' ? { size, items: args.length, item: largest(made) } : whole
}

function ownSize(name: string, made: readonly Made[]): Made {
  if (COUNTS.has(name)) return SMALL
  if (name.startsWith('ai_')) return ofSize(UNKNOWN)
  return GATHERING.has(name) ? gathered(largest(made)) : ofSize(largest(made))
}

/** What a lambda makes, it makes for every item. */
function madeByLambda(name: string, lambda: SqlNode, made: readonly Made[], place: Place): Made {
  const [list = SMALL, begin = SMALL] = made
  const isReduce = name === 'reduce' || name === 'aggregate'
  const names = listOf(lambda.parameters).map((parameter) => nameOf(parameter)?.toLowerCase() ?? '')
  // The value that is handed on is there at the beginning alone: what is added to it counts for every item.
  const sizes = isReduce ? [0, list.item] : [list.item, 8]
  const columns = new Map([...place.columns, ...names.map((each, i): [string, number] => [each, sizes[i] ?? 8])])
  const item = madeBy(lambda.body, { ...place, columns }).size
  if (isReduce) return checked(name, { size: begin.size + list.items * item })
  if (name !== 'transform') return list
  const { size } = checked(name, { size: list.items * item }, 10)
  return { size, items: list.items, item }
}

function checkTries(tries: number, size: number): void {
  if (tries < 2 || size ** tries / tries <= MAX_COMPARISONS) return
  throw new LakedeskError(
    'SQL_REFUSED',
    `A LIKE pattern with ${tries} signs % takes too long on a text of ${Math.round(size)} signs. Shorten the text, or use RLIKE.`,
  )
}

function sizeOfColumn(name: string | null, { columns }: Place): number {
  return columns.get(name?.toLowerCase() ?? '') ?? Math.max(UNKNOWN, columns.get('') ?? 0)
}

/** Sizes of the columns of a query or table, and of all that is inside it. */
function columnsOf(node: unknown, outer: Place): ReadonlyMap<string, number> {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return new Map()
  const { kind, body } = expression
  const place = isRecord(body.with) ? withCtes(body.with, outer) : outer
  if (kind === 'table')
    return (body.schema ? null : place.ctes.get(nameOf(body.name)?.toLowerCase() ?? '')) ?? new Map()
  if (kind === 'select') return columnsOfSelect({ ...body, with: null }, place)
  if (kind === 'union' || kind === 'intersect' || kind === 'except') {
    const sides = merge([columnsOf(body.left, place), columnsOf(body.right, place)])
    madeBy([body.order_by, body.limit, body.offset], { ...place, columns: sides })
    // The names are those of the left side, by position.
    return withOthers(sides)
  }
  if (kind === 'subquery' || kind === 'alias') {
    const inner = isQuery(body.this) ? columnsOf(body.this, place) : new Map([['', madeBy(body.this, place).size]])
    return listOf(body.column_aliases).length > 0 ? new Map([['', Math.max(1, ...inner.values())]]) : inner
  }
  return new Map([['', madeBy(Object.values({ ...body, with: null }), place).size]])
}

const isQuery = (node: unknown): boolean => QUERIES.has(expressionOf(node)?.kind ?? '')

function columnsOfSelect(body: SqlNode, outer: Place): ReadonlyMap<string, number> {
  const { from, joins, lateral_views: views, expressions, ...rest } = body
  const sources = [...listOf(isRecord(from) ? from.expressions : []), ...listOf(joins).map((join) => join.this)]
  let columns = merge([outer.columns, ...sources.map((source) => columnsOf(source, outer))])
  for (const view of listOf(views)) {
    columns = merge([columns, new Map([['', madeBy(view, { ...outer, columns }).size]])])
  }
  const made = new Map<string, number>()
  for (const item of listOf(expressions)) {
    if ('star' in item) for (const [name, size] of columns) made.set(name, Math.max(size, made.get(name) ?? 0))
    const alias = bodyOf(item, 'alias')
    const { size } = madeBy(alias ? alias.this : item, { ...outer, columns })
    const name = nameOf(alias?.alias ?? bodyOf(item, 'column')?.name)?.toLowerCase() ?? ''
    made.set(name, Math.max(size, made.get(name) ?? 0))
    // Later items may name earlier ones.
    if (alias) columns = merge([columns, new Map([[name, size]])])
  }
  const all = merge([columns, made])
  madeBy([rest, listOf(joins).map((join) => ({ on: join.on, using: join.using }))], { ...outer, columns: all })
  return made
}

function withCtes(clause: SqlNode, outer: Place): Place {
  let place = outer
  for (const cte of listOf(clause.ctes)) {
    const own = columnsOf(cte.this, place)
    const columns = listOf(cte.columns).length > 0 ? withOthers(own) : own
    place = { ...place, ctes: new Map([...place.ctes, [nameOf(cte.alias)?.toLowerCase() ?? '', columns]]) }
  }
  return place
}

/** The same sizes, and the largest of them for every name beside them. */
function withOthers(columns: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const most = Math.max(1, ...columns.values())
  return new Map([...[...columns.keys()].map((name): [string, number] => [name, most]), ['', most]])
}

function merge(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const merged = new Map<string, number>()
  for (const columns of all) {
    for (const [name, size] of columns) merged.set(name, Math.max(size, merged.get(name) ?? 0))
  }
  return merged
}

function sum(made: readonly Made[]): number {
  return made.reduce((whole, { size }) => whole + size, 0)
}

const largest = (made: readonly Made[]): number => made.reduce((most, { size }) => Math.max(most, size), 0)

function checked(name: string, made: { size: number } | number, factor = 1): Made {
  const size = typeof made === 'number' ? made : made.size
  if (size <= MAX_SIZE * factor) return ofSize(size)
  throw new LakedeskError(
    'SQL_REFUSED',
    `${name}() may make a text of ${Math.ceil(size)} signs; at most ${MAX_SIZE * factor} are allowed. Repeat, replace or join less, or shorten it with left(text, 1000) first.`,
  )
}
