// One run of managed fine-tuning as it stands, from the service, from the MLflow run that it logs to, and from the registry.
import { z } from 'zod'
import type { MlflowHttp } from '../../mlflow/mlflow-http.ts'
import { isNotFound } from '../../mlflow/platform-errors.ts'
import type { Registry } from '../../ports/registry.ts'
import type { Runs } from '../../ports/runs.ts'
import type { TrainingRun, TrainingState } from '../../ports/training.ts'
import type { Volumes } from '../../ports/volumes.ts'
import { epochsOf } from './check-spec.ts'
import { readLosses } from './read-losses.ts'

export interface FineTuningParts {
  http: MlflowHttp
  volumes: Volumes
  runs: Runs
  registry: Pick<Registry, 'listVersions'>
  /** Folder of a volume. */
  volume: string
}

export const ROOT = '/2.0/fine-tuning/runs'

const text = z.string().nullish()
const moment = z.union([z.string(), z.number()]).nullish()
/** As the service's Python client names the states (RunStatus); the fields are what may stand there. */
const runSchema = z.looseObject({
  status: z.string(),
  status_message: text,
  reason: text,
  message: text,
  mlflow_run_id: text,
  register_to: text,
  training_duration: text,
  model_version: z.union([z.string(), z.number()]).nullish(),
  epochs: z.object({ done: z.number(), of: z.number() }).nullish(),
  created_at: moment,
  started_at: moment,
  completed_at: moment,
  ended_at: moment,
})
type WireRun = z.infer<typeof runSchema>

/** Null where there is no such run. Throws PLATFORM_*. */
export async function fineTuningRun(
  id: string,
  http: MlflowHttp,
): Promise<(WireRun & { state: TrainingState }) | null> {
  const path = `${ROOT}/${encodeURIComponent(id)}`
  try {
    const run = await http.json({ method: 'GET', path, about: `fine-tuning run ${id}`, answer: runSchema })
    return { ...run, state: toState(run.status) }
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

function toState(status: string): TrainingState {
  switch (status.toUpperCase()) {
    case 'PENDING':
    case 'SCHEDULED':
    case 'QUEUED':
    case 'STARTING':
      return 'QUEUED'
    case 'COMPLETED':
      return 'COMPLETED'
    case 'STOPPED':
    case 'CANCELED':
    case 'CANCELLED':
      return 'CANCELED'
    case 'FAILED':
    case 'FAILED_PULL':
      return 'FAILED'
    default:
      return 'RUNNING'
  }
}

/** Null where there is no such run. Throws PLATFORM_*. */
export async function describeFineTuning(id: string, parts: FineTuningParts): Promise<TrainingRun | null> {
  const run = await fineTuningRun(id, parts.http)
  if (!run) return null
  const runId = run.mlflow_run_id ?? null
  const losses = runId === null ? [] : await readLosses(parts.runs, runId)
  const version = run.state === 'COMPLETED' ? await findVersion(run, runId, parts) : null
  const epochs = run.epochs ?? toEpochs(run, losses.at(-1)?.epoch ?? 0)
  const isMute = run.state === 'COMPLETED' && version === null
  const said = run.status_message ?? run.reason ?? run.message ?? ''
  return {
    id,
    state: isMute ? 'FAILED' : run.state,
    message: isMute
      ? `The run ended well, but no version of ${run.register_to ?? 'the model'} came from it. ${said}`.trim()
      : said,
    epochs,
    losses,
    runId,
    version,
    url: null,
    startedAt: toMoment(run.started_at ?? run.created_at),
    endedAt: toMoment(run.completed_at ?? run.ended_at),
  }
}

function toEpochs(
  { state, training_duration }: WireRun & { state: TrainingState },
  last: number,
): TrainingRun['epochs'] {
  const of = epochsOf(training_duration ?? '')
  return of === null ? null : { done: state === 'COMPLETED' ? of : Math.min(last, of), of }
}

async function findVersion(run: WireRun, runId: string | null, { registry }: FineTuningParts): Promise<string | null> {
  if (run.model_version != null) return String(run.model_version)
  if (!run.register_to || runId === null) return null
  return (await registry.listVersions(run.register_to)).find((version) => version.runId === runId)?.version ?? null
}

function toMoment(at: string | number | null | undefined): string | null {
  if (at == null || at === '' || at === 0) return null
  const parsed = new Date(typeof at === 'string' && /^\d+$/.test(at) ? Number(at) : at)
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString()
}
