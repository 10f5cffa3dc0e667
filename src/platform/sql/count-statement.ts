// Derives from a statement with AI functions the SELECTs that count what these would be given, without calling any.
import { LakedeskError } from '../../core/errors.ts'
import { siteOf } from './ai-sites.ts'
import { writeSql } from './parser.ts'
import { parseOne } from './read-statement.ts'
import type { AiSite, ReadStatement } from './statement.ts'
import { bodyOf, expressionOf, isRecord, listOf, mapTree, nameOf, type SqlNode, walk } from './tree.ts'

export interface CountStatement {
  /** Gives one row: for each site its rows, its distinct arguments, and the characters of them all in all rows. */
  text: string
  sites: readonly {
    site: AiSite
    /** Characters of arguments that are the same in every row. */
    fixed: number
    /** First argument of an ai_query where it is written out. */
    endpoint: string | null
  }[]
  /** False where the figures are upper bounds: what a row needs depends on an answer, or on a condition inside an expression. */
  exact: boolean
}

/** The SELECT whose rows call the sites, and the CTEs it can see. */
interface Unit {
  body: SqlNode
  ctes: readonly SqlNode[]
  sites: Map<number, Found>
}

interface Found {
  args: readonly SqlNode[]
  /** In the list of columns, and in no condition or aggregate. */
  isPlain: boolean
  inAggregate: boolean
}

const QUERIES = new Set(['select', 'union', 'intersect', 'except'])
const CONDITIONS = new Set(['case', 'coalesce', 'nvl', 'nvl2', 'if_func', 'and', 'or', 'nullif'])
const AGGREGATES = new Set(
  'count count_if sum avg min max any_value first last min_by max_by mode median collect_list collect_set array_agg string_agg listagg group_concat'.split(
    ' ',
  ),
)

/** Throws SQL_INVALID where a call stands in no SELECT, such as in the values of a MERGE. */
export function toCountStatements(read: ReadStatement): CountStatement[] {
  const units: Unit[] = []
  findUnits(read.tree, [], units)
  const found = new Set(units.flatMap(({ sites }) => [...sites.keys()]))
  if (read.sites.some(({ id }) => !found.has(id))) {
    throw new LakedeskError(
      'SQL_INVALID',
      'What this statement would cost cannot be counted, because an AI function stands outside of every SELECT. Move it into the SELECT that the rows come from.',
    )
  }
  return units.flatMap((unit) => split(unit).map((part) => toCount(part, read.sites)))
}

function findUnits(value: unknown, outer: readonly SqlNode[], units: Unit[]): void {
  if (Array.isArray(value)) {
    for (const part of value) findUnits(part, outer, units)
    return
  }
  if (!isRecord(value)) return
  const expression = expressionOf(value)
  const body = expression && QUERIES.has(expression.kind) && isRecord(expression.body) ? expression.body : null
  if (!expression || !body) {
    for (const part of Object.values(value)) findUnits(part, outer, units)
    return
  }
  let ctes = outer
  for (const cte of listOf(isRecord(body.with) ? body.with.ctes : [])) {
    findUnits(cte.this, ctes, units)
    ctes = [...ctes, cte]
  }
  const { with: _, ...rest } = body
  if (expression.kind === 'select') {
    const sites = new Map<number, Found>()
    for (const [key, part] of Object.entries(rest))
      collect(part, { isPlain: key === 'expressions', inAggregate: false }, sites)
    if (sites.size > 0) units.push({ body, ctes, sites })
  }
  for (const part of Object.values(rest)) findUnits(part, ctes, units)
}

