// Reads the settings of the platform behind Lakedesk, and of evaluations.
import { type EnvReader, show } from './env-reader.ts'
import type { EvaluationSettings, ModelSettings, PlatformSettings } from './settings.ts'
import { readWorkspaceHost } from './workspace-host.ts'

function missing(reader: EnvReader, name: string, platform: string, example: string): string {
  reader.fault(
    name,
    'It is missing.',
    `LAKEDESK_PLATFORM is ${platform}, which is reached over it.`,
    `Set ${name}, such as ${example}, or set LAKEDESK_PLATFORM=local.`,
  )
  return ''
}

function readHost(reader: EnvReader): { host: string; workspaceId: string | undefined } {
  const written = reader.text('DATABRICKS_HOST')
  const id = reader.text('DATABRICKS_WORKSPACE_ID')
  if (id !== undefined && !/^\d{1,20}$/.test(id)) {
    const why = 'It must be the number of a workspace.'
    reader.fault(
      'DATABRICKS_WORKSPACE_ID',
      `It is ${JSON.stringify(id.slice(0, 40))}.`,
      why,
      'It stands behind ?o= in the browser.',
    )
  }
  if (written === undefined) {
    return {
      host: missing(reader, 'DATABRICKS_HOST', 'databricks', 'https://adb-1.2.azuredatabricks.net'),
      workspaceId: id,
    }
  }
  const read = readWorkspaceHost(written)
  if ('host' in read) return { host: read.host, workspaceId: id ?? read.workspaceId }
  reader.fault('DATABRICKS_HOST', `It is ${show(written)}.`, read.why, read.fix)
  return { host: '', workspaceId: id }
}

type Auth = Extract<PlatformSettings, { kind: 'databricks' }>['auth']
/** Names of the credentials as Databricks' own tools know them. */
const AUTH_TYPES = ['pat', 'oauth-m2m'] as const

/** Both kinds at once are a fault, as they are to Databricks' own SDKs: nobody could tell as whom Lakedesk acts. */
function readAuth(reader: EnvReader): Auth | undefined {
  const token = reader.secret('DATABRICKS_TOKEN')
  const clientId = reader.text('DATABRICKS_CLIENT_ID')
  const clientSecret = reader.secret('DATABRICKS_CLIENT_SECRET')
  const type = reader.text('DATABRICKS_AUTH_TYPE')
  if (type !== undefined && !AUTH_TYPES.some((one) => one === type)) {
    const why = 'Lakedesk signs in without a browser, by token or as a service principal.'
    reader.fault('DATABRICKS_AUTH_TYPE', `It is ${show(type)}.`, why, `Use ${AUTH_TYPES.join(' or ')}, or remove it.`)
    return undefined
  }
  if (token && clientId && clientSecret && type === undefined) {
    const why =
      'DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET are set too, and more than one way to sign in is configured: oauth and pat.'
    const fix = 'Remove one of them, or set DATABRICKS_AUTH_TYPE to pat or oauth-m2m.'
    reader.fault('DATABRICKS_TOKEN', 'It is set.', why, fix)
    return undefined
  }
  if (token && type !== 'oauth-m2m') return { kind: 'token', token }
  if (clientId && clientSecret && type !== 'pat') return { kind: 'client', clientId, clientSecret }
  const half = clientId ? 'DATABRICKS_CLIENT_SECRET' : clientSecret ? 'DATABRICKS_CLIENT_ID' : undefined
  reader.fault(
    type === 'oauth-m2m'
      ? (half ?? 'DATABRICKS_CLIENT_ID')
      : type === 'pat'
        ? 'DATABRICKS_TOKEN'
        : (half ?? 'DATABRICKS_TOKEN'),
    'It is missing.',
    'LAKEDESK_PLATFORM is databricks, and the workspace answers nobody without credentials.',
    'Set DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal.',
  )
  return undefined
}

function readDatabricks(reader: EnvReader): PlatformSettings {
  const place = readHost(reader)
  const auth = readAuth(reader)
  return auth === undefined ? { kind: 'local' } : { kind: 'databricks', ...place, auth }
}

/** Credentials of a platform that is not chosen are none of our business: they are often set for other tools. */
export function readPlatform(reader: EnvReader): PlatformSettings {
  const kind = reader.choice('LAKEDESK_PLATFORM', ['local', 'mlflow', 'databricks'], 'local')
  if (kind === 'databricks') return readDatabricks(reader)
  if (kind === 'local') return { kind }
  const trackingUri =
    reader.url('MLFLOW_TRACKING_URI') ??
    (reader.text('MLFLOW_TRACKING_URI')
      ? ''
      : missing(reader, 'MLFLOW_TRACKING_URI', 'mlflow', 'http://127.0.0.1:5000'))
  return { kind, trackingUri, token: reader.secret('MLFLOW_TRACKING_TOKEN') }
}

export function readEvaluation(reader: EnvReader, model: ModelSettings): EvaluationSettings {
  const judge = reader.text('LAKEDESK_JUDGE') ?? 'offline'
  if (judge !== 'offline' && !model.workspace && reader.text('LAKEDESK_MODEL_BASE_URL') === undefined) {
    reader.fault(
      'LAKEDESK_JUDGE',
      'It names a model.',
      'A judge model is reached over LAKEDESK_MODEL_BASE_URL, which is not set.',
      'Set LAKEDESK_MODEL_BASE_URL, or set LAKEDESK_JUDGE=offline.',
    )
  }
  const range = { min: 0, max: 100_000, whole: false }
  const input = reader.number('LAKEDESK_PRICE_INPUT', range)
  const output = reader.number('LAKEDESK_PRICE_OUTPUT', range)
  if ((input === undefined) !== (output === undefined)) {
    reader.fault(
      input === undefined ? 'LAKEDESK_PRICE_INPUT' : 'LAKEDESK_PRICE_OUTPUT',
      'It is missing.',
      'A cost needs both prices.',
      'Set both prices, or none.',
    )
  }
  return { judge, price: input === undefined || output === undefined ? undefined : { input, output } }
}
