// Calls of functions in DuckDB's words.
import { LakedeskError } from '../../core/errors.ts'
import { parseDdlType, toDuckTypeText } from '../ports/ddl-type.ts'
import { withFormat } from './date-formats.ts'
import { isCollecting, toCollected } from './duck-aggregates.ts'
import { toFullDate, toWhole } from './duck-casts.ts'
import { isDateNode, isDayStep, isListNode, isTextNode } from './duck-kinds.ts'
import { toUnitCall } from './duck-units.ts'
import { checkOwnName, fill, isSimple } from './fill-template.ts'
import { templateFor, UNIT_FUNCTIONS, UNITS } from './functions.ts'
import { LIMITED_SPLIT } from './long-templates.ts'
import { REVERSE_OF_EITHER, SIZE_OF_EITHER } from './run-time-kinds.ts'
import { binary, bodyOf, call, cast, isRecord, mapTree, nameOf, paren, type SqlNode, text, walk } from './tree.ts'

/** `written` are the arguments as they stand in the statement, `args` the same in DuckDB's meaning. Throws SQL_INVALID. */
export function toDuckCall(
  name: string,
  args: readonly unknown[],
  written: readonly SqlNode[],
  body: SqlNode,
): SqlNode {
  if (isCollecting(name)) return toCollected(name, args, body)
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name]?.(args, written) : null
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
  if (more || body.distinct === true) {
    throw new LakedeskError('SQL_INVALID', `${name}() does not take DISTINCT, FILTER or ORDER BY here.`)
  }
  return fill(template, args)
}

type Special = (args: readonly unknown[], written: readonly SqlNode[]) => SqlNode | null

const SIZE: Special = (args, written) => {
  const kind = isListNode(written[0])
  if (args.length !== 1 || kind === 'list') return null
  return fill(kind === 'map' ? 'cardinality($1)' : SIZE_OF_EITHER, args)
}

