// Statements that make room for tables: CREATE CATALOG, SCHEMA and VOLUME, DROP TABLE, ALTER TABLE ... SET TBLPROPERTIES, and what CREATE TABLE says beside its columns.
import { LakedeskError } from '../../core/errors.ts'
import type { SqlPlace } from '../ports/sql.ts'
import { checkTableName } from './check-names.ts'
import { refuse } from './check-tree.ts'
import { parseStatements, type SqlToken, tokenizeText } from './parser.ts'
import { placeName } from './place-tables.ts'
import { bodyOf, isRecord, listOf, nameOf, type SqlNode } from './tree.ts'

export type Ddl =
  | { kind: 'create-catalog'; name: string }
  | { kind: 'create-schema'; name: readonly string[]; ifNotExists: boolean }
  | { kind: 'drop-table'; name: readonly string[]; ifExists: boolean }
  | { kind: 'set-properties'; name: readonly string[]; properties: Readonly<Record<string, string>> }

const namesOf = (node: unknown): string[] =>
  isRecord(node) ? [node.catalog, node.schema, node.name].map(nameOf).filter((part) => part !== null) : []

function checked(parts: readonly string[]): readonly string[] {
  checkTableName(parts)
  return parts
}

/** Null where the text is another statement. Throws SQL_INVALID, SQL_REFUSED. */
export function readDdl(text: string, place: SqlPlace = {}): Ddl | null {
  const words = tokenizeText(text).map((token) => token.text.toUpperCase())
  if (!['CREATE', 'DROP', 'ALTER'].includes(words[0] ?? '') || words.includes('STREAMING')) return null
  if (!['CATALOG', 'SCHEMA', 'DATABASE'].includes(words[1] ?? '') && words[0] === 'CREATE') return null
  const [tree, ...more] = parseStatements(text)
  if (more.length > 0) throw refuse('The text holds more than one statement.', 'Send them one by one.')
  if (words[1] === 'CATALOG') return { kind: 'create-catalog', name: readCatalog(text) }
  const schema = bodyOf(tree, 'create_schema')
  if (schema) {
    const parts = listOf(schema.name).map((part) => nameOf(part) ?? '')
    const name = checked(parts.length === 1 && place.catalog ? [place.catalog, ...parts] : parts)
    return { kind: 'create-schema', name, ifNotExists: schema.if_not_exists === true }
  }
  const drop = bodyOf(tree, 'drop_table')
  if (drop) return readDrop(drop, place)
  const alter = bodyOf(tree, 'alter_table')
  return alter ? readAlter(alter, text, place) : null
}

function readCatalog(text: string): string {
  const name = /^\s*CREATE\s+CATALOG\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(\w+)`?\s*;?\s*$/i.exec(text)?.[1]
  if (name === undefined) throw new LakedeskError('SQL_INVALID', 'Write CREATE CATALOG IF NOT EXISTS name.')
  checkTableName([name])
  return name
}

function readDrop(drop: SqlNode, place: SqlPlace): Ddl {
  const [table, ...more] = listOf(drop.names)
  if (more.length > 0) throw refuse('DROP TABLE takes one table.', 'Drop them one by one.')
  return { kind: 'drop-table', name: checked(placeName(namesOf(table), place)), ifExists: drop.if_exists === true }
}

function readAlter(alter: SqlNode, text: string, place: SqlPlace): Ddl {
  const tokens = tokenizeText(text)
  const at = tokens.findIndex(({ text: word }) => word.toUpperCase() === 'TBLPROPERTIES')
  const actions = listOf(alter.actions)
  const isAlone = actions.length === 1 && /^\s*SET\s+TBLPROPERTIES\b/i.test(String(bodyOf(actions[0], 'Raw')?.sql))
  if (at < 0 || !isAlone || tokens[at - 1]?.text.toUpperCase() !== 'SET') {
    throw refuse('Of ALTER TABLE only SET TBLPROPERTIES is known here.', 'Make a new table for other changes.')
  }
  const { properties } = readProperties([...text], tokens, at)
  return { kind: 'set-properties', name: checked(placeName(namesOf(alter.name), place)), properties }
}

export interface TableOptions {
  /** The statement without them. */
  text: string
  properties: Readonly<Record<string, string>>
}

const SKIPPED_LISTS = new Set(['PARTITIONED', 'CLUSTER'])

/**
 * Takes USING DELTA, TBLPROPERTIES, COMMENT, PARTITIONED BY and CLUSTER BY out of a CREATE TABLE: they say nothing of its rows, and a file of one machine
 * has no use for most of them. Throws SQL_REFUSED for another format, and for a LOCATION.
 */
export function takeTableOptions(text: string): TableOptions {
  const tokens = tokenizeText(text)
  const words = tokens.map((token) => token.text.toUpperCase())
  const head = words.indexOf('TABLE')
  if (words[0] !== 'CREATE' || head < 0 || head > 3 || words.includes('STREAMING')) return { text, properties: {} }
  const signs = [...text]
  let properties: Record<string, string> = {}
  let depth = 0
  const blank = (from: number, to: number): void => {
    for (let i = tokens[from]?.start ?? 0; i < (tokens[to]?.end ?? signs.length); i += 1) signs[i] = ' '
  }
  for (let at = head + 1; at < tokens.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '(') depth += 1
    if (word === ')') depth -= 1
    // Columns have remarks too.
    if (word === 'COMMENT' && depth < 2 && /^['"]/.test(signs[tokens[at + 1]?.start ?? -1] ?? '')) {
      blank(at, at + 1)
      at += 1
      continue
    }
    if (depth > 0) continue
    if (word === 'AS' || word === 'SELECT') break
    if (word === 'LOCATION') throw refuse('A table with a LOCATION is not known here.', 'Leave LOCATION out.')
    if (word === 'USING') {
      if (words[at + 1] !== 'DELTA')
        throw refuse(`The format ${words[at + 1]} is not known here.`, 'Write USING DELTA.')
      blank(at, at + 1)
      at += 1
    } else if (word === 'TBLPROPERTIES' || SKIPPED_LISTS.has(word)) {
      const open = words.indexOf('(', at)
      const { properties: found, end } = readProperties([...text], tokens, word === 'TBLPROPERTIES' ? at : open - 1)
      if (word === 'TBLPROPERTIES') properties = { ...properties, ...found }
      blank(at, end)
      at = end
    }
  }
  return { text: signs.join(''), properties }
}

/** The list behind the token `at`: `(a.b = true, 'c' = 'd')`. */
function readProperties(
  signs: readonly string[],
  tokens: readonly SqlToken[],
  at: number,
): { properties: Record<string, string>; end: number } {
  const end = tokens.findIndex(({ text }, nth) => nth > at && text === ')')
  if (tokens[at + 1]?.text !== '(' || end < 0) {
    throw new LakedeskError('SQL_INVALID', "The list of properties cannot be read. Write it as ('name' = 'value').")
  }
  const inner = signs.slice(tokens[at + 1]?.end, tokens[end]?.start).join('')
  const plain = (word = ''): string => word.trim().replace(/^(['"`])(.*)\1$/s, '$2')
  const pairs = inner.split(',').map((pair): [string, string] => {
    const [key, ...value] = pair.split('=')
    return [plain(key), plain(value.join('='))]
  })
  return { properties: Object.fromEntries(pairs), end }
}
