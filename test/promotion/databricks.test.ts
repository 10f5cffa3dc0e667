// A whole promotion on Databricks: the saga moves alias and endpoint of a stand-in workspace, or puts both back, as plain HTTP sees it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../../src/core/log.ts'
import { createDatabricksPlatform } from '../../src/platform/databricks/create-databricks-platform.ts'
import type { Platform } from '../../src/platform/ports/platform.ts'
import { createWhereMissing } from '../../src/promotion/create-where-missing.ts'
import { createSaga, type Saga } from '../../src/promotion/saga.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { type DatabricksStandIn, startDatabricks, UNAVAILABLE } from '../stand-ins/databricks.ts'
import { ALIAS, canary, configOf, ENDPOINT, handsOf, MODEL, moveOf } from './saga-rig.ts'

const entitySchema = z.object({ name: z.string(), entity_version: z.string() })
const routeSchema = z.object({ served_entity_name: z.string(), traffic_percentage: z.number() })
const endpointSchema = z.object({
  state: z.object({ ready: z.string(), config_update: z.string() }),
  config: z.object({
    served_entities: z.array(entitySchema),
    traffic_config: z.object({ routes: z.array(routeSchema) }),
  }),
})
const versionSchema = z.object({ version: z.number() })
const CONFIG_PATH = `/api/2.0/serving-endpoints/${ENDPOINT}/config`

