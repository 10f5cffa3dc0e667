// Calls of functions in DuckDB's words.
import { LakedeskError } from '../../core/errors.ts'
import { parseDdlType, toDuckTypeText } from '../ports/ddl-type.ts'
import { templateFor, UNIT_FUNCTIONS, UNITS } from './functions.ts'
import { parseDuckExpression } from './parser.ts'
import {
  binary,
  bodyOf,
  call,
  cast,
  expressionOf,
  isRecord,
  mapTree,
  nameOf,
  paren,
  type SqlNode,
  text,
} from './tree.ts'

/** `written` are the arguments as they stand in the statement, `args` the same in DuckDB's meaning. Throws SQL_INVALID. */
export function toDuckCall(
  name: string,
  args: readonly unknown[],
  written: readonly SqlNode[],
  body: SqlNode,
): SqlNode {
  const special = SPECIAL[name]?.(args, written)
  if (special) return special
  if (UNIT_FUNCTIONS.has(name) && args.length === 3) return toUnitCall(name, args, written)
  const template = templateFor(name, args.length)
  if (template === null) {
    throw new LakedeskError('SQL_INVALID', `${name}() does not take ${args.length} arguments here.`)
  }
  const more = Boolean(body.filter) || (Array.isArray(body.order_by) && body.order_by.length > 0)
  if (template.startsWith('=')) {
    const duckName = template.slice(1) || name
    if (more) return { aggregate_function: { ...body, name: duckName, args } }
    const plain = bodyOf(call(duckName, args), 'function') ?? {}
    return { function: { ...plain, distinct: body.distinct === true } }
  }
  if (name.startsWith('collect_') && isRecord(body.filter)) {
    const distinct = name === 'collect_set' || body.distinct === true ? 'DISTINCT ' : ''
    return fill(`array_agg(${distinct}$1) FILTER (WHERE $1 IS NOT NULL AND $2)`, [args[0], paren(body.filter)])
  }
  if (more || (body.distinct === true && name !== 'collect_set')) {
    throw new LakedeskError('SQL_INVALID', `${name}() does not take DISTINCT, FILTER or ORDER BY here.`)
  }
  return fill(template, args)
}

/** A template with its places filled. */
export function fill(template: string, args: readonly unknown[]): SqlNode {
  const filled = mapTree(parseDuckExpression(template), (node) => {
    const parameter = bodyOf(node, 'parameter')
    if (!parameter) return node
    const place = args[Number(parameter.index ?? parameter.name) - 1]
    if (!isRecord(place)) throw new LakedeskError('SQL_INVALID', 'A function has too few arguments.')
    return isSimple(place) ? place : paren(place)
  })
  return isRecord(filled) ? filled : {}
}

function isSimple(node: SqlNode): boolean {
  const kind = expressionOf(node)?.kind ?? ''
  return ['column', 'literal', 'function', 'paren', 'parameter', 'boolean', 'null', 'lambda', 'cast'].includes(kind)
}

function toUnitCall(name: string, args: readonly unknown[], written: readonly SqlNode[]): SqlNode {
  const unit =
    nameOf(bodyOf(written[0], 'column')?.name)?.toLowerCase() ??
    String(bodyOf(written[0], 'literal')?.value ?? '').toLowerCase()
  if (!UNITS.has(unit)) throw new LakedeskError('SQL_INVALID', `${name}() does not know the unit ${unit.slice(0, 30)}.`)
  if (name.includes('diff')) return fill(`date_diff('${unit}', $1, $2)`, args.slice(1))
  const plural =
    unit === 'quarter'
      ? 'to_months(3 * CAST($1 AS INTEGER))'
      : `to_${unit}s(CAST($1 AS ${['hour', 'minute', 'second', 'millisecond', 'microsecond'].includes(unit) ? 'BIGINT' : 'INTEGER'}))`
  return fill(`($2 + ${plural})`, args.slice(1))
}

type Special = (args: readonly unknown[], written: readonly SqlNode[]) => SqlNode | null

