// Where tables lie: names of one and two parts in the catalog and schema of a statement, and all names as DuckDB's file has them.
import type { SqlPlace } from '../ports/sql.ts'
import { foldName } from './check-names.ts'
import { bodyOf, expressionOf, identifier, isRecord, listOf, mapTree, nameOf, type SqlNode } from './tree.ts'

/** The schema in which a name of one part lies, as Databricks calls it. */
export const DEFAULT_SCHEMA = 'default'
/** Its catalog on the embedded tables. */
export const DEFAULT_CATALOG = 'workspace'

function isTableName(node: SqlNode): boolean {
  return isRecord(node.name) && 'catalog' in node && 'schema' in node && typeof nameOf(node.name) === 'string'
}

/** Where each statement that writes names the table it writes to: no query of a WITH can be meant there. */
const TARGETS: Readonly<Record<string, string>> = {
  create_table: 'name',
  insert: 'table',
  update: 'table',
  delete: 'table',
  merge: 'this',
}

/** Parts of a name with what the place says before them. */
export function placeName(parts: readonly string[], { catalog, schema }: SqlPlace): string[] {
  if (parts.length > 2 || (parts.length === 1 && schema === undefined)) return [...parts]
  const own = parts.length === 1 ? [schema ?? '', ...parts] : [...parts]
  return catalog === undefined ? own : [catalog, ...own]
}

/** The same tree with every table named in full, as far as the place says. A name that a WITH in sight has given stays. */
export function nameInFull(tree: SqlNode, place: SqlPlace): SqlNode {
  const named = nameParts(tree, new Set(), place)
  return isRecord(named) ? named : tree
}

function nameParts(value: unknown, ctes: ReadonlySet<string>, place: SqlPlace): unknown {
  if (Array.isArray(value)) return value.map((part) => nameParts(part, ctes, place))
  if (!isRecord(value)) return value
  const expression = expressionOf(value)
  const target = expression && TARGETS[expression.kind]
  if (expression && target && isRecord(expression.body)) {
    const { [target]: written, ...rest } = expression.body
    const others = nameParts(rest, ctes, place)
    return {
      [expression.kind]: {
        ...expression.body,
        ...(isRecord(others) ? others : {}),
        [target]: nameParts(written, new Set(), place),
      },
    }
  }
  const { inside, clause } = nameCtes(value.with, ctes, place)
  const parts = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, key === 'with' ? clause : nameParts(part, inside, place)]),
  )
  return isTableName(parts) ? nameTable(parts, ctes, place) : parts
}

/** Each query of a WITH sees the ones before it, and what stands beside the WITH sees all of them. */
function nameCtes(
  clause: unknown,
  ctes: ReadonlySet<string>,
  place: SqlPlace,
): { inside: ReadonlySet<string>; clause: unknown } {
  if (!isRecord(clause)) return { inside: ctes, clause }
  let inside = ctes
  const named: unknown[] = []
  for (const cte of listOf(clause.ctes)) {
    named.push(nameParts(cte, inside, place))
    inside = new Set([...inside, foldName(nameOf(cte.alias) ?? '')])
  }
  return { inside, clause: { ...clause, ctes: named } }
}

function nameTable(table: SqlNode, ctes: ReadonlySet<string>, place: SqlPlace): SqlNode {
  const written = [table.catalog, table.schema, table.name].map(nameOf).filter((part) => part !== null)
  if (written.length === 1 && ctes.has(foldName(written[0] ?? ''))) return table
  const full = placeName(written, place)
  const [schema, catalog] = [full.at(-2), full.at(-3)]
  return {
    ...table,
    ...(isRecord(table.schema) || schema === undefined ? {} : { schema: identifier(schema) }),
    ...(isRecord(table.catalog) || catalog === undefined ? {} : { catalog: identifier(catalog) }),
  }
}

/** Schema of the embedded file: `main` for `default` and `workspace.default`, else catalog and schema joined by a dot, in small letters. */
export function toDuckSchema(parts: readonly string[]): string {
  const folded = parts.map(foldName)
  const [catalog, schema] = folded.length > 1 ? folded : [DEFAULT_CATALOG, folded[0] ?? DEFAULT_SCHEMA]
  if (schema === 'main' && folded.length < 2) return 'main'
  if (catalog !== DEFAULT_CATALOG) return `${catalog}.${schema}`
  if (schema === DEFAULT_SCHEMA) return 'main'
  return schema === 'main' ? `${catalog}.${schema}` : String(schema)
}

/** `UPDATE SET *` and `INSERT *` of a MERGE take the columns by their names. */
function byName(node: SqlNode): SqlNode {
  const [word, star, ...more] = listOf(bodyOf(node, 'tuple')?.expressions)
  const verb = String(bodyOf(word, 'var')?.this ?? '').toUpperCase()
  const isStar = more.length === 0 && bodyOf(star, 'star') !== null && (verb === 'UPDATE' || verb === 'INSERT')
  return isStar ? { var: { this: `${verb} BY NAME` } } : node
}

/** The same tree for the embedded file, which has schemas and no catalogs of its own. */
export function placeTables(tree: SqlNode): SqlNode {
  const placed = mapTree(tree, (node) => {
    if (!isTableName(node) || !isRecord(node.schema)) return byName(node)
    const parts = [node.catalog, node.schema].map(nameOf).filter((part) => part !== null)
    return { ...node, catalog: null, schema: identifier(toDuckSchema(parts)) }
  })
  return isRecord(placed) ? placed : tree
}

/** A name as a statement has it, with dots, as the embedded file has it: in `main` the name alone. */
export function toPlacedName(name: string): string {
  const parts = name.split('.')
  const table = foldName(parts.pop() ?? '')
  const schema = parts.length === 0 ? 'main' : toDuckSchema(parts)
  return schema === 'main' ? table : `${schema}.${table}`
}

/** Name of the temporary table of new rows: that of the source, which it hides. One in a schema cannot be hidden, so its rows get a name that nobody else has. */
export function newRowsOf(source: string): string {
  return source.includes('.') ? 'lakedesk_new_rows' : source
}

/** The same tree with the new rows in the place of the source, under its name. */
export function readNewRows(tree: SqlNode, source: string, rows: string): SqlNode {
  if (rows === source) return tree
  const read = mapTree(tree, (node) => {
    const table = bodyOf(node, 'table')
    const parts = table ? [table.catalog, table.schema, table.name].map(nameOf).filter((part) => part !== null) : []
    if (!table || foldName(parts.join('.')) !== source) return node
    const alias = isRecord(table.alias) ? table.alias : identifier(parts.at(-1) ?? source)
    return { table: { ...table, catalog: null, schema: null, name: identifier(rows), alias } }
  })
  return isRecord(read) ? read : tree
}
