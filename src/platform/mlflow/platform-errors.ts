// Translates what a platform's HTTP API answers, or fails to, into our own errors: what happened, why, and how to fix it.
import { z } from 'zod'
import { type ErrorCode, LakedeskError } from '../../core/errors.ts'

/** What the error sentences need to know about the client. */
export interface Door {
  platform: string
  baseUrl: string
  timeoutMs: number
}

/** The cause of every error of this door: what came back, if anything did. */
export class PlatformAnswer extends Error {
  readonly kind: 'answer' | 'connection'
  /** 0 where there was no answer. */
  readonly status: number
  /** Such as RESOURCE_DOES_NOT_EXIST; empty where the server gave none. */
  readonly errorCode: string
  readonly retryAfterMs: number | undefined
  /** True where the server surely did not act on the request. */
  readonly nothingHappened: boolean

  constructor(
    message: string,
    facts: Partial<Pick<PlatformAnswer, 'status' | 'errorCode' | 'retryAfterMs' | 'nothingHappened'>>,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.name = 'PlatformAnswer'
    this.kind = facts.status ? 'answer' : 'connection'
    this.status = facts.status ?? 0
    this.errorCode = facts.errorCode ?? ''
    this.retryAfterMs = facts.retryAfterMs
    this.nothingHappened = facts.nothingHappened ?? false
  }
}

/** The answer behind an error of this door; undefined for every other error. */
export function answerOf(error: unknown): PlatformAnswer | undefined {
  return error instanceof LakedeskError && error.cause instanceof PlatformAnswer ? error.cause : undefined
}

/** True where the server refused to create what it has already: 400 on open-source MLflow, 409 on Databricks. */
export function isAlreadyThere(error: unknown): boolean {
  return ['RESOURCE_ALREADY_EXISTS', 'ALREADY_EXISTS'].includes(answerOf(error)?.errorCode ?? '')
}

export function isNotFound(error: unknown): boolean {
  return error instanceof LakedeskError && error.code === 'PLATFORM_NOT_FOUND'
}

const MAX_DETAIL = 300
const REFUSED_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const codedSchema = z.object({ code: z.string() })
const bodySchema = z.looseObject({
  error_code: z.union([z.string(), z.number()]).optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  detail: z.string().optional(),
})

/** PLATFORM_UNREACHABLE for everything that ended without an answer. */
export function toConnectionError(error: unknown, door: Door, about: string): LakedeskError {
  const { platform, baseUrl, timeoutMs } = door
  const cause = error instanceof Error ? error.cause : undefined
  const code = codedSchema.safeParse(cause).data?.code ?? codedSchema.safeParse(error).data?.code
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  const answer = new PlatformAnswer('no answer', { nothingHappened: REFUSED_CONNECTION.has(code ?? '') }, error)
  const sentence = timedOut
    ? `${platform} at ${baseUrl} did not answer within ${timeoutMs / 1000} s (${about}). It may be overloaded: please try again, or raise the time limit.`
    : `${platform} at ${baseUrl} could not be reached (${about}; ${code ?? 'the connection broke'}). Check that it runs, that the address is right, and that this machine may connect to it.`
  return new LakedeskError('PLATFORM_UNREACHABLE', sentence, answer)
}

/** By the server's error code first, then by the HTTP status: open-source MLflow and Databricks give the same code different numbers. */
export function toAnswerError(
  response: Response,
  text: string,
  door: Door,
  about: string,
  secrets: readonly string[],
): LakedeskError {
  const { errorCode, words } = readBody(text, secrets)
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'))
  const { status } = response
  const nothingHappened =
    status === 429 || (status === 503 && (retryAfterMs !== undefined || errorCode === 'TEMPORARILY_UNAVAILABLE'))
  const answer = new PlatformAnswer(`HTTP ${status} ${errorCode}: ${words}`, {
    status,
    errorCode,
    retryAfterMs,
    nothingHappened,
  })
  return new LakedeskError(...sentenceOf(status, errorCode, words, door, about), answer)
}

