// Looks into blocks as they were sent: anything may stand in them, so every look says what it wants.

export type Json = Record<string, unknown>

export function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function asRecords(value: unknown): readonly Json[] {
  return asList(value).map(asRecord)
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** The words of a text object, whatever its dialect. */
export function textOf(value: unknown): string {
  return asText(asRecord(value).text)
}
