// The HTTP client of MLflow's REST API: JSON in and out, checked; limits, retries, and errors translated at this door.
import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { readBaseUrl } from './base-url.ts'
import { answerOf, type Door, emptyAnswer, toAnswerError, toConnectionError, unreadable } from './platform-errors.ts'
import { userAgent } from './user-agent.ts'
import { nothingSchema } from './wire.ts'

/** Gives the running token. With the token that the server has just refused, a fresh one where there can be any, else the same again. */
export type TokenSource = (refused?: string) => Promise<string>

export interface MlflowHttpOptions {
  /** Absolute http(s) address of the server, with its path prefix where it has one. `user:password@` in it becomes Basic auth. */
  baseUrl: string
  /** Bearer token, or where it comes from: asked before every try, so that a short-lived one may be renewed. */
  token?: string | TokenSource
  /** Sent with every request, such as a `User-Agent` of its own. */
  headers?: Readonly<Record<string, string>>
  /** A debug line for every answer. */
  log?: Log
  /** Sees every answer of the server, also refusals. */
  onAnswer?: (answer: Response) => void
  /** What more there is to say to a refusal of a right, from the server's own words. */
  explainRefusal?: (words: string) => string | undefined
  /** Milliseconds for one try, from connecting to the last byte; default 30,000. */
  timeoutMs?: number
  /** Between the base URL and the path of a request; default `/api`. */
  apiPrefix?: string
  /** Milliseconds for all tries together: none begins later; default 45,000. */
  retryMs?: number
  /** As people know the server; default `MLflow`. */
  platform?: string
}

export type QueryValue = string | number | boolean | readonly string[] | undefined

export interface PlatformCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** After the prefix, with a leading slash, its parts percent-encoded: such as `/2.0/mlflow/runs/get`. */
  path: string
  query?: Readonly<Record<string, QueryValue>>
  /** Sent as JSON; bytes are sent as they are. */
  body?: unknown
  /** What it is about, for the error sentence: such as `run 12ab` or `model support`. */
  about: string
  /**
   * May the call be repeated when nobody knows whether it happened? Default: GET, PUT and DELETE yes, others no. A call that may not
   * is still repeated where the server surely did nothing: no connection, 429, or a 503 that says when to come again.
   */
  repeatable?: boolean
  signal?: AbortSignal
}

export interface MlflowHttp {
  /** Without credentials: fit for messages and links. */
  readonly baseUrl: string
  /**
   * Throws PLATFORM_UNREACHABLE, PLATFORM_UNAUTHORIZED (401, 403), PLATFORM_NOT_FOUND (404), PLATFORM_REFUSED (400 and the like, and what
   * exists already: see `isAlreadyThere`), ENDPOINT_BUSY (409), PLATFORM_FAILED (5xx, still too busy after all tries, not readable).
   * A success without a body is taken where `answer` is `nothingSchema`; elsewhere it says nothing, and never stands for an empty list.
   */
  json<T>(call: PlatformCall & { answer: z.ZodType<T> }): Promise<T>
  /** The raw body. Throws as `json` does. */
  bytes(call: PlatformCall): Promise<Uint8Array>
}

interface Sent extends PlatformCall {
  /** True where a success without a body tells nothing of what was asked. */
  needsBody?: boolean
}

const RETRIES = 4
/** Before another try where the server does not say when: for a connection, and for a limit. Databricks' SDKs wait 1 s for a limit. */
const CONNECTION_MS = 300
const LIMIT_MS = 1_000
const JITTER_MS = 200

