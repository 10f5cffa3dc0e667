// Managed fine-tuning of the local lakehouse: really trained with the classifier's own trainer, logged, registered, stopped and taken up again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { folderBlobs } from '../../../../src/platform/lakehouse/blobs.ts'
import { cannedEngine } from '../../../../src/platform/lakehouse/sql-engine.ts'
import { startLakehouse } from '../../../../src/platform/lakehouse/start-lakehouse.ts'
import { openState } from '../../../../src/platform/lakehouse/state.ts'
import type { StoredTraining } from '../../../../src/platform/lakehouse/training/stored-training.ts'
import { createClassifierTrainer } from '../../../../src/platform/offline/ai/training/create-classifier-trainer.ts'
import type { ClassifierTrainer } from '../../../../src/platform/ports/classifier.ts'
import { writeMds } from '../../../../src/training/write-mds.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'
import { createHashedEmbeddings } from '../../local/hashed-embeddings.ts'
import { TICKETS } from '../../offline/ai/training/ticket-rows.ts'

const trainer = createClassifierTrainer({ embeddings: createHashedEmbeddings() })
const DATA = '/Volumes/ml/tickets/training'
const MODEL = 'ml.tickets.classifier'
const FT = '/api/2.0/fine-tuning'
const rows = TICKETS

/** Trains as the real one, and stands still after an epoch until it is let go. */
function createHeldTrainer(after: number): { held: ClassifierTrainer; reached: Promise<void>; letGo(): void } {
  let letGo = () => {}
  let reach = () => {}
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const held: ClassifierTrainer = {
    ...trainer,
    train: (training) =>
      trainer.train({
        ...training,
        async onEpoch(point, of) {
          await training.onEpoch?.(point, of)
          if (Math.ceil(point.epoch ?? 0) < after) return
          reach()
          const aborted = new Promise((resolve) => training.signal?.addEventListener('abort', resolve))
          await Promise.race([gate, aborted])
        },
      }),
  }
  return { held, reached, letGo }
}

function createAsking(lakehouse: { host: string; token: string }) {
  return async function ask(method: string, path: string, body?: unknown) {
    const isJson = typeof body !== 'string' && !(body instanceof Uint8Array)
    const response = await fetch(`${lakehouse.host}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${lakehouse.token}`,
        'content-type': isJson ? 'application/json' : 'application/octet-stream',
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : Buffer.from(body as string) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null }
  }
}
type Ask = ReturnType<typeof createAsking>

