// Tries a model call again where that can help, and only before anyone has seen a word of it.

import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { LakedeskError } from '../core/errors.ts'
import { isPassingFault, retryAfterMs } from '../core/model-fault.ts'

/** Tries after the first. */
const RETRIES = 2
const MIN_WAIT_MS = 400

export interface RetryOptions {
  signal: AbortSignal
  /** False as soon as text of the running call was shown. */
  mayRetry: () => boolean
  /** Milliseconds that are left for the whole answer. */
  timeLeft: () => number
  onRetry: (error: LakedeskError, waitMs: number) => void
}

/**
 * Backs off exponentially, or as long as the endpoint's Retry-After says. Gives up at once where that is longer than the time
 * left, so that the person learns of it early.
 */
export function retryModelCall<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  return pRetry(call, {
    retries: RETRIES,
    minTimeout: 0,
    signal: options.signal,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof LakedeskError) || !options.mayRetry() || attemptNumber > RETRIES) return false
      if (!isPassingFault(error)) return false
      const backoff = MIN_WAIT_MS * 2 ** (attemptNumber - 1) * (1 + Math.random() / 2)
      const waitMs = retryAfterMs(error) ?? backoff
      if (waitMs >= options.timeLeft()) return false
      options.onRetry(error, waitMs)
      await sleep(waitMs, undefined, { signal: options.signal })
      return true
    },
  })
}
