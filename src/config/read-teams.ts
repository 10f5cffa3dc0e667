// Reads the settings of the Teams face, under Bot Framework's own names; fails closed where a part is missing.
import type { EnvReader } from './env-reader.ts'
import { isLoopbackHost } from './loopback.ts'
import type { TeamsSettings } from './settings.ts'

const INSECURE = 'LAKEDESK_TEAMS_INSECURE_LOCAL'
const TENANTS = 'LAKEDESK_TEAMS_ALLOWED_TENANTS'
const METADATA = 'ToBotFromChannelOpenIdMetadataUrl'
const LOGIN = 'ToChannelFromBotLoginUrl'

function checkInsecure(reader: EnvReader, host: string): void {
  const why = 'Anyone who reaches the server could then speak as anybody.'
  if (!isLoopbackHost(host)) {
    reader.fault(
      INSECURE,
      'It is on while LAKEDESK_HOST is not loopback.',
      why,
      'Set LAKEDESK_HOST=127.0.0.1, or turn it off.',
    )
  }
  if (reader.text('NODE_ENV') === 'production') {
    reader.fault(INSECURE, 'It is on while NODE_ENV is production.', why, 'Turn it off.')
  }
  if (reader.text('MicrosoftAppId') !== undefined) {
    reader.fault(
      INSECURE,
      'It is on while MicrosoftAppId is set.',
      'A bot that is registered must check who sends to it.',
      'Remove one of the two.',
    )
  }
}

function requireParts(reader: EnvReader, appType: TeamsSettings['appType']): void {
  const missing = (name: string, why: string, fix: string) => {
    if (reader.text(name) === undefined) reader.fault(name, 'It is missing.', why, fix)
  }
  const given = ['MicrosoftAppPassword', 'MicrosoftAppTenantId', 'MicrosoftAppType', TENANTS, METADATA, LOGIN]
  const named = given.filter((name) => reader.text(name) !== undefined).join(', ')
  missing(
    'MicrosoftAppId',
    `Without it no request could be trusted (set are: ${named}).`,
    'Set it to the application (client) id of the bot, or remove the other Teams settings.',
  )
  missing('MicrosoftAppPassword', 'Without it no answer can be sent.', 'Set it to a client secret of the app.')
  if (appType === 'SingleTenant') {
    missing('MicrosoftAppTenantId', 'A single-tenant bot gets its tokens there.', 'Set it to the id of your tenant.')
  } else {
    missing(TENANTS, 'A multi-tenant bot answers only tenants that are named.', 'List the tenant ids, with commas.')
  }
}

function isOnThisMachine(url: string | undefined): boolean {
  return url !== undefined && isLoopbackHost(new URL(url).hostname)
}

function readService(reader: EnvReader, name: string, why: string): string | undefined {
  const url = reader.url(name)
  if (url?.startsWith('http:') && !isOnThisMachine(url)) {
    reader.fault(name, 'It is not encrypted.', why, 'Use https://, or an address on this machine.')
  }
  return url
}

/** Whoever serves the signing keys decides who may speak as anybody: on this machine that is for tries alone. */
function checkLocalKeys(reader: EnvReader, host: string, login: string | undefined): void {
  const why = 'Whoever answers at that address could then speak as anybody.'
  if (reader.text('NODE_ENV') === 'production') {
    reader.fault(METADATA, 'It is on this machine while NODE_ENV is production.', why, 'Remove it.')
  }
  if (!isLoopbackHost(host)) {
    reader.fault(
      METADATA,
      'It is on this machine while LAKEDESK_HOST is not loopback.',
      why,
      'Set LAKEDESK_HOST=127.0.0.1, or remove it.',
    )
  }
  if (!isOnThisMachine(login)) {
    reader.fault(
      METADATA,
      `It is on this machine while ${LOGIN} is not.`,
      'A real token of the bot could then be sent to a stand-in.',
      `Set ${LOGIN} to the stand-in too, or remove both.`,
    )
  }
}

/** Other clouds of Microsoft, and stand-ins. Bot Framework's login address may end with the tenant. */
function readServices(
  reader: EnvReader,
  host: string,
  tenantId: string | undefined,
): Pick<TeamsSettings, 'openIdMetadataUrl' | 'loginUrl'> {
  const openIdMetadataUrl = readService(
    reader,
    METADATA,
    'Keys could be exchanged on the way, and with them who is who.',
  )
  const login = readService(reader, LOGIN, "The bot's secret would cross the network in the clear.")
  if (isOnThisMachine(openIdMetadataUrl)) checkLocalKeys(reader, host, login)
  const tail = tenantId === undefined ? undefined : `/${tenantId}`
  const loginUrl = tail && login?.endsWith(tail) ? login.slice(0, -tail.length) : login
  return { openIdMetadataUrl, loginUrl }
}

/** Null where no part of it is configured. */
export function readTeams(reader: EnvReader, host: string): TeamsSettings | null {
  const names = [
    'MicrosoftAppId',
    'MicrosoftAppPassword',
    'MicrosoftAppType',
    'MicrosoftAppTenantId',
    TENANTS,
    METADATA,
    LOGIN,
  ]
  const insecureLocal = reader.flag(INSECURE)
  const appType = reader.choice('MicrosoftAppType', ['SingleTenant', 'MultiTenant'], 'SingleTenant')
  if (insecureLocal) checkInsecure(reader, host)
  else if (names.some((name) => reader.text(name) !== undefined)) requireParts(reader, appType)
  else return null
  const tenants = (reader.text(TENANTS) ?? '').split(',').map((id) => id.trim())
  return {
    appId: reader.text('MicrosoftAppId'),
    appPassword: reader.secret('MicrosoftAppPassword'),
    appType,
    tenantId: reader.text('MicrosoftAppTenantId'),
    ...readServices(reader, host, reader.text('MicrosoftAppTenantId')),
    allowedTenants: tenants.filter((id) => id !== ''),
    insecureLocal,
  }
}
