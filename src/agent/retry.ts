// Tries a model call again where that can help, and only before anyone has seen a word of it.

import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'

/** Tries after the first. */
const RETRIES = 2
const MIN_WAIT_MS = 400

const answerSchema = z.object({ status: z.number().int(), headers: z.instanceof(Headers).optional() })

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
      if (!isPassing(error)) return false
      const backoff = MIN_WAIT_MS * 2 ** (attemptNumber - 1) * (1 + Math.random() / 2)
      const waitMs = retryAfterMs(error) ?? backoff
      if (waitMs >= options.timeLeft()) return false
      options.onRetry(error, waitMs)
      await sleep(waitMs, undefined, { signal: options.signal })
      return true
    },
  })
}

function isPassing(error: LakedeskError): boolean {
  if (error.code === 'MODEL_BUSY') return true
  // A refused connection has a cause; a web page where the API should be has none, and stays what it is.
  if (error.code === 'MODEL_UNREACHABLE') return error.cause !== undefined
  return error.code === 'MODEL_FAILED' && (answerOf(error)?.status ?? 0) >= 500
}

function answerOf(error: LakedeskError): z.infer<typeof answerSchema> | undefined {
  let link: unknown = error.cause
  for (let depth = 0; link != null && depth < 8; depth++) {
    const parsed = answerSchema.safeParse(link)
    if (parsed.success) return parsed.data
    link = link instanceof Error ? link.cause : undefined
  }
  return undefined
}

/** Seconds or a date, by RFC 9110; undefined where absent or unreadable. */
function retryAfterMs(error: LakedeskError): number | undefined {
  const value = answerOf(error)?.headers?.get('retry-after')
  if (value == null || value.trim() === '') return undefined
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
