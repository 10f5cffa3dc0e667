// Brings JSON that a model wrote to a declared type, as a cast in SQL would, or says where it does not fit.
import type { Json } from '../ports/ai-functions.ts'
import { type DdlType, type ScalarName, toDdlText } from '../ports/ddl-type.ts'

/** A value that is not of the type. `path` such as `$.a[0]`. */
export class CastFault extends Error {
  readonly path: string

  constructor(path: string, type: DdlType, value: Json) {
    const shown = JSON.stringify(value)
    super(`${path} should be ${toDdlText(type)} and is ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`)
    this.path = path
  }
}

/**
 * Null fits every type. Missing fields of a STRUCT are null, unknown ones are left out, names match whatever their case. Numbers and
 * booleans in quotes are taken for what they say. Integers outside their range, and texts that are no date, do not fit: throws CastFault.
 */
export function castJson(value: Json, type: DdlType, path = '$'): Json {
  if (value === null) return null
  const misfit = (): CastFault => new CastFault(path, type, value)
  switch (type.kind) {
    case 'scalar':
      return castScalar(value, type.name, misfit)
    case 'decimal': {
      const number = toNumber(value)
      if (number === null || Math.abs(number) >= 10 ** (type.precision - type.scale)) throw misfit()
      return number
    }
    case 'array':
      if (!Array.isArray(value)) throw misfit()
      return value.map((item, i) => castJson(item, type.of, `${path}[${i}]`))
    case 'map':
      if (!isObject(value)) throw misfit()
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, castJson(item, type.of, `${path}.${key}`)]),
      )
    case 'struct': {
      if (!isObject(value)) throw misfit()
      const byName = new Map(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]))
      return Object.fromEntries(
        type.fields.map(({ name, type: of }) => {
          const item = Object.hasOwn(value, name) ? value[name] : byName.get(name.toLowerCase())
          return [name, castJson(item ?? null, of, `${path}.${name}`)]
        }),
      )
    }
  }
}

const INTEGERS: Partial<Record<ScalarName, number>> = {
  TINYINT: 2 ** 7,
  SMALLINT: 2 ** 15,
  INT: 2 ** 31,
  BIGINT: 2 ** 63,
}

function castScalar(value: Json, name: ScalarName, misfit: () => CastFault): Json {
  if (name === 'VARIANT') return value
  if (name === 'STRING' || name === 'BINARY') return typeof value === 'string' ? value : JSON.stringify(value)
  if (name === 'BOOLEAN') {
    const word = String(value).trim().toLowerCase()
    if (word !== 'true' && word !== 'false') throw misfit()
    return word === 'true'
  }
  if (name === 'DATE' || name.startsWith('TIMESTAMP')) {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(Date.parse(value))) throw misfit()
    return value
  }
  const number = toNumber(value)
  if (number === null) throw misfit()
  const limit = INTEGERS[name]
  if (limit === undefined) return number
  if (!Number.isInteger(number) || number < -limit || number >= limit) throw misfit()
  return number
}

function toNumber(value: Json): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
