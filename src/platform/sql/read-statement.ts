// Reads one statement of the Databricks dialect: what it is, what it touches, and whether it may. The tree alone decides.
import { LakedeskError } from '../../core/errors.ts'
import { AI_FUNCTIONS } from '../ports/ai-functions.ts'
import type { SqlMode, SqlPlace, SqlStatement } from '../ports/sql.ts'
import { numberSites, toStages } from './ai-sites.ts'
import { readAiSites } from './ai-types.ts'
import { checkTables, toShowText } from './allowed-tables.ts'
import { type CheckOptions, checkTree, type Findings, refuse } from './check-tree.ts'
import { nameColumns } from './name-columns.ts'
import { spellParameters } from './one-spelling.ts'
import { layOut, parseStatements, tokenizeText, writeSql } from './parser.ts'
import { nameInFull } from './place-tables.ts'
import { readChange } from './read-change.ts'
import { readStreamingTable } from './read-streaming-table.ts'
import { repairNode } from './repair-literals.ts'
import type { ReadStatement, StatementKind } from './statement.ts'
import { bodyOf, expressionOf, isRecord, mapTree, type SqlNode, withoutRemarks } from './tree.ts'

export interface ReadOptions {
  /** Where names of one and two parts lie. */
  place?: SqlPlace
  /** Also lets through the AI functions that only Databricks has: ai_forecast, ai_parse_document, ai_prep_search. */
  databricks?: boolean
}

const DATABRICKS_ONLY = new Set(['ai_forecast', 'ai_parse_document', 'ai_prep_search'])
const QUERIES = ['select', 'union', 'intersect', 'except', 'values', 'subquery']

/**
 * Throws SQL_INVALID where the text cannot be read (with line and column), SQL_REFUSED where it does more than `mode` and `tables`
 * allow, AI_FUNCTION_INVALID where a call of an AI function can have no type.
 */
export function readStatement(statement: SqlStatement, options: ReadOptions = {}): ReadStatement {
  const { text, explain } = takeExplain(statement.text)
  const mode = statement.mode ?? 'read'
  const given = Object.keys(statement.parameters ?? {})
  const placed = statement.place ? { ...options, place: statement.place } : options
  const read = showAllowed(readOne(text, mode, placed, given), statement, (list) => readOne(list, mode, options, []))
  if (explain && read.kind !== 'select' && mode === 'read')
    throw refuse('EXPLAIN takes a SELECT.', 'Write EXPLAIN SELECT ...')
  checkTables(read, statement.tables)
  return { ...read, explain, text: explain ? `EXPLAIN ${read.text}` : read.text }
}

/** What a statement is before it is numbered and dressed. */
export interface Draft {
  kind: StatementKind
  tree: SqlNode
  findings: Findings
  writes: string | null
  streamSource?: string
  /** How it is written; by default the tree alone. */
  write?(): string
}

/** Where tables are listed, SHOW TABLES is a query that lists those. */
function showAllowed(
  read: ReadStatement,
  { tables }: SqlStatement,
  readList: (text: string) => ReadStatement,
): ReadStatement {
  return read.kind === 'show-tables' && tables ? readList(toShowText(tables)) : read
}

function readOne(written: string, mode: SqlMode, options: ReadOptions, given: readonly string[]): ReadStatement {
  const check = { moreFunctions: options.databricks ? DATABRICKS_ONLY : new Set<string>(), inMerge: false }
  const place = (tree: SqlNode): SqlNode => (options.place ? nameInFull(tree, options.place) : tree)
  const draft =
    readStreamingTable(written, mode, check, options.place) ??
    readRoot(spellParameters(place(parseOne(written)), given), mode, check)
  const text = draft.write ? draft.write() : layOut(writeSql(draft.tree, 'databricks'))
  if (['select', 'create-table', 'create-streaming-table'].includes(draft.kind)) checkOwnText(text, mode, draft, check)
  const { tree, functions } = numberSites(nameColumns(draft.tree))
  const stages = toStages(tree)
  const called = [...draft.findings.functions]
  return {
    kind: draft.kind,
    explain: false,
    text,
    reads: [...draft.findings.reads].sort(),
    writes: draft.writes,
    parameters: [...draft.findings.parameters].sort(),
    functions: called.filter((name) => !AI_FUNCTIONS.some((known) => known === name)).sort(),
    aiFunctions: AI_FUNCTIONS.filter((name) => called.includes(name)),
    sites: readAiSites(tree, functions, stages),
    tree,
    ...(draft.streamSource === undefined ? {} : { streamSource: draft.streamSource }),
  }
}

