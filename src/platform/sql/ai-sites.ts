// Finds the calls of AI functions in a tree and says which have to wait for the answers of others.
import { AI_FUNCTIONS, type AiFunctionName } from '../ports/ai-functions.ts'
import { bodyOf, expressionOf, isRecord, listOf, nameOf, type SqlNode } from './tree.ts'

/** In the tree every call bears the number of its site in its name, so that it is known however the tree is changed. */
const SITE = 'lakedesk_ai_site_'

function aiFunctionOf(node: SqlNode): AiFunctionName | null {
  const name = nameOf(bodyOf(node, 'function'))?.toLowerCase()
  return AI_FUNCTIONS.find((known) => known === name) ?? null
}

/** Number of the site of a call in a numbered tree; null where the node is no such call. */
export function siteOf(node: unknown): number | null {
  const name = nameOf(bodyOf(node, 'function'))
  return name?.startsWith(SITE) ? Number(name.slice(SITE.length)) : null
}

/**
 * The tree with its calls numbered, and the functions they call in the order of their numbers. Calls that are written alike in one SELECT
 * are one, so that a GROUP BY finds the column it means.
 */
export function numberSites(tree: SqlNode): { tree: SqlNode; functions: AiFunctionName[] } {
  const functions: AiFunctionName[] = []
  const numbered = numberPart(tree, new Map(), functions)
  return { tree: isRecord(numbered) ? numbered : tree, functions }
}

/** `known` are the calls of the same SELECT by what they look like. */
function numberPart(value: unknown, known: Map<string, number>, functions: AiFunctionName[]): unknown {
  if (Array.isArray(value)) return value.map((part) => numberPart(part, known, functions))
  if (!isRecord(value)) return value
  const scope = bodyOf(value, 'select') ? new Map<string, number>() : known
  const node = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, numberPart(part, scope, functions)]))
  const called = aiFunctionOf(node)
  const body = bodyOf(node, 'function')
  if (!called || !body) return node
  const look = JSON.stringify({ ...body, name: called })
  const site = scope.get(look) ?? functions.length
  if (site === functions.length) functions.push(called)
  scope.set(look, site)
  return { function: { ...body, name: `${SITE}${site}` } }
}

export function hasSite(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSite)
  if (!isRecord(value)) return false
  return siteOf(value) !== null || Object.values(value).some(hasSite)
}

/**
 * Stage of every site by its number. A call waits for what stands in its arguments, for conditions that decide whether it is evaluated at
 * all, and for calls in the queries that its rows come from.
 */
export function toStages(tree: SqlNode): Map<number, number> {
  const stages = new Map<number, number>()
  stageOf(tree, 0, { stages, names: new Map() })
  return stages
}

interface Scope {
  stages: Map<number, number>
  /** The first stage at which the rows of a CTE, or the values of a column under this name, are known. */
  names: ReadonlyMap<string, number>
}

/** The first stage at which the value is known; calls inside get a stage of at least `floor`. 0 without calls. */
function stageOf(value: unknown, floor: number, scope: Scope): number {
  if (Array.isArray(value)) return Math.max(0, ...value.map((part) => stageOf(part, floor, scope)))
  if (!isRecord(value)) return 0
  const site = siteOf(value)
  if (site !== null) {
    const inside = stageOf(bodyOf(value, 'function')?.args, floor, scope)
    const stage = Math.max(floor, inside)
    scope.stages.set(site, Math.min(stage, scope.stages.get(site) ?? stage))
    return stage + 1
  }
  const expression = expressionOf(value)
  const body = expression && isRecord(expression.body) ? expression.body : null
  if (!expression || !body) return stageOf(Object.values(value), floor, scope)
  const ordered = evaluationOrder(expression.kind, body)
  if (ordered) return inOrder(ordered, floor, scope)
  if (expression.kind === 'select') return stageOfSelect(body, floor, scope)
  if (['union', 'intersect', 'except'].includes(expression.kind)) {
    const { with: ctes, ...rest } = body
    return stageOf(Object.values(rest), floor, withCtes(ctes, floor, scope))
  }
  if (expression.kind === 'table')
    return (
      scope.names.get(`cte ${nameOf(body)?.toLowerCase()}`) ??
      scope.names.get(`cte ${nameOf(body.name)?.toLowerCase()}`) ??
      0
    )
  if (expression.kind === 'column' && !body.table)
    return scope.names.get(`column ${nameOf(body.name)?.toLowerCase()}`) ?? 0
  return stageOf(body, floor, scope)
}

/** Parts of which a later one is evaluated only where an earlier one says so. */
function evaluationOrder(kind: string, body: SqlNode): unknown[] | null {
  if (kind === 'and' || kind === 'or') return [body.left, body.right]
  if (kind === 'case') return [body.operand, ...(Array.isArray(body.whens) ? body.whens.flat() : []), body.else_]
  if (kind === 'coalesce') return [...listOf(body.expressions)]
  if (kind === 'nvl') return [body.this, body.expression]
  if (kind === 'if_func') return [body.condition, [body.true_value, body.false_value]]
  if (kind === 'nvl2') return [body.this, [body.true_value, body.false_value]]
  return null
}

function inOrder(parts: readonly unknown[], floor: number, scope: Scope): number {
  let known = 0
  for (const part of parts) known = Math.max(known, stageOf(part, Math.max(floor, known), scope))
  return known
}

function withCtes(ctes: unknown, floor: number, scope: Scope): Scope {
  let inner = scope
  for (const cte of listOf(isRecord(ctes) ? ctes.ctes : [])) {
    const known = stageOf(cte.this, floor, inner)
    inner = { ...inner, names: new Map([...inner.names, [`cte ${nameOf(cte.alias)?.toLowerCase()}`, known]]) }
  }
  return inner
}

function stageOfSelect(body: SqlNode, floor: number, outer: Scope): number {
  let scope = withCtes(body.with, floor, outer)
  const sources = stageOf([body.from, listOf(body.joins).map((join) => join.this)], floor, scope)
  const afterFrom = Math.max(floor, sources)
  const laterals = stageOf([listOf(body.joins).map((join) => join.on), body.lateral_views], afterFrom, scope)
  const afterJoins = Math.max(afterFrom, laterals)
  // Aliases of the SELECT list may be used in its later columns and in all that follows it; their calls are placed below.
  for (const item of listOf(body.expressions)) {
    const alias = bodyOf(item, 'alias')
    if (!alias) continue
    const known = stageOf(alias.this, afterJoins, { ...scope, stages: new Map() })
    if (known > 0)
      scope = { ...scope, names: new Map([...scope.names, [`column ${nameOf(alias.alias)?.toLowerCase()}`, known]]) }
  }
  const where = Math.max(afterJoins, stageOf(body.where_clause, afterJoins, scope))
  const grouped = Math.max(where, stageOf(body.group_by, where, scope))
  const having = Math.max(grouped, stageOf(body.having, grouped, scope))
  const qualified = Math.max(having, stageOf([body.qualify, body.windows], having, scope))
  const ordered = stageOf([body.order_by, body.limit, body.offset], qualified, scope)
  const shown = body.limit ? Math.max(qualified, ordered) : qualified
  return Math.max(sources, laterals, shown, ordered, stageOf(body.expressions, shown, scope))
}
