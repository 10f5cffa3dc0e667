// A statement that was read, in DuckDB's dialect.

import { LakedeskError } from '../../core/errors.ts'
import { hasSite } from './ai-sites.ts'
import { checkStream } from './check-stream.ts'
import { duckFunctionsOf } from './duck-functions.ts'
import { checkOwnNames } from './fill-template.ts'
import { limitFirst } from './limit-first.ts'
import { orderConditions } from './order-conditions.ts'
import { parseDuckExpression, writeSql } from './parser.ts'
import { newRowsOf, placeTables, readNewRows } from './place-tables.ts'
import type { DuckStatement, ReadStatement } from './statement.ts'
import { toDuckTree } from './to-duck-tree.ts'
import { bodyOf, isRecord, number, type SqlNode } from './tree.ts'

/** `rows`: how many are wanted at most; a LIMIT that is larger counts for no more. Throws SQL_INVALID where something has no counterpart in DuckDB. */
export function toDuckStatement(read: ReadStatement, rows: number | null = null): DuckStatement {
  const toTree = (tree: SqlNode): SqlNode => {
    const cheap = read.sites.length === 0 ? tree : limitFirst(orderConditions(withLimit(tree, rows)))
    const duck = toDuckTree(cheap, read.sites)
    return isRecord(duck) ? placeTables(duck) : {}
  }
  checkOwnNames(read.tree)
  if (read.streamSource) checkStream(read.tree, read.streamSource)
  const rowsName = read.streamSource === undefined ? '' : newRowsOf(read.streamSource)
  const tree = read.streamSource === undefined ? read.tree : readNewRows(read.tree, read.streamSource, rowsName)
  const whole = toTree(tree)
  const query = ['show-tables', 'describe'].includes(read.kind) ? null : queryOf(tree)
  const duckQuery = query === tree ? whole : query && toTree(query)
  const reading = duckQuery && writeSql(duckQuery, 'duckdb')
  const statement: DuckStatement = {
    read,
    text: writeSql(whole, 'duckdb'),
    query: read.sites.length === 0 ? null : reading,
    reading,
    duckFunctions: duckFunctionsOf(whole),
  }
  if (read.kind !== 'create-streaming-table' || !read.writes || !read.streamSource) return statement
  return {
    ...statement,
    stream: { table: read.writes, source: read.streamSource, rows: rowsName, select: statement.text },
  }
}

/** A smaller LIMIT in the place of a larger one. */
function withLimit(tree: SqlNode, rows: number | null): SqlNode {
  const select = bodyOf(tree, 'select')
  const limit = isRecord(select?.limit) ? select.limit : null
  const literal = bodyOf(limit?.this, 'literal')
  if (rows === null || !limit || literal?.literal_type !== 'number' || Number(literal.value) <= rows) return tree
  return { select: { ...select, limit: { ...limit, this: number(rows) } } }
}

/** What is read by a statement, as a query of its own. Throws SQL_INVALID where the calls of a MERGE stand outside its query. */
function queryOf(tree: SqlNode): SqlNode | null {
  const create = bodyOf(tree, 'create_table')
  if (create) return isRecord(create.as_select) ? create.as_select : null
  const insert = bodyOf(tree, 'insert')
  if (insert) return isRecord(insert.query) ? insert.query : null
  const merge = bodyOf(tree, 'merge')
  if (merge) return queryOfMerge(merge)
  const update = bodyOf(tree, 'update')
  if (update)
    return queryOfRows(
      update,
      (Array.isArray(update.set) ? update.set : []).map((pair) => pair[1]),
    )
  const removal = bodyOf(tree, 'delete')
  return removal ? queryOfRows(removal, [number(1)]) : tree
}

function queryOfMerge(merge: SqlNode): SqlNode | null {
  const using = bodyOf(merge.using, 'subquery')
  if (!hasSite(merge)) return using && isRecord(using.this) ? using.this : null
  if (hasSite([merge.on, merge.whens]) || !using || !isRecord(using.this)) {
    throw new LakedeskError('SQL_INVALID', 'In a MERGE, AI functions may only be called in the query behind USING.')
  }
  return using.this
}

/** The rows that an UPDATE or DELETE finds, and what it computes on them. */
function queryOfRows(body: SqlNode, values: readonly unknown[]): SqlNode | null {
  const select = bodyOf(parseDuckExpression('(SELECT 1 FROM t)'), 'subquery')
  const empty = bodyOf(select?.this, 'select')
  if (!empty || !isRecord(body.table)) return null
  const from = { expressions: [{ table: { ...body.table, alias: body.alias ?? null } }] }
  return { select: { ...empty, expressions: values, from, where_clause: body.where_clause ?? null } }
}
