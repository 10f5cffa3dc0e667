// Where tables lie: names of one and two parts in the catalog and schema of a statement, and all names as DuckDB's file has them.
import type { SqlPlace } from '../ports/sql.ts'
import { foldName } from './check-names.ts'
import { bodyOf, identifier, isRecord, listOf, mapTree, nameOf, type SqlNode, walk } from './tree.ts'

/** The schema in which a name of one part lies, as Databricks calls it. */
export const DEFAULT_SCHEMA = 'default'
/** Its catalog on the embedded tables. */
export const DEFAULT_CATALOG = 'workspace'

function isTableName(node: SqlNode): boolean {
  return isRecord(node.name) && 'catalog' in node && 'schema' in node && typeof nameOf(node.name) === 'string'
}

function ctesOf(tree: SqlNode): Set<string> {
  const names = new Set<string>()
  for (const node of walk(tree)) {
    for (const cte of listOf(bodyOf(node, 'with')?.ctes)) names.add(foldName(nameOf(cte.alias) ?? ''))
  }
  return names
}

/** The same tree with every table named in full, as far as the place says. A name that a WITH has given stays. */
export function nameInFull(tree: SqlNode, { catalog, schema }: SqlPlace): SqlNode {
  const ctes = ctesOf(tree)
  const named = mapTree(tree, (node) => {
    if (!isTableName(node) || isRecord(node.catalog)) return node
    const hasSchema = isRecord(node.schema)
    if (!hasSchema && ctes.has(foldName(nameOf(node.name) ?? ''))) return node
    if (!hasSchema && schema === undefined) return node
    const own = hasSchema ? node.schema : identifier(schema ?? '')
    return { ...node, schema: own, ...(catalog === undefined ? {} : { catalog: identifier(catalog) }) }
  })
  return isRecord(named) ? named : tree
}

/** Schema of the embedded file: `main` for `default` and `workspace.default`, else catalog and schema joined by a dot, in small letters. */
export function toDuckSchema(parts: readonly string[]): string {
  const folded = parts.map(foldName)
  const [catalog, schema] = folded.length > 1 ? folded : [DEFAULT_CATALOG, folded[0] ?? DEFAULT_SCHEMA]
  if (schema === 'main' && folded.length < 2) return 'main'
  if (catalog !== DEFAULT_CATALOG) return `${catalog}.${schema}`
  return schema === DEFAULT_SCHEMA ? 'main' : String(schema)
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
