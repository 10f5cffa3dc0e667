// Translates what a platform's HTTP API answers, or fails to, into our own errors: what happened, why, and how to fix it.
import { z } from 'zod'
import { type ErrorCode, LakedeskError } from '../../core/errors.ts'
import { type Fault, readFault } from './read-fault.ts'

export { shorten } from './read-fault.ts'

/** What the error sentences need to know about the client. */
export interface Door {
  platform: string
  baseUrl: string
  timeoutMs: number
  /** What more there is to say to a refusal of a right, from the server's own words. */
  explainRefusal?: (words: string) => string | undefined
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
  /** What support of the platform asks for; empty where the server gave none. */
  readonly requestId: string
  /** True where the server took the credentials for none, wrong or expired: it did not act. */
  readonly unauthenticated: boolean
  /** True where the server's words say that the same request may work in a moment. */
  readonly passing: boolean

  constructor(message: string, facts: Partial<Omit<PlatformAnswer, keyof Error | 'kind'>>, cause?: unknown) {
    super(message, { cause })
    this.name = 'PlatformAnswer'
    this.kind = facts.status ? 'answer' : 'connection'
    this.status = facts.status ?? 0
    this.errorCode = facts.errorCode ?? ''
    this.retryAfterMs = facts.retryAfterMs
    this.nothingHappened = facts.nothingHappened ?? false
    this.requestId = facts.requestId ?? ''
    this.unauthenticated = facts.unauthenticated ?? false
    this.passing = facts.passing ?? false
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

const REFUSED_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const codedSchema = z.object({ code: z.string() })
/** Messages after which Databricks' own SDKs ask again. Source: `_base_client._is_retryable` of databricks-sdk-py. */
const PASSING_WORDS =
  /Please try again later or try a faster operation|RPC token bucket limit has been exceeded|Unexpected error/
/** The sentences of a gate that knew the token for none: nothing behind it was asked. */
const BAD_TOKEN = /Invalid access token|token (?:is|has) expired|expired (?:access )?token/i
/** Jobs and clusters that are not there come as 400. Source: `errors/overrides.py` of databricks-sdk-py. */
const NO_SUCH_JOB = /\b(?:Job|Run|Cluster)\b.{0,80}(?:does not|doesn't) exist/

/** PLATFORM_UNREACHABLE for everything that ended without an answer. */
export function toConnectionError(error: unknown, door: Door, about: string): LakedeskError {
  const { platform, baseUrl, timeoutMs } = door
  const cause = error instanceof Error ? error.cause : undefined
  const code = codedSchema.safeParse(cause).data?.code ?? codedSchema.safeParse(error).data?.code
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  const answer = new PlatformAnswer('no answer', { nothingHappened: REFUSED_CONNECTION.has(code ?? '') }, error)
  const sentence = timedOut
    ? `${platform} at ${baseUrl} did not answer within ${timeoutMs / 1000} s (${about}). It may be overloaded: please try again, or raise the time limit.`
    : `${platform} at ${baseUrl} could not be reached (${about}; ${code ?? 'the connection broke'}). Check that it runs, that the address is right, and that this machine may connect to it.${startHint(door)}`
  return new LakedeskError('PLATFORM_UNREACHABLE', sentence, answer)
}

/** What listens on this machine may be the local lakehouse, and stopped. */
function startHint({ platform, baseUrl }: Door): string {
  const isHere = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(baseUrl)
  return platform === 'Databricks' && isHere ? ' The local lakehouse is started by `lakedesk lakehouse`.' : ''
}

/** By the server's error code first, then by the HTTP status: open-source MLflow and Databricks give the same code different numbers. */
export function toAnswerError(
  response: Response,
  text: string,
  door: Door,
  about: string,
  secrets: readonly string[],
): LakedeskError {
  const fault = readFault(response, text, secrets)
  const { errorCode, words, retryAfterMs, requestId } = fault
  const { status } = response
  const unauthenticated = status === 401 || (status === 403 && BAD_TOKEN.test(words))
  const nothingHappened =
    unauthenticated ||
    status === 429 ||
    (status === 503 && (retryAfterMs !== undefined || errorCode === 'TEMPORARILY_UNAVAILABLE'))
  const answer = new PlatformAnswer(`HTTP ${status} ${errorCode}: ${words}`, {
    ...{ status, errorCode, retryAfterMs, nothingHappened, requestId, unauthenticated },
    passing: PASSING_WORDS.test(words),
  })
  return new LakedeskError(...sentenceOf({ ...fault, status, unauthenticated }, door, about), answer)
}

/** PLATFORM_FAILED for a success without a body. A read may be asked again; whether a write happened is not known. */
export function emptyAnswer(door: Door, about: string, status: number): LakedeskError {
  const answer = new PlatformAnswer(`HTTP ${status} without a body`, { status, passing: true })
  return unreadable(door, about, 'it is empty', answer)
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
  {
    status,
    errorCode,
    words,
    requestId,
    fromApi,
    unauthenticated,
  }: Fault & { status: number; unauthenticated: boolean },
  { platform, baseUrl, explainRefusal }: Door,
  about: string,
): [ErrorCode, string] {
  const request = requestId === '' || words.includes(requestId) ? '' : `, request ${requestId}`
  const said = words === '' ? `HTTP ${status}${request}` : `HTTP ${status}: ${words}${request}`
  if (unauthenticated) {
    const fix = 'Check the token, its expiry, and that it belongs to this workspace or server.'
    return ['PLATFORM_UNAUTHORIZED', `${platform} at ${baseUrl} refused the credentials (${about}; ${said}). ${fix}`]
  }
  if (status === 403 || errorCode === 'PERMISSION_DENIED') {
    const fix = explainRefusal?.(words) ?? 'Check the token, and ask the owner for the right to do this.'
    return ['PLATFORM_UNAUTHORIZED', `${platform} at ${baseUrl} refused the right (${about}; ${said}). ${fix}`]
  }
  const isJob = errorCode === 'INVALID_PARAMETER_VALUE' && NO_SUCH_JOB.test(words)
  if (isJob || errorCode === 'RESOURCE_DOES_NOT_EXIST' || (status === 404 && (errorCode !== '' || fromApi))) {
    const fix = 'Check the name, and that it was not deleted.'
    return ['PLATFORM_NOT_FOUND', `${platform} does not know ${about} (${said}). ${fix}`]
  }
  if (status === 404 || (status >= 300 && status < 400)) {
    const fix = 'Correct the address: it is that of the server, without /api.'
    return ['PLATFORM_FAILED', `There is no such API at ${baseUrl} (${about}; HTTP ${status}). ${fix}`]
  }
  if (errorCode === 'RESOURCE_ALREADY_EXISTS' || errorCode === 'ALREADY_EXISTS') {
    const fix = 'Choose another name, or use what is there.'
    return ['PLATFORM_REFUSED', `${platform} has it already (${about}; ${said}). ${fix}`]
  }
  if (status === 409) {
    const fix = 'Wait until that has ended, and try again.'
    return ['ENDPOINT_BUSY', `${platform} is changing it at this moment (${about}; ${said}). ${fix}`]
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
