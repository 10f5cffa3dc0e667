// Statements that change a table: which a mode allows, and what they read and write.
import type { SqlMode } from '../ports/sql.ts'
import { ROOT_FIELDS } from './allowed-nodes.ts'
import { checkTableName, foldName } from './check-names.ts'
import { type CheckOptions, checkParts, checkTree, type Findings, refuse } from './check-tree.ts'
import { layOut, writeSql } from './parser.ts'
import type { StatementKind } from './statement.ts'
import { bodyOf, expressionOf, isRecord, nameOf, type SqlNode } from './tree.ts'

interface Change {
  kind: StatementKind
  tree: SqlNode
  findings: Findings
  writes: string
  /** Where the text has more than the tree: properties of a table, which only Databricks knows. */
  write?(): string
}

/** The one property of a table that Lakedesk sets: others can follow what changes in it. */
const CHANGE_FEED = 'delta.enableChangeDataFeed'

const KINDS: Readonly<Record<string, StatementKind>> = {
  create_table: 'create-table',
  insert: 'insert',
  update: 'update',
  delete: 'delete',
  merge: 'merge',
}

/** Null where the tree changes nothing Lakedesk knows. Throws SQL_REFUSED where the mode does not allow it. */
export function readChange(written: SqlNode, mode: SqlMode, options: CheckOptions): Change | null {
  const tree = mode === 'own' ? withoutChangeFeed(written) : written
  const root = expressionOf(tree)
  const kind = root && KINDS[root.kind]
  const body = root && isRecord(root.body) ? root.body : null
  if (!root || !kind || !body) return null
  const creates = kind === 'create-table' && isRecord(body.as_select)
  if (mode === 'read' || (mode === 'create' && !creates)) {
    const word = root.kind.split('_')[0]?.toUpperCase() ?? ''
    throw refuse(
      `${word} changes data, which is not allowed here.`,
      mode === 'create' ? 'Write CREATE TABLE name AS SELECT ...' : 'Write one SELECT.',
    )
  }
  if (mode === 'create' && Array.isArray(body.columns) && body.columns.length > 0) {
    throw refuse('CREATE TABLE ... AS SELECT takes its columns from the SELECT.', 'Leave the list of columns out.')
  }
  const findings: Findings = { reads: new Set(), functions: new Set(), parameters: new Set() }
  const target = targetOf(root.kind, body)
  const parts = [target?.catalog, target?.schema, target?.name].map(nameOf).filter((part) => part !== null)
  checkTableName(parts)
  const fields = new Set(ROOT_FIELDS[root.kind] ?? [])
  const more = { ...options, inMerge: kind === 'merge' }
  // What is changed is no table that is read; the alias of the target is a plain name.
  const skip = [kind === 'create-table' ? 'name' : kind === 'merge' ? 'this' : 'table', 'query', 'as_select']
  checkParts(body, fields, findings, more, skip)
  for (const query of [body.query, body.as_select].filter(isRecord)) add(findings, checkTree(query, more))
  const change = { kind, tree, findings, writes: foldName(parts.join('.')) }
  return tree === written ? change : { ...change, write: () => layOut(writeSql(written, 'databricks')) }
}

/** CREATE TABLE without TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true'); the same tree where it has none, or has others. */
function withoutChangeFeed(tree: SqlNode): SqlNode {
  const create = bodyOf(tree, 'create_table')
  const [only, ...more] = Array.isArray(create?.properties) ? create.properties : []
  const [pair, ...others] = toList(bodyOf(only, 'properties')?.expressions)
  const eq = bodyOf(pair, 'eq')
  const isFeed = bodyOf(eq?.left, 'literal')?.value === CHANGE_FEED && bodyOf(eq?.right, 'literal')?.value === 'true'
  return create && isFeed && more.length + others.length === 0 ? { create_table: { ...create, properties: [] } } : tree
}

const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function targetOf(kind: string, body: SqlNode): SqlNode | null {
  const target = kind === 'merge' ? bodyOf(body.this, 'table') : kind === 'create_table' ? body.name : body.table
  return isRecord(target) ? target : null
}

function add(findings: Findings, more: Findings): void {
  for (const name of more.reads) findings.reads.add(name)
  for (const name of more.functions) findings.functions.add(name)
  for (const name of more.parameters) findings.parameters.add(name)
}
