// Reads all settings at once: either a frozen, checked object, or one error that lists every fault.
import { delimiter } from 'node:path'
import { LakedeskError } from '../core/errors.ts'
import { type ConfigFault, createEnvReader, type Env, type EnvReader } from './env-reader.ts'
import { findNearestName } from './nearest-name.ts'
import { readLakehouse } from './read-lakehouse.ts'
import { readEmbeddings, readModel } from './read-models.ts'
import { readEvaluation, readPlatform } from './read-platform.ts'
import { readSlack } from './read-slack.ts'
import { readSql } from './read-sql.ts'
import { readTeams } from './read-teams.ts'
import { Secret } from './secret.ts'
import { SETTINGS } from './setting-table.ts'
import type { Settings } from './settings.ts'

const NAMES = SETTINGS.map((setting) => setting.name)

/** A mistyped name would silently do nothing. Foreign variables are none of our business. */
function checkNames(env: Env, reader: EnvReader): void {
  for (const name of Object.keys(env)) {
    if (NAMES.includes(name)) continue
    const twin = NAMES.find((known) => known.toLowerCase() === name.toLowerCase())
    if (!twin && !/^lakedesk_/i.test(name)) continue
    const nearest = twin ?? findNearestName(name, NAMES)
    const fix = nearest ? `Did you mean ${nearest}?` : 'Remove it; docs/configuration.md lists all settings.'
    reader.fault(name, 'No setting has this name.', 'It would have no effect.', fix)
  }
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part)
  return Object.freeze(value)
}

function toError(faults: readonly ConfigFault[]): LakedeskError {
  const lines = faults.map(({ name, what, why, fix }) => `- ${name}: ${what} ${why} ${fix}`)
  const head = faults.length === 1 ? 'A setting is wrong' : `${faults.length} settings are wrong`
  return new LakedeskError('CONFIG_INVALID', `${head}, so nothing was started:\n${lines.join('\n')}`, { faults })
}

function readHost(reader: EnvReader): string {
  const host = reader.text('LAKEDESK_HOST') ?? '127.0.0.1'
  if (/[\s/]/.test(host)) {
    const why = 'It must be a host name or an IP address alone.'
    reader.fault('LAKEDESK_HOST', `It is ${JSON.stringify(host)}.`, why, 'Write it without http:// and without a port.')
  }
  return host
}

/** Pure. Throws CONFIG_INVALID whose message lists ALL faults, each with what, why and fix; no secret is ever in it. */
export function readConfig(env: Env): Settings {
  const reader = createEnvReader(env)
  checkNames(env, reader)
  const host = readHost(reader)
  const sync = reader.choice('LAKEDESK_SYNC', ['TRIGGERED', 'CONTINUOUS'], 'TRIGGERED')
  const chunking = reader.choice('LAKEDESK_CHUNKING', ['structure', 'window'], 'structure')
  const platform = readPlatform(reader)
  const model = readModel(reader, platform)
  const first = {
    data: reader.text('LAKEDESK_DATA') ?? '.lakedesk',
    docs: (reader.text('LAKEDESK_DOCS') ?? '').split(delimiter).filter((path) => path.trim() !== ''),
    sync,
    chunking,
    model,
    embeddings: readEmbeddings(reader, platform),
    platform,
    policy: reader.text('LAKEDESK_POLICY'),
    evaluation: readEvaluation(reader, model),
    invocationsToken: reader.secret('LAKEDESK_INVOCATIONS_TOKEN'),
    host,
    port: reader.number('LAKEDESK_PORT', { min: 0, max: 65_535, whole: true }) ?? 3000,
    concurrency: reader.number('LAKEDESK_CONCURRENCY', { min: 1, max: 256, whole: true }) ?? 8,
    logLevel: reader.choice('LAKEDESK_LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    slack: readSlack(reader),
    teams: readTeams(reader, host),
  }
  const settings: Settings = {
    ...first,
    sql: readSql(reader, platform, model),
    ...readLakehouse(reader, platform),
  }
  if (reader.faults.length > 0) throw toError(reader.faults)
  return freeze(settings)
}

/** Every secret value in the settings, for the log that strikes them out. */
export function listSecrets(settings: Settings): string[] {
  const collect = (value: unknown): string[] => {
    if (value instanceof Secret) return [value.reveal()]
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collect) : []
  }
  return collect(settings)
}