/** A second lock: the text that will be run passes the same guard, and reads the same tables. */
function checkOwnText(text: string, mode: SqlMode, draft: Draft, check: CheckOptions): void {
  const { findings } = readStreamingTable(text, mode, check) ?? readRoot(parseOne(text), mode, check)
  if ([...findings.reads].sort().join() !== [...draft.findings.reads].sort().join()) {
    throw refuse('The statement cannot be written down safely.', 'Write it in simpler words.')
  }
}

/** The parser takes the alias behind `a LIKE ANY (...) AS b` for a part of the list. */
function repairAlias(node: SqlNode): SqlNode {
  const kind = bodyOf(node, 'like') ? 'like' : 'i_like'
  const like = bodyOf(node, kind)
  const alias = bodyOf(like?.right, 'alias')
  return like && alias ? { alias: { ...alias, this: { [kind]: { ...like, right: alias.this } } } } : node
}

/** The only statement of a text, without remarks. */
export function parseOne(text: string): SqlNode {
  const [tree, ...more] = parseStatements(text)
  if (more.length > 0) throw refuse('The text holds more than one statement.', 'Send them one by one.')
  const plain = mapTree(withoutRemarks(tree), (node) => repairNode(repairAlias(node)))
  if (!isRecord(plain)) throw new LakedeskError('SQL_INVALID', 'There is no statement to read. Write one SELECT.')
  return plain
}

function readRoot(tree: SqlNode, mode: SqlMode, check: CheckOptions): Draft {
  const kind = expressionOf(tree)?.kind ?? 'nothing'
  if (QUERIES.includes(kind)) return { kind: 'select', tree, findings: checkTree(tree, check), writes: null }
  const show = bodyOf(tree, 'show')
  if (show) return readShow(tree, show)
  const describe = bodyOf(tree, 'describe')
  if (describe) return readDescribe(describe, check)
  const change = readChange(tree, mode, check)
  if (change) return change
  throw refuse(
    `Only statements that read are allowed here; this one is ${kind.replaceAll('_', ' ')}.`,
    'Write one SELECT.',
  )
}

function readShow(tree: SqlNode, show: SqlNode): Draft {
  const rest = Object.entries(show).filter(([key, value]) => key !== 'this' && isFilled(value))
  if (String(show.this).toUpperCase() !== 'TABLES' || rest.length > 0) {
    throw refuse('Of SHOW only SHOW TABLES is allowed.', 'Write SHOW TABLES.')
  }
  return {
    kind: 'show-tables',
    tree,
    findings: { reads: new Set(), functions: new Set(), parameters: new Set() },
    writes: null,
  }
}

function readDescribe(describe: SqlNode, check: CheckOptions): Draft {
  const rest = Object.entries(describe).filter(([key, value]) => key !== 'target' && key !== 'kind' && isFilled(value))
  if (!bodyOf(describe.target, 'table') || rest.length > 0 || (isFilled(describe.kind) && describe.kind !== 'TABLE')) {
    throw refuse('DESCRIBE takes the name of a table.', 'Write DESCRIBE followed by a name.')
  }
  return {
    kind: 'describe',
    tree: { describe: { ...describe, kind: null } },
    findings: checkTree(describe.target, check),
    writes: null,
  }
}

function isFilled(value: unknown): boolean {
  return !(value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0))
}

function takeExplain(text: string): { text: string; explain: boolean } {
  const [first] = tokenizeText(text)
  if (first?.text.toUpperCase() !== 'EXPLAIN') return { text, explain: false }
  const signs = [...text]
  return { text: ' '.repeat(first.end) + signs.slice(first.end).join(''), explain: true }
}

/** A statement as people read it: in one spelling, over lines, without comments. Throws as `readStatement`. */
export function toSqlText(text: string, mode: SqlMode = 'own'): string {
  return readStatement({ text, mode }, { databricks: true }).text
}