const SPECIAL: Readonly<Record<string, Special>> = {
  // A part that is NULL makes the whole NULL, and so does the operator.
  concat: (args) => {
    if (args.length === 0) return text('')
    if (args.length === 1) return fill('CAST($1 AS VARCHAR)', args)
    return paren(
      args
        .map(asOperand)
        .reduce<unknown>((whole, next) => (whole === null ? next : binary('concat', whole, next)), null),
    )
  },
  named_struct: (args, written) => {
    const names = written.filter((_, i) => i % 2 === 0).map((node) => String(bodyOf(node, 'literal')?.value ?? ''))
    return toStruct(
      names,
      args.filter((_, i) => i % 2 === 1),
    )
  },
  struct: (args, written) => {
    const names = written.map(
      (node, i) => nameOf(bodyOf(node, 'alias')?.alias) ?? nameOf(bodyOf(node, 'column')?.name) ?? `col${i + 1}`,
    )
    return toStruct(
      names,
      args.map((node) => bodyOf(node, 'alias')?.this ?? node),
    )
  },
  map: (args) =>
    call('map', [
      call(
        'list_value',
        args.filter((_, i) => i % 2 === 0),
      ),
      call(
        'list_value',
        args.filter((_, i) => i % 2 === 1),
      ),
    ]),
  // The type is a word in a string; a bare list of fields is a STRUCT.
  from_json: (args, written) => {
    const type = String(bodyOf(written[1], 'literal')?.value ?? '')
    return toTyped(
      fill('CAST($1 AS JSON)', args),
      /^\s*(struct|array|map)\s*</i.test(type) ? type : `STRUCT<${type}>`,
      false,
    )
  },
  variant_get: (args, written) =>
    toTyped(call('json_extract', args.slice(0, 2)), String(bodyOf(written[2], 'literal')?.value ?? 'variant'), false),
  try_variant_get: (args, written) =>
    toTyped(call('json_extract', args.slice(0, 2)), String(bodyOf(written[2], 'literal')?.value ?? 'variant'), true),
  sha2: (args, written) => {
    const bits = Number(bodyOf(written[1], 'literal')?.value)
    if (bits !== 256 && bits !== 0) throw new LakedeskError('SQL_INVALID', 'sha2() is known with 256 bits here.')
    return fill('sha256($1)', args)
  },
  trunc: (args, written) => fill(`CAST(date_trunc('${unitOf(written[1])}', CAST($1 AS DATE)) AS DATE)`, args),
  date_trunc: (args, written) => fill(`date_trunc('${unitOf(written[0])}', CAST($2 AS TIMESTAMP))`, args),
  get_json_object: (args) => call('json_extract_string', args),
  date_format: (args, written) => withFormat('strftime(CAST($1 AS TIMESTAMP), $2)', args, written),
  to_date: (args, written) => (args.length < 2 ? null : withFormat('CAST(strptime($1, $2) AS DATE)', args, written)),
  to_timestamp: (args, written) => (args.length < 2 ? null : withFormat('strptime($1, $2)', args, written)),
  try_to_date: (args, written) =>
    args.length < 2 ? null : withFormat('CAST(try_strptime($1, $2) AS DATE)', args, written),
  try_to_timestamp: (args, written) => (args.length < 2 ? null : withFormat('try_strptime($1, $2)', args, written)),
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  yyyy: 'year',
  yy: 'year',
  mm: 'month',
  mon: 'month',
  q: 'quarter',
  dd: 'day',
}

function unitOf(node: SqlNode | undefined): string {
  const word = String(bodyOf(node, 'literal')?.value ?? '').toLowerCase()
  const unit = UNIT_WORDS[word] ?? word
  if (!UNITS.has(unit))
    throw new LakedeskError('SQL_INVALID', `The unit "${word.slice(0, 30)}" is not known. Write 'MONTH' or another.`)
  return unit
}

function asOperand(node: unknown): unknown {
  return isRecord(node) && isSimple(node) ? node : paren(node)
}

function toStruct(names: readonly string[], values: readonly unknown[]): SqlNode {
  if (names.length !== values.length || names.some((name) => name === '')) {
    throw new LakedeskError('SQL_INVALID', 'A struct takes names, written out, and values in turn.')
  }
  const pairs = names.map((name, i) => {
    const place = values[i]
    return { name: { name, quoted: true, trailing_comments: [] }, value: place, separator: 'ColonEq' }
  })
  return call(
    'struct_pack',
    pairs.map((pair) => ({ named_argument: pair })),
  )
}

function toTyped(json: SqlNode, type: string, isTry: boolean): SqlNode {
  const lower = type.trim().toLowerCase()
  if (lower === 'variant') return json
  if (lower === 'string') return fill("json_extract_string($1, '$')", [json])
  return cast(json, toDuckTypeText(parseDdlType(type, 'SQL_INVALID')), isTry ? 'try_cast' : 'cast')
}

/** Patterns of Java, such as `yyyy-MM-dd`, in the words of strftime. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['yyyy', '%Y'],
  ['yy', '%y'],
  ['MMMM', '%B'],
  ['MMM', '%b'],
  ['MM', '%m'],
  ['M', '%-m'],
  ['dd', '%d'],
  ['d', '%-d'],
  ['DDD', '%j'],
  ['EEEE', '%A'],
  ['EEE', '%a'],
  ['E', '%a'],
  ['HH', '%H'],
  ['H', '%-H'],
  ['hh', '%I'],
  ['h', '%-I'],
  ['mm', '%M'],
  ['m', '%-M'],
  ['ss', '%S'],
  ['s', '%-S'],
  ['SSSSSS', '%f'],
  ['SSS', '%g'],
  ['a', '%p'],
]

function withFormat(template: string, args: readonly unknown[], written: readonly SqlNode[]): SqlNode {
  const literal = bodyOf(written[1], 'literal')
  if (!literal) throw new LakedeskError('SQL_INVALID', 'The format of a date must be written out, such as yyyy-MM-dd.')
  return fill(template, [args[0], text(toStrftime(String(literal.value)))])
}

function toStrftime(pattern: string): string {
  let written = ''
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const quoted = /^'([^']*)'/.exec(rest)
    const known = FORMATS.find(([word]) => rest.startsWith(word))
    if (!quoted && !known && /^[A-Za-z]/.test(rest)) {
      throw new LakedeskError(
        'SQL_INVALID',
        `The format "${pattern.slice(0, 60)}" is not known here. Use y, M, d, H, m, s.`,
      )
    }
    written += quoted
      ? (quoted[1] || "'").replaceAll('%', '%%')
      : known
        ? known[1]
        : rest.slice(0, 1).replace('%', '%%')
    at += quoted ? quoted[0].length : known ? known[0].length : 1
  }
  return written
}
