// Keeps the playground away from everything real: it does not start where the environment could reach a platform of other people.
import { isLoopbackHost } from '../config/loopback.ts'
import { SETTINGS } from '../config/setting-table.ts'
import { LakedeskError } from '../core/errors.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Names that no setting of ours has, and that open something real all the same. */
const FOREIGN = [
  'SLACK_TOKEN',
  'SLACK_USER_TOKEN',
  'SLACK_CLIENT_SECRET',
  'DATABRICKS_CONFIG_PROFILE',
  'DATABRICKS_CONFIG_FILE',
]

/** Keys that may stand beside an address on this machine, by the name of that address. */
const KEY_OF_ADDRESS: Readonly<Record<string, string>> = {
  LAKEDESK_MODEL_API_KEY: 'LAKEDESK_MODEL_BASE_URL',
  LAKEDESK_EMBEDDINGS_API_KEY: 'LAKEDESK_EMBEDDINGS_BASE_URL',
  OPENAI_API_KEY: 'OPENAI_BASE_URL',
  DATABRICKS_TOKEN: 'DATABRICKS_HOST',
  DATABRICKS_CLIENT_SECRET: 'DATABRICKS_HOST',
  MLFLOW_TRACKING_TOKEN: 'MLFLOW_TRACKING_URI',
}
const ADDRESSES = [...new Set(Object.values(KEY_OF_ADDRESS)), 'SLACK_API_URL']
const SECRETS = SETTINGS.filter(({ secret }) => secret).map(({ name }) => name)
const ALWAYS = [
  ...SECRETS.filter((name) => !(name in KEY_OF_ADDRESS)),
  'MicrosoftAppId',
  'MicrosoftAppTenantId',
  'DATABRICKS_CLIENT_ID',
  ...FOREIGN,
]

/** False for what cannot be read as an address, so that it is taken as one of others. */
function isOnThisMachine(address: string): boolean {
  const text = address.includes('://') ? address : `https://${address}`
  return URL.canParse(text) && isLoopbackHost(new URL(text).hostname)
}

function reasonOf(name: string, env: Env): string | null {
  const value = env[name]?.trim() ?? ''
  if (value === '') return null
  if (name === 'NODE_ENV') return /^prod/i.test(value) ? 'is production' : null
  if (ADDRESSES.includes(name)) return isOnThisMachine(value) ? null : 'names an address that is not on this machine'
  const address = KEY_OF_ADDRESS[name]
  if (address === undefined) return 'is set, and could belong to a real account'
  const target = env[address]?.trim() ?? ''
  if (target !== '' && isOnThisMachine(target)) return null
  return 'is set, and is a key to something that is not on this machine'
}

/** Variables that forbid a start, each with why. */
export function listProductionSigns(env: Env): { name: string; why: string }[] {
  const names = [...new Set(['NODE_ENV', ...ALWAYS, ...Object.keys(KEY_OF_ADDRESS), ...ADDRESSES])]
  return names.flatMap((name) => {
    const why = reasonOf(name, env)
    return why === null ? [] : [{ name, why }]
  })
}

/** Throws CONFIG_INVALID that names the variables and the command that starts without them. No value is ever in it. */
export function refuseProduction(env: Env): void {
  const signs = listProductionSigns(env)
  const [first, ...more] = signs
  if (!first) return
  const others =
    more.length === 0 ? '' : ` So ${more.length === 1 ? 'is' : 'are'} ${more.map(({ name }) => name).join(', ')}.`
  const fix = `env ${signs.map(({ name }) => `-u ${name}`).join(' ')} npm start`
  throw new LakedeskError(
    'CONFIG_INVALID',
    `The playground does not start beside real credentials: ${first.name} ${first.why}.${others} It plays Slack and Teams on this machine and needs none of it; start it without: ${fix}. To run the bot itself: npm run dev.`,
  )
}
