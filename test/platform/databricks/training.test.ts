// The three trainings of Databricks by our drivers, against the local lakehouse over HTTP, which trains the classifier for real.
import { afterEach, describe, expect, it } from 'vitest'
import { connectWorkspace } from '../../../src/platform/databricks/connect-workspace.ts'
import { createDatabricksJobs } from '../../../src/platform/databricks/create-databricks-jobs.ts'
import { createDatabricksPlatform } from '../../../src/platform/databricks/create-databricks-platform.ts'
import { createDatabricksVolumes } from '../../../src/platform/databricks/create-databricks-volumes.ts'
import { createAiRuntimeTraining } from '../../../src/platform/databricks/training/create-ai-runtime-training.ts'
import { createComposerTraining } from '../../../src/platform/databricks/training/create-composer-training.ts'
import { createFineTuningTraining } from '../../../src/platform/databricks/training/create-fine-tuning-training.ts'
import { readTrainedHere } from '../../../src/platform/databricks/training/trained-here.ts'
import { createClassifierTrainer } from '../../../src/platform/offline/ai/training/create-classifier-trainer.ts'
import type { LabelledRow } from '../../../src/platform/ports/ai-functions.ts'
import type { ClassifierTrainer } from '../../../src/platform/ports/classifier.ts'
import type { Training, TrainingFormat, TrainingSpec } from '../../../src/platform/ports/training.ts'
import { writeExamples } from '../../../src/training/write-examples.ts'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { codeOf, lookUntil, newName } from '../contract-basics.ts'
import { createHashedEmbeddings } from '../local/hashed-embeddings.ts'
import { TICKETS } from '../offline/ai/training/ticket-rows.ts'
import { describeTrainingContract } from '../training-contract.ts'

const volume = '/Volumes/ml/support/code'
const BASE = 'lakedesk/ticket-classifier'
type Kind = 'fine-tuning' | 'ai-runtime' | 'composer'

/** The other side can be held before it trains. */
async function openWorld(kind: Kind, options: { withoutTrainer?: boolean } = {}) {
  const real = createClassifierTrainer({ embeddings: createHashedEmbeddings() })
  let gate: Promise<void> = Promise.resolve()
  const trainer: ClassifierTrainer = {
    ...real,
    async train(training) {
      const stopped = new Promise<void>((resolve) => training.signal?.addEventListener('abort', () => resolve()))
      await Promise.race([gate, stopped])
      training.signal?.throwIfAborted()
      return real.train(training)
    },
  }
  const standIn = await startDatabricks(options.withoutTrainer ? {} : { trainer })
  const auth = { kind: 'token' as const, token: standIn.token }
  const workspace = connectWorkspace({ host: standIn.host, auth })
  const platform = createDatabricksPlatform({ host: standIn.host, auth })
  const { registry, runs } = platform
  const open = (): Training => {
    const common = { volumes: createDatabricksVolumes(workspace), runs, registry, volume }
    const jobs = createDatabricksJobs(workspace)
    const moreModels = async () => (await readTrainedHere(workspace.http)) ?? []
    if (kind === 'fine-tuning') return createFineTuningTraining({ ...common, http: workspace.http })
    const create = kind === 'ai-runtime' ? createAiRuntimeTraining : createComposerTraining
    return create({ ...common, jobs, moreModels })
  }
  return {
    ...{ standIn, platform, registry, runs, open, training: open() },
    async hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return async () => resolve()
    },
    async close() {
      await platform.close()
      await standIn.close()
    },
  }
}

const dataOf = (format: TrainingFormat, rows: readonly LabelledRow[] = TICKETS) => ({
  format,
  files: writeExamples(
    rows.map((row) => ({ kind: 'labelled', ...row })),
    format,
  ),
  baseModel: BASE,
  task: 'CLASSIFICATION' as const,
})

const KINDS: readonly [Kind, TrainingFormat][] = [
  ['fine-tuning', 'labelled-jsonl'],
  ['ai-runtime', 'labelled-jsonl'],
  ['composer', 'mds'],
]

for (const [kind, format] of KINDS) {
  describeTrainingContract(`the training by ${kind}`, async () => {
    const world = await openWorld(kind)
    return {
      ...{ training: world.training, registry: world.registry, hold: world.hold, close: world.close },
      newModelName: () => `ml.support.${newName('contract')}`,
      data: dataOf(format),
      reopen: async () => world.open(),
    }
  })
}

