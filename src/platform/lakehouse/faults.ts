// Faults of the local lakehouse, injected by rule or by header: what happens instead of an answer, or to it.

/** `cut` breaks the connection before anything was done, `cut-after` when it is done but not told. */
export type Fault =
  | 'cut'
  | 'cut-after'
  /** The answer begins, and the connection breaks after so many bytes of its body. */
  | { cutAfterBytes: number }
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

export interface Faults {
  add(rule: FaultRule): void
  clear(): void
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
