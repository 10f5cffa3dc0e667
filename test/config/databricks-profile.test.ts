// Profiles of ~/.databrickscfg: which one is taken, what stays out, and what is said of one that cannot be used.
import { describe, expect, it } from 'vitest'
import { withProfile } from '../../src/config/databricks-profile.ts'
import type { Env } from '../../src/config/env-reader.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Settings } from '../../src/config/settings.ts'
import { LakedeskError } from '../../src/core/errors.ts'

const FILE = `; The profiles of Ana.
[DEFAULT]
host  = https://default.cloud.databricks.com/
token = dapi0default

[robots.nightly]
host = https://adb-1.2.azuredatabricks.net/?o=77
client_id = 1111-2222
client_secret = dose#with;odd"signs
warehouse_id = w7

[browser]
host = https://b.cloud.databricks.com
auth_type = databricks-cli

[both]
host = https://b.cloud.databricks.com
token = dapi0both
client_id = 1111-2222
client_secret = dose0

[homeless]
token = dapi0homeless

[__settings__]
default_profile = both
`
const read = (path: string): string | undefined => (path === '/home/ana/.databrickscfg' ? FILE : undefined)
const base = { LAKEDESK_PLATFORM: 'databricks', HOME: '/home/ana' }

function settingsOf(env: Env): Settings {
  return readConfig(withProfile({ ...base, ...env }, read))
}
function faultOf(env: Env): string {
  try {
    settingsOf(env)
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'CONFIG_INVALID') return error.userMessage
    throw error
  }
  return ''
}
const platformOf = (env: Env) => {
  const { platform } = settingsOf(env)
  if (platform.kind !== 'databricks') throw new Error('no workspace was chosen')
  const { auth } = platform
  return {
    ...platform,
    auth: auth.kind === 'token' ? auth.token.reveal() : [auth.clientId, auth.clientSecret.reveal()],
  }
}

describe('profiles', () => {
  it('give host and credentials: DEFAULT where none is named and no host is set', () => {
    expect(platformOf({})).toMatchObject({ host: 'https://default.cloud.databricks.com', auth: 'dapi0default' })
  })

  it('are found by name, also with dots in it, and keep odd signs of a secret', () => {
    const env = { DATABRICKS_CONFIG_PROFILE: 'robots.nightly' }
    expect(platformOf(env)).toMatchObject({
      host: 'https://adb-1.2.azuredatabricks.net',
      workspaceId: '77',
      auth: ['1111-2222', 'dose#with;odd"signs'],
    })
    expect(settingsOf(env).sql.warehouse).toEqual({ id: 'w7' })
  })

  it('stand under the environment, whose credentials keep those of the profile out', () => {
    const env = { DATABRICKS_CONFIG_PROFILE: 'robots.nightly', DATABRICKS_TOKEN: 'dapi0own' }
    expect(platformOf(env)).toMatchObject({ host: 'https://adb-1.2.azuredatabricks.net', auth: 'dapi0own' })
    const elsewhere = { DATABRICKS_HOST: 'https://x.example', DATABRICKS_TOKEN: 't' }
    expect(platformOf(elsewhere)).toMatchObject({ host: 'https://x.example', auth: 't' })
  })

  it('are none of our business where no workspace is chosen', () => {
    const env = { ...base, LAKEDESK_PLATFORM: 'local', DATABRICKS_CONFIG_PROFILE: 'nowhere' }
    expect(withProfile(env, read)).toBe(env)
    expect(withProfile({ HOME: '/home/bo', LAKEDESK_PLATFORM: 'databricks' }, read)).not.toHaveProperty(
      'DATABRICKS_HOST',
    )
  })

  it.each<[string, Env, RegExp]>([
    [
      'no such file',
      { HOME: '/home/bo', DATABRICKS_CONFIG_PROFILE: 'x' },
      /no configuration file \/home\/bo\/\.databrickscfg.*databricks configure/,
    ],
    ['no file where one is named', { DATABRICKS_CONFIG_FILE: '/etc/none' }, /no configuration file \/etc\/none/],
    [
      'no such profile',
      { DATABRICKS_CONFIG_PROFILE: 'robots' },
      /has no profile robots\. It has: DEFAULT, robots\.nightly, browser/,
    ],
    [
      'neither credential',
      { DATABRICKS_CONFIG_PROFILE: 'browser' },
      /browser of .*neither token nor client_id.*databricks-cli/,
    ],
    ['no host', { DATABRICKS_CONFIG_PROFILE: 'homeless' }, /homeless of .* has no host/],
    ['both kinds', { DATABRICKS_CONFIG_PROFILE: 'both' }, /more than one way to sign in is configured: oauth and pat/],
  ])('say what is wrong: %s', (_, env, words) => {
    const sentence = faultOf(env)
    expect(sentence).toMatch(words)
    expect(sentence).not.toMatch(/dapi0|dose/)
  })

  it('take the way to sign in that is named, where there are both', () => {
    const both = { DATABRICKS_CONFIG_PROFILE: 'both' }
    expect(platformOf({ ...both, DATABRICKS_AUTH_TYPE: 'pat' }).auth).toBe('dapi0both')
    expect(platformOf({ ...both, DATABRICKS_AUTH_TYPE: 'oauth-m2m' }).auth).toEqual(['1111-2222', 'dose0'])
    expect(faultOf({ ...both, DATABRICKS_AUTH_TYPE: 'azure-cli' })).toMatch(/Use pat or oauth-m2m/)
  })
})

