// The guard: walks a syntax tree and lets through only what is known. Whatever it does not know, it refuses.
import { LakedeskError } from '../../core/errors.ts'
import { AI_FUNCTIONS } from '../ports/ai-functions.ts'
import { ALLOWED_NODES, CUSTOM_TYPES, MERGE_FIELDS, VERBATIM } from './allowed-nodes.ts'
import { checkAmounts } from './check-amounts.ts'
import { checkCteName, checkTableName, foldName } from './check-names.ts'
import { functionName } from './function-name.ts'
import { FUNCTIONS, TABLE_FUNCTIONS } from './functions.ts'
import { NO_ZERO } from './parser.ts'
import { bodyOf, expressionOf, isRecord, isRemark, listOf, nameOf, type SqlNode } from './tree.ts'

/** What the walk found. */
export interface Findings {
  reads: Set<string>
  functions: Set<string>
  parameters: Set<string>
}

export interface CheckOptions {
  /** AI functions beyond those of Lakedesk, where the warehouse has them. */
  moreFunctions: ReadonlySet<string>
  inMerge: boolean
}

export function refuse(what: string, fix: string): LakedeskError {
  return new LakedeskError('SQL_REFUSED', `${what} ${fix}`)
}

/** Checks one expression or query. Throws SQL_REFUSED. `known` are the names of CTEs in sight. */
export function checkTree(value: unknown, options: CheckOptions): Findings {
  const findings: Findings = { reads: new Set(), functions: new Set(), parameters: new Set() }
  checkAmounts(value)
  visitPart(value, new Set(), { ctes: new Set(), findings, options })
  return findings
}

/** Checks the parts of the body of a root, such as those of an INSERT. */
export function checkParts(
  body: SqlNode,
  fields: ReadonlySet<string>,
  findings: Findings,
  options: CheckOptions,
  skip: readonly string[],
): void {
  visitBody(Object.fromEntries(Object.entries(body).filter(([key]) => !skip.includes(key))), fields, {
    ctes: new Set(),
    findings,
    options,
  })
}

interface Place {
  ctes: ReadonlySet<string>
  findings: Findings
  options: CheckOptions
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0)
}

function visitPart(value: unknown, fields: ReadonlySet<string>, place: Place): void {
  if (Array.isArray(value)) {
    for (const part of value) visitPart(part, fields, place)
    return
  }
  if (!isRecord(value)) return
  const expression = expressionOf(value)
  const allowed = expression && fieldsOf(expression.kind, place.options)
  // A part of a body may have one key alone, such as `{ this: ... }`: then its key is a field and no kind.
  if (
    expression &&
    allowed &&
    !(fields.has(expression.kind) && isRecord(expression.body) && 'quoted' in expression.body)
  ) {
    visitExpression(expression.kind, expression.body, allowed, place)
    return
  }
  visitBody(value, fields, place)
}

function fieldsOf(kind: string, options: CheckOptions): ReadonlySet<string> | null {
  const own = ALLOWED_NODES.get(kind)
  if (own) return own
  const merge = options.inMerge ? MERGE_FIELDS[kind] : undefined
  return merge ? new Set(merge) : null
}

function visitBody(body: SqlNode, fields: ReadonlySet<string>, place: Place): void {
  // A name without quotes is written out as it stands.
  if (body.quoted === false && !('args' in body) && !/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(nameOf(body) ?? 'x')) {
    throw refuse(`The name ${String(body.name).slice(0, 60)} is not plain.`, 'Put it in backticks.')
  }
  for (const [key, part] of Object.entries(body)) {
    if (isRemark(key) || isEmpty(part) || key === 'quoted') continue
    if (!fields.has(key)) {
      throw refuse(
        `The statement uses syntax that is not allowed here: ${key.replaceAll('_', ' ').toLowerCase()}.`,
        'Allowed is one plain SELECT; leave that part out.',
      )
    }
    checkVerbatim(key, part)
    visitPart(part, fields, place)
  }
}

function checkVerbatim(key: string, part: unknown): void {
  const words = Object.hasOwn(VERBATIM, key) ? VERBATIM[key] : undefined
  if (words && !(typeof part === 'string' && words.has(part.toLowerCase()))) {
    throw refuse(`The statement uses a ${key.replaceAll('_', ' ')} that is not allowed.`, 'Write it without.')
  }
}

function visitExpression(kind: string, body: unknown, fields: ReadonlySet<string>, place: Place): void {
  if (!isRecord(body)) return
  const { findings } = place
  let inside = place
  if (kind === 'table') readTable(body, place)
  if (kind === 'parameter') findings.parameters.add(String(body.name))
  if (isRecord(body.with)) inside = { ...inside, ctes: visitCtes(body.with, fields, inside) }
  if (kind === 'select') checkSelect(body)
  if (kind === 'cast' || kind === 'try_cast') checkType(body.to)
  checkWrittenText(kind, body)
  checkFunction(kind, body, place)
  visitBody({ ...body, with: null }, fields, inside)
}

