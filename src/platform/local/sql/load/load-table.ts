// Loads a file as a table: all of it or nothing, whatever its size.
import { statSync } from 'node:fs'
import path from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { LakedeskError } from '../../../../core/errors.ts'
import type { SqlColumn } from '../../../ports/sql.ts'
import { RESERVED } from '../../../sql/fill-template.ts'
import { quoteName } from '../duck-file.ts'
import type { Lease } from '../lease.ts'
import { toSqlError } from '../sql-errors.ts'
import { toTypeText } from '../sql-values.ts'
import { decodeFile, detectEncoding, type Encoding, invalid } from './decode-file.ts'
import { createFaults, type RowFault, toFaultsError } from './faults.ts'
import { loadParquet } from './load-parquet.ts'
import { loadCsv, loadJson, type TextSource } from './load-text.ts'
import type { Staged } from './stage.ts'
import { toTableName } from './table-name.ts'

export interface LoadOptions {
  /** By default the name of the file, made plain. */
  table?: string
  /** True: a table of this name is replaced. */
  replace?: boolean
  /** True: rows that the file has beyond those of the table are added to it; a file that only grows. */
  append?: boolean
  /** True: the columns of a CSV stay STRING, as they are written. */
  asText?: boolean
  /** True: broken rows are left out and reported; by default they refuse the file. */
  skipBroken?: boolean
  /** By default told by the byte order mark, else UTF-8. */
  encoding?: Encoding
  /** Bytes of a text file to read, from its beginning; what stands behind them is not ready yet. */
  endAt?: number
  signal: AbortSignal
  /** What it throws refuses the file: the former table then stands. */
  check?(columns: readonly SqlColumn[]): void
  /** Rows taken so far. */
  onProgress?(rows: number): void
}

export interface LoadReport {
  table: string
  columns: readonly SqlColumn[]
  rows: number
  /** How the file was read, such as `CSV (;), UTF-8`. */
  format: string
  /** Rows left out. */
  skipped: number
  /** The first 100 of them. */
  faults: readonly RowFault[]
}

const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,127}$/u

/** Throws TABLE_INVALID, SQL_BUSY; rejects with the reason of the signal. The former table stands until the new one is whole. */
export async function loadTable(lease: Lease, file: string, options: LoadOptions): Promise<LoadReport> {
  const table = options.table ?? toTableName(file)
  if (!NAME.test(table)) throw invalid(file, `"${table}" is no name for a table: use letters, digits and low lines`)
  const facts = statSync(file, { throwIfNoEntry: false })
  if (!facts) throw invalid(file, `there is no such file (${path.resolve(file)})`)
  if (facts.isDirectory()) throw invalid(file, 'it is a folder. Name one file in it')
  if (!facts.isFile()) throw invalid(file, 'it is no plain file')
  if (facts.size === 0) throw invalid(file, 'it is empty')
  if (options.endAt === 0) throw invalid(file, 'its first line is not ended yet')
  return lease.use(options.signal, (connection) => loadInto(connection, file, table, options))
}

async function loadInto(
  connection: DuckDBConnection,
  file: string,
  table: string,
  options: LoadOptions,
): Promise<LoadReport> {
  const { signal } = options
  const abort = (): void => connection.interrupt()
  signal.addEventListener('abort', abort)
  const faults = createFaults()
  try {
    await connection.run('BEGIN TRANSACTION')
    const isThere = await exists(connection, table)
    if (!options.replace && !options.append && isThere) {
      throw invalid(file, `there is a table "${table}" already. Load it under another name, or replace that one`)
    }
    const staged = await stage(connection, file, options, faults)
    if (faults.count > 0 && !options.skipBroken) throw toFaultsError(file, faults)
    signal.throwIfAborted()
    await checkNames(connection, file, staged)
    const target = `main.${quoteName(table)}`
    if (options.append && isThere) await append(connection, file, target, staged)
    else await connection.run(`CREATE OR REPLACE TABLE ${target} AS ${staged.query}`)
    const { columns, rows } = await describe(connection, target)
    options.check?.(columns)
    await connection.run('COMMIT')
    return { table, columns, rows, format: staged.format, skipped: faults.count, faults: faults.list }
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined)
    signal.throwIfAborted()
    if (error instanceof LakedeskError) throw error
    throw invalid(file, error instanceof Error ? error.message : String(error), toSqlError(error))
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Statements that are written anew need names of their own. Throws TABLE_INVALID. */
async function checkNames(connection: DuckDBConnection, file: string, staged: Staged): Promise<void> {
  const names = (await connection.run(`SELECT * FROM (${staged.query}) LIMIT 0`)).columnNames()
  const own = names.find((name) => RESERVED.test(name))
  if (own !== undefined) {
    throw invalid(
      file,
      `its column "${own.slice(0, 60)}" begins with lakedesk_, and such names are kept for Lakedesk. Rename it in the file`,
    )
  }
}

/** Rows beyond the number that the table has. Throws TABLE_INVALID where the file has become shorter. */
async function append(connection: DuckDBConnection, file: string, target: string, staged: Staged): Promise<void> {
  const { rows: had } = await describe(connection, target)
  const found = await connection.run(`SELECT count(*) FROM (${staged.query})`)
  const has = Number((await found.getRows())[0]?.[0] ?? 0)
  if (has < had) {
    throw invalid(
      file,
      `it has ${has} rows now, and had ${had} when it was loaded before: a file that is followed may only grow`,
    )
  }
  await connection.run(`INSERT INTO ${target} BY NAME SELECT * FROM (${staged.query}) OFFSET ${had}`)
}

async function stage(
  connection: DuckDBConnection,
  file: string,
  options: LoadOptions,
  faults: ReturnType<typeof createFaults>,
): Promise<Staged> {
  const ending = path.extname(file).toLowerCase()
  if (ending === '.parquet') return loadParquet(connection, file, options)
  const isJson = ['.json', '.jsonl', '.ndjson'].includes(ending)
  if (!isJson && !['.csv', '.tsv', '.txt'].includes(ending)) {
    throw invalid(
      file,
      `${ending === '' ? 'a file without an ending' : `*${ending}`} is not known. Give .csv, .tsv, .jsonl, .json or .parquet`,
    )
  }
  const encoding = options.encoding ?? (await detectEncoding(file))
  const source: TextSource = {
    file,
    encoding,
    pieces: decodeFile(file, encoding, options.signal, options.endAt),
    onProgress: options.onProgress,
    ...(options.asText ? { asText: true } : {}),
  }
  return isJson ? loadJson(connection, source, faults) : loadCsv(connection, source, faults)
}

async function exists(connection: DuckDBConnection, table: string): Promise<boolean> {
  const found = await connection.run(
    "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary AND lower(table_name) = lower($1)",
    [table],
  )
  return (await found.getRows()).length > 0
}

async function describe(connection: DuckDBConnection, target: string): Promise<{ columns: SqlColumn[]; rows: number }> {
  const result = await connection.run(`SELECT * FROM ${target} LIMIT 0`)
  const columns = result.columnNames().map((name, i) => ({ name, type: toTypeText(result.columnType(i)) }))
  const [count] = await (await connection.run(`SELECT count(*) FROM ${target}`)).getRows()
  return { columns, rows: Number(count?.[0] ?? 0) }
}
