// Schemas, dropped tables and properties of tables in the embedded file.
import type { DuckDBConnection } from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import { NO_USAGE, type SqlResult } from '../../ports/sql.ts'
import { foldName } from '../../sql/check-names.ts'
import { toDuckSchema, toPlacedName } from '../../sql/place-tables.ts'
import type { Ddl } from '../../sql/read-ddl.ts'
import { OWN_SCHEMA, quoteName, quoteText } from './duck-file.ts'
import type { Lease } from './lease.ts'
import { onePage } from './one-page.ts'
import { toSqlError, toUnknownTable } from './sql-errors.ts'

const NOTHING = (): SqlResult => ({
  columns: [],
  pages: onePage([]),
  truncated: false,
  notices: [],
  usage: NO_USAGE,
})

/** The name of a table as the file has it. */
export interface DuckName {
  schema: string
  table: string
}

export function toDuckName(parts: readonly string[]): DuckName {
  return { schema: parts.length > 1 ? toDuckSchema(parts.slice(0, -1)) : 'main', table: parts.at(-1) ?? '' }
}

/** Throws SQL_INVALID where a table is not there. */
export async function runDdl(lease: Lease, ddl: Ddl, signal: AbortSignal): Promise<SqlResult> {
  await lease.use(signal, async (connection) => {
    try {
      await carryOut(connection, ddl)
    } catch (error) {
      throw toSqlError(error, signal)
    }
  })
  return NOTHING()
}

async function carryOut(connection: DuckDBConnection, ddl: Ddl): Promise<void> {
  switch (ddl.kind) {
    // A catalog is the first half of the names of its schemas, and nothing of its own.
    case 'create-catalog':
      return
    case 'create-schema': {
      const name = quoteName(toDuckSchema(ddl.name))
      await connection.run(`CREATE SCHEMA ${ddl.ifNotExists ? 'IF NOT EXISTS ' : ''}${name}`)
      return
    }
    case 'drop-table': {
      const { schema, table } = toDuckName(ddl.name)
      if (!(await isThere(connection, { schema, table }))) {
        if (ddl.ifExists) return
        throw toUnknownTable(ddl.name.join('.'))
      }
      await connection.run(`DROP TABLE ${quoteName(schema)}.${quoteName(table)}`)
      await forgetProperties(connection, { schema, table })
      await forgetStream(connection, ddl.name.join('.'))
      return
    }
    case 'set-properties': {
      const name = toDuckName(ddl.name)
      if (!(await isThere(connection, name))) throw toUnknownTable(ddl.name.join('.'))
      await keepProperties(connection, name, ddl.properties)
    }
  }
}

export async function isThere(connection: DuckDBConnection, { schema, table }: DuckName): Promise<boolean> {
  const where = `lower(schema_name) = ${quoteText(foldName(schema))} AND lower(table_name) = ${quoteText(foldName(table))} AND NOT temporary`
  return (await (await connection.run(`SELECT 1 FROM duckdb_tables() WHERE ${where}`)).getRows()).length > 0
}

const keyOf = ({ schema, table }: DuckName): string => foldName(`${schema}.${table}`)

async function forgetProperties(connection: DuckDBConnection, name: DuckName): Promise<void> {
  await connection.run(`DELETE FROM ${OWN_SCHEMA}.properties WHERE name = ${quoteText(keyOf(name))}`)
}

/** A streaming table that is dropped is followed no more; one of its name begins anew. */
async function forgetStream(connection: DuckDBConnection, dropped: string): Promise<void> {
  const rows = await (await connection.run(`SELECT name FROM ${OWN_SCHEMA}.streams`)).getRows()
  for (const name of rows.map(([one]) => String(one))) {
    if (toPlacedName(name) !== toPlacedName(dropped)) continue
    await connection.run(`DELETE FROM ${OWN_SCHEMA}.streams WHERE name = ${quoteText(name)}`)
  }
}

export async function keepProperties(
  connection: DuckDBConnection,
  name: DuckName,
  properties: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [key, value] of Object.entries(properties)) {
    const row = [keyOf(name), key, value].map(quoteText).join(', ')
    await connection.run(`INSERT OR REPLACE INTO ${OWN_SCHEMA}.properties VALUES (${row})`)
  }
}

/** Properties by the name of the table, its schema before it. */
export async function readProperties(connection: DuckDBConnection): Promise<Map<string, Record<string, string>>> {
  const rows = await (await connection.run(`SELECT name, key, value FROM ${OWN_SCHEMA}.properties`)).getRows()
  const found = new Map<string, Record<string, string>>()
  for (const [name, key, value] of rows) {
    found.set(String(name), { ...found.get(String(name)), [String(key)]: String(value) })
  }
  return found
}

/** Key of a table's properties. */
export const propertiesKeyOf = keyOf

/** A CREATE TABLE makes the schema that it names: on one machine nobody administers catalogs. */
export async function makeSchemaOf(lease: Lease, writes: string, signal: AbortSignal): Promise<void> {
  const { schema } = toDuckName(writes.split('.'))
  if (schema === 'main') return
  if (schema === OWN_SCHEMA) throw new LakedeskError('SQL_REFUSED', `The schema ${schema} belongs to Lakedesk.`)
  await lease.use(signal, (connection) => connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`))
}
