// The settings of the Teams face, and the check that lets nothing start half open.
import type { Conversation } from '../../conversation/port.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { PUBLIC_CLOUD, type TeamsCredentials } from './botbuilder-adapter.ts'
import type { StreamPace } from './personal-stream.ts'

export interface TeamsBotOptions {
  conversation: Conversation
  log: Log
  /** Microsoft app id of the bot. May be missing only with `insecureLocal`. */
  appId?: string
  appPassword?: string
  appType?: 'SingleTenant' | 'MultiTenant'
  /** The bot's own tenant; required for SingleTenant. */
  tenantId?: string
  /** Tenants whose people may ask. SingleTenant: the bot's own where none is named. MultiTenant: must be named. */
  allowedTenants?: readonly string[]
  /** For the Agents Playground: no token is checked. The server must then listen on loopback only. */
  insecureLocal?: boolean
  /** Other clouds, and stand-ins. Each defaults to the public cloud. */
  openIdMetadataUrl?: string
  tokenIssuer?: string
  loginUrl?: string
  oauthScope?: string
  pace?: Partial<StreamPace>
  /** First wait before a refused call is tried again, in milliseconds. */
  retryWaitMs?: number
}

function invalid(userMessage: string): never {
  throw new LakedeskError('CONFIG_INVALID', userMessage)
}

/** Fails closed: without an app id nothing starts, except the local run that says so itself. */
export function checkTeamsOptions(options: TeamsBotOptions): {
  credentials: TeamsCredentials
  tenants: ReadonlySet<string> | null
} {
  const { appId = '', appPassword = '', appType = 'SingleTenant', tenantId = '', insecureLocal = false } = options
  const named = (options.allowedTenants ?? []).map((id) => id.toLowerCase())
  const credentials = {
    appId,
    appPassword,
    appType,
    tenantId,
    openIdMetadataUrl: options.openIdMetadataUrl ?? PUBLIC_CLOUD.openIdMetadataUrl,
    tokenIssuer: options.tokenIssuer ?? PUBLIC_CLOUD.tokenIssuer,
    loginUrl: (options.loginUrl ?? PUBLIC_CLOUD.loginUrl).replace(/\/+$/, ''),
    oauthScope: options.oauthScope ?? PUBLIC_CLOUD.oauthScope,
  }
  if (insecureLocal) {
    if (appId) invalid('Teams cannot run without token checks while an app id is set. Remove one of the two settings.')
    return { credentials, tenants: named.length > 0 ? new Set(named) : null }
  }
  if (!appId)
    invalid('Teams needs the Microsoft app id of the bot, since without it no request could be trusted. Set it.')
  if (!appPassword)
    invalid('Teams needs the client secret of the app, since without it no answer could be sent. Set it.')
  if (appType === 'SingleTenant' && !tenantId) {
    invalid('Teams needs the tenant id of a single-tenant bot, since its tokens come from there. Set it.')
  }
  if (appType === 'MultiTenant' && named.length === 0) {
    invalid('A multi-tenant Teams bot answers only tenants that are named. List the allowed tenant ids.')
  }
  return { credentials, tenants: new Set(named.length > 0 ? named : [tenantId.toLowerCase()]) }
}