describe('a promotion on Databricks', () => {
  let standIn: DatabricksStandIn
  let platform: Platform
  let store: ReturnType<typeof openSqliteStore>
  let saga: Saga

  /** Asks the workspace itself, past the product. */
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
    const response = await fetch(standIn.host + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return response.ok ? await response.json() : response.status
  }
  async function world() {
    const alias = await call('GET', `/api/2.1/unity-catalog/models/${MODEL}/aliases/${ALIAS}`)
    const { state, config } = endpointSchema.parse(await call('GET', `/api/2.0/serving-endpoints/${ENDPOINT}`))
    const shares = config.traffic_config.routes.map((one) => `${one.served_entity_name} ${one.traffic_percentage}%`)
    return { alias: versionSchema.safeParse(alias).data?.version ?? alias, shares, ...state }
  }
  const serving = (version: number) => ({ alias: version, shares: [`rag-${version} 100%`], ready: 'READY' })

  beforeEach(async () => {
    standIn = await startDatabricks({
      answer: ({ entity_version }) => ({ answer: `Version ${entity_version} says that the limit is 42.` }),
    })
    standIn.people.addClient('sp-1', 'its-secret')
    standIn.people.grant(`function ${MODEL}`, 'sp-1', 'MANAGE')
    const auth = { kind: 'client', clientId: 'sp-1', clientSecret: 'its-secret' } as const
    platform = createDatabricksPlatform({ host: standIn.host, auth })
    store = openSqliteStore({ file: ':memory:', log: silentLog })
    const { registry, serving } = platform
    saga = createSaga({ registry, serving, sagas: store.sagas, audit: store.audit, log: silentLog, pollMs: 5 })
    for (let i = 1; i <= 3; i += 1) standIn.models.addVersion(MODEL)
    await registry.setAlias(MODEL, ALIAS, '2')
    await serving.create(ENDPOINT, configOf(['2', 100]))
    while ((await serving.describe(ENDPOINT))?.update !== 'NOT_UPDATING');
    standIn.endpoints.puts.length = 0
  })
  afterEach(async () => {
    await platform.close()
    await store.close()
    await standIn.close()
  })

  it('moves alias and endpoint together, though the endpoint is busy with another update first', async () => {
    // The same config again, sent by somebody else: an update runs, and the world stays as it was sealed.
    const release = standIn.endpoints.hold()
    const again = {
      served_entities: [{ name: 'rag-2', entity_name: MODEL, entity_version: '2', workload_size: 'Small' }],
    }
    expect(await call('PUT', CONFIG_PATH, again)).toMatchObject({ state: { config_update: 'IN_PROGRESS' } })
    const labels: string[] = []
    const progress = (label: string) => {
      labels.push(label)
      if (label.endsWith('new version')) setTimeout(release, 50)
    }
    const ending = await saga.run(moveOf(), handsOf({ progress }))
    expect(ending).toMatchObject({ state: 'done' })
    expect(await world()).toEqual({ ...serving(3), config_update: 'NOT_UPDATING' })
    expect(labels).toContain(`Waiting until ${ENDPOINT} is ready`)
  })

  it('takes a 409 that comes between the look and the write for an update to wait for', async () => {
    const body = { error_code: 'RESOURCE_CONFLICT', message: `Endpoint ${ENDPOINT} is currently updating.` }
    standIn.fail(`PUT ${CONFIG_PATH}`, { status: 409, body: JSON.stringify(body) }, 2)
    expect(await saga.run(moveOf(), handsOf())).toMatchObject({ state: 'done' })
    expect(await world()).toEqual({ ...serving(3), config_update: 'NOT_UPDATING' })
    expect(standIn.endpoints.puts).toEqual([ENDPOINT])
  })

  it('puts both back where the update fails, and says why', async () => {
    standIn.endpoints.breakVersion(MODEL, '3', 'No module named banana.')
    const ending = await saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('No module named banana')
    expect(await world()).toMatchObject(serving(2))
    expect(await store.sagas.unfinished()).toEqual([])
  })

  it('puts both back where the new version answers wrongly', async () => {
    const ending = await saga.run(moveOf({ probe: [{ question: 'What?', expect: 'banana' }] }), handsOf())
    expect(ending.state).toBe('undone')
    expect(await world()).toEqual({ ...serving(2), config_update: 'NOT_UPDATING' })
  })

  it('lets a canary take its share first, and asks it by name', async () => {
    expect(await saga.run(moveOf({ canary }), handsOf())).toMatchObject({ state: 'done' })
    expect(await world()).toEqual({ ...serving(3), config_update: 'NOT_UPDATING' })
    expect(standIn.endpoints.puts).toHaveLength(2)
    const probed = standIn.asked.filter(({ path }) => path.endsWith('/served-models/rag-3/invocations'))
    expect(probed.length).toBeGreaterThan(0)
  })

  it('comes to its end over a workspace that breaks off, is busy and starts again', async () => {
    standIn.fail('PUT /api/2.1/unity-catalog/models', 'cut-after')
    standIn.fail('GET /api/2.0/serving-endpoints', UNAVAILABLE, 2)
    standIn.fail('GET /api/2.1/unity-catalog/models', 'cut')
    expect(await saga.run(moveOf(), handsOf())).toMatchObject({ state: 'done' })
    expect(await world()).toEqual({ ...serving(3), config_update: 'NOT_UPDATING' })
  })

  it('leaves alias and endpoint agreeing where the answer to the update was lost', async () => {
    standIn.fail(`PUT ${CONFIG_PATH}`, 'cut-after')
    const ending = await saga.run(moveOf(), handsOf())
    const after = await world()
    expect(after).toMatchObject(ending.state === 'done' ? serving(3) : serving(2))
    expect(['done', 'undone']).toContain(ending.state)
  })

  it('creates the endpoint of a model that is promoted for the first time', async () => {
    const { registry, serving } = platform
    const name = 'ticket-classifier'
    const creating = createWhereMissing(serving, new Set([name]))
    saga = createSaga({
      registry,
      serving: creating,
      sagas: store.sagas,
      audit: store.audit,
      log: silentLog,
      pollMs: 5,
    })
    const move = moveOf({ alias: 'First', endpoint: name, from: null, before: null })
    expect((await saga.run(move, handsOf())).state).toBe('done')
    const { state, config } = endpointSchema.parse(await call('GET', `/api/2.0/serving-endpoints/${name}`))
    expect([state.ready, config.served_entities.map((entity) => entity.entity_version)]).toEqual(['READY', ['3']])
    expect(await registry.getAlias(MODEL, 'First')).toBe('3')
    expect((await world()).alias).toBe(2)
  })
})