async function ended(ask: Ask, id: string) {
  for (let n = 0; n < 500; n += 1) {
    const { json } = await ask('GET', `${FT}/runs/${id}`)
    if (['COMPLETED', 'FAILED', 'STOPPED'].includes(json.status)) return json
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('The training does not end.')
}

const chat = rows.map(({ text, label }) => ({
  messages: [
    { role: 'user', content: text },
    { role: 'assistant', content: label },
  ],
}))
const toLines = (values: readonly unknown[]) => values.map((one) => JSON.stringify(one)).join('\n')
const payload = {
  model: trainer.baseModel,
  train_data_path: `dbfs:${DATA}/chat.jsonl`,
  training_duration: '3ep',
  register_to: MODEL,
}

describe('managed fine-tuning of the local lakehouse', () => {
  let standIn: DatabricksStandIn
  let ask: Ask

  beforeAll(async () => {
    const columns = ['prompt', 'response'].map((name) => ({ name, type: 'STRING' }))
    const engine = cannedEngine(
      columns,
      rows.map(({ text, label }) => [text, label]),
    )
    standIn = await startDatabricks({ trainer, engine })
    ask = createAsking(standIn)
    const files: Record<string, string> = {
      'chat.jsonl': toLines(chat),
      'bare.jsonl': toLines(chat.map(({ messages }) => messages)),
      'instructions.jsonl': toLines(rows.map(({ text, label }) => ({ prompt: text, response: label }))),
      'labelled.jsonl': toLines(rows),
      'broken.jsonl': `${toLines(rows.slice(0, 2))}\n{"text": "no label"}\n`,
      'one.jsonl': toLines(rows.map(({ text }) => ({ text, label: 'same' }))),
    }
    for (const [name, text] of Object.entries(files)) await ask('PUT', `/api/2.0/fs/files${DATA}/${name}`, text)
    for (const { path, bytes } of writeMds(
      { prompt: 'str', response: 'str' },
      rows.map(({ text, label }) => ({ prompt: text, response: label })),
      2000,
    ))
      await ask('PUT', `/api/2.0/fs/files${DATA}/mds/${path}`, bytes)
  })
  afterAll(() => standIn?.close())

  it('trains, logs each epoch, keeps the classifier with its run, and registers it READY', async () => {
    const created = await ask('POST', `${FT}/runs/create`, { ...payload, training_duration: '20ep' })
    expect(created).toMatchObject({
      status: 200,
      json: { status: 'PENDING', model: trainer.baseModel, register_to: MODEL },
    })
    const run = await ended(ask, created.json.run_id)
    expect(run).toMatchObject({ status: 'COMPLETED', epochs: { done: 20, of: 20 }, model_version: '1' })
    const types = run.events.map((one: { event_type: string }) => one.event_type)
    expect(types).toEqual(['QUEUED', 'RUNNING', ...types.filter((one: string) => one === 'EPOCH'), 'COMPLETED'])
    const { json } = await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${run.mlflow_run_id}`)
    expect(json.run.info.status).toBe('FINISHED')
    const params = Object.fromEntries(
      json.run.data.params.map((one: { key: string; value: string }) => [one.key, one.value]),
    )
    expect(params).toMatchObject({
      model: trainer.baseModel,
      training_duration: '20ep',
      train_data_path: payload.train_data_path,
    })
    const history = await ask('GET', `/api/2.0/mlflow/metrics/get-history?run_id=${run.mlflow_run_id}&metric_key=loss`)
    const losses = history.json.metrics.map((one: { value: number }) => one.value)
    expect(losses.length).toBeGreaterThanOrEqual(20)
    expect(losses.at(-1)).toBeLessThan(losses[0])
    const version = (await ask('GET', `/api/2.1/unity-catalog/models/${MODEL}/versions/1`)).json
    expect(version).toMatchObject({
      status: 'READY',
      source: `runs:/${run.mlflow_run_id}/classifier`,
      run_id: run.mlflow_run_id,
    })
    const classifier = await trainer.load(async (path) => {
      const asked = await ask('POST', '/api/2.0/mlflow/artifacts/credentials-for-read', {
        run_id: run.mlflow_run_id,
        path: [path],
      })
      const [permit] = asked.json.credential_infos
      const headers = Object.fromEntries(
        permit.headers.map((one: { name: string; value: string }) => [one.name, one.value]),
      )
      const response = await fetch(permit.signed_uri, { headers })
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : null
    })
    const said = await classifier.classify(rows.map(({ text }) => text))
    const right = said.filter(({ label }, nth) => label === rows[nth]?.label).length
    expect(right / rows.length).toBeGreaterThan(0.8)
  })

  it.each(['bare.jsonl', 'instructions.jsonl', 'labelled.jsonl', 'mds', 'table'])(
    'reads examples of %s',
    async (name) => {
      const table = { train_data_path: 'ml.tickets.examples', data_prep_cluster_id: '0101-123456-abcdefgh' }
      const data = name === 'table' ? table : { train_data_path: `${DATA}/${name}` }
      const { json } = await ask('POST', `${FT}/runs/create`, { ...payload, ...data, training_duration: '1ep' })
      const run = await ended(ask, json.run_id)
      expect([run.status, run.reason]).toEqual(['COMPLETED', ''])
      const { params } = (await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${run.mlflow_run_id}`)).json.run.data
      expect(params).toContainEqual({ key: 'train_rows', value: String(rows.length) })
    },
  )

  it.each([
    [{ model: 'meta-llama/Meta-Llama-3.1-8B-Instruct' }, /no GPU.*lakedesk\/ticket-classifier/],
    [{ training_duration: '100ba' }, /batches.*3ep/],
    [{ training_duration: '1_000_000tok' }, /tokens/],
    [{ training_duration: 'long' }, /not understood/],
    [{ train_data_path: 'dbfs:/user/data/instruction_pairs_train' }, /does not exist/],
    [{ train_data_path: 'ml.tickets.examples' }, /data_prep_cluster_id is required/],
    [{ register_to: 'classifier' }, /catalog\.schema/],
    [{ learning_rate: -1 }, /above 0/],
  ])('refuses %j at once, and says what is possible', async (wrong, words) => {
    const { status, json } = await ask('POST', `${FT}/runs/create`, { ...payload, ...wrong })
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(json.message).toMatch(words)
  })

  it.each([
    ['broken.jsonl', /^Line 3 of .*broken\.jsonl/],
    ['one.jsonl', /label/],
  ])('fails over %s, with the reason', async (name, words) => {
    const { json } = await ask('POST', `${FT}/runs/create`, { ...payload, train_data_path: `${DATA}/${name}` })
    const run = await ended(ask, json.run_id)
    expect(run.status).toBe('FAILED')
    expect(run.reason).toMatch(words)
    if (run.mlflow_run_id === null) return
    const logged = await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${run.mlflow_run_id}`)
    expect(logged.json.run.info.status).toBe('FAILED')
  })

  it('is found in the list, is one run for one token, and tells what can be trained', async () => {
    const again = { ...payload, idempotency_token: 'ft-1' }
    const [one, two] = [await ask('POST', `${FT}/runs/create`, again), await ask('POST', `${FT}/runs/create`, again)]
    expect(one.json.run_id).toBe(two.json.run_id)
    await ended(ask, one.json.run_id)
    const first = (await ask('GET', `${FT}/runs?page_size=1`)).json
    expect(first).toMatchObject({ runs: [{ run_id: one.json.run_id }], next_page_token: '1' })
    expect((await ask('GET', `${FT}/runs/none`)).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST')
    expect((await ask('GET', `${FT}/models`)).json.models).toMatchObject([{ name: trainer.baseModel }])
  })

  it('speaks the GraphQL of databricks-genai', async () => {
    const graph = (query: string, variables: object) => ask('POST', '/api/2.0/genai-mapi/graphql', { query, variables })
    const mlflow = { experiment_path: '/Shared/ft', model_registry_path: MODEL, createExperimentAndRun: true }
    const data = {
      ...{ model: trainer.baseModel, taskType: 'CHAT_COMPLETION', trainDataPath: payload.train_data_path },
      ...{ trainingDuration: '1ep', experimentTracker: { mlflow } },
    }
    const mutation =
      'mutation CreateFinetune($createFinetuneData: CreateFinetuneInput!){ createFinetune(createFinetuneData: $createFinetuneData){ id } }'
    const made = (await graph(mutation, { createFinetuneData: data })).json.data.createFinetune
    await ended(ask, made.id)
    const query =
      'query Get($getFinetunesData: X){ getFinetunesPaginated(getFinetunesData: $getFinetunesData){ finetunes { id } } }'
    const { finetunes } = (await graph(query, { getFinetunesData: { filters: { name: { in: [made.name] } } } })).json
      .data.getFinetunesPaginated
    expect(finetunes).toMatchObject([
      { id: made.id, status: 'COMPLETED', details: { trainDataPath: payload.train_data_path } },
    ])
    const refused = await graph(mutation, { createFinetuneData: { ...data, model: 'mpt-7b' } })
    expect(refused).toMatchObject({
      status: 200,
      json: { data: null, errors: [{ message: expect.stringContaining('no GPU') }] },
    })
  })

  it('is carried out as an AI Runtime task too, whose output names the run', async () => {
    const ai_runtime_task = {
      experiment: 'ft',
      mlflow_run: 'ticket-ft',
      mlflow_experiment_directory: '/Workspace/Users/owner@example.com',
      parameters: {
        model: trainer.baseModel,
        train_data_path: `${DATA}/mds`,
        training_duration: '2ep',
        register_to: MODEL,
      },
      deployments: [
        { command_path: `${DATA}/train.sh`, compute: { accelerator_type: 'GPU_1xH100', accelerator_count: 1 } },
      ],
    }
    const { json } = await ask('POST', '/api/2.2/jobs/runs/submit', { tasks: [{ task_key: 'train', ai_runtime_task }] })
    let run = (await ask('GET', `/api/2.2/jobs/runs/get?run_id=${json.run_id}`)).json
    while (run.state.life_cycle_state !== 'TERMINATED') {
      await new Promise((resolve) => setTimeout(resolve, 10))
      run = (await ask('GET', `/api/2.2/jobs/runs/get?run_id=${json.run_id}`)).json
    }
    expect(run.state).toMatchObject({ result_state: 'SUCCESS', state_message: '' })
    const output = (await ask('GET', `/api/2.2/jobs/runs/get-output?run_id=${run.tasks[0].run_id}`)).json
    const { mlflow_run_id } = output.ai_runtime_task_output
    const logged = (await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${mlflow_run_id}`)).json.run
    expect(logged.info).toMatchObject({ run_name: 'ticket-ft', status: 'FINISHED' })
    expect(output.logs).toContain(`registered ${MODEL} version`)
  })
})

