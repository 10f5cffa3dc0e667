// Reads from a failed model call whether and when it is worth trying again.
import { z } from 'zod'
import type { LakedeskError } from './errors.ts'

const answerSchema = z.object({ status: z.number().int(), headers: z.instanceof(Headers).optional() })

/** A rate limit, a lost or refused connection, or a failure of the server: the same request may succeed later. */
export function isPassingFault(error: LakedeskError): boolean {
  if (error.code === 'MODEL_BUSY') return true
  // A refused connection has a cause; a web page where the API should be has none, and stays what it is.
  if (error.code === 'MODEL_UNREACHABLE') return error.cause !== undefined
  return error.code === 'MODEL_FAILED' && (statusOf(error) ?? 0) >= 500
}

/** HTTP status of the answer behind an error; undefined where there was none. */
export function statusOf(error: LakedeskError): number | undefined {
  return answerOf(error)?.status
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

/** Milliseconds of Retry-After: seconds or a date, by RFC 9110; undefined where absent or unreadable. */
export function retryAfterMs(error: LakedeskError): number | undefined {
  const value = answerOf(error)?.headers?.get('retry-after')
  if (value == null || value.trim() === '') return undefined
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
