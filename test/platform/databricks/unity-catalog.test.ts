// What is special about Unity Catalog and tracking on Databricks: rights through groups, aliases, versions from elsewhere, signed files.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { codeOf, newName, sentenceOf } from '../contract-basics.ts'
import { openWorkspace, type Workspace } from './workspace-under-test.ts'

const MODEL = 'ml.rag.docs_rag'
const UC = '/api/2.1/unity-catalog'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
  const { models, people } = workspace.standIn
  models.addModel(MODEL, 'rag owners')
  models.addVersion(MODEL)
  people.addUser({ userName: 'ana@example.com', groups: ['users', 'rag team'] })
  people.addUser({ userName: 'ben@example.com', groups: ['users', 'rag owners'] })
  people.addUser({ userName: 'dora@example.com', groups: ['rag owners'], active: false })
  people.grant(`function ${MODEL}`, 'rag team', 'MANAGE')
  people.grant('catalog other', 'rag team', 'ALL_PRIVILEGES')
})
afterAll(() => workspace?.close())

describe('rights in Unity Catalog', () => {
  const rightsOf = (name: string) => workspace.platform.catalog.effectivePrivileges(MODEL, name)

  it('come through a group, although the workspace has groups that the account does not know', async () => {
    expect(await rightsOf('ana@example.com')).toEqual(['MANAGE'])
  })

  it('come through the last of many groups, asked a few at a time', async () => {
    const groups = Array.from({ length: 30 }, (_, i) => `team ${i}`)
    workspace.standIn.people.addUser({ userName: 'eva@example.com', groups })
    workspace.standIn.people.grant(`schema ml.rag`, 'team 29', 'APPLY_TAG')
    expect(await rightsOf('eva@example.com')).toEqual(['APPLY_TAG'])
  })

  it('come with ownership, also that of a group', async () => {
    expect(await rightsOf('ben@example.com')).toEqual(['OWNER'])
  })

  it('are none for a user who was switched off', async () => {
    expect(await rightsOf('dora@example.com')).toEqual([])
    expect(await workspace.platform.catalog.findPrincipal('dora@example.com')).toMatchObject({ active: false })
  })

  it('are read over pages of which the first is empty', async () => {
    workspace.standIn.people.emptyFirstPage = true
    expect(await rightsOf('ana@example.com')).toEqual(['MANAGE'])
    workspace.standIn.people.emptyFirstPage = false
  })

  it('are never guessed: a failure is an error, and a name with a quote is nobody', async () => {
    workspace.standIn.fail(`GET ${UC}/effective-permissions`, {
      status: 403,
      body: '{"error_code":"PERMISSION_DENIED","message":"User is not an owner."}',
    })
    expect(await codeOf(rightsOf('ana@example.com'))).toBe('PLATFORM_UNAUTHORIZED')
    expect(await rightsOf('x" or userName sw "ana')).toEqual([])
  })
})

describe('models in Unity Catalog', () => {
  it('take no version over REST: the sentence says how', async () => {
    const work = () => workspace.platform.registry.createVersion({ model: MODEL, source: 'runs:/1/chain', runId: '1' })
    expect(await codeOf(work())).toBe('PLATFORM_REFUSED')
    expect(await sentenceOf(work())).toContain(`mlflow.register_model("runs:/1/chain", "${MODEL}")`)
    expect(await workspace.platform.registry.listVersions(MODEL)).toHaveLength(1)
  })

  it('get no alias that could never be loaded, and nothing is sent for it', async () => {
    const before = workspace.standIn.asked.length
    for (const alias of ['latest', 'Latest', 'v3', 'V12', '', 'a/b', 'two words']) {
      expect(await codeOf(workspace.platform.registry.setAlias(MODEL, alias, '1'))).toBe('PLATFORM_REFUSED')
    }
    expect(await codeOf(workspace.platform.registry.setAlias(MODEL, 'Champion', 'banana'))).toBe('PLATFORM_NOT_FOUND')
    expect(workspace.standIn.asked.length).toBe(before)
  })

  it('show the same alias to REST and to the paths of MLflow’s own client', async () => {
    await workspace.platform.registry.setAlias(MODEL, 'Champion', '1')
    const query = `name=${MODEL}&alias=Champion`
    const mlflow = '/api/2.0/mlflow/unity-catalog/registered-models/alias'
    expect((await workspace.ask('GET', `${mlflow}?${query}`)).json).toMatchObject({
      model_version: { version: '1', aliases: [{ alias: 'Champion', version: '1' }] },
    })
    await workspace.ask('DELETE', mlflow, { name: MODEL, alias: 'Champion' })
    expect(await workspace.platform.registry.getAlias(MODEL, 'Champion')).toBeNull()
  })

  it('are registered by MLflow’s own client in two steps, and are pending in between', async () => {
    const model = `ml.rag.${newName('new')}`
    const root = '/api/2.0/mlflow/unity-catalog'
    await workspace.ask('POST', `${root}/registered-models/create`, { name: model })
    await workspace.ask('POST', `${root}/model-versions/create`, { name: model, source: 'dbfs:/chain' })
    expect(await workspace.platform.registry.getVersion(model, '1')).toMatchObject({ status: 'PENDING' })
    await workspace.ask('POST', `${root}/model-versions/finalize`, { name: model, version: '1' })
    expect(await workspace.platform.registry.getVersion(model, '1')).toMatchObject({ status: 'READY' })
  })
})

