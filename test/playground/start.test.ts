// The start of the playground: what it refuses, that it can be reached by nobody else, and that it leaves nothing behind.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refuseProduction } from '../../src/cli/playground-refusal.ts'
import { SETTINGS } from '../../src/config/setting-table.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { type Env, makeFolder, runCli } from '../cli/run-cli.ts'

const REFUSED: Env[] = [
  { SLACK_BOT_TOKEN: 'xoxb-real-token-of-a-team' },
  { SLACK_SIGNING_SECRET: 'real-signing-secret' },
  { SLACK_APP_TOKEN: 'xapp-real-token' },
  { SLACK_API_URL: 'https://slack.com/api/' },
  { MicrosoftAppId: '0f0f0f0f-0000-4000-8000-000000000000' },
  { MicrosoftAppPassword: 'real-app-password' },
  { MicrosoftAppTenantId: '0f0f0f0f-0000-4000-8000-000000000000' },
  { DATABRICKS_HOST: 'https://adb-1.2.azuredatabricks.net' },
  { DATABRICKS_TOKEN: 'dapi-real-token' },
  { DATABRICKS_CLIENT_ID: 'real-client' },
  { DATABRICKS_CLIENT_SECRET: 'real-client-secret' },
  { DATABRICKS_CONFIG_PROFILE: 'prod' },
  { MLFLOW_TRACKING_URI: 'https://mlflow.acme.example' },
  { MLFLOW_TRACKING_TOKEN: 'real-mlflow-token' },
  { LAKEDESK_MODEL_API_KEY: 'real-model-key' },
  { LAKEDESK_MODEL_API_KEY: 'real-model-key', LAKEDESK_MODEL_BASE_URL: 'https://api.models.example/v1' },
  { LAKEDESK_EMBEDDINGS_API_KEY: 'real-embeddings-key' },
  { LAKEDESK_INVOCATIONS_TOKEN: 'real-invocations-token' },
  { OPENAI_API_KEY: 'sk-real-key' },
  { DATABRICKS_CONFIG_FILE: '/home/real/.databrickscfg' },
  { NODE_ENV: 'production' },
  { NODE_ENV: ' Prod' },
]

/** On a port that the system chooses: where the refusal failed, nothing else would end it. */
const start = (data: string, env: Env, args: readonly string[] = []) =>
  runCli(['--data', data, 'playground', '--port', '0', ...args], { NODE_ENV: '', ...env })

describe('the start of the playground', () => {
  it('refuses to run beside real credentials: names the variable and the fix, and no value', async () => {
    for (const env of REFUSED) {
      const [name = ''] = Object.keys(env)
      let why = ''
      try {
        refuseProduction(env)
      } catch (error) {
        why = error instanceof LakedeskError ? error.userMessage : ''
      }
      expect(why, name).toContain('The playground does not start beside real credentials')
      expect(why).toContain(`-u ${name}`)
      expect(why).toContain('npm start')
      for (const value of Object.values(env).filter((text) => text.includes('real'))) expect(why).not.toContain(value)
    }
    const { path, dispose } = makeFolder()
    const { code, out, err } = await start(join(path, 'none'), REFUSED[0] ?? {})
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain('-u SLACK_BOT_TOKEN')
    expect(existsSync(join(path, 'none'))).toBe(false)
    dispose()
  })

  it('refuses every secret that Lakedesk has a setting for', () => {
    const named = new Set(REFUSED.flatMap((env) => Object.keys(env)))
    const secrets = SETTINGS.filter(({ secret }) => secret).map(({ name }) => name)
    expect(secrets.filter((name) => !named.has(name))).toEqual([])
  })

  it('names all variables at once, and takes a model that runs on this machine', async () => {
    const { path, dispose } = makeFolder()
    const both = await start(join(path, 'none'), { SLACK_BOT_TOKEN: 'xoxb-1', NODE_ENV: 'production' })
    expect(both.err).toContain('env -u NODE_ENV -u SLACK_BOT_TOKEN npm start')
    const local = { LAKEDESK_MODEL_API_KEY: 'none-needed', LAKEDESK_MODEL_BASE_URL: 'http://127.0.0.1:11434/v1' }
    // Refused for its port, so the credentials were taken.
    const taken = await runCli(['--data', join(path, 'none'), 'playground', '--port', 'x'], local)
    expect(taken.err).toContain('--port takes a number')
    dispose()
  })

  it('listens to other machines only where that was asked for twice', async () => {
    const { path, dispose } = makeFolder()
    const { code, err } = await start(join(path, 'none'), {}, ['--host', '0.0.0.0'])
    expect(code).toBe(1)
    expect(err).toContain('--allow-network')
    dispose()
  })

  it('says which port is taken and how to choose another, and starts nothing', async () => {
    const { path, dispose } = makeFolder()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, out, err } = await runCli(['--data', join(path, 'none'), 'playground', '--port', String(port)], {})
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain(`127.0.0.1:${port}`)
    expect(err).toContain('npm start -- --port')
    await new Promise((resolve) => other.close(resolve))
    dispose()
  })

  it('never uses or empties a folder that holds something else', async () => {
    const { path, dispose } = makeFolder()
    const own = join(path, 'own')
    mkdirSync(own)
    writeFileSync(join(own, 'thesis.md'), 'ten years of work')
    for (const args of [[], ['--fresh']]) {
      const { code, err } = await start(own, {}, args)
      expect(code).toBe(1)
      expect(err).toContain('left as it is')
    }
    expect(readFileSync(join(own, 'thesis.md'), 'utf8')).toBe('ten years of work')
    dispose()
  })
})