function readTable(body: SqlNode, { ctes, findings }: Place): void {
  const parts = [body.catalog, body.schema, body.name].map(nameOf).filter((part) => part !== null)
  const name = foldName(parts.join('.'))
  if (parts.length === 1 && ctes.has(name)) return
  checkTableName(parts)
  findings.reads.add(name)
}

/** Each CTE sees the ones before it alone: under its own name it would read the table of that name. */
function visitCtes(clause: SqlNode, fields: ReadonlySet<string>, place: Place): ReadonlySet<string> {
  if (clause.recursive === true) {
    throw refuse('WITH RECURSIVE may never end, so it is not allowed.', 'Write the steps out as ordinary CTEs.')
  }
  visitBody({ ...clause, ctes: null }, fields, place)
  let ctes = place.ctes
  for (const cte of listOf(clause.ctes)) {
    visitBody(cte, fields, { ...place, ctes })
    const name = nameOf(cte.alias) ?? ''
    checkCteName(name)
    ctes = new Set([...ctes, foldName(name)])
  }
  return ctes
}

function checkSelect(body: SqlNode): void {
  if (listOf(body.expressions).length === 0) {
    throw new LakedeskError('SQL_INVALID', 'The statement cannot be read: a SELECT names no column.')
  }
  for (const source of listOf(isRecord(body.from) ? body.from.expressions : [])) checkSource(source)
  for (const join of listOf(body.joins)) checkSource(join.this)
}

/** A source of rows is a table, a query, or one of few functions. */
function checkSource(source: unknown): void {
  const plain = bodyOf(source, 'alias')?.this ?? source
  const expression = expressionOf(plain)
  if (!expression) return
  const { kind, body } = expression
  if (['table', 'subquery', 'values', 'pivot'].includes(kind)) return
  const name = functionName(kind, body)
  if (name !== null && TABLE_FUNCTIONS.has(name)) return
  throw refuse(
    `FROM may hold tables and queries only, not ${name === null ? kind.replaceAll('_', ' ') : `${name}(...)`}.`,
    'Name a table.',
  )
}

function checkFunction(kind: string, body: SqlNode, { findings, options }: Place): void {
  const name = functionName(kind, body)
  if (name === null) return
  findings.functions.add(name)
  if (AI_FUNCTIONS.some((known) => known === name) || options.moreFunctions.has(name)) return
  if (['ai_forecast', 'ai_parse_document', 'ai_prep_search'].includes(name)) {
    throw refuse(`${name}() runs on Databricks only.`, 'Use a Databricks warehouse for this statement.')
  }
  if (!FUNCTIONS.has(name)) {
    throw refuse(
      `The function ${name.slice(0, 60)}() is not allowed.`,
      'Only functions that compute on the values they are given may be called; none that read files, the network or settings.',
    )
  }
}

/** The parser writes these texts out without escaping what would end them. */
function checkWrittenText(kind: string, body: SqlNode): void {
  if (kind === 'literal' && String(body.value).includes('\0')) throw new LakedeskError('SQL_INVALID', NO_ZERO)
  if (kind === 'literal' && (body.literal_type === 'date' || body.literal_type === 'timestamp')) {
    if (!/^[\w :.,+/-]*$/.test(String(body.value))) {
      throw new LakedeskError('SQL_INVALID', `"${String(body.value).slice(0, 60)}" is no date. Write it as 2026-11-22.`)
    }
  }
  if (kind === 'j_s_o_n_extract') {
    const path = String(bodyOf(body.expression, 'literal')?.value ?? '')
    if (!/^([\p{L}\p{N}_.]|\[\d+\]|\["[\p{L}\p{N}_ -]+"\])+$/u.test(path)) {
      throw refuse('A path behind the colon is not plain.', 'Write it as a:b.c[0].')
    }
  }
  if (kind === 'parameter' && !/^\w+$/.test(String(body.name))) {
    throw refuse('The name of a parameter is not plain.', 'Name it by letters, digits and underscores.')
  }
}

function checkType(type: unknown): void {
  if (Array.isArray(type)) for (const part of type) checkType(part)
  if (!isRecord(type)) return
  if (type.data_type === 'custom' && !CUSTOM_TYPES.has(String(type.name).toLowerCase())) {
    throw refuse(
      `The type ${String(type.name).slice(0, 60)} is not known.`,
      'Use a type of Databricks, such as STRING.',
    )
  }
  for (const part of Object.values(type)) checkType(part)
}
