// How much a statement may make out of nothing: rows, arrays and texts whose size is a number in the statement.
import { LakedeskError } from '../../core/errors.ts'
import { checkPatterns } from './check-patterns.ts'
import { checkTextSizes } from './check-text-sizes.ts'
import { functionName } from './function-name.ts'
import { isLiteralText, toInstant, toNumber, toStepMs } from './literal-values.ts'
import { bodyOf, expressionOf, isRecord, listOf, nameOf, type SqlNode, walk } from './tree.ts'

/** Largest array or table from one call, and largest text in characters. */
const MAX_ITEMS = 1_000_000
const MAX_TEXT = 10_000
/** Widths and decimals of a format. */
const MAX_WIDTH = 1_000
/** Comparing two texts by edits takes the product of their lengths. */
const MAX_COMPARED = 1_000
/** Of the whole statement: rows, times what each of them makes. */
const MAX_WHOLE = 20_000_000
const DAY_MS = 86_400_000

/** Each by name: how much the call makes, from its arguments. Throws SQL_REFUSED where that is too much or not written out. */
const MAKES: Readonly<Record<string, (args: readonly SqlNode[], name: string) => number>> = {
  repeat: (args, name) => atMost(name, toNumber(args[1]), MAX_TEXT),
  lpad: (args, name) => atMost(name, toNumber(args[1]), MAX_TEXT),
  rpad: (args, name) => atMost(name, toNumber(args[1]), MAX_TEXT),
  space: (args, name) => atMost(name, toNumber(args[0]), MAX_TEXT),
  array_repeat: (args, name) => atMost(name, toNumber(args[1]), MAX_ITEMS),
  range: (args, name) => Math.max(...args.map((argument) => atMost(name, toNumber(argument), MAX_ITEMS))),
  sequence: (args, name) => atMost(name, countSequence(args), MAX_ITEMS),
  format_string: readFormat,
  printf: readFormat,
  format_number: (args, name) => (isLiteralText(args[1]) ? 1 : atMost(name, toNumber(args[1]), MAX_WIDTH)),
  levenshtein: () => 1,
}

/** Throws SQL_REFUSED where the statement, all its queries together, makes too much. */
export function checkAmounts(tree: unknown): void {
  checkPatterns(tree)
  checkTextSizes(tree, (name, args) => MAKES[name]?.(args, name) ?? 1)
  if (amountOf(tree, new Map()) <= MAX_WHOLE) return
  throw refusal('The statement makes too many rows out of nothing.', `At most ${MAX_WHOLE} are allowed, all together.`)
}

type Ctes = ReadonlyMap<string, number>

/** At least 1. What stands side by side is as much as its largest part; what multiplies rows is multiplied. */
function amountOf(value: unknown, ctes: Ctes): number {
  if (Array.isArray(value)) return largest(value, ctes)
  if (!isRecord(value)) return 1
  const expression = expressionOf(value)
  const body = expression && isRecord(expression.body) ? expression.body : null
  if (!expression || !body) return largest(Object.values(value), ctes)
  const { kind } = expression
  const inner = isRecord(body.with) ? addCtes(body.with, ctes) : ctes
  const rest = { ...body, with: null }
  if (kind === 'select') return amountOfSelect(rest, inner)
  if (kind === 'table') return (body.schema ? undefined : inner.get(nameOf(body.name)?.toLowerCase() ?? '')) ?? 1
  if (['union', 'intersect', 'except'].includes(kind)) {
    const sides = amountOf(body.left, inner) + amountOf(body.right, inner)
    return Math.max(sides, largest([body.order_by, body.limit, body.offset], inner))
  }
  return amountOfCall(kind, rest, inner)
}

function amountOfCall(kind: string, body: SqlNode, ctes: Ctes): number {
  const name = functionName(kind, body) ?? ''
  const args = listOf(body.args)
  const make = Object.hasOwn(MAKES, name) ? MAKES[name] : undefined
  const made = make ? make(args, name) : 1
  const parts = args.map((argument) => amountOf(argument, ctes))
  if (name === 'levenshtein') for (const part of parts) atMost(name, part, MAX_COMPARED)
  // What a lambda makes, it makes for every item.
  const isRepeated = args.some((argument) => 'lambda' in argument)
  return made * (isRepeated ? product(parts) : largest(Object.values(body), ctes))
}

function amountOfSelect(body: SqlNode, ctes: Ctes): number {
  const { from, joins, lateral_views: views, expressions, ...rest } = body
  const sources = [
    ...listOf(isRecord(from) ? from.expressions : []),
    ...listOf(joins).map((join) => join.this),
    ...listOf(views),
  ]
  const items = listOf(expressions)
  const exploded = items.filter(explodes)
  const plain = [...items.filter((item) => !explodes(item)), ...listOf(joins).map((join) => join.on), rest]
  return (
    product(sources.map((source) => amountOf(source, ctes))) *
    product(exploded.map((item) => amountOf(item, ctes))) *
    largest(plain, ctes)
  )
}

function explodes(item: SqlNode): boolean {
  return [...walk(item)].some((node) => 'explode' in node || 'explode_outer' in node)
}

function addCtes(clause: SqlNode, outer: Ctes): Ctes {
  let ctes = outer
  for (const cte of listOf(clause.ctes)) {
    ctes = new Map([...ctes, [nameOf(cte.alias)?.toLowerCase() ?? '', amountOf(cte.this, ctes)]])
  }
  return ctes
}

const largest = (parts: readonly unknown[], ctes: Ctes): number =>
  parts.reduce<number>((most, part) => Math.max(most, amountOf(part, ctes)), 1)

const product = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all * amount, 1)

/** Items between two bounds that are written out; null where they are not. */
function countSequence([first, last, step]: readonly SqlNode[]): number | null {
  const numbers = [toNumber(first), toNumber(last), step === undefined ? 1 : toNumber(step)]
  const instants = [toInstant(first), toInstant(last), step === undefined ? DAY_MS : toStepMs(step)]
  const [from, to, by] = numbers[0] === null ? instants : numbers
  if (from === undefined || to === undefined || by === undefined || from === null || to === null || by === null)
    return null
  return by === 0 ? 1 : Math.floor(Math.abs(to - from) / Math.abs(by)) + 1
}

function readFormat([format]: readonly SqlNode[], name: string): number {
  const literal = bodyOf(format, 'literal')
  if (!isLiteralText(format)) throw refusal(`The format of ${name}() is not written out.`, "Write it as '%d'.")
  let widest = 1
  for (const [, place] of String(literal?.value).matchAll(/%([^a-zA-Z%]*)/g)) {
    if (place?.includes('*')) throw refusal(`${name}() takes no width from an argument.`, 'Write the width out.')
    for (const [number] of (place ?? '').matchAll(/\d+/g))
      widest = Math.max(widest, atMost(name, Number(number), MAX_WIDTH))
  }
  return widest
}

function atMost(name: string, amount: number | null, most: number): number {
  if (amount !== null && Number.isFinite(amount) && Math.abs(amount) <= most) return Math.max(1, Math.abs(amount))
  throw refusal(`${name}() may make at most ${most} items or signs.`, 'Give a smaller number, or dates, written out.')
}

function refusal(what: string, fix: string): LakedeskError {
  return new LakedeskError('SQL_REFUSED', `${what} ${fix}`)
}
