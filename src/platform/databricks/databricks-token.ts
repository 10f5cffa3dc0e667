// Tokens of a Databricks service principal by OAuth client credentials, renewed shortly before they end.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'

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
const faultSchema = z.looseObject({ error: z.string().optional(), error_description: z.string().optional() })

function refused(host: string, why: string, cause?: unknown): LakedeskError {
  return new LakedeskError(
    'PLATFORM_UNAUTHORIZED',
    `Databricks at ${host} gave the service principal no token (${why}). Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that the principal belongs to this workspace.`,
    cause,
  )
}

async function requestToken(credentials: ClientCredentials): Promise<z.infer<typeof tokenSchema>> {
  const { host, clientId, clientSecret, timeoutMs = 30_000 } = credentials
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
  let response: Response
  try {
    response = await fetch(`${host}/oidc/v1/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}`, Accept: 'application/json' },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' }),
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    const sentence = `Databricks at ${host} could not be reached for a token. Check DATABRICKS_HOST and the network.`
    throw new LakedeskError('PLATFORM_UNREACHABLE', sentence, error)
  }
  const body: unknown = await response.json().catch(() => null)
  const parsed = tokenSchema.safeParse(body)
  if (response.ok && parsed.success) return parsed.data
  const fault = faultSchema.safeParse(body).data
  throw refused(host, fault?.error_description ?? fault?.error ?? `HTTP ${response.status}`, parsed.error)
}

/** Gives the running token, or a fresh one; callers that come together share one request. Throws PLATFORM_UNAUTHORIZED, PLATFORM_UNREACHABLE. */
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
