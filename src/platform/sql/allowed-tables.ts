// What a list of allowed tables means for each kind of statement.
import { refuse } from './check-tree.ts'
import type { ReadStatement } from './statement.ts'
import { bodyOf } from './tree.ts'

/** Throws SQL_REFUSED where a statement reads a table beside the list, or might replace one that is not its own. */
export function checkTables(read: ReadStatement, tables: readonly string[] | undefined): void {
  if (!tables) return
  const list = tables.length > 0 ? `Tables that may be: ${tables.slice(0, 20).join(', ')}.` : 'No table may be.'
  const other = read.reads.find((name) => !tables.includes(name))
  if (other !== undefined) throw refuse(`The table ${other.slice(0, 100)} may not be read here.`, list)
  const create = bodyOf(read.tree, 'create_table')
  if (create?.or_replace === true) {
    throw refuse(
      `The table ${String(read.writes).slice(0, 100)} may not be replaced here.`,
      'Write CREATE TABLE with a new name.',
    )
  }
  const creates = create !== null || read.kind === 'create-streaming-table'
  if (creates && read.writes !== null && tables.includes(read.writes)) {
    throw refuse(`The table ${read.writes.slice(0, 100)} is there already.`, 'Write CREATE TABLE with a new name.')
  }
}

/** The query that lists these tables and no other, with the columns of SHOW TABLES on Databricks. */
export function toShowText(tables: readonly string[]): string {
  const rows = [...tables].sort().map((table) => {
    const parts = table.split('.')
    const name = parts.pop() ?? ''
    return `(${[parts.join('.') || 'default', name].map(toLiteral).join(', ')}, false)`
  })
  const shown = rows.length > 0 ? rows.join(', ') : "('', '', false)"
  const none = rows.length > 0 ? '' : ' WHERE false'
  return `SELECT database, tableName, isTemporary FROM VALUES ${shown} AS shown(database, tableName, isTemporary)${none}`
}

const toLiteral = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
