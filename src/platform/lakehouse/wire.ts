// How the local lakehouse takes requests: routes, arguments of every accepted form, error bodies, and answers that are no JSON object.
import type { IncomingHttpHeaders } from 'node:http'

/** What goes back instead of a result. The body is the one of the API that refuses: most have error_code and message. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string>

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(JSON.stringify(body))
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export function refuse(status: number, error_code: string, message: string): Refusal {
  return new Refusal(status, { error_code, message })
}
export const notFound = (message: string): Refusal => refuse(404, 'RESOURCE_DOES_NOT_EXIST', message)
export const invalid = (message: string): Refusal => refuse(400, 'INVALID_PARAMETER_VALUE', message)

/** An answer that is no JSON object, or carries headers. */
export interface RawAnswer {
  raw: true
  status: number
  headers: Record<string, string>
  body: Uint8Array | string
}

/** An answer that comes piece by piece, such as server-sent events. The signal of the call ends it when the client goes away. */
export interface StreamAnswer {
  raw: true
  status: number
  headers: Record<string, string>
  pieces: AsyncIterable<Uint8Array | string>
}

export type Values = Readonly<Record<string, unknown>>

export interface Call {
  method: string
  headers: IncomingHttpHeaders
  /** Parts of the path that the route names, decoded. */
  at: Readonly<Record<string, string>>
  /** Query and JSON body together: clients send the arguments of GET and DELETE in either. */
  args: Values
  bytes: Buffer
  /** User name of whoever the token belongs to. */
  caller: string
  /** Aborts when the client goes away before it has its answer. */
  signal: AbortSignal
}

export type Handle = (call: Call) => unknown

export interface Route {
  method: string
  /** Method and path as they were declared, such as `GET /api/2.0/serving-endpoints/{name}`. */
  spec: string
  matches(path: string): Record<string, string> | null
  handle: Handle
  /** Without a token of the workspace. */
  open: boolean
  /** Of an open route that takes files: whether these arguments of its address permit one. */
  admits?: (query: Values) => boolean
  /** Among routes that match one path the smallest goes first: literal parts before named ones, named ones before the rest. */
  rank: string
}

export type RouteOptions = Partial<Pick<Route, 'open' | 'admits'>>

/** `spec` such as `GET /api/2.0/serving-endpoints/{name}`; `{name}` stands for one part, `{path*}` for the rest. */
export function route(spec: string, handle: Handle, { open = false, admits }: RouteOptions = {}): Route {
  const [method = '', path = ''] = spec.split(' ')
  const keys = [...path.matchAll(/\{(\w+)\*?\}/g)].map((found) => found[1] ?? '')
  const source = path
    .replace(/[.]/g, '\\.')
    .replace(/\{\w+\*\}/g, '(.+)')
    .replace(/\{\w+\}/g, '([^/]+)')
  const pattern = new RegExp(`^${source}/?$`)
  const rank = path
    .split('/')
    .map((part) => (part.includes('*}') ? '2' : part.includes('{') ? '1' : '0'))
    .join('')
  return {
    ...{ method, spec, open, handle, rank, ...(admits ? { admits } : {}) },
    matches(asked) {
      const found = pattern.exec(asked)
      return found && Object.fromEntries(keys.map((key, nth) => [key, decode(found[nth + 1] ?? '')]))
    },
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refuse(400, 'INVALID_PARAMETER_VALUE', `The path holds '${part}', which cannot be decoded.`)
  }
}

export function readArguments(url: URL, type: string, bytes: Buffer): Values {
  const query = readParameters(url.searchParams)
  if (type.includes('x-www-form-urlencoded'))
    return { ...query, ...Object.fromEntries(new URLSearchParams(String(bytes))) }
  if (!type.includes('json') || bytes.length === 0) return query
  let body: unknown
  try {
    body = JSON.parse(String(bytes))
  } catch {
    throw refuse(400, 'MALFORMED_REQUEST', 'The body is no JSON.')
  }
  return { ...query, ...asValues(body) }
}

/** What is given several times is a list. */
function readParameters(parameters: URLSearchParams): Values {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((key) => {
      const all = parameters.getAll(key)
      return [key, all.length > 1 ? all : all[0]]
    }),
  )
}

export function asValues(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

export function asList(value: unknown): Values[] {
  return Array.isArray(value) ? value.map(asValues) : []
}

/** Text, or a number as text; empty where absent. */
export function text(args: Values, key: string): string {
  const value = args[key]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Text that must be there. */
export function required(args: Values, key: string): string {
  const value = text(args, key)
  if (value === '') throw invalid(`Missing value for required parameter '${key}'.`)
  return value
}

/** A number, or text that holds one. */
export function whole(args: Values, key: string, otherwise: number): number {
  const value = args[key] === undefined || args[key] === '' ? otherwise : Number(args[key])
  if (!Number.isInteger(value)) throw invalid(`'${key}' must be a whole number.`)
  return value
}

export const flag = (args: Values, key: string): boolean => args[key] === true || args[key] === 'true'

/** One page; the token is the number of the first item of the next. */
export function toPage<T>(items: readonly T[], args: Values, size: number): { items: T[]; next_page_token?: string } {
  const from = Number(text(args, 'page_token') || 0)
  if (!Number.isInteger(from) || from < 0) throw invalid('Invalid page token')
  const page = items.slice(from, from + size)
  return { items: page, ...(from + size < items.length ? { next_page_token: String(from + size) } : {}) }
}
