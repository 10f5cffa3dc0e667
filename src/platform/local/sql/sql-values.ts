// Turns DuckDB's types and values into those of the port: Databricks' spelling, and values as JSON has them.
import {
  BLOB,
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { SqlValue } from '../../ports/sql.ts'
import { parseJson } from './parse-json.ts'

const NAMES: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'TINYINT',
  [DuckDBTypeId.SMALLINT]: 'SMALLINT',
  [DuckDBTypeId.INTEGER]: 'INT',
  [DuckDBTypeId.BIGINT]: 'BIGINT',
  [DuckDBTypeId.UTINYINT]: 'SMALLINT',
  [DuckDBTypeId.USMALLINT]: 'INT',
  [DuckDBTypeId.UINTEGER]: 'BIGINT',
  [DuckDBTypeId.UBIGINT]: 'DECIMAL(20,0)',
  // What DuckDB makes of the sum of whole numbers.
  [DuckDBTypeId.HUGEINT]: 'BIGINT',
  [DuckDBTypeId.UHUGEINT]: 'DECIMAL(38,0)',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'DOUBLE',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIMESTAMP]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_S]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_MS]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_NS]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.INTERVAL]: 'INTERVAL',
  [DuckDBTypeId.BLOB]: 'BINARY',
  [DuckDBTypeId.SQLNULL]: 'VOID',
  [DuckDBTypeId.VARIANT]: 'VARIANT',
}

/** As Databricks spells it; what it does not have, such as TIME and UUID, is STRING. */
export function toTypeText(type: DuckDBType): string {
  if (type instanceof DuckDBDecimalType) return `DECIMAL(${type.width},${type.scale})`
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return `ARRAY<${toTypeText(type.valueType)}>`
  if (type instanceof DuckDBMapType) return `MAP<${toTypeText(type.keyType)}, ${toTypeText(type.valueType)}>`
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, i) => `${toFieldName(name)}: ${toTypeText(type.entryTypes[i] ?? BLOB)}`)
    return `STRUCT<${fields.join(', ')}>`
  }
  if (isJson(type)) return 'VARIANT'
  return NAMES[type.typeId] ?? 'STRING'
}

function toFieldName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``
}

function isJson(type: DuckDBType): boolean {
  return type.typeId === DuckDBTypeId.VARCHAR && type.alias === 'JSON'
}

/** JSON columns are parsed. NaN and infinities are texts, as JSON has no such numbers, and so are numbers that would lose digits. */
export function toSqlValue(value: DuckDBValue, type: DuckDBType): SqlValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return isJson(type) ? parseJson(value) : value
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return toNumberOrDigits(String(value))
  if (value instanceof DuckDBDecimalValue) return toNumberOrDigits(value.toString())
  if (value instanceof DuckDBDateValue) return value.toString()
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  const micros = toMicros(value)
  if (micros !== null) return toIsoTime(micros)
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    const of = type instanceof DuckDBListType || type instanceof DuckDBArrayType ? type.valueType : BLOB
    return value.items.map((item) => toSqlValue(item, of))
  }
  if (value instanceof DuckDBStructValue) {
    const types = type instanceof DuckDBStructType ? type : null
    const entries = Object.entries(value.entries)
    return Object.fromEntries(entries.map(([name, item], i) => [name, toSqlValue(item, types?.entryTypes[i] ?? BLOB)]))
  }
  if (value instanceof DuckDBMapValue) {
    const of = type instanceof DuckDBMapType ? type.valueType : BLOB
    return Object.fromEntries(value.entries.map((entry) => [toKey(entry.key), toSqlValue(entry.value, of)]))
  }
  return String(value)
}

function toKey(value: DuckDBValue): string {
  const key = toSqlValue(value, BLOB)
  return typeof key === 'string' ? key : JSON.stringify(key)
}

/** At most 15 digits are held exactly by every number. */
function toNumberOrDigits(digits: string): number | string {
  const significant = digits.replace(/^-?0*\.?0*|\./g, '').length
  return significant <= 15 ? Number(digits) : digits
}

function toMicros(value: DuckDBValue): bigint | null {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n
  return null
}

/** Milliseconds always, microseconds where there are any. */
function toIsoTime(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const date = new Date(Number((micros - rest) / 1000n))
  if (Number.isNaN(date.getTime())) return micros > 0n ? 'infinity' : '-infinity'
  const text = date.toISOString()
  return rest === 0n ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`)
}
