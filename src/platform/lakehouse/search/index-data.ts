// What is written to Direct Access indexes, and what any index gives when it is read from key to key.

import type { SqlValue } from '../../ports/sql.ts'
import type { Embed } from '../foundation/create-foundation.ts'
import { own, setOwn } from '../own-keys.ts'
import { asValues, type Call, invalid, type Values, whole } from '../wire.ts'
import { embedRows, type FreshRow } from './embed-rows.ts'
import type { Row } from './index-rows.ts'
import { vectorColumnOf } from './read-spec.ts'
import type { SearchIndexes } from './search-indexes.ts'
import type { StoredIndex } from './stored.ts'

export interface IndexDataParts {
  indexes: Pick<SearchIndexes, 'requireOnline' | 'rowsOf'>
  embedWith(endpoint: string): Embed | undefined
}

/** Bytes that one answer may have. */
const MAX_ANSWER = 10 * 1024 * 1024

export function createIndexData({ indexes, embedWith }: IndexDataParts) {
  async function requireDirect(name: string): Promise<StoredIndex> {
    const index = await indexes.requireOnline(name)
    if (!index.direct) throw invalid(`Index ${name} is a DELTA_SYNC index: its data comes from its source table alone.`)
    return index
  }

  /** Rows that do not fit are named among the failed ones; the others are written. */
  async function upsert(name: string, { args, signal }: Call): Promise<Values> {
    const index = await requireDirect(name)
    const rows = indexes.rowsOf(index)
    const read = readInputs(args.inputs_json).map((input) => toRow(index, input))
    const fresh = read.flatMap((row) => (row instanceof Refused ? [] : [row]))
    const ready = await embedRows(fresh, rows, index.vectors, embedWith, signal)
    const failed = read.flatMap((row) => (row instanceof Refused ? [row.key] : []))
    let success_row_count = 0
    for (const [nth, row] of ready.entries()) {
      if (row instanceof Error) failed.push(fresh[nth]?.key ?? '')
      else {
        rows.put(row.key, row)
        success_row_count += 1
      }
    }
    return told(success_row_count, failed)
  }

  async function remove(name: string, { args }: Call): Promise<Values> {
    const index = await requireDirect(name)
    const rows = indexes.rowsOf(index)
    const keys = readKeys(args.primary_keys, (key) => rows.get(key) !== undefined)
    for (const key of keys) rows.delete(key)
    return told(keys.length, [])
  }

  /** Rows after `from`, in the order of their keys. */
  async function read(name: string, from: string, limit: number): Promise<{ index: StoredIndex; rows: Row[] }> {
    const index = await indexes.requireOnline(name)
    const order = orderOf(index)
    const after = indexes
      .rowsOf(index)
      .all()
      .filter(({ key }) => from === '' || order(key, from) > 0)
      .sort((a, b) => order(a.key, b.key))
    return { index, rows: withinAnswer(after.slice(0, limit)) }
  }

  return {
    upsert,
    remove,
    read,
    async scan(name: string, { args }: Call): Promise<Values> {
      const from =
        args.last_primary_key === undefined || args.last_primary_key === null ? '' : String(args.last_primary_key)
      const { index, rows } = await read(name, from, Math.max(1, whole(args, 'num_results', 10)))
      const data = rows.map((row) => ({ fields: Object.entries(allValues(index, row)).map(toField) }))
      return { data, last_primary_key: rows.at(-1)?.key ?? '' }
    },
  }
}

/** With the vector, under the name that it can be asked for. */
export function allValues(index: StoredIndex, { values, vector }: Row): Record<string, SqlValue> {
  const column = vectorColumnOf(index.vectors)
  return column && vector ? { ...values, [column]: [...vector] } : { ...values }
}

/** A number, where the key is one; else text. */
function orderOf({ columns, primaryKey }: StoredIndex): (a: string, b: string) => number {
  const type = columns.find(({ name }) => name === primaryKey)?.type ?? 'string'
  if (/int|float|double/.test(type)) return (a, b) => Number(a) - Number(b)
  return (a, b) => (a < b ? -1 : a > b ? 1 : 0)
}

function withinAnswer(rows: Row[]): Row[] {
  let bytes = 0
  const past = rows.findIndex(({ values, vector }) => {
    bytes += JSON.stringify(values).length + (vector?.length ?? 0) * 40
    return bytes > MAX_ANSWER
  })
  return past <= 0 ? rows : rows.slice(0, past)
}

function told(success_row_count: number, failed_primary_keys: string[]): Values {
  const some = success_row_count > 0 ? 'PARTIAL_SUCCESS' : 'FAILURE'
  return {
    status: failed_primary_keys.length === 0 ? 'SUCCESS' : some,
    result: { success_row_count, failed_primary_keys },
  }
}

function readInputs(json: unknown): Values[] {
  let given: unknown = json
  try {
    if (typeof json === 'string') given = JSON.parse(json)
  } catch {
    throw invalid('inputs_json is no JSON.')
  }
  if (!Array.isArray(given)) throw invalid('inputs_json must be a JSON list of rows.')
  return given.map(asValues)
}

/** As a list, repeated, or in one text with commas between them; a key that itself holds a comma stays whole where it exists. */
function readKeys(given: unknown, exists: (key: string) => boolean): string[] {
  if (Array.isArray(given)) return given.map(String)
  const text = typeof given === 'string' || typeof given === 'number' ? String(given) : ''
  if (text === '') throw invalid("Missing value for required parameter 'primary_keys'.")
  return exists(text) ? [text] : text.split(',')
}

/** A row that the index does not take. */
class Refused {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}

function toRow({ primaryKey, direct, vectors }: StoredIndex, input: Values): FreshRow | Refused {
  const given = input[primaryKey]
  const key = typeof given === 'string' || typeof given === 'number' ? String(given) : ''
  const schema = direct?.schema ?? {}
  const isUnknown = Object.keys(input).some((column) => !Object.hasOwn(schema, column))
  const values: Record<string, SqlValue> = {}
  for (const [column, type] of Object.entries(schema)) {
    const value = toValue(own(input, column), type)
    if (value === undefined) return new Refused(key)
    setOwn(values, column, value)
  }
  const isBare = vectors.kind !== 'none' && values[vectors.column] === null
  return key === '' || isUnknown || isBare ? new Refused(key) : { key, values }
}

/** Undefined where the value is not of the type. */
function toValue(given: unknown, type: string): SqlValue | undefined {
  if (given === null || given === undefined) return null
  if (type.startsWith('array<')) {
    if (!Array.isArray(given)) return undefined
    const items = given.map((item) => toValue(item, type.slice(6, -1)))
    return items.some((item) => item === undefined)
      ? undefined
      : items.flatMap((item) => (item === undefined ? [] : [item]))
  }
  if (type === 'boolean') return typeof given === 'boolean' ? given : undefined
  if (/int$/.test(type)) return typeof given === 'number' && Number.isInteger(given) ? given : undefined
  if (type === 'float' || type === 'double') return typeof given === 'number' ? given : undefined
  return typeof given === 'string' ? given : undefined
}

function toField([key, value]: [string, SqlValue]): Values {
  return { key, value: toScanned(value) }
}

function toScanned(value: SqlValue): Values {
  if (value === null) return {}
  if (typeof value === 'string') return { string_value: value }
  if (typeof value === 'number') return { number_value: value }
  if (typeof value === 'boolean') return { bool_value: value }
  if (Array.isArray(value)) return { list_value: { values: value.map(toScanned) } }
  return { struct_value: { fields: Object.entries(value as Record<string, SqlValue>).map(toField) } }
}
