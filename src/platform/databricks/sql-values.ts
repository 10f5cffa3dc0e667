// Values of the Statement Execution API, which are text or null whatever their type, turned into JSON by the type of their column.
import type { SqlColumn, SqlValue } from '../ports/sql.ts'
import type { WireColumn } from './sql-wire.ts'

type Read = (cell: unknown) => SqlValue

/** More digits than these are not kept by a number. */
const EXACT_DIGITS = 15

const SPELLED: Record<string, string> = { LONG: 'BIGINT', SHORT: 'SMALLINT', BYTE: 'TINYINT', NULL: 'VOID' }

/** The type as Databricks spells it: `type_text`, or the name of the enum where there is no text. */
export function toColumn({ name, type_name, type_text }: WireColumn): SqlColumn {
  return { name, type: type_text || (SPELLED[type_name] ?? type_name) }
}

/** Reads one cell of a column of this type, such as `DECIMAL(10,2)` or `ARRAY<STRUCT<a: INT>>`. What does not fit its type stays text. */
export function readerOf(type: string): Read {
  const read = readerOfNested(type)
  if (!/^(ARRAY|MAP|STRUCT|VARIANT|OBJECT)\b/i.test(type.trim())) return read
  return (cell) => {
    if (typeof cell !== 'string') return read(cell)
    const parsed = parseJson(cell)
    return parsed === undefined ? cell : read(parsed)
  }
}

function readerOfNested(written: string): Read {
  const type = written.trim()
  const name = /^\w+/.exec(type)?.[0].toUpperCase() ?? ''
  const inner = /^\w+\s*<(.*)>$/s.exec(type)?.[1]
  if (name === 'ARRAY' && inner !== undefined) return orNull(arrayOf(readerOfNested(inner)))
  if (name === 'MAP' && inner !== undefined) {
    const [, values = 'STRING'] = splitAtCommas(inner)
    return orNull(objectOf(() => readerOfNested(values)))
  }
  if (name === 'STRUCT' && inner !== undefined) {
    const fields = new Map(splitAtCommas(inner).map(readField))
    return orNull(objectOf((key) => fields.get(key) ?? asJson))
  }
  return orNull(SCALARS[name] ?? asJson)
}

const orNull =
  (read: Read): Read =>
  (cell) =>
    cell === null || cell === undefined ? null : read(cell)

const arrayOf =
  (read: Read): Read =>
  (cell) =>
    Array.isArray(cell) ? cell.map(read) : asJson(cell)

const objectOf =
  (readerAt: (key: string) => Read): Read =>
  (cell) => {
    if (typeof cell !== 'object' || cell === null || Array.isArray(cell)) return asJson(cell)
    return Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, readerAt(key)(value)]))
  }

/** `a: STRING`, or with a name in backticks. */
function readField(field: string): [string, Read] {
  const found = /^\s*(?:`((?:[^`]|``)*)`|([^:\s]+))\s*:\s*(.*)$/s.exec(field)
  const name = found?.[1]?.replaceAll('``', '`') ?? found?.[2] ?? field
  const type = (found?.[3] ?? 'STRING').replace(/\s+(NOT NULL|COMMENT\s+'.*')/gis, '')
  return [name, readerOfNested(type)]
}

/** At the commas that stand in no bracket and in no backticks. */
function splitAtCommas(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const token of text.match(/`(?:[^`]|``)*`|[<(]|[>)]|,|[^`<>(),]+/g) ?? []) {
    if (token === '<' || token === '(') depth += 1
    if (token === '>' || token === ')') depth -= 1
    if (token === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts
}

function toExactNumber(cell: unknown): SqlValue {
  const text = String(cell).trim()
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text
  const digits = text.replace(/^-?0*/, '').replace('.', '')
  return digits.length > EXACT_DIGITS ? text : Number(text)
}

function toFloat(cell: unknown): SqlValue {
  const value = Number(cell)
  // NaN and the infinities have no form in JSON.
  return Number.isFinite(value) ? value : String(cell)
}

function toTimestamp(cell: unknown): SqlValue {
  const text = String(cell).trim().replace(' ', 'T')
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
  const time = Date.parse(zoned)
  if (Number.isNaN(time)) return String(cell)
  const micros = /\.(\d{3})(\d{1,3})/.exec(zoned)?.[2] ?? ''
  return /[1-9]/.test(micros) ? new Date(time).toISOString().replace('Z', `${micros}Z`) : new Date(time).toISOString()
}

const toBoolean: Read = (cell) => {
  const text = String(cell).toLowerCase()
  return text === 'true' || text === 'false' ? text === 'true' : String(cell)
}

const toText: Read = (cell) => (typeof cell === 'object' ? JSON.stringify(cell) : String(cell))

const SCALARS: Record<string, Read> = {
  ...Object.fromEntries(['TINYINT', 'SMALLINT', 'INT', 'INTEGER', 'BIGINT'].map((name) => [name, toExactNumber])),
  ...{ BYTE: toExactNumber, SHORT: toExactNumber, LONG: toExactNumber, DECIMAL: toExactNumber, NUMERIC: toExactNumber },
  ...{ FLOAT: toFloat, DOUBLE: toFloat, REAL: toFloat },
  ...{ TIMESTAMP: toTimestamp, TIMESTAMP_NTZ: toTimestamp, BOOLEAN: toBoolean },
  ...Object.fromEntries(['STRING', 'CHAR', 'VARCHAR', 'DATE', 'BINARY', 'INTERVAL'].map((name) => [name, toText])),
}

/** Of a VARIANT, and of every type that is not known: as JSON has it. */
function asJson(cell: unknown): SqlValue {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'boolean' || typeof cell === 'number' || typeof cell === 'string') return cell
  if (Array.isArray(cell)) return cell.map(asJson)
  if (typeof cell === 'object')
    return Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, asJson(value)]))
  return String(cell)
}

/** Numbers that a number cannot hold stay text. Undefined where it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && /^-?\d+(\.\d+)?$/.test(context.source)
        ? toExactNumber(context.source)
        : value,
    )
  } catch {
    // A VARIANT that is plain text: its reader keeps the text.
    return undefined
  }
}
