// What executes statements behind the wire: canned results, or a real database; and its values as the wire has them.
import { LakedeskError } from '../../core/errors.ts'
import type { Sql, SqlColumn, SqlPlace, SqlRow, SqlTable, SqlValue } from '../ports/sql.ts'
import type { Values } from './wire.ts'

export interface Ran {
  columns: readonly SqlColumn[]
  rows: readonly SqlRow[]
  truncated: boolean
}

export interface SqlEngine {
  /** Tables that statements may name; none where it is absent. */
  listTables?(signal: AbortSignal): Promise<readonly SqlTable[]>
  /** Rejects with anything: it becomes a statement that FAILED. */
  run(asked: {
    text: string
    parameters: readonly Values[]
    limit?: number
    place?: SqlPlace
    signal: AbortSignal
  }): Promise<Ran>
}

/** Body of the status of a statement that failed. */
export interface WireFailure {
  sql_state?: string
  error: { error_code: string; message: string }
}

/** Every statement gets the same rows. */
export function cannedEngine(columns: readonly SqlColumn[], rows: readonly SqlRow[]): SqlEngine {
  return {
    async run({ limit = rows.length }) {
      return { columns, rows: rows.slice(0, limit), truncated: rows.length > limit }
    },
  }
}

/** The one question about its information schema that is answered here, as a whole. */
const LISTING =
  /^\s*SELECT table_name, column_name, full_data_type FROM (?:`?(\w+)`?\.)?information_schema\.columns WHERE table_schema = (?::schema|current_schema\(\)) ORDER BY table_name, ordinal_position\s*;?\s*$/i

/** Statements are carried out by this database. */
export function engineOf(sql: Sql): SqlEngine {
  return {
    listTables: (signal) => sql.listTables(signal),
    async run({ text, parameters, limit, place, signal }) {
      const listed = LISTING.exec(text)
      if (listed) {
        const schema = parameters.find(({ name }) => name === 'schema')?.value ?? place?.schema ?? 'default'
        return listColumns(sql, `${listed[1] ?? place?.catalog ?? 'workspace'}.${schema}`.toLowerCase(), signal)
      }
      const named = Object.fromEntries(
        parameters.map(({ name, value, type }) => [
          String(name),
          { value: typeof value === 'string' ? value : null, type: String(type ?? 'STRING') },
        ]),
      )
      const rowLimit = limit === undefined ? {} : { rowLimit: limit }
      const result = await sql.run(
        { text, parameters: named, mode: 'own', ...rowLimit, ...(place ? { place } : {}) },
        signal,
      )
      const rows: SqlRow[] = []
      for await (const page of result.pages) rows.push(...page)
      return { columns: result.columns, rows, truncated: result.truncated }
    },
  }
}

/** Of one schema, `catalog.schema`; the tables of the engine itself lie in `workspace.default`. */
async function listColumns(sql: Sql, wanted: string, signal: AbortSignal): Promise<Ran> {
  const tables = await sql.listTables(signal)
  const rows = tables.flatMap((table) => {
    const parts = table.name.split('.')
    const own = parts.pop() ?? ''
    const schema = parts.length === 2 ? parts.join('.') : `workspace.${parts[0] ?? 'default'}`
    return schema === wanted ? table.columns.map(({ name, type }) => [own, name, type.toLowerCase()]) : []
  })
  const columns = ['table_name', 'column_name', 'full_data_type'].map((name) => ({ name, type: 'STRING' }))
  return { columns, rows, truncated: false }
}

const TYPE_NAMES: Record<string, string> = { BIGINT: 'LONG', SMALLINT: 'SHORT', TINYINT: 'BYTE', VOID: 'NULL' }

export function toWireColumns(columns: readonly SqlColumn[]) {
  return columns.map(({ name, type }, position) => {
    const type_text = type.toUpperCase()
    const kind = /^\w+/.exec(type_text)?.[0] ?? 'STRING'
    return { name, position, type_name: TYPE_NAMES[kind] ?? kind, type_text: type }
  })
}

/** Text or null, whatever the type: contract of the Statement Execution API. */
export function toCells({ rows }: Ran): (string | null)[][] {
  return rows.map((row) => row.map(toCell))
}

function toCell(value: SqlValue): string | null {
  if (value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** As Databricks words what went wrong: the error class in brackets, and its SQLSTATE. */
export function toFailure(error: unknown): WireFailure {
  const words = error instanceof LakedeskError ? error.userMessage : String(error)
  const [sql_state, errorClass] = classOf(error instanceof LakedeskError ? error.code : '', words)
  return { sql_state, error: { error_code: 'BAD_REQUEST', message: `[${errorClass}] ${words} SQLSTATE: ${sql_state}` } }
}

function classOf(code: string, words: string): [string, string] {
  if (code === 'AI_FUNCTION_INVALID') return ['42883', 'AI_FUNCTION_COMPILATION_ERROR']
  if (code === 'AI_FUNCTION_FAILED' || code.startsWith('MODEL_')) return ['08000', 'AI_FUNCTION_HTTP_REQUEST_ERROR']
  if (code === 'SQL_INVALID' && /\btable\b.*not exist|^There is no table\b/i.test(words))
    return ['42P01', 'TABLE_OR_VIEW_NOT_FOUND']
  if (code === 'SQL_INVALID' && /\bcolumn\b/i.test(words)) return ['42703', 'UNRESOLVED_COLUMN.WITH_SUGGESTION']
  if (code === 'SQL_INVALID' || code === 'SQL_REFUSED') return ['42601', 'PARSE_SYNTAX_ERROR']
  return ['XX000', 'INTERNAL_ERROR']
}
