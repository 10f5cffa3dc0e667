// The last lock before a statement runs: DuckDB itself reads the text that was generated and tells which tables and functions it names.
import type { DuckDBConnection } from '@duckdb/node-api'
import { z } from 'zod'
import { LakedeskError } from '../../../core/errors.ts'
import { foldName } from '../../sql/check-names.ts'
import { quoteText } from './duck-file.ts'

/** What the statement may name, in small letters: tables with their dots, functions as DuckDB calls them. */
export interface AllowedNames {
  tables: readonly string[]
  functions: ReadonlySet<string>
}

const readingSchema = z.union([
  z.object({ error: z.literal(false), statements: z.array(z.unknown()) }),
  z.object({ error: z.literal(true), error_type: z.string() }),
])
type Node = Readonly<Record<string, unknown>>

/** `text` must be one query. Throws SQL_REFUSED where it is not, or names more than `allowed`. */
export async function checkDuckText(connection: DuckDBConnection, text: string, allowed: AllowedNames): Promise<void> {
  const result = await connection.run(`SELECT json_serialize_sql(${quoteText(text)})`)
  const [[json] = []] = await result.getRows()
  const reading = readingSchema.parse(JSON.parse(String(json)))
  // A text that cannot be read at all is told by DuckDB when it is prepared; it does nothing.
  if (reading.error && reading.error_type !== 'not implemented') return
  if (reading.error || reading.statements.length !== 1) throw toRefusal('it is not one query')
  visit(reading.statements, new Set(), allowed)
}

function visit(value: unknown, ctes: ReadonlySet<string>, allowed: AllowedNames): void {
  if (Array.isArray(value)) for (const part of value) visit(part, ctes, allowed)
  if (!isNode(value)) return
  if (value.type === 'BASE_TABLE') checkTable(value, ctes, allowed)
  if (typeof value.function_name === 'string' && value.is_operator !== true) checkFunction(value, allowed)
  const { cte_map: clause, ...rest } = value
  let inner = ctes
  for (const entry of entriesOf(clause)) {
    visit(entry.value, inner, allowed)
    inner = new Set([...inner, foldName(String(entry.key))])
  }
  for (const part of Object.values(rest)) visit(part, inner, allowed)
}

function checkTable(node: Node, ctes: ReadonlySet<string>, { tables }: AllowedNames): void {
  const parts = [node.catalog_name, node.schema_name, node.table_name].map(String).filter((part) => part !== '')
  const inMain = parts.length === 2 && parts[0] === 'main' ? parts.slice(1) : parts
  const name = foldName(inMain.join('.'))
  if (parts.length === 1 && ctes.has(name)) return
  if (!tables.includes(name)) throw toRefusal(`it reads ${name.slice(0, 100)}`)
}

function checkFunction(node: Node, { functions }: AllowedNames): void {
  const name = String(node.function_name).toLowerCase()
  if (!functions.has(name)) throw toRefusal(`it calls ${name.slice(0, 60)}()`)
}

function entriesOf(clause: unknown): readonly Node[] {
  return isNode(clause) && Array.isArray(clause.map) ? clause.map.filter(isNode) : []
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toRefusal(what: string): LakedeskError {
  const message = `The statement was not run, because the database reads it otherwise than Lakedesk does: ${what}. Write it in simpler words.`
  return new LakedeskError('SQL_REFUSED', message)
}