describe('the address of a workspace', () => {
  it.each([
    ['adb-1.2.azuredatabricks.net', 'https://adb-1.2.azuredatabricks.net', undefined],
    ['https://adb-1.2.azuredatabricks.net/', 'https://adb-1.2.azuredatabricks.net', undefined],
    ['https://adb-1.2.azuredatabricks.net:443', 'https://adb-1.2.azuredatabricks.net', undefined],
    ['https://acme.databricks.com/ml/endpoints/x?o=123#tab', 'https://acme.databricks.com', '123'],
    ['acme.databricks.com/?o=123', 'https://acme.databricks.com', '123'],
    ['https://acme.databricks.com/#job/1?o=9', 'https://acme.databricks.com', '9'],
    ['http://127.0.0.1:8085/', 'http://127.0.0.1:8085', undefined],
  ])('%s is asked at %s', (written, host, workspaceId) => {
    const env = { DATABRICKS_HOST: written, DATABRICKS_TOKEN: 't' }
    expect(platformOf(env)).toMatchObject({ host, workspaceId })
  })

  it.each([
    ['https://accounts.cloud.databricks.com', /account console/],
    ['accounts.azuredatabricks.net', /account console/],
    ['ftp://acme.databricks.com', /must be the address of a workspace/],
    ['https://ana:hunter2@acme.databricks.com', /must be the address of a workspace/],
  ])('%s is refused', (written, words) => {
    const sentence = faultOf({ DATABRICKS_HOST: written, DATABRICKS_TOKEN: 't' })
    expect(sentence).toMatch(words)
    expect(sentence).not.toContain('hunter2')
  })
})

describe('models of the workspace', () => {
  const workspace = { DATABRICKS_HOST: 'https://h.example/', DATABRICKS_TOKEN: 'dapi-1' }

  it('need no address and no key: judge, AI functions and embeddings by name', () => {
    const settings = settingsOf({ ...workspace, LAKEDESK_JUDGE: 'j', LAKEDESK_AI_MODEL: 'a', LAKEDESK_EMBEDDINGS: 'e' })
    expect(settings.model).toMatchObject({ name: 'auto', baseUrl: 'https://h.example/serving-endpoints' })
    expect(settings.embeddings).toMatchObject({ name: 'e', baseUrl: 'https://h.example/serving-endpoints' })
    expect([settings.evaluation.judge, settings.sql.model]).toEqual(['j', 'a'])
    expect(settingsOf(workspace).embeddings.name).toBe('offline')
  })

  it('give way to offline, and to an endpoint elsewhere', () => {
    expect(settingsOf({ ...workspace, LAKEDESK_MODEL: 'offline' })).toMatchObject({
      model: { name: 'offline' },
      sql: { model: 'offline' },
    })
    const elsewhere = {
      LAKEDESK_MODEL: 'm',
      LAKEDESK_MODEL_BASE_URL: 'http://127.0.0.1:1/v1',
      LAKEDESK_MODEL_API_KEY: 'k',
    }
    expect(settingsOf({ ...workspace, ...elsewhere }).model).toMatchObject({
      baseUrl: 'http://127.0.0.1:1/v1',
      workspace: undefined,
    })
    expect(faultOf({ ...workspace, LAKEDESK_MODEL_API_KEY: 'k' })).toMatch(
      /credentials of the workspace, so nothing would use it/,
    )
  })
})