/** PLATFORM_FAILED for a success whose body is not what the API promises. */
export function unreadable(door: Door, about: string, detail: string, cause: unknown): LakedeskError {
  const { platform, baseUrl } = door
  return new LakedeskError(
    'PLATFORM_FAILED',
    `${platform} at ${baseUrl} gave an answer that could not be read (${about}; ${detail}). Check that the address is that of the server itself, and not of a log-in page or another program.`,
    cause,
  )
}

function sentenceOf(
  status: number,
  errorCode: string,
  words: string,
  { platform, baseUrl }: Door,
  about: string,
): [ErrorCode, string] {
  const said = words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`
  if (status === 401 || status === 403) {
    const fix = 'Check the token, its expiry, and that its owner has the right to do this.'
    return [
      'PLATFORM_UNAUTHORIZED',
      `${platform} at ${baseUrl} refused the credentials or the right (${about}; ${said}). ${fix}`,
    ]
  }
  if (errorCode === 'RESOURCE_DOES_NOT_EXIST' || (status === 404 && errorCode !== '')) {
    const fix = 'Check the name, and that it was not deleted.'
    return ['PLATFORM_NOT_FOUND', `${platform} does not know ${about} (${said}). ${fix}`]
  }
  if (status === 404 || (status >= 300 && status < 400)) {
    const fix = 'Correct the address: it is that of the server, without /api.'
    return ['PLATFORM_FAILED', `There is no such API at ${baseUrl} (${about}; HTTP ${status}). ${fix}`]
  }
  if (errorCode === 'RESOURCE_ALREADY_EXISTS' || errorCode === 'ALREADY_EXISTS') {
    return [
      'PLATFORM_REFUSED',
      `${platform} has it already (${about}; ${said}). Choose another name, or use what is there.`,
    ]
  }
  if (status === 409) {
    return [
      'ENDPOINT_BUSY',
      `${platform} is changing it at this moment (${about}; ${said}). Wait until that has ended, and try again.`,
    ]
  }
  if (status === 429 || status === 503) {
    const fix = 'Wait a minute and try again; the limit is that of the server.'
    return ['PLATFORM_FAILED', `${platform} at ${baseUrl} is over its limit or starting (${about}; ${said}). ${fix}`]
  }
  if (status < 500 || errorCode === 'INVALID_STATE') {
    return ['PLATFORM_REFUSED', `${platform} refused the request (${about}; ${said}). Correct what it names.`]
  }
  const fix = 'Try again in a moment; if it stays so, look at the log of the server.'
  return ['PLATFORM_FAILED', `${platform} at ${baseUrl} failed (${about}; ${said}). ${fix}`]
}

/** The server's own words: short, on one line, and without anything that looks like a token. */
function readBody(text: string, secrets: readonly string[]): { errorCode: string; words: string } {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    // A proxy's page or plain text: pages are not repeated, plain text is.
    return { errorCode: '', words: /^\s*</.test(text) ? '' : shorten(text, secrets) }
  }
  const body = bodySchema.safeParse(data).data
  const errorCode = typeof body?.error_code === 'string' ? body.error_code : ''
  return { errorCode, words: shorten(body?.message ?? body?.detail ?? body?.error ?? '', secrets) }
}

/** On one line, at most 300 characters, without these secrets and without what looks like a token. */
export function shorten(text: string, secrets: readonly string[]): string {
  const open = secrets.reduce((words, secret) => words.replaceAll(secret, '[token]'), text)
  const safe = open
    .replace(/\b(?:dapi|Bearer\s+|Basic\s+)[\w.~+/=-]{8,}/gi, '[token]')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
  return safe.length > MAX_DETAIL ? `${safe.slice(0, MAX_DETAIL)}…` : safe
}

/** Milliseconds; seconds or a date by RFC 9110, undefined where absent or unreadable. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