/** Calls that belong to this SELECT and to none inside of it. */
function collect(value: unknown, place: { isPlain: boolean; inAggregate: boolean }, sites: Map<number, Found>): void {
  if (Array.isArray(value)) {
    for (const part of value) collect(part, place, sites)
    return
  }
  if (!isRecord(value)) return
  const id = siteOf(value)
  if (id !== null) sites.set(id, { args: listOf(bodyOf(value, 'function')?.args), ...place })
  const kind = expressionOf(value)?.kind ?? ''
  if (QUERIES.has(kind)) return
  const inAggregate = place.inAggregate || isAggregate(value)
  const isPlain = place.isPlain && !CONDITIONS.has(kind)
  for (const part of Object.values(value)) collect(part, { isPlain, inAggregate }, sites)
}

function isAggregate(node: SqlNode): boolean {
  const kind = expressionOf(node)?.kind ?? ''
  const name = String(bodyOf(node, 'function')?.name ?? bodyOf(node, 'aggregate_function')?.name ?? kind)
  return AGGREGATES.has(name.toLowerCase())
}

const hasAggregate = (value: unknown): boolean => [...walk(value)].some(isAggregate)

interface Part extends Unit {
  /** True: what is counted are rows before they are grouped. */
  ungrouped: boolean
}

/** Calls on grouped rows are counted after the grouping, calls that the grouping rests on before it. */
function split(unit: Unit): Part[] {
  const { body, sites } = unit
  const isGrouped = isRecord(body.group_by) || hasAggregate(body.expressions)
  const groupHasSite = groupExpressions(body).some(hasCall)
  const after: [number, Found][] = []
  const before: [number, Found][] = []
  for (const entry of sites) {
    const restsOnGroups = isGrouped && !groupHasSite && !entry[1].inAggregate
    ;(restsOnGroups || !isGrouped ? after : before).push(entry)
  }
  const parts: Part[] = []
  if (after.length > 0) parts.push({ ...unit, sites: new Map(after), ungrouped: false })
  if (before.length > 0) parts.push({ ...unit, sites: new Map(before), ungrouped: true })
  return parts
}

/** What the rows are grouped by, with positions, aliases and ALL looked up in the list of columns. */
function groupExpressions(body: SqlNode): unknown[] {
  const items = listOf(body.expressions).map((item) => bodyOf(item, 'alias') ?? item)
  const group = isRecord(body.group_by) ? body.group_by : {}
  if (group.all === true) return items.filter((item) => !hasAggregate(item))
  return listOf(group.expressions).map((node) => {
    const position = Number(bodyOf(node, 'literal')?.value)
    const column = bodyOf(node, 'column')
    const name = column && !column.table ? nameOf(column.name)?.toLowerCase() : undefined
    const named = items.find((item) => name !== undefined && nameOf(item.alias)?.toLowerCase() === name)
    return items[position - 1] ?? named ?? node
  })
}

function toCount({ body, ctes, sites, ungrouped }: Part, all: readonly AiSite[]): CountStatement {
  const known = all.filter(({ id }) => sites.has(id))
  const waits = known.some(({ stage }) => stage > 0)
  // Then even a plain condition may be one on an answer.
  const readsAnswers = hasCall(ctes) || hasCall(body.from) || hasCall(body.joins)
  const shown = known.map((site) => ({ site, ...readArguments(sites.get(site.id)?.args ?? [], site.stage > 0) }))
  const added = shown.map(({ text }, nth) => parseColumn(`${text} AS counted_argument_${nth}`))
  const kept = ungrouped ? [] : listOf(body.expressions).map(withoutCalls)
  const limit = ungrouped ? null : body.limit
  const select = {
    select: {
      ...body,
      with: ctes.length > 0 ? { ctes: ctes.map(withoutCalls), recursive: false } : null,
      expressions: [...kept, ...added],
      where_clause: readsAnswers ? null : toWhere(body.where_clause),
      group_by: ungrouped ? null : body.group_by,
      having: ungrouped || hasCall(body.having) ? null : body.having,
      qualify: ungrouped || hasCall(body.qualify) ? null : body.qualify,
      order_by: limit && !hasCall(body.order_by) ? body.order_by : null,
      limit,
      offset: limit ? body.offset : null,
      distinct: false,
      distinct_on: null,
    },
  }
  const figures = shown.map(
    (_, n) =>
      `count(counted_argument_${n}), count(DISTINCT counted_argument_${n}), coalesce(sum(length(counted_argument_${n})), 0)`,
  )
  const inner = writeSql(select, 'databricks')
  return {
    text: `SELECT ${figures.join(', ')} FROM (${inner}) AS counted_rows`,
    sites: shown.map(({ site, fixed }) => ({ site, fixed, endpoint: endpointOf(site, sites.get(site.id)) })),
    exact: !waits && !ungrouped && !readsAnswers && known.every(({ id }) => sites.get(id)?.isPlain === true),
  }
}

