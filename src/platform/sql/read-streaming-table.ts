// CREATE OR REFRESH STREAMING TABLE, which the parser does not know: its head is read word by word, its SELECT as a tree.
import { LakedeskError } from '../../core/errors.ts'
import type { SqlMode, SqlPlace } from '../ports/sql.ts'
import { checkTableName, foldName } from './check-names.ts'
import { type CheckOptions, checkTree, type Findings, refuse } from './check-tree.ts'
import { layOut, parseStatements, type SqlToken, tokenizeText, writeSql } from './parser.ts'
import { nameInFull, placeName } from './place-tables.ts'
import { repairNode } from './repair-literals.ts'
import { bodyOf, column, identifier, isRecord, listOf, mapTree, nameOf, type SqlNode, withoutRemarks } from './tree.ts'

interface StreamingTable {
  kind: 'create-streaming-table'
  /** The SELECT; its STREAM(x) has become the table x. */
  tree: SqlNode
  findings: Findings
  writes: string
  streamSource: string
  write(): string
}

/** Null where the text is another statement. Throws SQL_INVALID, SQL_REFUSED. */
export function readStreamingTable(
  text: string,
  mode: SqlMode,
  options: CheckOptions,
  place: SqlPlace = {},
): StreamingTable | null {
  const tokens = tokenizeText(text)
  const head = readHead(tokens)
  if (!head) return null
  if (mode === 'read')
    throw refuse('CREATE STREAMING TABLE changes data, which is not allowed here.', 'Write one SELECT.')
  const written = placeName(head.name, place)
  checkTableName(written)
  const signs = [...text]
  const statements = parseStatements(' '.repeat(head.start) + signs.slice(head.start).join(''))
  if (statements.length !== 1) throw refuse('The text holds more than one statement.', 'Send them one by one.')
  const select = mapTree(withoutRemarks(statements[0]), repairNode)
  if (!isRecord(select) || !bodyOf(select, 'select')) throw unreadable()
  const { tree, source, full } = takeStream(select, place)
  const writes = foldName(written.join('.'))
  const name = written.map((part) => (/^\w+$/.test(part) ? part : `\`${part}\``)).join('.')
  const findings = checkTree(tree, options)
  // A query of WITH may have the name of the source: the stream is the table all the same.
  findings.reads.add(source)
  if (ctesOf(select).includes(source)) {
    throw refuse(`WITH names a query "${source}", as the stream is called.`, 'Give the query another name.')
  }
  return {
    kind: 'create-streaming-table',
    tree,
    findings,
    writes,
    streamSource: source,
    write: () =>
      `CREATE OR REFRESH STREAMING TABLE ${name}${head.properties} AS\n${layOut(writeSql(full, 'databricks'))}`,
  }
}

function readHead(tokens: readonly SqlToken[]): { name: string[]; properties: string; start: number } | null {
  const words = tokens.map(({ text }) => text)
  const is = (at: number, word: string): boolean => words[at]?.toUpperCase() === word
  if (!is(0, 'CREATE')) return null
  let at = is(1, 'OR') && (is(2, 'REFRESH') || is(2, 'REPLACE')) ? 3 : 1
  if (!is(at, 'STREAMING') || !is(at + 1, 'TABLE')) return null
  at += 2
  const name = [words[at] ?? '']
  at += 1
  while (words[at] === '.') {
    name.push(words[at + 1] ?? '')
    at += 2
  }
  let properties = ''
  if (is(at, 'TBLPROPERTIES')) {
    const pairs: string[] = []
    if (words[at + 1] !== '(') throw unreadable()
    at += 1
    do {
      const [key, mark, value] = [words[at + 1], words[at + 2], words[at + 3]]
      if (key === undefined || mark !== '=' || value === undefined || !/^[\w. -]+$/.test(key + value))
        throw unreadable()
      pairs.push(`'${key}' = '${value}'`)
      at += 4
    } while (words[at] === ',')
    if (words[at] !== ')') throw unreadable()
    at += 1
    properties = ` TBLPROPERTIES (${pairs.join(', ')})`
  }
  const next = tokens[at + 1]
  if (!is(at, 'AS') || !next) throw unreadable()
  return { name, properties, start: next.start }
}

/** The one source of the SELECT must be STREAM(x) or STREAM(LIVE.x). */
function takeStream(select: SqlNode, place: SqlPlace): { tree: SqlNode; source: string; full: SqlNode } {
  const body = bodyOf(select, 'select') ?? {}
  const [source, ...others] = listOf(isRecord(body.from) ? body.from.expressions : [])
  const alias = bodyOf(source, 'alias')
  const stream = bodyOf(alias?.this ?? source, 'function')
  const [argument, ...more] = listOf(stream?.args)
  const parts = pathOf(argument)
  const renames = Array.isArray(alias?.column_aliases) && alias.column_aliases.length > 0
  const isOne = parts.length > 0 && more.length === 0 && others.length === 0 && !renames
  if (nameOf(stream)?.toLowerCase() !== 'stream' || !isOne) {
    throw new LakedeskError(
      'SQL_INVALID',
      'A streaming table reads one stream: write FROM STREAM(name) or FROM STREAM(LIVE.name).',
    )
  }
  const isLive = parts[0]?.toLowerCase() === 'live' && parts.length > 1
  const own = placeName(isLive ? parts.slice(1) : parts, place)
  checkTableName(own)
  const [catalog, schema, name] = [...Array(3 - own.length).fill(null), ...own]
  const table = {
    name: identifier(name),
    schema: schema === null ? null : identifier(schema),
    catalog: catalog === null ? null : identifier(catalog),
    alias: alias?.alias ?? null,
    alias_explicit_as: Boolean(alias),
    column_aliases: [],
    trailing_comments: [],
    when: null,
    only: false,
    final_: false,
    hints: [],
  }
  const tree = nameInFull({ select: { ...body, from: { expressions: [{ table }] } } }, place)
  const named = bodyOf(nameInFull(select, place), 'select') ?? body
  const path = { function: { ...stream, args: [isLive && own.length === 1 ? argument : toPath(own)] } }
  const from = { expressions: [alias ? { alias: { ...alias, this: path } } : path] }
  return {
    tree,
    source: foldName(own.join('.')),
    full: { select: { ...named, from: { ...(isRecord(body.from) ? body.from : {}), ...from } } },
  }
}

/** Names of the queries of WITH, wherever one stands. */
function ctesOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(ctesOf)
  if (!isRecord(node)) return []
  const own = isRecord(node.with) ? listOf(node.with.ctes).map((cte) => foldName(nameOf(cte.alias) ?? '')) : []
  return [...own, ...Object.values(node).flatMap(ctesOf)]
}

function pathOf(node: unknown): string[] {
  const column = bodyOf(node, 'column')
  if (column) return [column.table, column.name].map(nameOf).filter((part) => part !== null)
  const dot = bodyOf(node, 'dot')
  return dot ? [...pathOf(dot.this), nameOf(dot.field) ?? ''] : []
}

/** The parser reads a name in brackets as a column, and one of three parts as a field of it. */
function toPath(parts: readonly string[]): SqlNode {
  const [first = '', second, third] = parts
  if (second === undefined) return column(first)
  const two = column(second, first)
  return third === undefined ? two : { dot: { this: two, field: identifier(third) } }
}

function unreadable(): LakedeskError {
  return new LakedeskError(
    'SQL_INVALID',
    'The streaming table cannot be read. Write CREATE OR REFRESH STREAMING TABLE name AS SELECT ... FROM STREAM(source).',
  )
}
