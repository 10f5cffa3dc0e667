// Calls Slack's Web API: paced, timed out, and with every failure sorted into what the caller can do about it.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from '@slack/web-api'
import type { Log } from '../../core/log.ts'
import type { Pacer } from './pacer.ts'
import type { SlackMethod } from './surface.ts'

export type CallArguments = Readonly<Record<string, unknown>>
export type CallResult = Readonly<Record<string, unknown>>

/**
 * `refused`: Slack answered no, and `reason` is its error code. `limited`: still over the limit after several waits.
 * `unknown`: the connection broke or the server failed, so the call may or may not have happened.
 */
export class SlackCallError extends Error {
  readonly kind: 'refused' | 'limited' | 'unknown'
  readonly reason: string

  constructor(kind: SlackCallError['kind'], method: string, reason: string, cause?: unknown) {
    super(`${method}: ${reason}`, { cause })
    this.name = 'SlackCallError'
    this.kind = kind
    this.reason = reason
  }
}

export interface SlackApi {
  /** Rejects with SlackCallError. A 429 is waited out; an unknown outcome is tried again only where that is harmless. */
  call(method: SlackMethod, args: CallArguments): Promise<CallResult>
  /** For ornaments: one try, and none while Slack has us wait. Rejects with SlackCallError. */
  callOnce(method: SlackMethod, args: CallArguments): Promise<CallResult>
  /** Milliseconds a call of this method would have to wait now. */
  delay(method: SlackMethod, channel: string): number
}

/** Doing these twice has the effect of doing them once, and so has ending a stream without adding to it. */
const REPEATABLE = new Set<string>([
  'auth.test',
  'chat.update',
  'chat.delete',
  'users.info',
  'conversations.replies',
  'conversations.history',
  'views.publish',
  // An upload that is never completed is thrown away.
  'files.getUploadURLExternal',
  'assistant.threads.setStatus',
  'assistant.threads.setTitle',
  'assistant.threads.setSuggestedPrompts',
])

/** Slack's own failures: what was asked for may have happened. */
const SLACK_BROKEN = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])

const LIMITED_TRIES = 6
const UNKNOWN_TRIES = 4

export function createSlackApi(client: WebClient, pacer: Pacer, log: Log): SlackApi {
  async function attempt(method: string, args: CallArguments): Promise<CallResult> {
    const channel = typeof args.channel === 'string' ? args.channel : ''
    await pacer.take(method, channel)
    try {
      return { ...(await client.apiCall(method, { ...args })) }
    } catch (error) {
      throw toCallError(method, error, pacer)
    }
  }

  async function call(method: SlackMethod, args: CallArguments): Promise<CallResult> {
    let limited = 0
    let unknown = 0
    for (;;) {
      try {
        return await attempt(method, args)
      } catch (error) {
        if (!(error instanceof SlackCallError) || error.kind === 'refused') throw error
        if (error.kind === 'limited') {
          limited += 1
          if (limited >= LIMITED_TRIES) throw error
          continue
        }
        unknown += 1
        const ends = method === 'chat.stopStream' && args.markdown_text === undefined
        const harmless = ends || REPEATABLE.has(method) || error.reason === 'ECONNREFUSED'
        if (!harmless || unknown >= UNKNOWN_TRIES) throw error
        log.debug('Slack call failed, trying again', { method, reason: error.reason })
        await sleep(200 * 2 ** unknown)
      }
    }
  }

  async function callOnce(method: SlackMethod, args: CallArguments): Promise<CallResult> {
    const channel = typeof args.channel === 'string' ? args.channel : ''
    if (pacer.delay(method, channel) > 0) throw new SlackCallError('limited', method, 'ratelimited')
    return attempt(method, args)
  }

  return { call, callOnce, delay: (method, channel) => pacer.delay(method, channel) }
}

function toCallError(method: string, error: unknown, pacer: Pacer): SlackCallError {
  if (error instanceof WebAPIRateLimitedError) {
    pacer.pause(method, Math.min(error.retryAfter, 60) * 1000)
    return new SlackCallError('limited', method, 'ratelimited', error)
  }
  if (error instanceof WebAPIPlatformError) {
    if (error.data.error === 'ratelimited') {
      pacer.pause(method, 1000)
      return new SlackCallError('limited', method, 'ratelimited', error)
    }
    const kind = SLACK_BROKEN.has(error.data.error) ? 'unknown' : 'refused'
    return new SlackCallError(kind, method, error.data.error, error)
  }
  if (error instanceof WebAPIHTTPError) return new SlackCallError('unknown', method, `HTTP ${error.statusCode}`, error)
  if (error instanceof WebAPIRequestError) {
    return new SlackCallError('unknown', method, networkReason(error.original), error)
  }
  return new SlackCallError('unknown', method, error instanceof Error ? error.message : String(error), error)
}

function networkReason(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  if (error instanceof Error && error.cause !== undefined) return networkReason(error.cause)
  return error instanceof Error ? error.message : 'network error'
}