describe('a training that does not reach its end', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lakehouse-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function start(with_: ClassifierTrainer) {
    const lakehouse = await startLakehouse({
      state: openState(join(folder, 'state.db')),
      blobs: folderBlobs(join(folder, 'files')),
      answer: () => null,
      engine: cannedEngine([], []),
      trainer: with_,
    })
    lakehouse.people.addUser({ userName: 'owner@example.com' })
    const token = lakehouse.people.addToken('owner@example.com')
    return { lakehouse, ask: createAsking({ host: lakehouse.host, token }) }
  }

  it('is stopped on the way, with its run, and the one that waits behind it at once', async () => {
    const { held, reached } = createHeldTrainer(2)
    const { lakehouse, ask } = await start(held)
    await ask('PUT', `/api/2.0/fs/files${DATA}/chat.jsonl`, toLines(chat))
    const { json } = await ask('POST', `${FT}/runs/create`, payload)
    const waits = (await ask('POST', `${FT}/runs/create`, payload)).json
    await reached
    expect((await ask('GET', `${FT}/runs/${json.run_id}`)).json).toMatchObject({
      status: 'RUNNING',
      epochs: { done: 2 },
    })
    await ask('POST', `${FT}/runs/${waits.run_id}/cancel`)
    expect((await ask('GET', `${FT}/runs/${waits.run_id}`)).json.status).toBe('STOPPED')
    await ask('POST', `${FT}/runs/stop`, { run_id: json.run_id })
    const run = await ended(ask, json.run_id)
    expect(run).toMatchObject({ status: 'STOPPED', model_version: null })
    const logged = await ask('GET', `/api/2.0/mlflow/runs/get?run_id=${run.mlflow_run_id}`)
    expect(logged.json.run.info.status).toBe('KILLED')
    await lakehouse.close()
  })

  it('is taken up again after a restart: the same run, each point once, one version', async () => {
    const { held, reached } = createHeldTrainer(2)
    const first = await start(held)
    await first.ask('PUT', `/api/2.0/fs/files${DATA}/chat.jsonl`, toLines(chat))
    const { json } = await first.ask('POST', `${FT}/runs/create`, payload)
    await reached
    const before = (await first.ask('GET', `${FT}/runs/${json.run_id}`)).json
    await first.lakehouse.close()
    const second = await start(trainer)
    const run = await ended(second.ask, json.run_id)
    expect(run).toMatchObject({
      status: 'COMPLETED',
      mlflow_run_id: before.mlflow_run_id,
      model_version: '1',
    })
    const history = await second.ask(
      'GET',
      `/api/2.0/mlflow/metrics/get-history?run_id=${run.mlflow_run_id}&metric_key=loss`,
    )
    const steps = history.json.metrics.map((one: { step: number }) => one.step)
    expect(steps).toEqual([...new Set(steps)])
    await second.lakehouse.close()
  })

  it('registers nothing twice where it was cut off after the registration', async () => {
    const first = await start(trainer)
    await first.ask('PUT', `/api/2.0/fs/files${DATA}/chat.jsonl`, toLines(chat))
    const { json } = await first.ask('POST', `${FT}/runs/create`, payload)
    await ended(first.ask, json.run_id)
    await first.lakehouse.close()
    // As a kill leaves it: the version is there, and the training does not know.
    const state = openState(join(folder, 'state.db'))
    const kept = state.table<StoredTraining>('trainings')
    const row = kept.get(json.run_id)
    if (row) kept.put(json.run_id, { ...row, status: 'RUNNING', version: '', completedAt: 0 })
    state.close()
    const second = await start(trainer)
    const run = await ended(second.ask, json.run_id)
    expect(run).toMatchObject({ status: 'COMPLETED', model_version: '1' })
    const versions = (await second.ask('GET', `/api/2.1/unity-catalog/models/${MODEL}/versions`)).json.model_versions
    expect(versions).toHaveLength(1)
    await second.lakehouse.close()
  })
})
