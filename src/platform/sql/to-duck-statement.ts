// A statement that was read, in DuckDB's dialect.

import { writeSql } from './parser.ts'
import type { DuckStatement, ReadStatement } from './statement.ts'
import { toDuckTree } from './to-duck-tree.ts'
import { bodyOf, isRecord, type SqlNode } from './tree.ts'

/** Throws SQL_INVALID where something has no counterpart in DuckDB. */
export function toDuckStatement(read: ReadStatement): DuckStatement {
  const to = (tree: unknown): string => {
    const duck = toDuckTree(tree, read.sites)
    return writeSql(isRecord(duck) ? duck : {}, 'duckdb')
  }
  const query = read.sites.length === 0 ? null : queryOf(read.tree)
  const statement = { read, text: to(read.tree), query: query ? to(query) : null }
  if (read.kind !== 'create-streaming-table' || !read.writes || !read.streamSource) return statement
  return { ...statement, stream: { table: read.writes, source: read.streamSource, select: statement.text } }
}

/** What is read by a statement, as a query of its own. */
function queryOf(tree: SqlNode): SqlNode | null {
  const create = bodyOf(tree, 'create_table')
  if (create) return isRecord(create.as_select) ? create.as_select : null
  const insert = bodyOf(tree, 'insert')
  if (insert) return isRecord(insert.query) ? insert.query : null
  const merge = bodyOf(tree, 'merge')
  if (merge) {
    const using = bodyOf(merge.using, 'subquery')
    return using && isRecord(using.this) ? using.this : null
  }
  return tree
}
