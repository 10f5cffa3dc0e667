// The settings: defaults, every fault at once, fail closed, and secrets that never print.
import { delimiter } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { listSecrets, readConfig } from '../../src/config/read-config.ts'
import { SETTINGS } from '../../src/config/setting-table.ts'
import type { Settings } from '../../src/config/settings.ts'
import { LakedeskError } from '../../src/core/errors.ts'

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (!(error instanceof LakedeskError)) throw error
    expect(error.code).toBe('CONFIG_INVALID')
    return error.userMessage.split('\n').slice(1)
  }
  return []
}

const SLACK = { SLACK_BOT_TOKEN: 'xoxb-1-secret', SLACK_SIGNING_SECRET: 'signing-secret' }
const TEAMS = { MicrosoftAppId: 'app-1', MicrosoftAppPassword: 'teams-secret', MicrosoftAppTenantId: 'tenant-1' }
const KEYS = {
  ToBotFromChannelOpenIdMetadataUrl: 'http://127.0.0.1:9/keys',
  ToChannelFromBotLoginUrl: 'http://127.0.0.1:9/login',
}

describe('readConfig', () => {
  it('needs nothing', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root' })).toEqual({
      data: '.lakedesk',
      docs: [],
      sync: 'TRIGGERED',
      chunking: 'structure',
      model: {
        name: 'offline',
        baseUrl: undefined,
        apiKey: undefined,
        workspace: undefined,
        timeoutMs: 120_000,
        temperature: undefined,
      },
      embeddings: {
        name: 'offline',
        baseUrl: undefined,
        apiKey: undefined,
        workspace: undefined,
        dimension: undefined,
      },
      platform: { kind: 'local' },
      policy: undefined,
      evaluation: { judge: 'offline', price: undefined },
      sql: { tickets: undefined, model: 'offline', concurrency: 16, perMinute: null, warehouse: undefined },
      index: { kind: 'local' },
      training: { driver: 'local', classifier: 'ml_catalog.support.ticket_classifier' },
      volume: undefined,
      invocationsToken: undefined,
      host: '127.0.0.1',
      port: 3000,
      concurrency: 8,
      logLevel: 'info',
      slack: null,
      teams: null,
    } satisfies Settings)
  })

  it('takes the defaults that the table names', () => {
    const defaults = SETTINGS.filter(({ name }) => name.startsWith('LAKEDESK_')).map((s) => [s.name, s.default])
    expect(readConfig(Object.fromEntries(defaults))).toEqual(readConfig({}))
    expect(new Set(SETTINGS.map((setting) => setting.name)).size).toBe(SETTINGS.length)
  })

  it('reads everything', () => {
    const settings = readConfig({
      ...SLACK,
      ...TEAMS,
      LAKEDESK_DATA: '/var/lakedesk',
      LAKEDESK_DOCS: ['/docs', 'more docs', ''].join(delimiter),
      LAKEDESK_SYNC: 'CONTINUOUS',
      LAKEDESK_CHUNKING: 'window',
      LAKEDESK_MODEL: 'llama',
      LAKEDESK_MODEL_BASE_URL: 'https://host.example/serving-endpoints/',
      LAKEDESK_MODEL_API_KEY: ' key-1 ',
      LAKEDESK_MODEL_TIMEOUT_MS: '5000',
      LAKEDESK_MODEL_TEMPERATURE: '0.3',
      LAKEDESK_EMBEDDINGS: 'gte',
      LAKEDESK_EMBEDDINGS_BASE_URL: 'http://127.0.0.1:8080/v1',
      LAKEDESK_EMBEDDINGS_DIMENSION: '1024',
      LAKEDESK_HOST: '0.0.0.0',
      LAKEDESK_PORT: '0',
      LAKEDESK_CONCURRENCY: '2',
      LAKEDESK_LOG_LEVEL: 'debug',
      SLACK_API_URL: 'https://slack-gov.com/api/',
      LAKEDESK_SLACK_ALLOW_REACTIONS: '1',
      LAKEDESK_TEAMS_ALLOWED_TENANTS: 'tenant-1, tenant-2',
    })
    expect(settings.docs).toEqual(['/docs', 'more docs'])
    expect(settings.model).toMatchObject({ baseUrl: 'https://host.example/serving-endpoints', temperature: 0.3 })
    expect(settings.model.apiKey?.reveal()).toBe('key-1')
    expect(settings.embeddings).toMatchObject({ name: 'gte', dimension: 1024 })
    expect(settings.slack).toMatchObject({
      apiUrl: 'https://slack-gov.com/api/',
      allowReactions: true,
      receive: { mode: 'http' },
    })
    expect(settings.teams).toMatchObject({
      appId: 'app-1',
      allowedTenants: ['tenant-1', 'tenant-2'],
      insecureLocal: false,
    })
    expect(readConfig({ LAKEDESK_MODEL_TEMPERATURE: 'none' }).model.temperature).toBe('none')
    expect(readConfig({ ...SLACK, SLACK_APP_TOKEN: 'xapp-1' }).slack?.receive.mode).toBe('socket')
  })

  it('is frozen, and never prints a secret', () => {
    const settings = readConfig({ ...SLACK, ...TEAMS })
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.slack?.receive)).toBe(true)
    const printed = `${JSON.stringify(settings)} ${inspect(settings, { depth: 9, showHidden: true })} ${settings.slack?.botToken}`
    for (const secret of listSecrets(settings)) expect(printed).not.toContain(secret)
    expect(listSecrets(settings).sort()).toEqual(['signing-secret', 'teams-secret', 'xoxb-1-secret'])
    expect(printed).toContain('[secret]')
  })
})

