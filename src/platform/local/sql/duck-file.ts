// Opens the DuckDB file of the tables so that no statement can reach outside it.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { toDuckSchema } from '../../sql/place-tables.ts'
import { type AiFunction, registerAiFunction } from './ai-function.ts'

const MEMORY_LIMIT = '2GB'
const TEMP_LIMIT = '20GB'
const THREADS = '2'

/** In this order: nothing can be changed after the last one. */
const LOCKS = [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  "SET GLOBAL TimeZone = 'UTC'",
  "SET GLOBAL Calendar = 'gregorian'",
  'SET enable_external_access = false',
  'SET lock_configuration = true',
]

/** Schema of what Lakedesk keeps for itself beside people's tables. */
export const OWN_SCHEMA = 'lakedesk_own'

const SETUP = `CREATE SCHEMA IF NOT EXISTS ${OWN_SCHEMA};
CREATE TABLE IF NOT EXISTS ${OWN_SCHEMA}.streams (name VARCHAR PRIMARY KEY, source VARCHAR NOT NULL, statement VARCHAR NOT NULL,
  taken BIGINT NOT NULL, tail VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ${OWN_SCHEMA}.properties (name VARCHAR, key VARCHAR, value VARCHAR NOT NULL, PRIMARY KEY (name, key))`

export interface DuckFile {
  instance: DuckDBInstance
  ai: AiFunction
}

/** Throws DuckDB's own error where another process holds the file. */
export async function openDuckFile(file: string): Promise<DuckFile> {
  mkdirSync(path.dirname(file), { recursive: true })
  const instance = await DuckDBInstance.create(file, {
    threads: THREADS,
    memory_limit: MEMORY_LIMIT,
    temp_directory: `${file}.tmp`,
    max_temp_directory_size: TEMP_LIMIT,
  })
  try {
    const connection = await instance.connect()
    for (const lock of LOCKS) await connection.run(lock)
    await connection.run(SETUP)
    const ai = registerAiFunction(connection)
    connection.closeSync()
    return { instance, ai }
  } catch (error) {
    instance.closeSync()
    throw error
  }
}

/** An instance in memory that may read this one file and nothing else. */
export async function openForFile(file: string): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: THREADS, memory_limit: MEMORY_LIMIT })
  const connection = await instance.connect()
  await connection.run(`SET allowed_paths = [${quoteText(path.resolve(file))}]`)
  for (const lock of LOCKS) await connection.run(lock)
  return { instance, connection }
}

/** A name in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text in single quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A table of people in the file itself: a temporary one of the same name would come first. The catalogue bears the name of the file. */
export function inFile(table: string): string {
  const parts = table.split('.')
  const name = parts.pop() ?? ''
  const schema = parts.length === 0 ? 'main' : toDuckSchema(parts)
  return `tables.${quoteName(schema)}.${quoteName(name)}`
}
