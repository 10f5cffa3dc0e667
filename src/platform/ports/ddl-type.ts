// Databricks types as they are written in DDL, such as STRUCT<a: STRING, b: ARRAY<INT>>: read, and written as JSON schema and for DuckDB.
import { LakedeskError } from '../../core/errors.ts'
import type { Json } from './ai-functions.ts'

export type DdlType =
  | { kind: 'scalar'; name: ScalarName }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'array'; of: DdlType }
  | { kind: 'map'; key: DdlType; of: DdlType }
  | { kind: 'struct'; fields: readonly { name: string; type: DdlType }[] }

const SCALARS = {
  STRING: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INT: 'INTEGER',
  BIGINT: 'BIGINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_NTZ: 'TIMESTAMP',
  BINARY: 'BLOB',
  VARIANT: 'JSON',
} as const
export type ScalarName = keyof typeof SCALARS

const ALIASES = new Map<string, ScalarName>([
  ['INTEGER', 'INT'],
  ['LONG', 'BIGINT'],
  ['SHORT', 'SMALLINT'],
  ['BYTE', 'TINYINT'],
  ['REAL', 'FLOAT'],
  ['VARCHAR', 'STRING'],
  ['CHAR', 'STRING'],
])

type FaultCode = 'AI_FUNCTION_INVALID' | 'SQL_INVALID'

const MAX_DEPTH = 30
const TOKEN = /\s*(?:`((?:[^`]|``)+)`|'((?:[^'\\]|\\.|'')*)'|([A-Za-z_][\w]*)|(\d+)|([<>():,]))/y

interface Token {
  text: string
  kind: 'quoted' | 'string' | 'word' | 'number' | 'mark'
}

/** Throws what is wrong with the text, as AI_FUNCTION_INVALID unless another code is given. */
export function parseDdlType(text: string, code: FaultCode = 'AI_FUNCTION_INVALID'): DdlType {
  const reader = createReader(text, code)
  const type = readType(reader, 1)
  const rest = reader.peek()
  if (rest) throw reader.fault(`"${rest.text}" is too much`)
  return type
}

interface Reader {
  peek(): Token | undefined
  next(): Token | undefined
  /** Whether the next word or mark is this one; then it is read. */
  take(mark: string): boolean
  expect(mark: string): void
  readNumber(): number
  fault(why: string): LakedeskError
}

function createReader(text: string, code: FaultCode): Reader {
  const tokens = toTokens(text, code)
  let at = 0
  const reader: Reader = {
    peek: () => tokens[at],
    next: () => tokens[at++],
    take(mark) {
      const token = tokens[at]
      if (token === undefined || token.kind === 'quoted' || token.kind === 'string') return false
      if (token.text.toUpperCase() !== mark) return false
      at += 1
      return true
    },
    expect(mark) {
      const token = tokens[at]
      if (!reader.take(mark))
        throw reader.fault(`"${mark}" is missing ${token ? `before "${token.text}"` : 'at the end'}`)
    },
    readNumber() {
      const token = tokens[at++]
      if (token?.kind !== 'number') throw reader.fault('a number is missing')
      return Number(token.text)
    },
    fault: (why) =>
      new LakedeskError(
        code,
        `The type "${cut(text)}" cannot be read: ${why}. Write it as in Databricks, such as STRING, ARRAY<INT> or STRUCT<a: STRING, b: DOUBLE>.`,
      ),
  }
  return reader
}

function readType(reader: Reader, depth: number): DdlType {
  if (depth > MAX_DEPTH) throw reader.fault(`it is nested deeper than ${MAX_DEPTH} levels`)
  const token = reader.next()
  if (token?.kind !== 'word') throw reader.fault(token ? `"${token.text}" is no type` : 'a type is missing at the end')
  const name = token.text.toUpperCase()
  if (name === 'STRUCT') return readStruct(reader, depth)
  if (name === 'DECIMAL' || name === 'DEC' || name === 'NUMERIC') return readDecimal(reader)
  if (name === 'ARRAY' || name === 'MAP') {
    reader.expect('<')
    const first = readType(reader, depth + 1)
    if (name === 'MAP') reader.expect(',')
    const second = name === 'MAP' ? readType(reader, depth + 1) : null
    reader.expect('>')
    return second ? { kind: 'map', key: first, of: second } : { kind: 'array', of: first }
  }
  const scalar = Object.hasOwn(SCALARS, name) ? (name as ScalarName) : ALIASES.get(name)
  if (scalar === undefined) throw reader.fault(`"${token.text}" is no type`)
  if ((name === 'VARCHAR' || name === 'CHAR') && reader.take('(')) {
    reader.readNumber()
    reader.expect(')')
  }
  return { kind: 'scalar', name: scalar }
}

function readStruct(reader: Reader, depth: number): DdlType {
  const fields: { name: string; type: DdlType }[] = []
  reader.expect('<')
  while (!reader.take('>')) {
    if (fields.length > 0) reader.expect(',')
    const token = reader.next()
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw reader.fault('a field of a STRUCT has no name')
    reader.take(':')
    const type = readType(reader, depth + 1)
    if (reader.take('NOT')) reader.expect('NULL')
    if (reader.take('COMMENT') && reader.next()?.kind !== 'string') throw reader.fault('COMMENT needs a text in quotes')
    const isSame = (field: { name: string }): boolean => field.name.toLowerCase() === token.text.toLowerCase()
    if (fields.some(isSame)) throw reader.fault(`the field "${token.text}" stands in it twice`)
    fields.push({ name: token.text, type })
  }
  return { kind: 'struct', fields }
}

function readDecimal(reader: Reader): DdlType {
  let [precision, scale] = [10, 0]
  if (reader.take('(')) {
    precision = reader.readNumber()
    if (reader.take(',')) scale = reader.readNumber()
    reader.expect(')')
  }
  if (precision < 1 || precision > 38 || scale > precision) throw reader.fault('DECIMAL takes 1 to 38 digits')
  return { kind: 'decimal', precision, scale }
}

function toTokens(text: string, code: FaultCode): Token[] {
  if (text.includes('\0'))
    throw new LakedeskError(code, 'A type holds the sign U+0000, which no type has. Take it out.')
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    end = TOKEN.lastIndex
    const [, quoted, string, word, number, mark] = match
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('``', '`') })
    else if (string !== undefined) tokens.push({ kind: 'string', text: string })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else tokens.push({ kind: 'mark', text: mark ?? '' })
  }
  const rest = text.slice(end).trim()
  if (rest !== '') {
    throw new LakedeskError(code, `The type "${cut(text)}" cannot be read: "${cut(rest)}" is no type.`)
  }
  return tokens
}

