// What can go wrong when Teams is called, in words of our own, and what the person is told.
import { LakedeskError } from '../../core/errors.ts'

/** The Bot Framework connector refused or did not answer. `status` is 0 where no answer came. */
export class TeamsCallError extends Error {
  readonly status: number
  /** The platform's own code, such as `ContentStreamNotAllowed`; empty where it gave none. */
  readonly code: string
  /** How long the platform asks to wait, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null
  /** True where the request certainly never reached the platform, so that nothing can have been created. */
  readonly unsent: boolean

  constructor(fields: {
    status: number
    code?: string
    message: string
    retryAfterMs?: number | null
    unsent?: boolean
    cause?: unknown
  }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'TeamsCallError'
    this.status = fields.status
    this.code = fields.code ?? ''
    this.retryAfterMs = fields.retryAfterMs ?? null
    this.unsent = fields.unsent ?? false
  }
}

/** Why a streamed message cannot go on. Teams says so in words only, all under 403 ContentStreamNotAllowed. */
export type StreamEnd = 'stopped' | 'completed' | 'timeout' | 'mismatch' | 'size' | 'refused'

/** Source: the error table of Microsoft's "Stream bot messages"; null where the error is not about the stream. */
export function toStreamEnd(error: unknown): StreamEnd | null {
  if (!(error instanceof TeamsCallError)) return null
  const text = `${error.code} ${error.message}`.toLowerCase()
  if (error.status === 413 || text.includes('message size too large')) return 'size'
  if (error.status !== 403 && error.status !== 400) return null
  if (text.includes('cancel')) return 'stopped'
  if (text.includes('completed')) return 'completed'
  if (text.includes('streaming time') || text.includes('exceeded')) return 'timeout'
  if (text.includes('previously streamed')) return 'mismatch'
  return text.includes('stream') ? 'refused' : null
}

/** The error that the conversation core knows, with a sentence that says what, why and how to fix it. */
export function toChannelFailed(error: unknown): LakedeskError {
  if (error instanceof LakedeskError) return error
  const call = error instanceof TeamsCallError ? error : null
  const what = 'Microsoft Teams did not take the message'
  if (call?.status === 403 || call?.status === 404) {
    return failed(`${what}: the app is blocked, muted or not installed there. Install it again, then ask again.`, error)
  }
  if (call?.status === 401) {
    return failed(`${what}: it refused the bot's credentials. Check the app id, password and tenant.`, error)
  }
  if (call?.status === 413) return failed(`${what}: it is too long. Ask for a shorter answer.`, error)
  if (call?.status === 429) return failed(`${what}: its rate limit is used up. Please ask again in a minute.`, error)
  if (call === null || call.status === 0) {
    return failed(`${what}: it could not be reached. Check the network of the server, then ask again.`, error)
  }
  return failed(`${what} (HTTP ${call.status}). Please ask again in a minute.`, error)
}

function failed(userMessage: string, cause: unknown): LakedeskError {
  return new LakedeskError('CHANNEL_FAILED', userMessage, cause)
}