const SPECIAL: Readonly<Record<string, Special>> = {
  size: SIZE,
  cardinality: SIZE,
  int: (args, written) => toWhole('INTEGER', written[0], args[0], false),
  bigint: (args, written) => toWhole('BIGINT', written[0], args[0], false),
  date: (args, written) => fill('CAST($1 AS DATE)', [toFullDate(written[0]) ?? args[0]]),
  skewness: () => {
    throw notHere('skewness()', 'Compute it from avg() and stddev_pop().')
  },
  split: (args, written) => {
    if (args.length !== 3) return null
    const limit = Number(bodyOf(written[2], 'literal')?.value ?? Number.NaN)
    if (bodyOf(written[2], 'neg')) return fill('string_split_regex($1, $2)', args)
    const pattern = bodyOf(written[1], 'literal')
    if (!(limit > 0) || !pattern || !/^[^\\^$.|?*+()[\]{}]+$/.test(String(pattern.value)))
      throw notHere('split() by a pattern with a limit', 'Split by plain signs, with a limit that is written out.')
    return fill(LIMITED_SPLIT, args)
  },
  reverse: (args, written) => {
    const kind = isListNode(written[0])
    if (args.length !== 1 || kind === 'scalar' || isTextNode(written[0])) return null
    return fill(kind === 'list' ? 'list_reverse($1)' : REVERSE_OF_EITHER, args)
  },
  // Nothing stands before or behind a mark that is empty.
  substring_index: (args) => {
    const template = templateFor('substring_index', args.length)
    if (args.length !== 3 || template === null) return null
    return fill(
      `CASE WHEN $2 = '' THEN CASE WHEN $1 IS NOT NULL AND $3 IS NOT NULL THEN '' END ELSE ${template} END`,
      args,
    )
  },
  concat_ws: toJoined,
  date_part: (args, written) => toDatePart(String(bodyOf(written[0], 'literal')?.value ?? ''), args[1]),
  regexp_replace: (args, written) => toReplaced(args, written),
  sort_array: (args, written) => {
    if (args.length < 2) return null
    const up = bodyOf(written[1], 'boolean')
    if (!up) throw notHere('sort_array() with a direction that is not written out', 'Write true or false.')
    return fill(up.value === true ? "list_sort($1, 'ASC', 'NULLS FIRST')" : "list_sort($1, 'DESC', 'NULLS LAST')", args)
  },
  sequence: (args, written) => {
    if (!isDateNode(written[0])) return null
    const times = args.length < 3 ? 'generate_series($1, $2, INTERVAL 1 DAY)' : 'generate_series($1, $2, $3)'
    return fill(args.length < 3 || isDayStep(written[2]) ? `CAST(${times} AS DATE[])` : times, args)
  },
  transform: (args, written) => withIndex('list_transform', args, written),
  filter: (args, written) => withIndex('list_filter', args, written),
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
    if (type.trim() === '') {
      throw new LakedeskError(
        'SQL_INVALID',
        "from_json() takes its schema written out, as from_json(body, 'STRUCT<a: STRING>').",
      )
    }
    return toTyped(
      fill('TRY_CAST($1 AS JSON)', args),
      /^\s*(struct|array|map)\s*</i.test(type) ? type : `STRUCT<${type}>`,
      true,
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
  trunc: (args, written) => {
    const unit = unitOf(written[1])
    if (!['year', 'quarter', 'month', 'week'].includes(unit))
      throw notHere(`trunc() to a ${unit}`, "Take date_trunc('DAY', ...).")
    return fill(`CAST(date_trunc('${unit}', CAST($1 AS DATE)) AS DATE)`, args)
  },
  date_trunc: (args, written) => fill(`date_trunc('${unitOf(written[0])}', CAST($2 AS TIMESTAMP))`, args),
  get_json_object: (args) => call('json_extract_string', args),
  date_format: (args, written) => withFormat('strftime(CAST($1 AS TIMESTAMP), $2)', args, written),
  to_date: (args, written) =>
    args.length < 2
      ? fill('CAST($1 AS DATE)', [toFullDate(written[0]) ?? args[0]])
      : withFormat('CAST(strptime($1, $2) AS DATE)', args, written),
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

/** Arrays among the parts are taken apart; parts that are NULL are left out. */
function toJoined(args: readonly unknown[], written: readonly SqlNode[]): SqlNode | null {
  const kinds = written.slice(1).map(isListNode)
  if (kinds.every((kind) => kind === 'scalar')) return null
  const lists = args.slice(1).map((part, i) => {
    if (kinds[i] === 'list') return fill('CAST($1 AS VARCHAR[])', [part])
    if (kinds[i] === 'scalar') return fill('[CAST($1 AS VARCHAR)]', [part])
    const either = "CASE WHEN ends_with(typeof($1), ']') THEN TRY_CAST($1 AS VARCHAR[]) ELSE [CAST($1 AS VARCHAR)] END"
    return fill(either, [part])
  })
  const [first] = lists
  const all = lists.length === 1 ? first : call('list_concat', lists)
  return fill("CASE WHEN $1 IS NOT NULL THEN coalesce(array_to_string($2, $1), '') END", [args[0], all])
}

/** Groups are `$1` in Databricks. Only literals can be told. */
function toReplaced(args: readonly unknown[], written: readonly SqlNode[]): SqlNode | null {
  const literal = bodyOf(written[2], 'literal')
  if (args.length !== 3) throw notHere('regexp_replace() from a position on', 'Leave the position out.')
  if (!literal) throw notHere('A replacement of regexp_replace() that is not written out', "Write it as '$1'.")
  const value = String(literal.value)
  if (/\$\{/.test(value)) throw notHere('A group by its name in regexp_replace()', "Write it as '$1'.")
  // Java: `\\x` is x itself, `$1` a group. RE2: `\\1` is a group, `\\\\` a backslash.
  const ours = value.replace(/\\([\s\S])|\$(\d)|\\/g, (_, plain: string | undefined, group: string | undefined) =>
    plain !== undefined ? (plain === '\\' ? '\\\\' : plain) : group !== undefined ? `\\${group}` : '\\\\',
  )
  return fill("regexp_replace($1, $2, $3, 'g')", [args[0], args[1], text(ours)])
}

/** The second variable of a lambda counts from 0. */
function withIndex(duckName: string, args: readonly unknown[], written: readonly SqlNode[]): SqlNode | null {
  const lambda = bodyOf(written[1], 'lambda')
  const names = (Array.isArray(lambda?.parameters) ? lambda.parameters : []).map((name) => nameOf(name)?.toLowerCase())
  const own = bodyOf(args[1], 'lambda')
  if (names.length < 2 || !own) return null
  if ([...walk(own.body)].some((node) => 'lambda' in node)) {
    throw notHere('A lambda inside one that has an index', 'Write the inner one in a query of its own.')
  }
  const counted = mapTree(own.body, (node) => {
    const column = bodyOf(node, 'column')
    const isIndex = column && !column.table && nameOf(column.name)?.toLowerCase() === names[1]
    return isIndex ? paren(fill('CAST($1 - 1 AS INTEGER)', [node])) : node
  })
  return call(duckName, [args[0], { lambda: { ...own, body: counted } }])
}

const PARTS: Readonly<Record<string, string>> = {
  dow: "(date_part('dow', $1) + 1)",
  dayofweek: "(date_part('dow', $1) + 1)",
  dayofweek_iso: "date_part('isodow', $1)",
  dow_iso: "date_part('isodow', $1)",
  second: "CAST(date_part('microsecond', $1) / 1000000 AS DECIMAL(8, 6))",
  yearofweek: "date_part('isoyear', $1)",
}

/** A field of a time as Databricks counts it: a week begins on Sunday, which is 1. Throws SQL_REFUSED. */
export function toDatePart(name: string, value: unknown): SqlNode {
  const field = name.toLowerCase().replace(/^(week|minute|hour|quarter|month|year|second)s$/, '$1')
  const plain = ['year', 'quarter', 'month', 'week', 'day', 'doy', 'hour', 'minute'].includes(field)
  const template = plain ? `date_part('${field}', $1)` : Object.hasOwn(PARTS, field) ? PARTS[field] : undefined
  if (!template) throw notHere(`The field ${name.slice(0, 30)} of a date`, 'Take YEAR, MONTH, DAY, HOUR or another.')
  return fill(template, [fill('CAST($1 AS TIMESTAMP)', [value])])
}

/** What Databricks knows and the embedded tables do not; the sentence tells so. */
export function notHere(what: string, fix: string): LakedeskError {
  return new LakedeskError('SQL_REFUSED', `${what} is not available on the embedded tables. ${fix}`)
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
    checkOwnName(name)
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
  for (const [name] of type.matchAll(/\blakedesk_\w*/gi)) checkOwnName(name)
  if (lower === 'variant') return json
  if (lower === 'string') return fill("json_extract_string($1, '$')", [json])
  return cast(json, toDuckTypeText(parseDdlType(type, 'SQL_INVALID')), isTry ? 'try_cast' : 'cast')
}