export function createMlflowHttp(options: MlflowHttpOptions): MlflowHttp {
  const { address, basic } = readBaseUrl(options.baseUrl)
  const door: Door = {
    platform: options.platform ?? 'MLflow',
    baseUrl: address,
    timeoutMs: options.timeoutMs ?? 30_000,
    ...(options.explainRefusal ? { explainRefusal: options.explainRefusal } : {}),
  }
  const retryMs = options.retryMs ?? 45_000
  const { apiPrefix: prefix = '/api', log = silentLog } = options

  async function authorization(refused?: string): Promise<string | undefined> {
    const token = typeof options.token === 'function' ? await options.token(refused) : options.token
    return token ? `Bearer ${token}` : basic
  }

  function note(call: PlatformCall, response: Response, startedAt: number): void {
    const requestId = response.headers.get('x-request-id')
    log.debug('platform answered', {
      ...{ platform: door.platform, method: call.method, path: call.path, status: response.status },
      ms: Date.now() - startedAt,
      ...(requestId ? { requestId } : {}),
    })
    options.onAnswer?.(response)
  }

  async function sendOnce(call: Sent, auth: string | undefined): Promise<Uint8Array> {
    const limit = AbortSignal.timeout(door.timeoutMs)
    const signal = call.signal ? AbortSignal.any([limit, call.signal]) : limit
    const url = `${address}${prefix}${call.path}${toQuery(call.query)}`
    const startedAt = Date.now()
    let response: Response
    let bytes: Uint8Array
    try {
      const request = { method: call.method, ...toBody(call.body, auth, options.headers) }
      response = await fetch(url, { ...request, signal, redirect: 'manual' })
      bytes = new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason
      throw toConnectionError(error, door, call.about)
    }
    note(call, response, startedAt)
    if (response.ok && call.needsBody && isBlank(bytes)) throw emptyAnswer(door, call.about, response.status)
    if (response.ok) return bytes
    throw toAnswerError(response, new TextDecoder().decode(bytes), door, call.about, secretsOf(auth))
  }

  /**
   * A token may end while a request is under way, or by the clock of a server that runs ahead of ours: what the gate refused did not happen,
   * so it is sent once more with a fresh token, whatever it is.
   */
  async function attempt(call: Sent): Promise<Uint8Array> {
    const auth = await untilAborted(authorization(), call.signal)
    try {
      return await sendOnce(call, auth)
    } catch (error) {
      if (typeof options.token !== 'function' || !answerOf(error)?.unauthenticated) throw error
      const fresh = await untilAborted(authorization(auth?.slice('Bearer '.length) ?? ''), call.signal)
      if (fresh === auth) throw error
      return sendOnce(call, fresh)
    }
  }

  async function send(call: Sent): Promise<Uint8Array> {
    const end = Date.now() + retryMs
    call.signal?.throwIfAborted()
    return pRetry(() => attempt(call), {
      retries: RETRIES,
      minTimeout: 0,
      maxTimeout: 0,
      ...(call.signal ? { signal: call.signal } : {}),
      shouldRetry: async ({ error, attemptNumber }) => {
        const waitMs = attemptNumber > RETRIES ? undefined : waitBefore(error, attemptNumber, isRepeatable(call))
        if (waitMs === undefined || Date.now() + waitMs >= end) return false
        log.debug('platform is asked again', { path: call.path, attempt: attemptNumber, waitMs: Math.round(waitMs) })
        await sleep(waitMs, undefined, call.signal ? { signal: call.signal } : {})
        return true
      },
    })
  }

  return {
    baseUrl: address,
    bytes: (call) => send(call),
    async json(call) {
      const needsBody = (call.answer as z.ZodType) !== nothingSchema
      const text = new TextDecoder().decode(await send({ ...call, needsBody }))
      const parsed = call.answer.safeParse(parseJson(text, door, call.about))
      if (parsed.success) return parsed.data
      const fault = parsed.error.issues[0]
      throw unreadable(door, call.about, `${fault?.path.join('.') || 'the answer'}: ${fault?.message}`, parsed.error)
    },
  }
}

function isRepeatable(call: PlatformCall): boolean {
  return call.repeatable ?? ['GET', 'PUT', 'DELETE'].includes(call.method)
}

/** Milliseconds to wait before the next try; undefined where another try is no use or not safe. */
function waitBefore(error: unknown, attemptNumber: number, repeatable: boolean): number | undefined {
  if (!(error instanceof LakedeskError)) return undefined
  const answer = answerOf(error)
  if (answer === undefined) return undefined
  const isLimit = answer.status === 429 || answer.status === 503
  if (!isLimit && answer.kind !== 'connection' && !answer.passing) return undefined
  if (!repeatable && !answer.nothingHappened) return undefined
  const first = isLimit || answer.status >= 400 ? LIMIT_MS : CONNECTION_MS
  // Those that were turned away together shall not come back together.
  const jitter = 1 + Math.random() / 2
  return answer.retryAfterMs === undefined
    ? first * 2 ** (attemptNumber - 1) * jitter
    : answer.retryAfterMs + Math.random() * JITTER_MS
}

/** Whoever gives up waits no longer, while others may go on to wait for the same token. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function toBody(body: unknown, auth: string | undefined, more: Readonly<Record<string, string>> = {}): RequestInit {
  const headers: Record<string, string> = { Accept: 'application/json', 'User-Agent': userAgent(), ...more }
  if (auth) headers.Authorization = auth
  if (body === undefined) return { headers }
  if (body instanceof Uint8Array) {
    return { headers: { ...headers, 'Content-Type': 'application/octet-stream' }, body: new Uint8Array(body) }
  }
  return { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

function toQuery(query: PlatformCall['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return []
    return typeof value === 'object' ? value.map((one) => [key, one]) : [[key, String(value)]]
  })
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function secretsOf(auth: string | undefined): string[] {
  return auth === undefined ? [] : [auth, auth.slice(auth.indexOf(' ') + 1)]
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || (byte >= 9 && byte <= 13))
}

function parseJson(text: string, door: Door, about: string): unknown {
  // Some Databricks verbs answer a success with an empty body; it came this far where nothing is read from it.
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    const what = /^\s*</.test(text) ? 'a web page instead of JSON' : 'no JSON'
    throw unreadable(door, about, what, error)
  }
}