describe('trainings of Databricks', () => {
  let world: Awaited<ReturnType<typeof openWorld>> | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  const specOf = (trainData: string, more: Partial<TrainingSpec> = {}): TrainingSpec => ({
    ...{ baseModel: BASE, task: 'CLASSIFICATION', trainData, evalData: null, duration: '3ep', learningRate: null },
    ...{
      registerTo: 'ml.support.ticket_classifier',
      experiment: '/Shared/training',
      runName: 'first',
      token: 'token-1',
    },
    params: { data: 'corrections' },
    ...more,
  })
  const untilEnded = (training: Training, id: string) =>
    lookUntil(
      () => training.describe(id),
      (run) => !['QUEUED', 'RUNNING'].includes(run?.state ?? ''),
      { everyMs: 20 },
    )

  it.each(KINDS)('by %s leave a run with losses and parameters', async (kind, format) => {
    world = await openWorld(kind)
    const { training, runs } = world
    const [held, rest] = [TICKETS.filter((_, n) => n % 5 === 0), TICKETS.filter((_, n) => n % 5 !== 0)]
    const trainData = await training.upload('t', format, dataOf(format, rest).files)
    const evalData = await training.upload('e', format, dataOf(format, held).files)
    const run = await untilEnded(training, await training.start(specOf(trainData, { evalData, learningRate: 0.05 })))
    expect(run).toMatchObject({ state: 'COMPLETED', version: '1', epochs: { done: 3, of: 3 } })
    expect(run?.losses.length).toBeGreaterThanOrEqual(3)
    expect(run?.losses.at(-1)?.evalLoss).toEqual(expect.any(Number))
    const logged = await runs.getRun(run?.runId ?? '')
    expect(logged?.params).toMatchObject({ learning_rate: '0.05' })
    expect(logged?.metrics.macro_f1).toBeGreaterThan(0)
  })

  it.each(KINDS)("by %s tell the platform's own words where the data are wrong", async (kind, format) => {
    world = await openWorld(kind)
    const files = writeExamples([{ kind: 'labelled', text: 'only one', label: 'billing' }], format)
    const trainData = await world.training.upload('one', format, files)
    const run = await untilEnded(world.training, await world.training.start(specOf(trainData)))
    expect(run).toMatchObject({ state: 'FAILED', version: null })
    expect(run?.message).toMatch(/label|rows|examples/i)
  })

  it('name the folder of their experiment to AI Runtime by its whole path, as the Jobs API takes it', async () => {
    world = await openWorld('ai-runtime')
    const { training, standIn } = world
    const trainData = await training.upload('t', 'labelled-jsonl', dataOf('labelled-jsonl').files)
    await untilEnded(training, await training.start(specOf(trainData)))
    const submitted = standIn.asked.find(({ path }) => path.endsWith('/runs/submit'))
    expect(submitted?.args.tasks).toMatchObject([
      { ai_runtime_task: { experiment: 'training', mlflow_experiment_directory: '/Workspace/Shared' } },
    ])
  })

  it('say that a workspace no longer answers managed fine-tuning, and what to use', async () => {
    world = await openWorld('fine-tuning')
    const { training, standIn } = world
    const gone = { status: 404, body: JSON.stringify({ error_code: 'ENDPOINT_NOT_FOUND', message: 'No API found' }) }
    standIn.fail('POST /api/2.0/fine-tuning/runs/create', gone)
    const trainData = await training.upload('t', 'labelled-jsonl', dataOf('labelled-jsonl').files)
    const failed = training.start(specOf(trainData))
    await expect(failed).rejects.toMatchObject({
      code: 'TRAINING_INVALID',
      userMessage: expect.stringMatching(/2026-08-14.*ai-runtime/),
    })
  })

  const CREATE = 'POST /api/2.0/fine-tuning/runs/create'
  const LIST = 'GET /api/2.0/fine-tuning/runs'
  const saying = (body: unknown, status = 200) => ({
    ...{ status, headers: { 'content-type': 'application/json' } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  /** The answer to the first request is lost after it was done; then the same start comes from a process that knows nothing of it. */
  async function startAfterLoss(list?: ReturnType<typeof saying>) {
    world = await openWorld('fine-tuning')
    const { standIn, open } = world
    const trainData = await world.training.upload('t', 'labelled-jsonl', dataOf('labelled-jsonl').files)
    standIn.fail(CREATE, 'cut-after')
    if (list) standIn.fail(LIST, list, 100)
    const first = await codeOf(world.training.start(specOf(trainData)))
    const second = open().start(specOf(trainData))
    const outcome = await second.catch((error: unknown) => error)
    const asked = standIn.asked.filter(({ path }) => path.endsWith('/fine-tuning/runs/create')).length
    return { first, outcome, asked, again: () => codeOf(open().start(specOf(trainData))) }
  }

  it.each([
    ['is not there', saying({ error_code: 'ENDPOINT_NOT_FOUND', message: 'no' }, 404)],
    ['is not there, with no word', saying('', 404)],
    ['is an object without runs', saying('{}')],
    ['names no run', saying({ runs: [{ run_id: 'other' }] })],
  ])('never ask for a second run after a lost answer where the list %s', async (_what, list) => {
    const { first, outcome, asked, again } = await startAfterLoss(list)
    expect(first).toBe('PLATFORM_UNREACHABLE')
    expect(outcome).toMatchObject({
      code: 'TRAINING_FAILED',
      userMessage: expect.stringMatching(/not known whether.*ticket_classifier.*run token-1/),
    })
    expect(await again()).toBe('TRAINING_FAILED')
    expect(asked).toBe(1)
  })

  it('never ask for a second run where the list has no body', async () => {
    const { asked, outcome } = await startAfterLoss(saying(''))
    expect(outcome).toMatchObject({ code: 'PLATFORM_FAILED' })
    expect(asked).toBeLessThan(2)
  })

  it('find the run of a lost answer in the list', async () => {
    const { outcome, asked } = await startAfterLoss()
    expect(outcome).toEqual(expect.any(String))
    expect(asked).toBe(1)
  })

  it('find the run of a lost answer on a later page of the list', async () => {
    world = await openWorld('fine-tuning')
    const { standIn, training } = world
    const trainData = await training.upload('t', 'labelled-jsonl', dataOf('labelled-jsonl').files)
    standIn.fail(LIST, saying({ runs: [{ run_id: 'other', name: 'x' }], next_page_token: '2' }))
    standIn.fail(LIST, saying({ runs: [{ run_id: 'ours', name: 'token-1' }] }))
    expect(await training.start(specOf(trainData))).toBe('ours')
    expect(standIn.asked.some(({ path }) => path.endsWith('/runs/create'))).toBe(false)
  })

  it('may be asked for again after a refusal', async () => {
    world = await openWorld('fine-tuning')
    const { standIn, training } = world
    const trainData = await training.upload('t', 'labelled-jsonl', dataOf('labelled-jsonl').files)
    standIn.fail(LIST, saying('{}'), 100)
    standIn.fail(CREATE, saying({ error_code: 'INVALID_PARAMETER_VALUE', message: 'Bad data.' }, 400))
    expect(await codeOf(training.start(specOf(trainData)))).toBe('TRAINING_INVALID')
    expect(await training.start(specOf(trainData))).toEqual(expect.any(String))
  })

  it('ship the program, its settings and the command of an AI Runtime task, and say why no GPU can run it', async () => {
    world = await openWorld('ai-runtime')
    const { training, standIn } = world
    const files = writeExamples([{ kind: 'instruction', prompt: 'p', response: 'r' }], 'instruction-jsonl')
    const trainData = await training.upload('t', 'instruction-jsonl', files)
    const more = { baseModel: 'Qwen/Qwen2.5-1.5B-Instruct', task: 'INSTRUCTION_FINETUNE' as const }
    const run = await untilEnded(training, await training.start(specOf(trainData, more)))
    expect(run).toMatchObject({ state: 'FAILED', message: expect.stringContaining('no GPU') })
    const put = standIn.asked.filter(({ method }) => method === 'PUT').map(({ path }) => path)
    expect(put.some((path) => /programs\/finetune-[0-9a-f]{12}\.py/.test(path))).toBe(true)
    const submitted = standIn.asked.find(({ path }) => path.includes('runs/submit'))
    expect(JSON.stringify(submitted)).toContain('GPU_1xH100')
  })

  it('refuse a base model, a task and a model name before anything is sent', async () => {
    world = await openWorld('ai-runtime')
    const { training } = world
    for (const wrong of [
      { baseModel: 'nobody/x' },
      { task: 'CHAT_COMPLETION' as const },
      { registerTo: 'short' },
      { duration: '3 weeks' },
    ]) {
      expect(await codeOf(training.start(specOf('/Volumes/ml/support/code/x.jsonl', wrong)))).toBe('TRAINING_INVALID')
    }
  })
})
