// Gets the bot's own access token from Microsoft Entra by the client credentials grant, and keeps it while it lasts.
import { z } from 'zod'
import { TeamsCallError } from './teams-errors.ts'

export interface BotTokenOptions {
  appId: string
  appPassword: string
  /** Tenant whose token endpoint is asked: the bot's own for SingleTenant, `botframework.com` for MultiTenant. */
  tenant: string
  /** Base of the login service, such as `https://login.microsoftonline.com`. */
  loginUrl: string
  /** Who the token is for, such as `https://api.botframework.com`. */
  scope: string
}

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() })
const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() })

/** A token is renewed this long before its end, so that none dies on the way. */
const MARGIN_MS = 5 * 60_000

/**
 * Returns a function that gives a valid token. Several callers at once share one request. Rejects with TeamsCallError:
 * 401 where Entra refuses the credentials (its code, never the secret, stands in the message).
 */
export function createBotTokens(options: BotTokenOptions): () => Promise<string> {
  let current: { token: string; until: number } | null = null
  let pending: Promise<string> | null = null

  async function request(): Promise<string> {
    const url = `${options.loginUrl.replace(/\/$/, '')}/${encodeURIComponent(options.tenant)}/oauth2/v2.0/token`
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: options.appId,
        client_secret: options.appPassword,
        scope: `${options.scope}/.default`,
      }),
      signal: AbortSignal.timeout(15_000),
    }).catch((cause: unknown) => {
      throw new TeamsCallError({
        status: 0,
        message: `The login service ${options.loginUrl} does not answer.`,
        unsent: true,
        cause,
      })
    })
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok) throw toRefusal(response, body)
    const parsed = tokenSchema.safeParse(body)
    if (!parsed.success) {
      throw new TeamsCallError({ status: 401, message: 'The login service answered without a token.' })
    }
    const life = parsed.data.expires_in * 1000
    current = { token: parsed.data.access_token, until: Date.now() + Math.max(life - MARGIN_MS, life / 2) }
    return parsed.data.access_token
  }

  return async () => {
    if (current !== null && Date.now() < current.until) return current.token
    pending ??= request().finally(() => {
      pending = null
    })
    return pending
  }
}

function toRefusal(response: Response, body: unknown): TeamsCallError {
  const parsed = refusalSchema.safeParse(body)
  const code = parsed.success ? (parsed.data.error_description?.match(/AADSTS\d+/)?.[0] ?? parsed.data.error) : ''
  const busy = response.status === 429 || response.status >= 500
  return new TeamsCallError({
    status: busy ? response.status : 401,
    code,
    // No message was sent yet, so the caller may try all of it again.
    unsent: busy,
    message: `The login service refused the bot's credentials (HTTP ${response.status} ${code}).`,
  })
}
