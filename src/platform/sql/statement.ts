// What is known of a SQL statement once it is read: what it does, what it touches, and where it calls AI functions.
import type { AiFunctionName } from '../ports/ai-functions.ts'
import type { SqlReading } from '../ports/sql.ts'
import type { SqlNode } from './tree.ts'

export type StatementKind =
  | 'select'
  | 'show-tables'
  | 'describe'
  | 'create-table'
  | 'create-streaming-table'
  | 'insert'
  | 'merge'
  | 'update'
  | 'delete'

/** One call of an AI function in the text. */
export interface AiSite {
  /** Position among the calls of the statement, from 0. */
  id: number
  function: AiFunctionName
  /** Calls of stage n may rest on answers of smaller stages: nested calls, calls behind a WHERE with another call, and so on. From 0. */
  stage: number
  /** Positional arguments, then named ones: names in the order of the values that `lakedesk_ai` gets. */
  names: readonly (string | null)[]
  /** Of ai_classify and ai_extract: 1 where the labels are an ARRAY, 2 where they are JSON in a string; null for all others. */
  version: 1 | 2 | null
  /**
   * DuckDB type of the call. For VARCHAR `lakedesk_ai` gives the text itself, for all others JSON in a string. An ai_query with
   * `failOnError => false` is a STRUCT of `response` and `errorMessage`.
   */
  type: string
  /** The same in Databricks' spelling. */
  databricksType: string
}

export interface ReadStatement extends SqlReading {
  kind: StatementKind
  /** True behind EXPLAIN: the estimate is wanted and nothing is run. */
  explain: boolean
  /** Names of `:name` markers, without the colon. */
  parameters: readonly string[]
  /** Functions and table functions it calls, in small letters. */
  functions: readonly string[]
  sites: readonly AiSite[]
  /** The syntax tree, its AI calls numbered. Of SHOW and DESCRIBE the whole; of CREATE STREAMING TABLE the SELECT alone. */
  tree: SqlNode
  /** Of CREATE STREAMING TABLE: the table whose new rows it reads. */
  streamSource?: string
}

/** A statement in DuckDB's dialect. Every AI call has become `lakedesk_ai(<site id>, json_array(<arguments>))` under a cast to its type. */
export interface DuckStatement {
  read: ReadStatement
  /** To be run in the end. */
  text: string
  /** The part that only reads: what is run until every answer is known. Equal to `text` for a SELECT; null where there is no call. */
  query: string | null
  /** All that the statement reads, as one query of its own, calls or not; null for SHOW and DESCRIBE, and where it reads nothing. */
  reading: string | null
  /** Functions of DuckDB that `reading` may call, in small letters. */
  duckFunctions: ReadonlySet<string>
  /** For CREATE STREAMING TABLE: its name, its source and the SELECT over the source. */
  stream?: {
    table: string
    source: string
    /** The temporary table of new rows that the SELECT reads in the place of the source. */
    rows: string
    select: string
  }
}
