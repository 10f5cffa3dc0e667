// The port of a SQL warehouse with AI functions. Statements are in the Databricks dialect, whatever stands behind.
import type { AiFunctionName } from './ai-functions.ts'

/**
 * A value as JSON has it. BIGINT and DECIMAL are numbers where a number holds them exactly (at most 15 significant digits),
 * else strings of digits. DATE is `2026-11-22`, TIMESTAMP ISO 8601 in UTC, BINARY base64. STRUCT, MAP and VARIANT are objects.
 */
export type SqlValue = null | boolean | number | string | readonly SqlValue[] | { readonly [key: string]: SqlValue }

/** `type` in Databricks' spelling, such as BIGINT, STRING, ARRAY<STRING>, STRUCT<a: STRING>, VARIANT. */
export interface SqlColumn {
  name: string
  type: string
}

export type SqlRow = readonly SqlValue[]

/** A named parameter, `:name` in the text. By default STRING, BIGINT, DOUBLE or BOOLEAN by the value's own type. */
export type SqlParameter = string | number | boolean | null | { value: string | null; type: string }

/** What may be spent on AI functions by one statement. An absent limit is none. */
export interface AiBudget {
  /** Rows that reach an AI function. */
  rows?: number
  /** Calls that are not answered from the cache. */
  calls?: number
  /** Input and output together. */
  tokens?: number
  usd?: number
}

/**
 * `read`: one SELECT (or VALUES, EXPLAIN, SHOW TABLES, DESCRIBE) that changes nothing and reads no file and no network.
 * `create`: also CREATE [OR REPLACE] TABLE ... AS SELECT and CREATE OR REFRESH STREAMING TABLE ... AS SELECT.
 * `own`: a statement that Lakedesk wrote itself, never a person or a model: also INSERT ... SELECT, MERGE, UPDATE, DELETE, CREATE TABLE.
 */
export type SqlMode = 'read' | 'create' | 'own'

/** Where names of one and two parts lie. */
export interface SqlPlace {
  catalog?: string
  schema?: string
}

export interface SqlStatement {
  text: string
  parameters?: Readonly<Record<string, SqlParameter>>
  /** By default `read`. */
  mode?: SqlMode
  /** Of names of one and two parts, for this statement alone; a driver has a place of its own otherwise. */
  place?: SqlPlace
  /** Tables that may be read, by the name they are written with, in small letters; any where absent. */
  tables?: readonly string[]
  /** Rows to return at most; `truncated` says whether there were more. */
  rowLimit?: number
  /** Above it nothing is spent: SQL_BUDGET, with the estimate in the sentence. */
  budget?: AiBudget
  onProgress?(progress: SqlProgress): void
}

/** How far the AI functions of a statement are. */
export interface SqlProgress {
  /** Distinct calls answered of those known so far. */
  done: number
  total: number
}

export interface SqlUsage {
  /** Evaluations of AI functions by row. */
  rows: number
  /** Those with different arguments. */
  distinct: number
  /** Distinct ones that were answered before. */
  cached: number
  /** Distinct ones that a model (or the offline rules) was asked for. */
  calls: number
  inputTokens: number
  outputTokens: number
  /** US dollars; null where no price is configured; 0 where nothing was asked of a paid model. */
  usd: number | null
}

/** Of nothing at all. */
export const NO_USAGE: SqlUsage = { rows: 0, distinct: 0, cached: 0, calls: 0, inputTokens: 0, outputTokens: 0, usd: 0 }

/** Of both together. Not known where one is not. */
export function addUsage(a: SqlUsage, b: SqlUsage): SqlUsage {
  return {
    rows: a.rows + b.rows,
    distinct: a.distinct + b.distinct,
    cached: a.cached + b.cached,
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    usd: a.usd === null || b.usd === null ? null : a.usd + b.usd,
  }
}

/** Something that went wrong in some rows alone: their value is NULL or carries the error. */
export interface SqlNotice {
  function: AiFunctionName
  rows: number
  /** One sentence. */
  message: string
}

export interface SqlResult {
  columns: readonly SqlColumn[]
  /** In order, at least one; to be iterated once. Rejects as `run` does. */
  pages: AsyncIterable<readonly SqlRow[]>
  /** True where `rowLimit` cut rows off. */
  truncated: boolean
  notices: readonly SqlNotice[]
  /** Null where the warehouse does not tell. */
  usage: SqlUsage | null
}

/** What one AI function of a statement would take. */
export interface SqlSite extends Omit<SqlUsage, 'rows'> {
  function: AiFunctionName
  model: string
  rows: number
}

/** `exact` is false where it depends on answers that are not known yet; the figures are then upper bounds. */
export interface SqlEstimate {
  sites: readonly SqlSite[]
  total: SqlUsage
  exact: boolean
}

export interface SqlTable {
  /** As a statement names it: in full where it does not lie in the place of the driver. */
  name: string
  columns: readonly SqlColumn[]
  /** Null where it is not known without counting. */
  rows: number | null
  /** Such as `delta.enableChangeDataFeed`; absent where nobody tells. */
  properties?: Readonly<Record<string, string>>
}

/** What a statement does, read from its syntax tree without running it. */
export interface SqlReading {
  /** As it would be run, in one spelling and without comments: what to show to a person. */
  text: string
  reads: readonly string[]
  writes: string | null
  aiFunctions: readonly AiFunctionName[]
}

export interface Sql {
  /** As people know it, such as `local` or the name of the warehouse. */
  readonly name: string
  /** True where labelled rows (corrections) already steer the classification here; false: they have to go into `instructions`. */
  readonly learns: boolean
  /** Parses and checks. Throws SQL_INVALID, SQL_REFUSED. */
  read(statement: SqlStatement): Promise<SqlReading>
  /**
   * Resolves when the first page is there. Throws SQL_INVALID (the text, a name or a type is wrong), SQL_REFUSED (more than the mode allows),
   * SQL_BUDGET, SQL_BUSY, SQL_FAILED, AI_FUNCTION_INVALID, AI_FUNCTION_FAILED, MODEL_*, PLATFORM_*. An abort stops the statement where it runs.
   */
  run(statement: SqlStatement, signal: AbortSignal): Promise<SqlResult>
  /** Asks no model. Throws as `run`. */
  estimate(statement: SqlStatement, signal: AbortSignal): Promise<SqlEstimate>
  /** Tables that statements may name. */
  listTables(signal: AbortSignal): Promise<readonly SqlTable[]>
  close(): Promise<void>
}

/** All rows as objects. Of two columns of one name the second gets `_2`, and so on. */
export async function readObjects(result: SqlResult): Promise<Record<string, SqlValue>[]> {
  const names = toUniqueNames(result.columns.map(({ name }) => name))
  const objects: Record<string, SqlValue>[] = []
  for await (const page of result.pages) {
    for (const row of page) objects.push(Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])))
  }
  return objects
}

/** Of two equal names the second gets `_2`, and so on. */
export function toUniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let n = 2; seen.has(unique); n += 1) unique = `${name}_${n}`
    seen.add(unique)
    return unique
  })
}
