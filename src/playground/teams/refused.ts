// The error of the connector: a status, Microsoft's name for it, and what a caller may do.

export type Json = Record<string, unknown>

export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfter: number | undefined
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function entitiesOf(activity: Json): Json[] {
  return Array.isArray(activity.entities) ? activity.entities.filter(isJson) : []
}
