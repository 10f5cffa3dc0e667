// Tokens of a Databricks service principal by OAuth client credentials, renewed shortly before they end.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import type { TokenSource } from '../mlflow/mlflow-http.ts'
import { toAnswerError, toConnectionError, unreadable } from '../mlflow/platform-errors.ts'
import { findTokenEndpoint } from './find-token-endpoint.ts'

export interface ClientCredentials {
  /** Without a slash at the end. */
  host: string
  clientId: string
  clientSecret: string
  timeoutMs?: number
  /** Sent with every request, beside the credentials. */
  headers?: Readonly<Record<string, string>>
  log?: Log
  now?: () => number
}

/** Databricks' own SDKs renew 40 s early. */
const EARLY_MS = 40_000
const TIMEOUT_MS = 30_000

const tokenSchema = z.object({
  access_token: z.string().min(1),
  /** Seconds; some servers send text. */
  expires_in: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
})
/** Codes of RFC 6749 such as invalid_client; anything longer is not repeated. */
const codeSchema = z.string().regex(/^\w{1,60}$/)
const faultSchema = z
  .union([z.looseObject({ error: codeSchema }), z.looseObject({ errorCode: codeSchema })])
  .transform((body) => String('error' in body ? body.error : body.errorCode))
const ABOUT = 'a token for the service principal'

function refused(host: string, why: string): LakedeskError {
  return new LakedeskError(
    'PLATFORM_UNAUTHORIZED',
    `Databricks at ${host} gave the service principal no token (${why}). Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that the principal belongs to this workspace.`,
  )
}

async function requestToken(credentials: ClientCredentials, endpoint: string): Promise<z.infer<typeof tokenSchema>> {
  const { host, clientId, clientSecret, timeoutMs = TIMEOUT_MS } = credentials
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
  const door = { platform: 'Databricks', baseUrl: host, timeoutMs }
  let response: Response
  let text: string
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: { Accept: 'application/json', ...credentials.headers, Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    })
    text = await response.text()
  } catch (error) {
    throw toConnectionError(error, door, ABOUT)
  }
  const body = toData(text)
  if (response.ok) {
    const parsed = tokenSchema.safeParse(body)
    if (parsed.success) return parsed.data
    // Neither the answer nor what it held is kept as a cause: there may be a token in it.
    throw unreadable(door, ABOUT, body === undefined ? 'no JSON' : 'no token in it', undefined)
  }
  const fault = faultSchema.safeParse(body).data
  if (fault !== undefined && response.status < 429) throw refused(host, fault)
  throw toAnswerError(response, text, door, ABOUT, [basic, clientSecret])
}

function toData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page: the caller says so.
    return undefined
  }
}

/**
 * Gives the running token, or a fresh one; callers that come together share one request. With the token that the server has just refused, a
 * fresh one: whatever our clock says, it is the server's that counts. How long a token lives is told in seconds from now, so that a clock
 * that is wrong does no harm as long as it runs evenly. Throws PLATFORM_UNAUTHORIZED, PLATFORM_UNREACHABLE, PLATFORM_FAILED.
 */
export function createClientToken(credentials: ClientCredentials): TokenSource {
  const { now = Date.now, log = silentLog, host, timeoutMs = TIMEOUT_MS, headers } = credentials
  let running: { token: string; endsAt: number } | null = null
  let asked: Promise<string> | null = null
  let endpoint: string | undefined

  async function renew(): Promise<string> {
    // Before the answer is under way: the time it takes counts as lived.
    endpoint ??= await findTokenEndpoint({ host, timeoutMs, log, ...(headers ? { headers } : {}) })
    const askedAt = now()
    const { access_token, expires_in } = await requestToken(credentials, endpoint)
    running = { token: access_token, endsAt: askedAt + expires_in * 1000 }
    log.debug('the workspace gave a token', { host, seconds: expires_in })
    return access_token
  }

  return async (refused) => {
    if (running && running.token === refused) running = null
    if (running && now() < running.endsAt - EARLY_MS) return running.token
    asked ??= renew().finally(() => {
      asked = null
    })
    return asked
  }
}
