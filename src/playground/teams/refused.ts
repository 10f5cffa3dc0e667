// The error of the connector: a status, Microsoft's name for it, and what a caller may do.

export type Json = Record<string, unknown>

export class Refused extends Error {
  readonly status: number
  /** Microsoft's name, such as `MessageSizeTooBig`. */
  readonly code: string
  /** Seconds. */
  readonly retryAfter: number | undefined
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

/** For what is no valid activity. */
export function badSyntax(why: string): Refused {
  return new Refused(400, 'BadSyntax', why)
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; empty where it is none. */
export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : []
}

export function entitiesOf(activity: Json): Json[] {
  return listOf(activity.entities)
}
