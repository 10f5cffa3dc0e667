// Finds where a workspace gives out tokens: by its own description, by OAuth discovery, else where it always was.
import { z } from 'zod'
import { type Log, silentLog } from '../../core/log.ts'

export interface TokenEndpointOptions {
  /** Without a slash at the end. */
  host: string
  timeoutMs: number
  headers?: Readonly<Record<string, string>>
  log?: Log
}

const metadataSchema = z.looseObject({ oidc_endpoint: z.url(), account_id: z.string().optional() })
const discoverySchema = z.looseObject({ token_endpoint: z.url() })
const WELL_KNOWN = '/.well-known/oauth-authorization-server'
/** Discovery is a courtesy: nobody shall wait long for it. */
const MOST_MS = 5_000

/**
 * The address, never a failure: whatever discovery cannot find out is `{host}/oidc/v1/token`. Credentials go to no address that is less
 * protected than that of the workspace. Source: `config._resolve_host_metadata` and `oauth.get_workspace_endpoints` of databricks-sdk-py.
 */
export async function findTokenEndpoint(options: TokenEndpointOptions): Promise<string> {
  const { host, log = silentLog } = options
  const otherwise = `${host}/oidc/v1/token`
  const metadata = await ask(`${host}/.well-known/databricks-config`, metadataSchema, options)
  const base = metadata?.oidc_endpoint.replaceAll('{account_id}', metadata.account_id ?? '').replace(/\/+$/, '')
  const issuer = base !== undefined && isAsSafe(base, host) ? base : `${host}/oidc`
  const found = (await ask(`${issuer}${WELL_KNOWN}`, discoverySchema, options))?.token_endpoint
  if (found === undefined) return otherwise
  if (isAsSafe(found, host)) return found
  log.warn('the token endpoint that the workspace names is not used, since it is not encrypted', { host })
  return otherwise
}

/** Plain http is for the same machine and port alone. */
function isAsSafe(address: string, host: string): boolean {
  const { protocol, origin } = new URL(address)
  return protocol === 'https:' || origin === new URL(host).origin
}

async function ask<T>(url: string, schema: z.ZodType<T>, options: TokenEndpointOptions): Promise<T | undefined> {
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json', ...options.headers },
      signal: AbortSignal.timeout(Math.min(options.timeoutMs, MOST_MS)),
      redirect: 'manual',
    })
    const text = await response.text()
    return response.ok ? schema.safeParse(JSON.parse(text)).data : undefined
  } catch (error) {
    options.log?.debug('discovery gave nothing', { url, why: error instanceof Error ? error.name : 'unknown' })
    return undefined
  }
}
