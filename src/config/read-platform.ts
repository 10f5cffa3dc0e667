// Reads the settings of the platform behind Lakedesk, and of evaluations.
import type { EnvReader } from './env-reader.ts'
import type { EvaluationSettings, PlatformSettings } from './settings.ts'

function missing(reader: EnvReader, name: string, platform: string, example: string): string {
  reader.fault(
    name,
    'It is missing.',
    `LAKEDESK_PLATFORM is ${platform}, which is reached over it.`,
    `Set ${name}, such as ${example}, or set LAKEDESK_PLATFORM=local.`,
  )
  return ''
}

function readDatabricks(reader: EnvReader): PlatformSettings {
  const example = 'https://adb-1.2.azuredatabricks.net'
  // A host may be written without its scheme, as Databricks' own tools take it; plain http stays for stand-ins.
  const written = reader.text('DATABRICKS_HOST')
  const bare = written !== undefined && !written.includes('://')
  const host = bare
    ? `https://${written.replace(/\/+$/, '')}`
    : (reader.url('DATABRICKS_HOST') ?? (written ? '' : missing(reader, 'DATABRICKS_HOST', 'databricks', example)))
  const token = reader.secret('DATABRICKS_TOKEN')
  if (token) return { kind: 'databricks', host, auth: { kind: 'token', token } }
  const clientId = reader.text('DATABRICKS_CLIENT_ID')
  const clientSecret = reader.secret('DATABRICKS_CLIENT_SECRET')
  if (clientId && clientSecret) return { kind: 'databricks', host, auth: { kind: 'client', clientId, clientSecret } }
  reader.fault(
    'DATABRICKS_TOKEN',
    'It is missing.',
    'LAKEDESK_PLATFORM is databricks, and the workspace answers nobody without credentials.',
    'Set it, or set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal.',
  )
  return { kind: 'local' }
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

export function readEvaluation(reader: EnvReader): EvaluationSettings {
  const judge = reader.text('LAKEDESK_JUDGE') ?? 'offline'
  if (judge !== 'offline' && reader.text('LAKEDESK_MODEL_BASE_URL') === undefined) {
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
