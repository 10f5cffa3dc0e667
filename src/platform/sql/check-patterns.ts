// Patterns and steps that cost far more than they are long: LIKE that tries again at every sign, formats, and texts that grow by steps.
import { LakedeskError } from '../../core/errors.ts'
import { functionName } from './function-name.ts'
import { bodyOf, expressionOf, isRecord, listOf, nameOf, type SqlNode, walk } from './tree.ts'

/** Places of `%` that a pattern may try again at. */
const MAX_TRIES = 2
const MAX_PLACES = 100

/** Throws SQL_REFUSED for patterns whose cost is not bounded. DuckDB does not let itself be stopped while it compares one text. */
export function checkPatterns(tree: unknown): void {
  for (const node of walk(tree)) {
    const expression = expressionOf(node)
    if (!expression || !isRecord(expression.body)) continue
    const { kind, body } = expression
    if (kind === 'like' || kind === 'i_like')
      for (const right of patternsOf(body)) checkLike(right, kind === 'like' && !body.escape)
    const name = functionName(kind, body)
    if (name === 'like') checkLike(listOf(body.args)[1], true)
    if (name === 'format_number') checkFormat(listOf(body.args)[1])
    if (name === 'aggregate' || name === 'reduce') checkSteps(name, listOf(body.args))
  }
}

function patternsOf({ right, quantifier }: SqlNode): readonly unknown[] {
  const several = typeof quantifier === 'string' ? (bodyOf(right, 'tuple') ?? bodyOf(right, 'paren')) : null
  return several ? (several.expressions ? listOf(several.expressions) : [several.this]) : [right]
}

function checkLike(node: unknown, isQuick: boolean): void {
  const tries = countTries(node, isQuick)
  if (tries <= MAX_TRIES) return
  throw refusal(
    `A LIKE pattern with ${tries} signs % takes too long on a long text.`,
    'Write several with AND between, or lower(text) LIKE without the sign _, or use RLIKE.',
  )
}

/** How often a LIKE tries again at every sign of a text, at most. */
export function triesOf(kind: string, body: SqlNode): number {
  return Math.max(0, ...patternsOf(body).map((right) => countTries(right, kind === 'like' && !body.escape)))
}

/** DuckDB is quick where a pattern is written out and holds nothing but % beside plain signs, and sees small and large letters. */
function countTries(node: unknown, mayBeQuick: boolean): number {
  const pattern = textOf(node)
  if (pattern === null) {
    throw refusal(
      'The pattern of a LIKE is computed, so its cost is not known.',
      'Write it out or give it as a parameter, or look with contains(), startswith() or endswith().',
    )
  }
  if (mayBeQuick && bodyOf(node, 'literal') && !/[_\\]/.test(pattern)) return 0
  // At the end of a pattern nothing is tried again.
  return pattern.replace(/%+$/, '').match(/%+/g)?.length ?? 0
}

/** What is written out of a pattern; null where part of it is neither written out nor a parameter. */
function textOf(node: unknown): string | null {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return null
  const { kind, body } = expression
  if (kind === 'literal') return String(body.value)
  if (kind === 'parameter' || kind === 'null') return ''
  if (kind === 'paren' || kind === 'cast') return textOf(body.this)
  const called = functionName(kind, body) ?? kind
  if (called === 'lower' || called === 'upper') return textOf(body.this ?? listOf(body.args)[0])
  if (called !== 'concat') return null
  const parts = (Array.isArray(body.args) ? body.args : [body.left, body.right]).map(textOf)
  return parts.every((part) => part !== null) ? parts.join('') : null
}

function checkFormat(node: unknown): void {
  const literal = bodyOf(node, 'literal')
  if (!literal || literal.literal_type === 'number') return
  const [whole = '', decimals = '', ...more] = String(literal.value).split('.')
  const isPlain = /^[#,]*[0,]*$/.test(whole) && /^0*#*$/.test(decimals) && more.length === 0
  const digits = whole.replaceAll(',', '').length
  if (isPlain && digits > 0 && digits <= MAX_PLACES && decimals.length <= MAX_PLACES) return
  throw refusal(
    'The format of format_number() is not plain.',
    `Write a number of decimals, or '#,##0.00' with at most ${MAX_PLACES} places.`,
  )
}

/** What may be done, step by step, to a value that is handed on: nothing that makes it longer by more than what is added. */
const STEPS = new Set(
  `concat array_append size array_size cardinality length char_length character_length len upper lower ucase lcase trim ltrim rtrim
  substring substr left right greatest least coalesce nvl ifnull nvl2 if iff nullif zeroifnull nullifzero isnull isnotnull
  abs sign signum round floor ceil ceiling sqrt cbrt exp ln log log2 log10 power pow mod pmod div isnan try_divide try_add
  try_subtract try_multiply contains startswith endswith array_contains int bigint double float boolean date element_at
  array_max array_min date_add date_sub datediff equal_null`.split(/\s+/),
)
/** Of these the value may be a part once. */
const JOINS = new Set(['concat', 'array_append'])

function checkSteps(name: string, args: readonly SqlNode[]): void {
  const lambdas = args.map((argument) => bodyOf(argument, 'lambda')).filter((body) => body !== null)
  for (const lambda of lambdas) {
    const handedOn = nameOf(listOf(lambda.parameters)[0])?.toLowerCase()
    const uses = (node: unknown): number =>
      [...walk(node)].filter((part) => nameOf(bodyOf(part, 'column')?.name)?.toLowerCase() === handedOn).length
    for (const node of walk(lambda.body)) {
      const expression = expressionOf(node)
      const called = expression && (functionName(expression.kind, expression.body) ?? JOINED[expression.kind])
      if (!called) continue
      const count = uses(expression.body)
      if (count > 1 && JOINS.has(called)) {
        throw refusal(`${name}() doubles what it makes at each step.`, 'Name its first variable once.')
      }
      if (count > 0 && !STEPS.has(called)) {
        throw refusal(
          `${name}() may let a text or array grow at each step by ${called}().`,
          'Add to it with concat() or a sum alone, or gather with collect_list().',
        )
      }
    }
  }
}

const JOINED: Readonly<Record<string, string>> = { concat: 'concat' }

function refusal(what: string, fix: string): LakedeskError {
  return new LakedeskError('SQL_REFUSED', `${what} ${fix}`)
}