/** What differs from row to row as one text, NULL where the function would give NULL unasked; and the length of the rest. */
function readArguments(args: readonly SqlNode[], waits: boolean): { text: string; fixed: number } {
  const values = args.map((node) => bodyOf(node, 'named_argument')?.value ?? node).filter(isRecord)
  const varying = values.filter(isVarying)
  const fixed = values.filter((node) => !isVarying(node)).reduce((sum, node) => sum + literalLength(node), 0)
  const texts = varying.map((node) => `CAST(${writeSql(asAsked(node), 'databricks')} AS STRING)`)
  if (texts.length === 0) return { text: "''", fixed }
  const joined = texts.join(" || '|' || ")
  return { text: waits ? `coalesce(${joined}, '')` : joined, fixed }
}

function isVarying(node: SqlNode): boolean {
  return [...walk(node)].some(
    (part) => 'column' in part || 'parameter' in part || 'placeholder' in part || siteOf(part) !== null,
  )
}

function literalLength(node: SqlNode): number {
  return [...walk(node)].reduce((sum, part) => sum + String(bodyOf(part, 'literal')?.value ?? '').length, 0)
}

const hasCall = (value: unknown): boolean => [...walk(value)].some((node) => siteOf(node) !== null)

/** Conditions that rest on an answer are left out, so that what is counted is never too little. */
function toWhere(clause: unknown): unknown {
  if (!isRecord(clause)) return null
  const plain = conjuncts(clause.this).filter((node) => !hasCall(node))
  const [first, ...more] = plain
  if (first === undefined) return null
  if (plain.length === conjuncts(clause.this).length) return clause
  const and = more.reduce(
    (left: unknown, right) => ({ and: { left: paren(left), right: paren(right), ...MARKS } }),
    first,
  )
  return { ...clause, this: and }
}

const MARKS = { left_comments: [], operator_comments: [], trailing_comments: [], inferred_type: null }
const paren = (node: unknown): SqlNode => ({ paren: { this: node, trailing_comments: [] } })

function conjuncts(node: unknown): unknown[] {
  const and = bodyOf(node, 'and')
  return and ? [...conjuncts(and.left), ...conjuncts(and.right)] : [node]
}

/** In an argument what a call is given stands for what it says, so that the argument is as long as it can be. */
function asAsked(node: SqlNode): SqlNode {
  const plain = mapTree(node, (part) => {
    if (siteOf(part) === null) return part
    return listOf(bodyOf(part, 'function')?.args).find(isVarying) ?? NO_VALUE
  })
  return isRecord(plain) ? plain : node
}

function endpointOf({ function: name }: AiSite, found: Found | undefined): string | null {
  const [first] = found?.args ?? []
  const value = bodyOf(first, 'literal')?.value
  return name === 'ai_query' && typeof value === 'string' ? value : null
}

/** Every call has become NULL. */
function withoutCalls(node: SqlNode): SqlNode {
  const plain = mapTree(node, (part) => (siteOf(part) === null ? part : NO_VALUE))
  return isRecord(plain) ? plain : node
}

function parseColumn(text: string): SqlNode {
  const [column] = listOf(bodyOf(parseOne(`SELECT ${text}`), 'select')?.expressions)
  if (!column) throw new Error(`Not a column: ${text}`)
  return column
}

const NO_VALUE: SqlNode = { null: null }
