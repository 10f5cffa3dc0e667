// `lakedesk lakehouse` as a person runs it: it starts, says how to reach it, serves what Lakedesk registers, and keeps it over a kill.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import { ask as askHost } from '../platform/lakehouse/ask-lakehouse.ts'
import { type Env, makeFolder, runCli, startCli } from './run-cli.ts'

const folder = makeFolder()
const data = join(folder.path, 'data')
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => folder.dispose())

/** Resolves when it says that it is ready. */
async function start(...given: (string | Env)[]) {
  const args = given.filter((one) => typeof one === 'string')
  const more = Object.assign({}, ...given.filter((one) => typeof one === 'object'))
  const child = startCli(['lakehouse', '--port', '0', ...args], { LAKEDESK_DATA: data, ...more })
  running.push(child)
  let said = ''
  let warned = ''
  child.stderr?.on('data', (part) => {
    warned += part
  })
  for await (const part of child.stdout ?? []) {
    said += part
    if (said.includes('Ctrl-C')) break
  }
  const exported = (name: string): string => new RegExp(`export ${name}=(\\S+)`).exec(said)?.[1] ?? ''
  const [host, token] = [exported('DATABRICKS_HOST'), exported('DATABRICKS_TOKEN')]
  if (host === '') throw new Error(`The lakehouse did not start: ${said}${warned}`)
  return {
    ...{ child, host, token, warehouse: exported('DATABRICKS_WAREHOUSE_ID'), warned: () => warned },
    ask: (request: string, body?: unknown) => askHost(host, request, body, { authorization: `Bearer ${token}` }),
    async end(signal: NodeJS.Signals): Promise<number | null> {
      const gone = once(child, 'exit')
      child.kill(signal)
      const [code] = await gone
      return typeof code === 'number' ? code : null
    },
  }
}

describe('lakedesk lakehouse', () => {
  it('keeps its token, its tables and what was registered, also over a kill', { timeout: 120_000 }, async () => {
    const first = await start()
    expect(statSync(join(data, 'lakehouse', 'token')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(data, 'lakehouse', 'token'), 'utf8').trim()).toBe(first.token)
    const run = (lake: typeof first, statement: string) =>
      lake.ask('POST /api/2.0/sql/statements', { warehouse_id: lake.warehouse, statement, wait_timeout: '30s' })
    await run(first, 'CREATE TABLE ml_catalog.rag_data.notes AS SELECT 7 AS seven')
    await first.ask('POST /api/2.0/mlflow/experiments/create', { name: '/Shared/kept' })
    await first.end('SIGKILL')

    const second = await start()
    expect(second.token).toBe(first.token)
    expect((await run(second, 'SELECT seven FROM ml_catalog.rag_data.notes')).json).toMatchObject({
      status: { state: 'SUCCEEDED' },
      result: { data_array: [['7']] },
    })
    const found = await second.ask('GET /api/2.0/mlflow/experiments/get-by-name?experiment_name=/Shared/kept')
    expect(found.status).toBe(200)
    expect(await second.end('SIGTERM')).toBe(0)
  })

  it('knows the people of the policy, and lets its approvers decide', { timeout: 60_000 }, async () => {
    const policy = join(folder.path, 'policy.json')
    const bo = 'bo@acme.example'
    const people = [{ principal: bo, identities: ['console/local/bo'] }]
    writeFileSync(policy, JSON.stringify({ people, grants: [{ principal: bo, privileges: ['MANAGE'] }] }))
    const lake = await start({ LAKEDESK_POLICY: policy }, '--memory')
    const platform = createDatabricksPlatform({ host: lake.host, auth: { kind: 'token', token: lake.token } })
    expect(await platform.catalog.findPrincipal(bo)).toMatchObject({ name: bo, active: true })
    expect(await platform.catalog.schemaPrivileges('ml_catalog.support.ticket_classifier', bo)).toContain('MANAGE')
    await platform.close()
  })

  it('answers a question with the chain that Lakedesk registered there', { timeout: 180_000 }, async () => {
    const lake = await start()
    const env = {
      LAKEDESK_DATA: data,
      ...{ LAKEDESK_PLATFORM: 'databricks', DATABRICKS_HOST: lake.host, DATABRICKS_TOKEN: lake.token },
      DATABRICKS_WAREHOUSE_ID: lake.warehouse,
    }
    const docs = join(import.meta.dirname, '..', '..', 'examples', 'tallyport', 'docs')
    const ingested = await runCli(['ingest', docs], { LAKEDESK_DATA: data })
    expect(ingested).toMatchObject({ code: 0 })
    const model = 'ml_catalog.rag_apps.product_docs_rag'
    const experiment = await lake.ask('POST /api/2.0/mlflow/experiments/create', { name: '/Shared/by-hand' })
    expect(experiment.status).toBe(200)
    const logged = await runCli(['chain', 'log'], env)
    expect(`${logged.out}${logged.err}`).toContain('mlflow.register_model')
    const runs = await lake.ask('POST /api/2.0/mlflow/runs/search', {
      experiment_ids: ['4000000000000000', '4000000000000001', '4000000000000002'],
    })
    const [run] = Array.isArray(runs.json.runs) ? runs.json.runs : []
    const registry = '/api/2.0/mlflow/unity-catalog'
    await lake.ask(`POST ${registry}/registered-models/create`, { name: model })
    const source = { name: model, source: `runs:/${run.info.run_id}/chain`, run_id: run.info.run_id }
    await lake.ask(`POST ${registry}/model-versions/create`, source)
    await lake.ask(`POST ${registry}/model-versions/finalize`, { name: model, version: '1' })
    const served_entities = [{ entity_name: model, entity_version: '1', workload_size: 'Small' }]
    await lake.ask('POST /api/2.0/serving-endpoints', { name: 'support', config: { served_entities } })
    await lake.ask('GET /api/2.0/serving-endpoints/support')
    const asked = await lake.ask('POST /serving-endpoints/support/invocations', {
      dataframe_records: [{ question: 'How do I configure SSO?' }],
    })
    expect(asked.json).toMatchObject({ predictions: [{ answer: expect.stringMatching(/SSO|sign-on/i) }] })
  })

  it('refuses a folder that another one has, a port that is taken, and a token that anybody guesses', {
    timeout: 60_000,
  }, async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    const busy = await runCli(['lakehouse', '--port', port, '--memory'], { LAKEDESK_DATA: data })
    taken.close()
    expect(busy).toMatchObject({ code: 1, err: expect.stringContaining('Another program already listens on') })
    await start()
    const second = await runCli(['lakehouse', '--port', '0'], { LAKEDESK_DATA: data })
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('Another lakehouse already runs over') })
    const weak = await runCli(['lakehouse', '--port', '0', '--token', 'x'], { LAKEDESK_DATA: data })
    expect(weak).toMatchObject({ code: 1, err: expect.stringContaining('at least 16') })
  })

  it('warns where other machines can reach it, and keeps nothing in memory', { timeout: 60_000 }, async () => {
    const lake = await start('--host', '0.0.0.0', '--memory', '--token', 'dapi-of-this-test-alone')
    expect(lake.token).toBe('dapi-of-this-test-alone')
    expect(lake.warned()).toContain('can be reached from other machines')
    expect((await lake.ask('GET /api/2.0/sql/warehouses/lakehouse')).json).toMatchObject({ state: 'RUNNING' })
  })
})