describe('faults', () => {
  it('come all at once, each with what, why and fix, and without secrets', () => {
    const faults = faultsOf({
      LAKEDESK_PORT: 'eighty',
      LAKEDESK_MODEL: 'llama',
      LAKEDESK_MODLE_BASE_URL: 'https://x.example',
      LAKEDESK_SYNC: 'SOMETIMES',
      SLACK_BOT_TOKEN: 'xapp-wrong-kind',
      MicrosoftAppPassword: 'teams-secret',
    })
    expect(faults.map((line) => line.split(':')[0])).toEqual([
      '- LAKEDESK_MODLE_BASE_URL',
      '- LAKEDESK_SYNC',
      '- LAKEDESK_MODEL_BASE_URL',
      '- LAKEDESK_PORT',
      '- SLACK_BOT_TOKEN',
      '- SLACK_SIGNING_SECRET',
      '- MicrosoftAppId',
      '- MicrosoftAppTenantId',
    ])
    expect(faults[0]).toBe(
      '- LAKEDESK_MODLE_BASE_URL: No setting has this name. It would have no effect. Did you mean LAKEDESK_MODEL_BASE_URL?',
    )
    expect(faults[3]).toContain('It is "eighty". It must be a whole number from 0 to 65535.')
    expect(faults.join()).not.toMatch(/wrong-kind|teams-secret/)
  })

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'an address that is none',
      { LAKEDESK_MODEL: 'm', LAKEDESK_MODEL_BASE_URL: 'host/path' },
      /BASE_URL: It is "host\/path"/,
    ],
    ['another scheme', { LAKEDESK_MODEL: 'm', LAKEDESK_MODEL_BASE_URL: 'ftp://host' }, /http:\/\/ or https:\/\//],
    [
      'credentials in an address',
      { LAKEDESK_MODEL: 'm', LAKEDESK_MODEL_BASE_URL: 'https://user:hunter2@host' },
      /no user name/,
    ],
    [
      'an address without a model',
      { LAKEDESK_MODEL_BASE_URL: 'https://host.example' },
      /LAKEDESK_MODEL: It is missing/,
    ],
    ['a key without a model', { LAKEDESK_MODEL_API_KEY: 'k' }, /LAKEDESK_MODEL_API_KEY is set, but nothing/],
    ['a dimension of the offline embeddings', { LAKEDESK_EMBEDDINGS_DIMENSION: '384' }, /DIMENSION: It is set/],
    ['a number out of range', { LAKEDESK_CONCURRENCY: '0' }, /from 1 to 256/],
    ['a broken number', { LAKEDESK_CONCURRENCY: '2.5' }, /whole number/],
    ['a number in disguise', { LAKEDESK_PORT: '0x50' }, /LAKEDESK_PORT/],
    ['a temperature of 3', { LAKEDESK_MODEL_TEMPERATURE: '3' }, /from 0 to 2/],
    ['a flag that is none', { LAKEDESK_SLACK_ALLOW_REACTIONS: 'maybe' }, /true or false/],
    ['a host with a port', { LAKEDESK_HOST: 'http://x' }, /without a port/],
    ['an unknown name', { LAKEDESK_COFFEE_MACHINE_STRENGTH: '9' }, /docs\/configuration\.md/],
    ['a name in the wrong case', { MICROSOFTAPPID: 'x' }, /Did you mean MicrosoftAppId/],
    ['a bot token alone', { SLACK_BOT_TOKEN: 'xoxb-1' }, /SLACK_SIGNING_SECRET: It is missing.*forged/],
    ['a signing secret alone', { SLACK_SIGNING_SECRET: 's' }, /SLACK_BOT_TOKEN: It is missing/],
    ['a Slack address in the clear', { ...SLACK, SLACK_API_URL: 'http://slack.example' }, /in the clear/],
    ['a Teams id alone', { MicrosoftAppId: 'a' }, /MicrosoftAppPassword: It is missing/],
    ['no tenant', { MicrosoftAppId: 'a', MicrosoftAppPassword: 'p' }, /MicrosoftAppTenantId: It is missing/],
    [
      'any tenant',
      { MicrosoftAppId: 'a', MicrosoftAppPassword: 'p', MicrosoftAppType: 'MultiTenant' },
      /ALLOWED_TENANTS: It is missing/,
    ],
    ['tenants without a bot', { LAKEDESK_TEAMS_ALLOWED_TENANTS: 't' }, /MicrosoftAppId: It is missing/],
    ['an open server', { LAKEDESK_TEAMS_INSECURE_LOCAL: 'true', LAKEDESK_HOST: '0.0.0.0' }, /not loopback/],
    ['an open name', { LAKEDESK_TEAMS_INSECURE_LOCAL: 'true', LAKEDESK_HOST: '127.evil.example' }, /not loopback/],
    ['an open production', { LAKEDESK_TEAMS_INSECURE_LOCAL: 'true', NODE_ENV: 'production' }, /NODE_ENV/],
    ['open keys', { ...TEAMS, ...KEYS, LAKEDESK_HOST: '0.0.0.0' }, /OpenIdMetadataUrl: It is on this machine while L/],
    ['keys of a try', { ...TEAMS, ...KEYS, NODE_ENV: 'production' }, /OpenIdMetadataUrl: .* NODE_ENV is production/],
    [
      'a real login beside keys of a try',
      { ...TEAMS, ToBotFromChannelOpenIdMetadataUrl: 'http://127.0.0.1:9/keys' },
      /while ToChannelFromBotLoginUrl is not/,
    ],
    ['a login in the clear', { ...TEAMS, ToChannelFromBotLoginUrl: 'http://login.example' }, /It is not encrypted/],
    ['keys without a bot', KEYS, /MicrosoftAppId: It is missing/],
    ['an open registered bot', { ...TEAMS, LAKEDESK_TEAMS_INSECURE_LOCAL: 'true' }, /MicrosoftAppId is set/],
  ])('%s', (_, env, expected) => {
    expect(faultsOf(env).join('\n')).toMatch(expected)
    expect(faultsOf(env).join('\n')).not.toContain('hunter2')
  })

  it('are none for a stand-in on this machine', () => {
    expect(faultsOf({ ...SLACK, SLACK_API_URL: 'http://localhost:9999/api/' })).toEqual([])
    const { teams } = readConfig({ LAKEDESK_TEAMS_INSECURE_LOCAL: 'true', LAKEDESK_HOST: '::1' })
    expect(teams).toMatchObject({ insecureLocal: true, appId: undefined })
    const login = `${KEYS.ToChannelFromBotLoginUrl}/${TEAMS.MicrosoftAppTenantId}`
    expect(readConfig({ ...TEAMS, ...KEYS, ToChannelFromBotLoginUrl: login }).teams).toMatchObject({
      openIdMetadataUrl: KEYS.ToBotFromChannelOpenIdMetadataUrl,
      loginUrl: KEYS.ToChannelFromBotLoginUrl,
    })
  })

  it('reads the platform, and wants its address and credentials', () => {
    expect(readConfig({ LAKEDESK_PLATFORM: 'mlflow', MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000/' }).platform).toEqual(
      { kind: 'mlflow', trackingUri: 'http://127.0.0.1:5000', token: undefined },
    )
    const databricks = { LAKEDESK_PLATFORM: 'databricks', DATABRICKS_HOST: 'adb-1.2.azuredatabricks.net' }
    expect(readConfig({ ...databricks, DATABRICKS_TOKEN: 'dapi-secret' }).platform).toMatchObject({
      kind: 'databricks',
      host: 'https://adb-1.2.azuredatabricks.net',
      auth: { kind: 'token' },
    })
    expect(
      readConfig({ ...databricks, DATABRICKS_CLIENT_ID: 'app', DATABRICKS_CLIENT_SECRET: 'secret' }).platform,
    ).toMatchObject({ auth: { kind: 'client', clientId: 'app' } })
    expect(faultsOf({ LAKEDESK_PLATFORM: 'mlflow' })).toEqual([expect.stringMatching(/^- MLFLOW_TRACKING_URI: /)])
    expect(faultsOf({ LAKEDESK_PLATFORM: 'databricks' })).toEqual([
      expect.stringMatching(/^- DATABRICKS_HOST: /),
      expect.stringMatching(/^- DATABRICKS_TOKEN: /),
    ])
    expect(faultsOf({ LAKEDESK_PLATFORM: 'azure' })).toHaveLength(1)
  })

  it('takes both prices or none, and a judge only where a model can be reached', () => {
    const priced = readConfig({ LAKEDESK_PRICE_INPUT: '0.5', LAKEDESK_PRICE_OUTPUT: '1.5' })
    expect(priced.evaluation.price).toEqual({ input: 0.5, output: 1.5 })
    expect(faultsOf({ LAKEDESK_PRICE_INPUT: '0.5' })).toEqual([expect.stringMatching(/^- LAKEDESK_PRICE_OUTPUT: /)])
    expect(faultsOf({ LAKEDESK_JUDGE: 'gpt-oss' })).toEqual([expect.stringMatching(/^- LAKEDESK_JUDGE: /)])
  })
  it('uses a warehouse with a workspace alone, and asks the model of the settings where no other is named', () => {
    const workspace = { LAKEDESK_PLATFORM: 'databricks', DATABRICKS_HOST: 'https://h.example', DATABRICKS_TOKEN: 't' }
    const { warehouse } = readConfig({ ...workspace, DATABRICKS_WAREHOUSE_ID: 'w1', LAKEDESK_SQL_SCHEMA: 's' }).sql
    expect(warehouse).toEqual({ id: 'w1', schema: 's' })
    expect(readConfig({ DATABRICKS_WAREHOUSE_ID: 'w1' }).sql.warehouse).toBeUndefined()
    expect(faultsOf({ LAKEDESK_SQL_CATALOG: 'main' })).toEqual([expect.stringMatching(/^- LAKEDESK_SQL_CATALOG: /)])
    expect(faultsOf({ LAKEDESK_AI_MODEL: 'llama' })).toEqual([expect.stringMatching(/^- LAKEDESK_AI_MODEL: /)])
    const model = { LAKEDESK_MODEL: 'llama', LAKEDESK_MODEL_BASE_URL: 'https://h.example/v1' }
    expect(readConfig(model).sql.model).toBe('llama')
    expect(readConfig({ ...model, LAKEDESK_AI_MODEL: 'offline' }).sql.model).toBe('offline')
  })
})