/** As Databricks writes it. */
export function toDdlText(type: DdlType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'array':
      return `ARRAY<${toDdlText(type.of)}>`
    case 'map':
      return `MAP<${toDdlText(type.key)}, ${toDdlText(type.of)}>`
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `${toDdlName(field.name)}: ${toDdlText(field.type)}`).join(', ')}>`
  }
}

function toDdlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``
}

/** As DuckDB writes it. VARIANT becomes JSON. */
export function toDuckTypeText(type: DdlType): string {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name]
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'array':
      return `${toDuckTypeText(type.of)}[]`
    case 'map':
      return `MAP(${toDuckTypeText(type.key)}, ${toDuckTypeText(type.of)})`
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${toDuckTypeText(field.type)}`).join(', ')})`
  }
}

/** A JSON schema that asks for exactly this type. A MAP is an object with any keys. */
export function toJsonSchema(type: DdlType): { [key: string]: Json } {
  switch (type.kind) {
    case 'scalar':
      return ofScalar(type.name)
    case 'decimal':
      return { type: 'number' }
    case 'array':
      return { type: 'array', items: toJsonSchema(type.of) }
    case 'map':
      return { type: 'object', additionalProperties: toJsonSchema(type.of) }
    case 'struct':
      return {
        type: 'object',
        properties: Object.fromEntries(type.fields.map((field) => [field.name, toJsonSchema(field.type)])),
        required: type.fields.map((field) => field.name),
        additionalProperties: false,
      }
  }
}

function ofScalar(name: ScalarName): { [key: string]: Json } {
  if (name === 'BOOLEAN') return { type: 'boolean' }
  if (['TINYINT', 'SMALLINT', 'INT', 'BIGINT'].includes(name)) return { type: 'integer' }
  if (name === 'FLOAT' || name === 'DOUBLE') return { type: 'number' }
  if (name === 'VARIANT') return {}
  return { type: 'string' }
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
