// Faults of the local lakehouse, injected by rule or by header: what happens instead of an answer, or to it.
import { type Call, invalid, type Route, required, route, whole } from './wire.ts'

/** `cut` breaks the connection before anything was done, `cut-after` when it is done but not told. */
export type Fault =
  | 'cut'
  | 'cut-after'
  /** The answer begins, and the connection breaks after so many bytes of its body; the token of the request may end with it. */
  | { cutAfterBytes: number; expires?: boolean }
  /** The answer comes so much later. */
  | { slowMs: number }
  /** `after`: what was asked is done, and still this is the answer. */
  | { status: number; headers?: Record<string, string>; body: string; after?: boolean }

export interface FaultRule {
  /** How the request begins, such as `PUT /api/2.0/serving-endpoints/`; `* ` instead of the method: any. */
  start: string
  fault: Fault
  /** So many requests meet it. */
  times: number
  /** So many go by before. */
  skip?: number
}

const json = { 'content-type': 'application/json' }

export const TOO_MANY: Fault = {
  status: 429,
  headers: { 'Retry-After': '0', ...json },
  body: '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit."}',
}
export const UNAVAILABLE: Fault = {
  status: 503,
  headers: { 'Retry-After': '0', ...json },
  body: '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"The service is starting."}',
}
/** What a host that is no workspace, or wants another log-in, sends. */
export const LOGIN_PAGE: Fault = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html><title>Databricks - Sign In</title></html>',
}

const error = (status: number, error_code: string, message: string): Fault => ({
  ...{ status, headers: json },
  body: JSON.stringify({ error_code, message }),
})
const STATUSES: Readonly<Record<string, Fault>> = {
  '400': error(400, 'INVALID_PARAMETER_VALUE', 'Invalid parameter value.'),
  '401': error(401, 'UNAUTHENTICATED', 'Access token is expired.'),
  '403': error(403, 'PERMISSION_DENIED', 'User does not have the privilege for this operation.'),
  '404': error(404, 'RESOURCE_DOES_NOT_EXIST', 'The resource does not exist.'),
  '409': error(409, 'RESOURCE_CONFLICT', 'The resource is currently being updated. Please try again later.'),
  '429': TOO_MANY,
  '500': error(500, 'INTERNAL_ERROR', 'Something went wrong.'),
  '503': UNAVAILABLE,
  '504': error(504, 'DEADLINE_EXCEEDED', 'The request took too long.'),
}
const NUMBERED = { slow: 600_000, 'cut-after-bytes': 100_000_000, 'expire-after-bytes': 100_000_000 }

/** Every fault as it is written in a header or a rule. */
export const FAULT_WORDS =
  'a status such as 429, 503=2 (seconds of Retry-After) or after-503, cut, cut-after, cut-after-bytes=120, expire-after-bytes=120, slow=500 (ms), html'

/** Undefined where it is no fault. */
export function parseFault(given: string): Fault | undefined {
  const [word = '', value] = given.trim().split('=')
  const number = value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
  if (word in NUMBERED) {
    const most = NUMBERED[word as keyof typeof NUMBERED]
    if (number === undefined || number > most) return undefined
    if (word === 'slow') return { slowMs: number }
    return { cutAfterBytes: number, expires: word === 'expire-after-bytes' }
  }
  if (word === 'cut' || word === 'cut-after') return value === undefined ? word : undefined
  if (word === 'html') return LOGIN_PAGE
  const [, after, status = ''] = /^(after-)?(\d{3})$/.exec(word) ?? []
  const fault = STATUSES[status]
  if (typeof fault !== 'object' || !('status' in fault)) return undefined
  const wait: Record<string, string> = number === undefined ? {} : { 'Retry-After': String(number) }
  return { ...fault, headers: { ...fault.headers, ...wait }, ...(after ? { after: true } : {}) }
}

export interface Faults {
  add(rule: FaultRule): void
  clear(): void
  /** Rules that requests can still meet. */
  list(): readonly FaultRule[]
  /** The fault that meets this request, such as `GET /api/2.0/sql/warehouses?x=1`; counted as met. */
  take(request: string): Fault | undefined
}

export function createFaults(): Faults {
  let rules: Required<FaultRule>[] = []
  const matches = (rule: FaultRule, request: string): boolean =>
    rule.start.startsWith('* ')
      ? request.slice(request.indexOf(' ') + 1).startsWith(rule.start.slice(2))
      : request.startsWith(rule.start)
  return {
    add: (rule) => void rules.push({ skip: 0, ...rule }),
    clear() {
      rules = []
    },
    list: () => rules.filter(({ times }) => times > 0),
    take(request) {
      for (const rule of rules) {
        if (rule.times <= 0 || !matches(rule, request)) continue
        if (rule.skip > 0) {
          rule.skip -= 1
          continue
        }
        rule.times -= 1
        return rule.fault
      }
      return undefined
    },
  }
}

const PATH = '/lakehouse/faults'

/** Rules over HTTP, for whoever has a token: `{start, fault, times, skip}`. They end with the process. */
export function createFaultRoutes(faults: Faults): Route[] {
  function add({ args }: Call): unknown {
    const [start, written] = [required(args, 'start'), required(args, 'fault')]
    const fault = parseFault(written)
    if (fault === undefined) throw invalid(`'${written}' is no fault. Give ${FAULT_WORDS}.`)
    if (!/^(\*|[A-Z]+) \//.test(start))
      throw invalid("start is how requests begin, such as 'PUT /api/2.0/serving-endpoints/' or '* /api/2.0/mlflow/'.")
    const rule = { start, fault, times: whole(args, 'times', 1), skip: whole(args, 'skip', 0) }
    faults.add(rule)
    return rule
  }
  return [
    route(`POST ${PATH}`, add),
    route(`GET ${PATH}`, () => ({ faults: faults.list() })),
    route(`DELETE ${PATH}`, () => {
      faults.clear()
      return {}
    }),
  ]
}
