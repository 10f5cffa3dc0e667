// Brings a Delta Sync index to what its source table holds now: only changed rows are written, only changed texts embedded.
import type { SqlValue } from '../../ports/sql.ts'
import { toFullName } from '../catalog-objects.ts'
import type { Embed } from '../foundation/create-foundation.ts'
import { type SqlEngine, toFailure } from '../sql-engine.ts'
import { embedRows, type FreshRow } from './embed-rows.ts'
import type { IndexRows } from './index-rows.ts'
import type { IndexColumn, StoredIndex } from './stored.ts'

/** Bytes that a row, and the text that is embedded, may have. */
const MAX_ROW = 100 * 1024
const MAX_TEXT = 32_764
const FEED = 'delta.enableChangeDataFeed'

export interface SyncParts {
  engine: SqlEngine
  embedWith(endpoint: string): Embed | undefined
  signal: AbortSignal
}

const quote = (name: string) =>
  name
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.')

/** Columns of the source that the index holds: those that were asked for, its key, and where its vectors come from. */
function neededColumns({ delta, primaryKey, vectors }: StoredIndex): string[] {
  if (!delta || delta.columns.length === 0) return []
  return [...new Set([primaryKey, ...delta.columns, ...(vectors.kind === 'none' ? [] : [vectors.column])])]
}

/** Throws a `SourceFault` where the source cannot be one: it is not there, lacks a column, or, as far as is known, its change data feed. */
export async function checkSource(index: StoredIndex, isStandard: boolean, parts: SyncParts): Promise<void> {
  await readSource(index, parts, 1)
  const name = index.delta?.sourceTable.toLowerCase()
  const tables = (await parts.engine.listTables?.(parts.signal)) ?? []
  const table = tables.find((one) => toFullName(one.name).toLowerCase() === name)
  if (isStandard && table && table.properties?.[FEED]?.toLowerCase() !== 'true')
    throw new SourceFault(
      `Change data feed is not enabled on ${index.delta?.sourceTable}. Run: ALTER TABLE ${index.delta?.sourceTable} SET TBLPROPERTIES (${FEED} = true)`,
    )
}

async function readSource(index: StoredIndex, { engine, signal }: SyncParts, limit?: number) {
  const needed = neededColumns(index)
  const list = needed.length === 0 ? '*' : needed.map(quote).join(', ')
  const text = `SELECT ${list} FROM ${quote(index.delta?.sourceTable ?? '')}${limit === undefined ? '' : ` LIMIT ${limit}`}`
  const ran = await engine
    .run({ text, parameters: [], signal, ...(limit === undefined ? {} : { limit }) })
    .catch((error: unknown) => {
      throw new SourceFault(toFailure(error).error.message)
    })
  const columns = ran.columns.map(({ name, type }) => ({ name, type: type.toLowerCase() }))
  for (const name of [index.primaryKey, ...(index.vectors.kind === 'none' ? [] : [index.vectors.column])])
    if (!columns.some((column) => column.name === name))
      throw new SourceFault(`Column '${name}' does not exist in the source table ${index.delta?.sourceTable}.`)
  return { columns, rows: ran.rows }
}

/** What is wrong with the source of an index, in a sentence that its status shows. */
export class SourceFault extends Error {}

export interface Synced {
  columns: IndexColumn[]
  written: number
  deleted: number
}

/**
 * Rejects with a `SourceFault` where the source is not what an index needs; then the index stays as it was. Undefined where the
 * index was deleted meanwhile: nothing is written, since its name may belong to another one.
 */
export async function syncIndex(
  index: StoredIndex,
  rows: IndexRows,
  parts: SyncParts & { isKept(): boolean },
): Promise<Synced | undefined> {
  const source = await readSource(index, parts)
  const fresh = toRows(index, source.columns, source.rows)
  const ready = await embedRows(fresh, rows, index.vectors, parts.embedWith, parts.signal)
  const fault = ready.find((row) => row instanceof Error)
  if (fault instanceof Error) throw new SourceFault(fault.message)
  parts.signal.throwIfAborted()
  if (!parts.isKept()) return undefined
  let written = 0
  for (const row of ready) {
    if (row instanceof Error || isSame(rows, row)) continue
    rows.put(row.key, row)
    written += 1
  }
  const kept = new Set(fresh.map(({ key }) => key))
  const gone = rows.all().filter(({ key }) => !kept.has(key))
  for (const { key } of gone) rows.delete(key)
  return { columns: source.columns, written, deleted: gone.length }
}

function toRows(
  { primaryKey, vectors, delta }: StoredIndex,
  columns: readonly IndexColumn[],
  rows: readonly (readonly SqlValue[])[],
) {
  const seen = new Set<string>()
  return rows.map((row): FreshRow => {
    const values = Object.fromEntries(columns.map(({ name }, nth) => [name, row[nth] ?? null]))
    const key = values[primaryKey] ?? null
    if (key === null)
      throw new SourceFault(`The primary key '${primaryKey}' of ${delta?.sourceTable} is null in a row.`)
    const name = String(key)
    if (seen.has(name))
      throw new SourceFault(
        `The primary key '${primaryKey}' of ${delta?.sourceTable} is not unique: several rows have the value '${name}'.`,
      )
    seen.add(name)
    const text = vectors.kind === 'managed' ? values[vectors.column] : null
    if (typeof text === 'string' && Buffer.byteLength(text) > MAX_TEXT)
      throw new SourceFault(`The text to embed of row '${name}' is longer than ${MAX_TEXT} bytes.`)
    if (Buffer.byteLength(JSON.stringify(values)) > MAX_ROW && vectors.kind !== 'own')
      throw new SourceFault(`Row '${name}' is larger than ${MAX_ROW} bytes.`)
    return { key: name, values }
  })
}

function isSame(
  rows: IndexRows,
  { key, values, embedded }: { key: string; values: object; embedded: string | null },
): boolean {
  const before = rows.get(key)
  return before?.embedded === embedded && JSON.stringify(before.values) === JSON.stringify(values)
}
