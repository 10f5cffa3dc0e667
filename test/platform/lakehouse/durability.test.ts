// What the local lakehouse keeps over a restart, and that two of them never share one folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openState } from '../../../src/platform/lakehouse/state.ts'
import { type Kept, OWNER, openKept, TOKEN } from './ask-lakehouse.ts'

const MODEL = 'ml.rag.docs_rag'
const MLFLOW = '/api/2.0/mlflow'

let kept: Kept
beforeAll(async () => {
  kept = await openKept()
})
afterAll(() => kept?.close())

/** What a look says, before a restart and after it. */
async function sameAfterRestart(request: string, body?: unknown): Promise<unknown> {
  const before = await kept.ask(request, body)
  expect(before.status).toBe(200)
  await kept.restart()
  const after = await kept.ask(request, body)
  expect(after.json).toEqual(before.json)
  return after.json
}

describe('a restarted lakehouse', () => {
  it('knows its tokens, people and grants, and keeps no token in clear', async () => {
    kept.lakehouse.people.addUser({ userName: 'ana@example.com', groups: ['rag team'] })
    kept.lakehouse.people.grant('schema ml.rag', 'rag team', 'USE_SCHEMA')
    await kept.ask('POST /api/2.1/unity-catalog/schemas', { catalog_name: 'workspace', name: 'notes' })
    await kept.ask('PATCH /api/2.1/unity-catalog/permissions/schema/workspace.notes', {
      changes: [{ principal: 'ana@example.com', add: ['USE SCHEMA', 'CREATE_TABLE'] }],
    })
    expect(await sameAfterRestart('GET /api/2.1/unity-catalog/permissions/schema/workspace.notes')).toEqual({
      privilege_assignments: [{ principal: 'ana@example.com', privileges: ['CREATE_TABLE', 'USE_SCHEMA'] }],
    })
    expect(
      await sameAfterRestart('GET /api/2.0/preview/scim/v2/Users?filter=userName%20eq%20%22ANA@example.com%22'),
    ).toMatchObject({
      totalResults: 1,
      Resources: [{ userName: 'ana@example.com', groups: [{ display: 'rag team' }] }],
    })
    expect(readFileSync(join(kept.folder, 'lakehouse.db')).includes(TOKEN)).toBe(false)
  })

  it('knows experiments, runs, their points and files', async () => {
    const { json } = await kept.ask(`POST ${MLFLOW}/experiments/create`, { name: '/Shared/kept' })
    const { experiment_id } = z.object({ experiment_id: z.string() }).parse(json)
    const made = await kept.ask(`POST ${MLFLOW}/runs/create`, { experiment_id, run_name: 'first', start_time: 5 })
    const { run_id } = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(made.json).run.info
    const metrics = [1, 2, 3].map((step) => ({ key: 'loss', value: 1 / step, timestamp: step, step }))
    await kept.ask(`POST ${MLFLOW}/runs/log-batch`, { run_id, metrics, params: [{ key: 'constructor', value: '1' }] })
    await kept.ask(`POST ${MLFLOW}/runs/log-batch`, { run_id, metrics, tags: [{ key: 'a', value: 'b' }] })
    const granted = await kept.ask(`POST ${MLFLOW}/artifacts/credentials-for-write`, {
      run_id,
      path: ['rows/a b.json'],
    })
    const [info] = z
      .object({
        credential_infos: z.array(
          z.object({ signed_uri: z.string(), headers: z.array(z.record(z.string(), z.string())) }),
        ),
      })
      .parse(granted.json).credential_infos
    const headers = Object.fromEntries((info?.headers ?? []).map(({ name = '', value = '' }) => [name, value]))
    expect((await fetch(info?.signed_uri ?? '', { method: 'PUT', headers, body: '[1]' })).status).toBe(200)

    expect(await sameAfterRestart(`GET ${MLFLOW}/runs/get?run_id=${run_id}`)).toMatchObject({
      run: {
        info: { run_name: 'first', status: 'RUNNING' },
        data: { params: [{ key: 'constructor', value: '1' }], metrics: [{ key: 'loss', step: 3 }] },
      },
    })
    const history = await kept.ask(`GET ${MLFLOW}/metrics/get-history?run_id=${run_id}&metric_key=loss`)
    expect(history.json.metrics).toEqual(metrics)
    expect(await sameAfterRestart(`GET ${MLFLOW}/artifacts/list?run_id=${run_id}&path=rows`)).toMatchObject({
      files: [{ path: 'rows/a b.json', is_dir: false, file_size: 3 }],
    })
    const changed = await kept.ask(`POST ${MLFLOW}/runs/log-parameter`, { run_id, key: 'constructor', value: '2' })
    expect(changed).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } })
  })

  it('knows versions, aliases and endpoints, and gives no number of a version twice', async () => {
    kept.lakehouse.models.addVersion(MODEL)
    kept.lakehouse.models.addVersion(MODEL)
    await kept.ask(`PUT /api/2.1/unity-catalog/models/${MODEL}/aliases/Champion`, { version_num: 1 })
    await kept.ask(`DELETE /api/2.1/unity-catalog/models/${MODEL}/versions/2`)
    const served_entities = [{ entity_name: MODEL, entity_version: '1', workload_size: 'Small' }]
    await kept.ask('POST /api/2.0/serving-endpoints', { name: 'rag', config: { served_entities } })
    await kept.restart()
    expect((await kept.ask('GET /api/2.0/serving-endpoints/rag')).json).toMatchObject({
      state: { config_update: 'IN_PROGRESS' },
    })
    expect(await sameAfterRestart('GET /api/2.0/serving-endpoints/rag')).toMatchObject({
      ...{ creator: OWNER, state: { ready: 'READY', config_update: 'NOT_UPDATING' } },
    })
    expect(kept.lakehouse.models.aliasOf(MODEL, 'Champion')).toBe(1)
    expect(kept.lakehouse.models.addVersion(MODEL).version).toBe(3)
    const asked = await kept.ask('POST /serving-endpoints/rag/invocations', {
      dataframe_split: { columns: ['question'], data: [['why?'], ['when?']] },
    })
    expect(asked.json).toEqual({
      predictions: ['why?', 'when?'].map((question) => ({ version: '1', record: { question } })),
    })
  })

  it('knows warehouses as they were', async () => {
    const { json } = await kept.ask('POST /api/2.0/sql/warehouses', {
      name: 'small',
      warehouse_type: 'PRO',
      auto_stop_mins: 10,
    })
    await kept.ask(`POST /api/2.0/sql/warehouses/${json.id}/stop`)
    expect(await sameAfterRestart(`GET /api/2.0/sql/warehouses/${json.id}`)).toMatchObject({
      name: 'small',
      state: 'STOPPED',
    })
  })
})

describe('the folder of a lakehouse', () => {
  it('belongs to one at a time', () => {
    expect(() => openState(join(kept.folder, 'lakehouse.db'))).toThrow(/Another lakehouse already runs over/)
  })

  it('that holds another file is refused with a sentence', () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-lakehouse-'))
    const file = join(folder, 'lakehouse.db')
    writeFileSync(file, 'this is no database, and long enough to be looked at. '.repeat(40))
    expect(() => openState(file)).toThrow(/cannot be read/)
    rmSync(folder, { recursive: true, force: true })
  })
})
