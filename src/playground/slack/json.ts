// JSON as it comes over the wire: objects of unknown values, looked at with care.

export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** An empty object where it is none. */
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
