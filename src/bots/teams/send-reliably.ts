// Decides which calls to Teams may be tried again: creating a message is not repeatable, updating one is.
import type { Log } from '../../core/log.ts'
import type { OutgoingActivity } from './activity.ts'
import type { TeamsReference } from './teams-address.ts'
import { TeamsCallError } from './teams-errors.ts'

/** The three calls of the Bot Framework connector that this face makes. They reject with TeamsCallError. */
export interface TeamsConnector {
  /** Returns the id of the new activity. */
  create(to: TeamsReference, activity: OutgoingActivity): Promise<string>
  update(to: TeamsReference, id: string, activity: OutgoingActivity): Promise<void>
  remove(to: TeamsReference, id: string): Promise<void>
}

export interface RetryOptions {
  log: Log
  /** Tries in all, where repeating is harmless. */
  tries?: number
  /** First wait in milliseconds; it doubles, with jitter, up to `maxWaitMs`. */
  waitMs?: number
  maxWaitMs?: number
  signal?: AbortSignal
}

const HARMLESS = new Set([408, 412, 500, 502, 503, 504])

/** Waits, or ends at once when the signal fires. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}

/**
 * The connector with retries. 429 and 412 were refused before anything happened, so they are retried with backoff.
 * 408, 5xx and a lost connection may follow a message that was delivered: on `create` they get one more try at most,
 * on `update` as many as the others. Everything else, such as 403 for a blocked bot, is final at once.
 * Source: Microsoft's "Optimize your bot with rate limiting", and reports of 502 after delivery.
 */
export function createReliableConnector(inner: TeamsConnector, options: RetryOptions): TeamsConnector {
  const { tries = 5, waitMs = 1000, maxWaitMs = 30_000 } = options

  async function attempt<T>(call: () => Promise<T>, ambiguousTries: number, what: string): Promise<T> {
    let ambiguous = 0
    for (let tried = 1; ; tried++) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof TeamsCallError)) throw error
        const refused = error.status === 429 || error.status === 412 || error.unsent
        const unclear = !refused && (error.status === 0 || HARMLESS.has(error.status))
        if (unclear) ambiguous++
        if (!(refused || unclear) || tried >= tries || ambiguous > ambiguousTries || options.signal?.aborted)
          throw error
        const backoff = Math.min(maxWaitMs, waitMs * 2 ** (tried - 1)) * (0.75 + Math.random() / 2)
        const wait = Math.min(Math.max(error.retryAfterMs ?? 0, backoff), 60_000)
        options.log.warn('Teams asked to try again', { what, status: error.status, tried, waitMs: Math.round(wait) })
        await pause(wait, options.signal)
      }
    }
  }

  return {
    create: (to, activity) => attempt(() => inner.create(to, activity), 1, 'create'),
    update: (to, id, activity) => attempt(() => inner.update(to, id, activity), tries, 'update'),
    remove: (to, id) => attempt(() => inner.remove(to, id), tries, 'remove'),
  }
}
