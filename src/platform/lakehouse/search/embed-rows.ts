// Gives rows their vectors: those that a column holds, or those that a model makes of a text column.

import { EMBEDDING_BATCH } from '../../ports/models.ts'
import type { SqlValue } from '../../ports/sql.ts'
import type { Embed } from '../foundation/create-foundation.ts'
import type { IndexRows } from './index-rows.ts'
import type { VectorSource } from './stored.ts'

export interface FreshRow {
  key: string
  values: Record<string, SqlValue>
}

export interface ReadyRow extends FreshRow {
  vector: Float32Array | null
  embedded: string | null
}

/**
 * `Error` in place of a row says why it has no vector that fits. Text that was embedded before, by the same endpoint, keeps its
 * vector; null text has none. Rejects where the model fails.
 */
export async function embedRows(
  fresh: readonly FreshRow[],
  rows: IndexRows,
  source: VectorSource,
  embedWith: (endpoint: string) => Embed | undefined,
  signal: AbortSignal,
): Promise<(ReadyRow | Error)[]> {
  if (source.kind === 'none') return fresh.map((row) => ({ ...row, vector: null, embedded: null }))
  if (source.kind === 'own') return fresh.map((row) => withOwnVector(row, source))
  const embed = embedWith(source.endpoint)
  if (!embed) throw new Error(`The embedding model endpoint ${source.endpoint} does not exist.`)
  const ready = fresh.map((row): ReadyRow => {
    const text = row.values[source.column]
    if (typeof text !== 'string' || text === '') return { ...row, vector: null, embedded: null }
    const embedded = `${source.endpoint}\n${text}`
    const before = rows.get(row.key)
    return { ...row, vector: before?.embedded === embedded ? before.vector : null, embedded }
  })
  const missing = ready.filter(({ vector, embedded }) => embedded !== null && vector === null)
  for (let from = 0; from < missing.length; from += EMBEDDING_BATCH) {
    signal.throwIfAborted()
    const batch = missing.slice(from, from + EMBEDDING_BATCH)
    const vectors = await embed(batch.map(({ values }) => String(values[source.column])))
    for (const [nth, row] of batch.entries()) row.vector = Float32Array.from(vectors[nth] ?? [])
  }
  return ready
}

function withOwnVector(row: FreshRow, { column, dimension }: { column: string; dimension: number }): ReadyRow | Error {
  const value = row.values[column] ?? null
  const numbers = Array.isArray(value) ? value.map(Number) : []
  if (value === null) return { ...row, vector: null, embedded: null }
  if (numbers.length !== dimension || numbers.some((number) => !Number.isFinite(number)))
    return new Error(`Row '${row.key}': column ${column} must hold ${dimension} numbers, and holds ${numbers.length}.`)
  return { ...row, vector: Float32Array.from(numbers), embedded: null }
}
