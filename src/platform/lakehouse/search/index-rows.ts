// Rows of the indexes: durable as they are written, with vectors and words at hand for searching.
import { terms } from '../../../core/text/analyze.ts'
import type { SqlValue } from '../../ports/sql.ts'
import type { State, Table } from '../state.ts'
import type { StoredRow } from './stored.ts'

export interface Row {
  key: string
  values: Readonly<Record<string, SqlValue>>
  vector: Float32Array | null
  embedded: string | null
  /** How often each term stands in the text columns, or in the given ones. */
  terms(columns?: readonly string[]): ReadonlyMap<string, number>
}

export interface IndexRows {
  get(key: string): Row | undefined
  put(
    key: string,
    row: { values: Record<string, SqlValue>; vector: Float32Array | null; embedded: string | null },
  ): void
  delete(key: string): boolean
  all(): Row[]
  count(): number
  clear(): void
}

/** Rows of an index by its name. */
export function createRowStore(state: State): (index: string) => IndexRows {
  const opened = new Map<string, IndexRows>()
  return (index) => {
    const rows = opened.get(index) ?? openRows(state.table<StoredRow>(`search-rows ${index}`))
    opened.set(index, rows)
    return rows
  }
}

function openRows(table: Table<StoredRow>): IndexRows {
  const live = new Map<string, Row>()
  for (const [key, { values, vector, embedded }] of table.entries())
    live.set(key, toRow(key, values, vector === null ? null : toFloats(vector), embedded))
  return {
    get: (key) => live.get(key),
    put(key, { values, vector, embedded }) {
      table.put(key, { values, vector: vector && toBase64(vector), embedded })
      live.set(key, toRow(key, values, vector, embedded))
    },
    delete(key) {
      table.delete(key)
      return live.delete(key)
    },
    all: () => [...live.values()],
    count: () => live.size,
    clear() {
      for (const key of table.keys()) table.delete(key)
      live.clear()
    },
  }
}

function toRow(key: string, values: Row['values'], vector: Float32Array | null, embedded: string | null): Row {
  let counted: Map<string, number> | undefined
  return {
    ...{ key, values, vector, embedded },
    terms(columns) {
      if (columns) return countTerms(columns.map((column) => values[column]))
      counted ??= countTerms(Object.values(values))
      return counted
    },
  }
}

function countTerms(values: readonly (SqlValue | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    if (typeof value !== 'string') continue
    for (const term of terms(value)) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return counts
}

const toBase64 = (vector: Float32Array) =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')

function toFloats(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  const vector = new Float32Array(bytes.length / 4)
  for (let i = 0; i < vector.length; i++) vector[i] = bytes.readFloatLE(i * 4)
  return vector
}