describe('tracking on Databricks', () => {
  const startRun = async () => {
    const { runs } = workspace.platform
    const experimentId = await runs.ensureExperiment(`/Shared/${newName('runs')}`)
    return runs.createRun({ experimentId, name: 'evaluate', tags: {} })
  }

  it('sends no token to the storage, and shows no signed address', async () => {
    const { runs } = workspace.platform
    const { runId } = await startRun()
    await runs.artifacts.put(runId, 'eval/rows.json', '[]')
    expect(String(await runs.artifacts.read(runId, 'eval/rows.json').then((bytes) => Buffer.from(bytes ?? [])))).toBe(
      '[]',
    )
    expect(workspace.standIn.files.withToken).toBe(0)
    workspace.standIn.fail('PUT /storage/', { status: 403, body: '<Error/>' })
    const sentence = await sentenceOf(runs.artifacts.put(runId, 'eval/rows.json', '[1]'))
    const address = workspace.standIn.files.signed.at(-1) ?? 'none'
    expect(sentence).toContain('HTTP 403')
    expect(sentence).not.toContain(address)
    expect(sentence).not.toContain(new URL(address).searchParams.get('X-Amz-Signature'))
  })

  it('moves bytes again where the storage is busy or breaks off', async () => {
    const { runs } = workspace.platform
    const { runId } = await startRun()
    for (const fault of ['cut', 'cut-after', { status: 503, body: '<Error><Code>SlowDown</Code></Error>' }] as const) {
      workspace.standIn.fail('PUT /storage/', fault)
      await runs.artifacts.put(runId, 'rows.json', '[1,2]')
      workspace.standIn.fail('GET /storage/', fault)
      expect((await runs.artifacts.read(runId, 'rows.json'))?.byteLength).toBe(5)
    }
  })

  it('uploads the spans of a trace, and links it to its run', async () => {
    const { runId, experimentId } = await startRun()
    const trace = { experimentId, runId, startedAt: '2026-11-01T10:20:30.456Z', durationMs: 12, ok: true }
    const traceId = await workspace.platform.runs.traces.log({ ...trace, request: 'Why?', response: 'Because.' })
    expect(workspace.standIn.traces.runsOf(traceId)).toEqual([runId])
    const spans = z
      .object({ spans: z.array(z.looseObject({})) })
      .parse(JSON.parse(workspace.standIn.files.spansOf(traceId) ?? ''))
    expect(spans.spans).toHaveLength(1)
  })

  it('refuses before it sends what the server would cut or take silently', async () => {
    const { runs } = workspace.platform
    const { runId } = await startRun()
    const before = workspace.standIn.asked.length
    const work = [
      runs.logBatch(runId, { params: { prompt: 'x'.repeat(6001) } }),
      runs.logBatch(runId, { metrics: [{ key: 'rows', value: Number.NaN, timestamp: 1, step: 0 }] }),
      runs.artifacts.put(runId, '../up.txt', 'x'),
      runs.artifacts.put(runId, 'a\\b.txt', 'x'),
    ]
    expect(await Promise.all(work.map(codeOf))).toEqual(Array(work.length).fill('PLATFORM_REFUSED'))
    expect(workspace.standIn.asked.length).toBe(before)
  })

  it.each([
    ["metrics.`faithfulness/mean` > 0.8 AND params.top_k = '5'", 1],
    ['metric."faithfulness/mean" <= 0.9 and tag.set LIKE \'gold%\'', 1],
    ["attributes.status IN ('RUNNING') AND run_name ILIKE 'EVAL%'", 1],
    ["tags.set = 'silver AND gold'", 0],
    ['metrics.rows != 60', 0],
  ])('is searched by the grammar of MLflow: %s', async (filter, count) => {
    const run = await startRun()
    const metrics = [
      { key: 'faithfulness/mean', value: 0.9, timestamp: 1, step: 0 },
      { key: 'rows', value: 60, timestamp: 1, step: 0 },
    ]
    await workspace.platform.runs.logBatch(run.runId, { params: { top_k: '5' }, metrics, tags: { set: 'golden' } })
    const body = { experiment_ids: [run.experimentId], filter }
    const { json } = await workspace.ask('POST', '/api/2.0/mlflow/runs/search', body)
    expect(z.object({ runs: z.array(z.unknown()) }).parse(json).runs).toHaveLength(count)
  })

  it.each(["tags.a = '1' OR tags.b = '2'", 'params.top_k > 3', "metrics.rows = 'many'", 'tags.a'])(
    'is refused a filter that the grammar does not hold: %s',
    async (filter) => {
      const answer = await workspace.ask('POST', '/api/2.0/mlflow/runs/search', { experiment_ids: ['1'], filter })
      expect(answer).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } })
    },
  )
})
