// Tokens of a Databricks service principal by OAuth client credentials, renewed shortly before they end.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { toAnswerError, toConnectionError, unreadable } from '../mlflow/platform-errors.ts'

export interface ClientCredentials {
  /** Without a slash at the end. */
  host: string
  clientId: string
  clientSecret: string
  timeoutMs?: number
  now?: () => number
}

/** Databricks' own SDKs renew 40 s early. */
const EARLY_MS = 40_000

const tokenSchema = z.object({
  access_token: z.string().min(1),
  /** Seconds; some servers send text. */
  expires_in: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
})
/** Codes of RFC 6749 such as invalid_client; anything longer is not repeated. */
const faultSchema = z.looseObject({ error: z.string().regex(/^\w{1,60}$/) })
const ABOUT = 'a token for the service principal'

function refused(host: string, why: string): LakedeskError {
  return new LakedeskError(
    'PLATFORM_UNAUTHORIZED',
    `Databricks at ${host} gave the service principal no token (${why}). Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that the principal belongs to this workspace.`,
  )
}

async function requestToken(credentials: ClientCredentials): Promise<z.infer<typeof tokenSchema>> {
  const { host, clientId, clientSecret, timeoutMs = 30_000 } = credentials
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
  const door = { platform: 'Databricks', baseUrl: host, timeoutMs }
  let response: Response
  let text: string
  try {
    response = await fetch(`${host}/oidc/v1/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}`, Accept: 'application/json' },
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
  const fault = faultSchema.safeParse(body).data?.error
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

/** Gives the running token, or a fresh one; callers that come together share one request. Throws PLATFORM_UNAUTHORIZED, PLATFORM_UNREACHABLE, PLATFORM_FAILED. */
export function createClientToken(credentials: ClientCredentials): () => Promise<string> {
  const { now = Date.now } = credentials
  let running: { token: string; endsAt: number } | null = null
  let asked: Promise<string> | null = null

  async function renew(): Promise<string> {
    const { access_token, expires_in } = await requestToken(credentials)
    running = { token: access_token, endsAt: now() + expires_in * 1000 }
    return access_token
  }

  return async () => {
    if (running && now() < running.endsAt - EARLY_MS) return running.token
    asked ??= renew().finally(() => {
      asked = null
    })
    return asked
  }
}
