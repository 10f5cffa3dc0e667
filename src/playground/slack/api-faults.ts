// What goes wrong on purpose in the Web API of the stand-in, by plan of a test or of the fault drawer.
import type { SlackAnswer } from './slack-methods.ts'

/** Something that will go wrong the next `times` times a method is called. */
export interface Fault {
  method: string
  times?: number
  /** Slack's error code. */
  error?: string
  /** Answers HTTP 429 with this many seconds. */
  retryAfter?: number
  /** Answers this HTTP status. */
  status?: number
  /** Breaks the connection; `after` does so once the call has happened, as when an answer is lost. */
  drop?: 'before' | 'after'
  /** Milliseconds before it answers. */
  delayMs?: number
  /** Only calls of which this holds. */
  when?: (args: Record<string, unknown>) => boolean
}

/** Still to come, whatever the method: calls that are answered 429, and streams that are cut in the middle. */
export interface Disturbance {
  limited: number
  cut: number
}

export interface ApiFaults {
  readonly disturbance: Disturbance
  fail(fault: Fault): void
  /** The planned fault of this call, used up by it. */
  take(method: string, args: Record<string, unknown>): Fault | undefined
  /** 429, where calls are limited now; counted. */
  takeLimit(): SlackAnswer | undefined
  /** True where this call finds its stream cut; counted. */
  takeCut(method: string): boolean
}

export function createApiFaults(): ApiFaults {
  const faults: Fault[] = []
  const disturbance: Disturbance = { limited: 0, cut: 0 }
  return {
    disturbance,
    fail: (fault) => void faults.push({ ...fault }),
    take(method, args) {
      const at = faults.findIndex((fault) => fault.method === method && (fault.when?.(args) ?? true))
      const fault = faults[at]
      if (!fault) return undefined
      fault.times = (fault.times ?? 1) - 1
      if (fault.times <= 0) faults.splice(at, 1)
      return fault
    },
    takeLimit() {
      if (disturbance.limited <= 0) return undefined
      disturbance.limited -= 1
      return limited(1)
    },
    takeCut(method) {
      if (disturbance.cut <= 0 || !CUT_AT.includes(method)) return false
      disturbance.cut -= 1
      return true
    },
  }
}

/** A short answer is ended before anything more was added to it. */
const CUT_AT = ['chat.appendStream', 'chat.stopStream']

function limited(seconds: number): SlackAnswer {
  return { status: 429, headers: { 'retry-after': String(seconds) }, body: { ok: false, error: 'ratelimited' } }
}

export function planFault(fault: Fault): SlackAnswer | 'drop' | null {
  if (fault.drop) return 'drop'
  if (fault.retryAfter !== undefined) return limited(fault.retryAfter)
  if (fault.status !== undefined) return { status: fault.status, body: 'broken' }
  return fault.error === undefined ? null : { status: 200, body: { ok: false, error: fault.error } }
}
