// What is special about Model Serving: ids, states, one update at a time, and configs that are replaced as a whole.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EndpointConfig } from '../../../src/platform/ports/serving.ts'
import { TOO_MANY } from '../../stand-ins/databricks.ts'
import { codeOf, newName, sentenceOf } from '../contract-basics.ts'
import { openWorkspace, type Workspace } from './workspace-under-test.ts'

const MODEL = 'ml.rag.docs_rag'
const ROOT = '/api/2.0/serving-endpoints'

const toConfig = (version: string): EndpointConfig => ({
  entities: [{ name: `rag-${version}`, model: MODEL, version, settings: { scale_to_zero_enabled: true } }],
  routes: [{ entity: `rag-${version}`, percentage: 100 }],
})

describe('Model Serving', () => {
  let workspace: Workspace
  let name: string

  beforeAll(async () => {
    workspace = await openWorkspace()
    for (let i = 0; i < 3; i += 1) workspace.standIn.models.addVersion(MODEL)
  })
  afterAll(() => workspace?.close())
  beforeEach(async () => {
    name = newName('endpoint')
    await workspace.platform.serving.create(name, toConfig('1'))
    await settle()
    workspace.standIn.endpoints.puts.length = 0
  })
  async function settle(): Promise<void> {
    while ((await workspace.platform.serving.describe(name))?.update === 'IN_PROGRESS');
  }

  it('hangs permissions on the id that the driver gives, not on the name', async () => {
    const seen = await workspace.platform.serving.describe(name)
    expect(seen?.id).toMatch(/^[0-9a-f]{32}$/)
    const byId = await workspace.ask('GET', `/api/2.0/permissions/serving-endpoints/${seen?.id}`)
    expect(byId).toMatchObject({ status: 200, json: { object_id: `/serving-endpoints/${seen?.id}` } })
    expect((await workspace.ask('GET', `/api/2.0/permissions/serving-endpoints/${name}`)).status).toBe(404)
  })

  it('is ready all the time of an update: only the state of the update tells its end', async () => {
    workspace.standIn.endpoints.looks = 3
    await workspace.platform.serving.updateConfig(name, toConfig('2'))
    const states: unknown[] = []
    for (let look = 0; look < 4; look += 1) {
      const seen = await workspace.platform.serving.describe(name)
      states.push([seen?.ready, seen?.update, seen?.config?.entities[0]?.version])
    }
    workspace.standIn.endpoints.looks = 1
    expect(states).toEqual([
      [true, 'IN_PROGRESS', '1'],
      [true, 'IN_PROGRESS', '1'],
      [true, 'IN_PROGRESS', '1'],
      [true, 'NOT_UPDATING', '2'],
    ])
  })

  it('tells in words that an update runs', async () => {
    const release = workspace.standIn.endpoints.hold()
    await workspace.platform.serving.updateConfig(name, toConfig('2'))
    const work = () => workspace.platform.serving.updateConfig(name, toConfig('3'))
    expect(await codeOf(work())).toBe('ENDPOINT_BUSY')
    expect(await sentenceOf(work())).toContain('currently updating')
    release()
  })

  it('never repeats an update whose answer was lost', async () => {
    workspace.standIn.fail(`PUT ${ROOT}/${name}/config`, 'cut-after')
    expect(await codeOf(workspace.platform.serving.updateConfig(name, toConfig('2')))).toBe('PLATFORM_UNREACHABLE')
    expect(workspace.standIn.endpoints.puts).toEqual([name])
    expect((await workspace.platform.serving.describe(name))?.pending?.entities[0]?.version).toBe('2')
  })

  it('repeats an update that surely did not happen', async () => {
    workspace.standIn.fail(`PUT ${ROOT}/${name}/config`, TOO_MANY)
    await workspace.platform.serving.updateConfig(name, toConfig('2'))
    expect(workspace.standIn.endpoints.puts).toEqual([name])
  })

  it('tells why an update failed or was cancelled, and shows the failed config as pending no more', async () => {
    workspace.standIn.models.addVersion('ml.rag.broken')
    workspace.standIn.endpoints.breakVersion('ml.rag.broken', '1', 'No module named banana.')
    const [entity] = toConfig('1').entities
    const entities = entity ? [{ ...entity, name: 'broken-1', model: 'ml.rag.broken' }] : []
    await workspace.platform.serving.updateConfig(name, { entities, routes: [{ entity: 'broken-1', percentage: 100 }] })
    await settle()
    const failed = await workspace.platform.serving.describe(name)
    expect(failed).toMatchObject({ update: 'UPDATE_FAILED', pending: null, ready: true })
    expect(failed?.message).toBe('broken-1: No module named banana.')
    workspace.standIn.endpoints.cancel(name)
    const cancelled = await workspace.platform.serving.describe(name)
    expect(cancelled?.update).toBe('UPDATE_CANCELED')
    expect(cancelled?.message).not.toBe('')
  })

  it('keeps the inference table of an endpoint and the settings of its entities', async () => {
    const auto_capture_config = { catalog_name: 'ml', schema_name: 'logs', table_name_prefix: 'rag', enabled: true }
    const served_entities = [
      { entity_name: MODEL, entity_version: '1', workload_size: 'Small', scale_to_zero_enabled: 'false' },
    ]
    await workspace.ask('PUT', `${ROOT}/${name}/config`, { served_entities, auto_capture_config })
    await settle()
    const before = await workspace.platform.serving.describe(name)
    // One entity alone needs no name and no traffic: it gets both.
    expect(before?.config?.routes).toEqual([{ entity: 'docs_rag-1', percentage: 100 }])
    const [entity] = before?.config?.entities ?? []
    if (!entity) throw new Error('There is an entity.')
    const after = {
      entities: [{ ...entity, name: 'rag-2', version: '2' }],
      routes: [{ entity: 'rag-2', percentage: 100 }],
    }
    await workspace.platform.serving.updateConfig(name, after)
    await settle()
    expect((await workspace.ask('GET', `${ROOT}/${name}`)).json).toMatchObject({
      config: {
        auto_capture_config,
        served_entities: [{ entity_version: '2', workload_size: 'Small', scale_to_zero_enabled: 'false' }],
      },
    })
  })

  it('keeps the units of provisioned throughput, by the calls of such endpoints', async () => {
    const pt = newName('pt')
    const units = (version: string): EndpointConfig => ({
      entities: [
        {
          name: `rag-${version}`,
          model: MODEL,
          version,
          settings: { provisioned_model_units: 50, workload_size: 'Small' },
        },
      ],
      routes: [{ entity: `rag-${version}`, percentage: 100 }],
    })
    await workspace.platform.serving.create(pt, units('1'))
    while ((await workspace.platform.serving.describe(pt))?.update === 'IN_PROGRESS');
    const [before] = (await workspace.platform.serving.describe(pt))?.config?.entities ?? []
    expect(before?.settings).toMatchObject({ provisioned_model_units: 50 })
    const entities = before ? [{ ...before, name: 'rag-2', version: '2' }] : []
    await workspace.platform.serving.updateConfig(pt, { entities, routes: [{ entity: 'rag-2', percentage: 100 }] })
    while ((await workspace.platform.serving.describe(pt))?.update === 'IN_PROGRESS');
    const [after] = (await workspace.platform.serving.describe(pt))?.config?.entities ?? []
    expect(after).toMatchObject({ version: '2', settings: { provisioned_model_units: 50 } })
    const writes = workspace.standIn.asked.filter(({ method, path }) => method !== 'GET' && path.includes('/pt'))
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${ROOT}/pt`,
      `PUT ${ROOT}/pt/${pt}/config`,
    ])
    expect(JSON.stringify(writes.map(({ args }) => args))).not.toContain('workload_size')
  })

  it('refuses before it sends what cannot be', async () => {
    const half = { ...toConfig('2'), routes: [{ entity: 'rag-2', percentage: 50 }] }
    expect(await sentenceOf(workspace.platform.serving.updateConfig(name, half))).toContain('sum to 50 %')
    expect(await codeOf(workspace.platform.serving.create(newName('endpoint'), half))).toBe('PLATFORM_REFUSED')
    expect(workspace.standIn.endpoints.puts).toEqual([])
  })

  it('refuses an answer with more or fewer predictions than records', async () => {
    workspace.standIn.fail(`POST /serving-endpoints/${name}`, { status: 200, body: '{"predictions":[]}' })
    expect(await sentenceOf(workspace.platform.serving.invoke(name, [{ question: 'Why?' }]))).toContain(
      '0 predictions for 1 records',
    )
  })
})
