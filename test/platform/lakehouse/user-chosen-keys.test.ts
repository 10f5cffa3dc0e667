// Names that users choose and that every object of JavaScript has already: they are names like all others.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { ask as askHost } from './ask-lakehouse.ts'

const NAMES = ['__proto__', 'constructor', 'toString']
const MLFLOW = '/api/2.0/mlflow'

let standIn: Awaited<ReturnType<typeof startDatabricks>>
const ask = (request: string, body?: unknown) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${standIn.token}` })
beforeAll(async () => {
  standIn = await startDatabricks()
})
afterAll(() => standIn?.close())

it.each(NAMES)('a secret named %s is kept and told', async (name) => {
  const scope = `s${NAMES.indexOf(name)}`
  await ask('POST /api/2.0/secrets/scopes/create', { scope })
  expect((await ask(`GET /api/2.0/secrets/get?scope=${scope}&key=${name}`)).status).toBe(404)
  await ask('POST /api/2.0/secrets/put', { scope, key: name, string_value: 'v' })
  expect((await ask(`GET /api/2.0/secrets/get?scope=${scope}&key=${name}`)).json).toEqual({
    key: name,
    value: btoa('v'),
  })
  expect((await ask(`GET /api/2.0/secrets/list?scope=${scope}`)).json).toMatchObject({ secrets: [{ key: name }] })
  expect((await ask(`GET /api/2.0/secrets/acls/get?scope=${scope}&principal=${name}`)).status).toBe(404)
  await ask('POST /api/2.0/secrets/acls/put', { scope, principal: name, permission: 'READ' })
  expect((await ask(`GET /api/2.0/secrets/acls/get?scope=${scope}&principal=${name}`)).json).toEqual({
    principal: name,
    permission: 'READ',
  })
  await ask('POST /api/2.0/secrets/delete', { scope, key: name })
  expect((await ask(`GET /api/2.0/secrets/list?scope=${scope}`)).json).toEqual({})
})

it.each(NAMES)('tags, aliases and grants named %s are kept and told', async (name) => {
  const model = `ml.rag.m${NAMES.indexOf(name)}`
  standIn.models.addVersion(model)
  const UC = `${MLFLOW}/unity-catalog`
  await ask(`POST ${UC}/registered-models/set-tag`, { name: model, key: name, value: 'v' })
  expect((await ask(`GET ${UC}/registered-models/get?name=${model}`)).json).toMatchObject({
    registered_model: { tags: [{ key: name, value: 'v' }] },
  })
  const alias = `/api/2.1/unity-catalog/models/${model}/aliases/${name}`
  expect((await ask(`GET ${alias}`)).status).toBe(404)
  expect((await ask(`PUT ${alias}`, { version_num: 1 })).status).toBe(200)
  expect((await ask(`GET ${alias}`)).json).toMatchObject({ version: 1 })
  expect((await ask(`DELETE ${alias}`)).status).toBe(200)
  expect((await ask(`GET ${alias}`)).status).toBe(404)
  standIn.people.addUser({ userName: name })
  const grants = `/api/2.1/unity-catalog/permissions/function/${model}`
  expect((await ask(`PATCH ${grants}`, { changes: [{ principal: name, add: ['EXECUTE'] }] })).json).toEqual({
    privilege_assignments: [{ principal: name, privileges: ['EXECUTE'] }],
  })
})

it.each(NAMES)('parameters of jobs named %s reach the run', async (name) => {
  const tasks = [{ task_key: 'a', condition_task: { op: 'EQUAL_TO', left: '1', right: '1' } }]
  const parameters = [{ name, default: 'one' }]
  const { job_id } = (await ask('POST /api/2.2/jobs/create', { name: 'j', tasks, parameters })).json
  const job_parameters = Object.fromEntries([[name, 'two']])
  const { run_id } = (await ask('POST /api/2.2/jobs/run-now', { job_id, job_parameters })).json
  expect((await ask(`GET /api/2.2/jobs/runs/get?run_id=${run_id}`)).json).toMatchObject({
    job_parameters: [{ name, value: 'two' }],
  })
})

it.each(NAMES)('points, parameters and tags of runs named %s are kept and told', async (name) => {
  const { experiment_id } = (await ask(`POST ${MLFLOW}/experiments/create`, { name: `/Shared/${name}` })).json
  const made = (await ask(`POST ${MLFLOW}/runs/create`, { experiment_id, start_time: 1 })).json
  const run_id = JSON.parse(JSON.stringify(made)).run.info.run_id
  const metrics = [{ key: name, value: 1, timestamp: 1, step: 0 }]
  await ask(`POST ${MLFLOW}/runs/log-batch`, { run_id, metrics, params: [{ key: name, value: 'p' }] })
  await ask(`POST ${MLFLOW}/runs/set-tag`, { run_id, key: name, value: 't' })
  expect((await ask(`GET ${MLFLOW}/runs/get?run_id=${run_id}`)).json).toMatchObject({
    run: {
      data: {
        metrics: [{ key: name, value: 1 }],
        params: [{ key: name, value: 'p' }],
        tags: expect.arrayContaining([{ key: name, value: 't' }]),
      },
    },
  })
  await ask(`POST ${MLFLOW}/experiments/set-experiment-tag`, { experiment_id, key: name, value: 'e' })
  expect((await ask(`GET ${MLFLOW}/experiments/get?experiment_id=${experiment_id}`)).json).toMatchObject({
    experiment: { tags: expect.arrayContaining([{ key: name, value: 'e' }]) },
  })
})
