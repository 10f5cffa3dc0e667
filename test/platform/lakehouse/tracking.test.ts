// MLflow of the local lakehouse beyond what Lakedesk's own driver asks: what MLflow's and Databricks' clients use.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { ask as askHost } from './ask-lakehouse.ts'

const MLFLOW = '/api/2.0/mlflow'
const UC = `${MLFLOW}/unity-catalog`
const MODEL = 'ml.rag.m1'
const runSchema = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) })

let standIn: Awaited<ReturnType<typeof startDatabricks>>
let experiment: string
const ask = (request: string, body?: unknown) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${standIn.token}` })
async function startRun(name: string, metric: number, start_time: number): Promise<string> {
  const made = await ask(`POST ${MLFLOW}/runs/create`, { experiment_id: experiment, run_name: name, start_time })
  const { run_id } = runSchema.parse(made.json).run.info
  await ask(`POST ${MLFLOW}/runs/log-metric`, { run_id, key: 'faithfulness/v1/mean', value: metric, timestamp: 1 })
  return run_id
}
const namesOf = (said: { json: Readonly<Record<string, unknown>> }): string[] =>
  z
    .object({ runs: z.array(z.object({ info: z.object({ run_name: z.string() }) })) })
    .parse(said.json)
    .runs.map(({ info }) => info.run_name)
const search = (more: object) => ask(`POST ${MLFLOW}/runs/search`, { experiment_ids: [experiment], ...more })

beforeAll(async () => {
  standIn = await startDatabricks()
  const made = await ask(`POST ${MLFLOW}/experiments/create`, {
    name: '/Workspace/Shared/all',
    tags: [{ key: 'team', value: 'rag' }],
  })
  experiment = String(made.json.experiment_id)
})
afterAll(() => standIn?.close())

describe('experiments', () => {
  it('are found by name and tags, deleted ones where they are asked for', async () => {
    await ask(`POST ${MLFLOW}/experiments/create`, { name: '/Shared/other' })
    const find = async (more: object) => (await ask(`POST ${MLFLOW}/experiments/search`, more)).json
    expect(await find({ filter: "tags.team = 'rag' AND name ILIKE '/shared/%'" })).toMatchObject({
      experiments: [{ name: '/Shared/all' }],
    })
    const { json } = await ask(`GET ${MLFLOW}/experiments/get-by-name?experiment_name=/Shared/other`)
    const { experiment_id } = z.object({ experiment: z.object({ experiment_id: z.string() }) }).parse(json).experiment
    await ask(`POST ${MLFLOW}/experiments/delete`, { experiment_id })
    expect(await find({ order_by: ['name ASC'] })).toMatchObject({ experiments: [{ name: '/Shared/all' }] })
    expect(await find({ view_type: 'DELETED_ONLY' })).toMatchObject({ experiments: [{ name: '/Shared/other' }] })
    expect((await ask(`POST ${MLFLOW}/experiments/search`, { filter: 'nonsense' })).status).toBe(400)
  })
})

describe('runs', () => {
  it('are ordered by what was asked, then the newest first, those without a value last', async () => {
    await startRun('low', 0.1, 10)
    await startRun('high', 0.9, 20)
    await ask(`POST ${MLFLOW}/runs/create`, { experiment_id: experiment, run_name: 'none', start_time: 30 })
    const metric = 'metrics.`faithfulness/v1/mean`'
    expect(namesOf(await search({ order_by: [`${metric} DESC`] }))).toEqual(['high', 'low', 'none'])
    expect(namesOf(await search({ order_by: [`${metric} ASC`] }))).toEqual(['low', 'high', 'none'])
    expect(namesOf(await search({}))).toEqual(['none', 'high', 'low'])
    expect(namesOf(await search({ filter: `${metric} > 0.5 AND attributes.run_name LIKE 'h%'` }))).toEqual(['high'])
    const first = await search({ max_results: 2 })
    expect(namesOf(await search({ max_results: 2, page_token: first.json.next_page_token }))).toEqual(['low'])
    expect((await search({ filter: "params.a = '1' OR params.b = '2'" })).status).toBe(400)
  })

  it('that are deleted take no more, until they are restored', async () => {
    const run_id = await startRun('gone', 1, 40)
    await ask(`POST ${MLFLOW}/runs/delete`, { run_id })
    expect(namesOf(await search({ filter: "attributes.run_name = 'gone'" }))).toEqual([])
    expect(await ask(`POST ${MLFLOW}/runs/set-tag`, { run_id, key: 'a', value: 'b' })).toMatchObject({ status: 400 })
    await ask(`POST ${MLFLOW}/runs/restore`, { run_id })
    await ask(`POST ${MLFLOW}/runs/set-tag`, { run_id, key: 'a', value: 'b' })
    expect((await ask(`POST ${MLFLOW}/runs/delete-tag`, { run_id, key: 'a' })).status).toBe(200)
    expect((await ask(`POST ${MLFLOW}/runs/delete-tag`, { run_id, key: 'a' })).status).toBe(404)
  })

  it('tell the data and the models that they worked with', async () => {
    const run_id = await startRun('inputs', 1, 50)
    const dataset = { name: 'gold', digest: 'd1', source_type: 'local', source: '{}' }
    const input = { run_id, datasets: [{ dataset, tags: [] }], models: [{ model_id: 'm-1' }] }
    for (let twice = 0; twice < 2; twice += 1) await ask(`POST ${MLFLOW}/runs/log-inputs`, { ...input, models: [] })
    await ask(`POST ${MLFLOW}/runs/log-inputs`, input)
    expect((await ask(`GET ${MLFLOW}/runs/get?run_id=${run_id}`)).json).toMatchObject({
      run: { inputs: { dataset_inputs: [{ dataset }], model_inputs: [{ model_id: 'm-1' }] } },
    })
  })
})

describe('a logged model of MLflow 3', () => {
  it('is made pending, filled with files, declared ready, and found by its run', async () => {
    const source_run_id = await startRun('logging', 0.7, 60)
    const asked = { experiment_id: experiment, name: 'chain', source_run_id, tags: [{ key: 't', value: '1' }] }
    const made = await ask(`POST ${MLFLOW}/logged-models`, asked)
    const { info } = z
      .object({
        model: z.object({ info: z.object({ model_id: z.string(), status: z.string(), artifact_uri: z.string() }) }),
      })
      .parse(made.json).model
    expect(info).toMatchObject({ status: 'LOGGED_MODEL_PENDING', artifact_uri: expect.stringContaining(info.model_id) })
    const root = `${MLFLOW}/logged-models/${info.model_id}`
    const granted = await ask(`POST ${root}/artifacts/credentials-for-upload`, { paths: ['MLmodel'] })
    const [credential] = z
      .object({
        credentials: z.array(
          z.object({
            credential_info: z.object({
              signed_uri: z.string(),
              headers: z.array(z.object({ name: z.string(), value: z.string() })),
            }),
          }),
        ),
      })
      .parse(granted.json).credentials
    const { signed_uri = '', headers = [] } = credential?.credential_info ?? {}
    const signed = Object.fromEntries(headers.map(({ name, value }) => [name, value]))
    await fetch(signed_uri, { method: 'PUT', headers: signed, body: 'flavors: {}' })
    await ask(`PATCH ${root}`, { status: 'LOGGED_MODEL_READY' })
    expect((await ask(`GET ${root}/artifacts/directories`)).json).toMatchObject({
      files: [{ path: 'MLmodel', file_size: 11 }],
    })
    const found = await ask(`POST ${MLFLOW}/logged-models/search`, {
      ...{ experiment_ids: [experiment], filter: `source_run_id = '${source_run_id}'` },
    })
    expect(found.json).toMatchObject({ models: [{ info: { model_id: info.model_id, status: 'LOGGED_MODEL_READY' } }] })
  })
})

describe('a registered version', () => {
  it('keeps its files below /Models, for it alone, and loses them with nobody', async () => {
    await ask(`POST ${UC}/registered-models/create`, { name: MODEL, tags: [{ key: 'a', value: 'b' }] })
    await ask(`POST ${UC}/model-versions/create`, { name: MODEL, source: 'dbfs:/x' })
    const files = `${standIn.host}/api/2.0/fs/files/Models/ml/rag/m1`
    const headers = { authorization: `Bearer ${standIn.token}` }
    const put = (path: string) => fetch(`${files}/${path}`, { method: 'PUT', headers, body: '{"a": 1}' })
    expect((await put('1/code/x.json')).status).toBe(204)
    expect((await put('2/code/x.json')).status).toBe(404)
    expect(await (await fetch(`${files}/1/code/x.json`, { headers })).text()).toBe('{"a": 1}')
    expect((await ask('GET /api/2.0/fs/directories/Models/ml/rag/m1/1')).json).toMatchObject({
      contents: [{ name: 'code', is_directory: true }],
    })
    await ask(`POST ${UC}/model-versions/finalize`, { name: MODEL, version: 1 })
    await ask(`POST ${UC}/model-versions/set-tag`, { name: MODEL, version: '1', key: 'k', value: 'v' })
    expect((await ask(`GET ${UC}/model-versions/get?name=${MODEL}&version=1`)).json).toMatchObject({
      model_version: { status: 'READY', tags: [{ key: 'k', value: 'v' }] },
    })
    expect((await ask(`GET ${UC}/registered-models/search`)).json).toMatchObject({
      registered_models: [{ name: MODEL, tags: [{ key: 'a', value: 'b' }] }],
    })
  })

  it('with an alias is not deleted', async () => {
    await ask(`POST ${UC}/registered-models/alias`, { name: MODEL, alias: 'Champion', version: '1' })
    const path = `DELETE /api/2.1/unity-catalog/models/${MODEL}/versions/1`
    expect(await ask(path)).toMatchObject({ status: 400, json: { error_code: 'INVALID_STATE' } })
    await ask(`DELETE ${UC}/registered-models/alias`, { name: MODEL, alias: 'Champion' })
    expect((await ask(path)).status).toBe(200)
  })
})
