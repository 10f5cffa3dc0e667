// A ticket classifier, trained by Lakedesk's own drivers on the lakehouse, registered and served: something for official clients to ask.
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabricksVolumes } from '../../src/platform/databricks/create-databricks-volumes.ts'
import { createFineTuningTraining } from '../../src/platform/databricks/training/create-fine-tuning-training.ts'
import { writeExamples } from '../../src/training/write-examples.ts'
import { TICKETS } from '../platform/offline/ai/training/ticket-rows.ts'
import type { OpenLakehouse } from './open-lakehouse.ts'

const MODEL = 'ml_catalog.llm_models.live_classifier'
const ENDPOINT = 'live-classifier'

/** Name of the endpoint, once it answers. */
export async function trainAndServe({ workspace, platform }: OpenLakehouse): Promise<string> {
  const { registry, runs, serving } = platform
  const volumes = createDatabricksVolumes(workspace)
  const volume = '/Volumes/ml_catalog/llm_models/training'
  const training = createFineTuningTraining({ http: workspace.http, volumes, runs, registry, volume })
  const files = writeExamples(
    TICKETS.map((row) => ({ kind: 'labelled', ...row })),
    'labelled-jsonl',
  )
  const [base] = await training.listBaseModels()
  if (!base) throw new Error('The lakehouse lists no base model.')
  const id = await training.start({
    ...{ baseModel: base.name, task: 'CLASSIFICATION', evalData: null, duration: '20ep', learningRate: null },
    trainData: await training.upload('live', 'labelled-jsonl', files),
    ...{ registerTo: MODEL, experiment: '/Shared/live', runName: 'live', token: 'live-1', params: {} },
  })
  const run = await until(
    () => training.describe(id),
    (seen) => seen !== null && !['QUEUED', 'RUNNING'].includes(seen.state),
  )
  if (run?.state !== 'COMPLETED' || run.version === null) throw new Error(`The training ended so: ${run?.message}`)
  await serving.create(ENDPOINT, {
    entities: [
      {
        name: 'live-1',
        model: MODEL,
        version: run.version,
        settings: { workload_size: 'Small', scale_to_zero_enabled: true },
      },
    ],
    routes: [{ entity: 'live-1', percentage: 100 }],
  })
  await until(
    () => serving.describe(ENDPOINT),
    (seen) => seen?.ready === true && seen.update === 'NOT_UPDATING',
  )
  return ENDPOINT
}

async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    const seen = await look()
    if (done(seen)) return seen
  }
  throw new Error('It did not end within a minute.')
}
