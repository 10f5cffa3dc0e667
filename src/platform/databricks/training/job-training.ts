// Training by a job of the workspace: submitted once under its token, followed by the job and by the run that its program logs to.
import type { JobRun, Jobs, NewJob } from '../../ports/jobs.ts'
import type { Registry } from '../../ports/registry.ts'
import type { Run, Runs } from '../../ports/runs.ts'
import type {
  BaseModel,
  Training,
  TrainingFormat,
  TrainingRun,
  TrainingSpec,
  TrainingState,
} from '../../ports/training.ts'
import type { Volumes } from '../../ports/volumes.ts'
import { checkSpec, epochsOf } from './check-spec.ts'
import { putData } from './put-files.ts'
import { readLosses } from './read-losses.ts'

export interface JobTrainingParts {
  jobs: Jobs
  volumes: Volumes
  runs: Runs
  registry: Pick<Registry, 'listVersions'>
  /** Folder of a volume, such as `/Volumes/ml_catalog/rag_data/code`. */
  volume: string
}

export interface JobKind {
  name: string
  formats: readonly TrainingFormat[]
  models(): Promise<readonly BaseModel[]>
  /** Ships what the job needs. Throws PLATFORM_*. */
  toTask(spec: TrainingSpec, parameters: Readonly<Record<string, string>>): Promise<NewJob['task']>
}

/** Tags that the programs set on their run. */
export const TOKEN_TAG = 'lakedesk.training.token'
const VERSION_TAG = 'lakedesk.training.version'
const MODEL_TAG = 'lakedesk.training.register_to'

export function createJobTraining(kind: JobKind, parts: JobTrainingParts): Training {
  const { jobs, runs } = parts
  return {
    name: kind.name,
    formats: kind.formats,
    takesTables: false,
    listBaseModels: async () => [...(await kind.models())],
    upload: (name, _format, files) => putData(parts, name, files),
    async start(spec) {
      checkSpec(spec, await kind.models())
      const experimentId = await runs.ensureExperiment(spec.experiment)
      const task = await kind.toTask(spec, toParameters(spec))
      const run = await jobs.submit({ name: `lakedesk training ${spec.runName}`, token: spec.token, task })
      return toId({ run, experimentId, token: spec.token, duration: spec.duration })
    },
    async describe(id) {
      const known = readId(id)
      const job = known && (await jobs.describe(known.run))
      return known && job && describe(id, known, job, parts)
    },
    async cancel(id) {
      const known = readId(id)
      if (known) await jobs.cancel(known.run)
    },
  }
}

/** What the programs read: texts by name. */
export function toParameters(spec: TrainingSpec): Record<string, string> {
  return {
    base_model: spec.baseModel,
    task_type: spec.task,
    train_data: spec.trainData,
    eval_data: spec.evalData ?? '',
    training_duration: spec.duration,
    learning_rate: spec.learningRate === null ? '' : String(spec.learningRate),
    register_to: spec.registerTo,
    experiment: spec.experiment,
    run_name: spec.runName,
    token: spec.token,
    params: JSON.stringify(spec.params),
  }
}

/** Everything that describing needs, since a driver keeps nothing. */
interface JobId {
  run: string
  experimentId: string
  token: string
  duration: string
}

function toId({ run, experimentId, token, duration }: JobId): string {
  return [run, experimentId, token, duration].join('~')
}

function readId(id: string): JobId | null {
  const [run, experimentId, token, duration] = id.split('~')
  return run && experimentId && token && duration ? { run, experimentId, token, duration } : null
}

async function describe(id: string, known: JobId, job: JobRun, parts: JobTrainingParts): Promise<TrainingRun> {
  const { runs } = parts
  const logged = await findLogged(known, job, parts)
  const losses = logged ? await readLosses(runs, logged.runId) : []
  const version = logged ? await findVersion(logged, parts) : null
  const of = epochsOf(known.duration)
  const last = losses.at(-1)?.epoch ?? 0
  const state = toState(job)
  const isUntold = state === 'RUNNING' && losses.length > 0 && losses.every(({ epoch }) => epoch === null)
  const isMute = state === 'COMPLETED' && version === null
  return {
    id,
    state: isMute ? 'FAILED' : state,
    message: isMute
      ? 'The job ended well, but its run registered no version. Its log tells why.'
      : await explain(job, parts),
    // A program that logs losses without their epoch does not tell how far it is.
    epochs: of === null || isUntold ? null : { done: state === 'COMPLETED' ? of : Math.min(last, of), of },
    losses,
    runId: logged?.runId ?? null,
    // What was cancelled may have registered just before; it stays unused.
    version: state === 'COMPLETED' ? version : null,
    url: job.url,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
  }
}

/** The run that the program logs to, by the tag or the parameter that it sets; at the end by what the job says, too. */
async function findLogged(
  { experimentId, token }: JobId,
  job: JobRun,
  { jobs, runs }: JobTrainingParts,
): Promise<Run | null> {
  const [tagged] = await runs.searchRuns({ experimentId, tags: { [TOKEN_TAG]: token }, limit: 1 })
  const found = tagged ?? (await runs.searchRuns({ experimentId })).find(({ params }) => params.token === token)
  if (found) return found
  if (job.state !== 'SUCCEEDED' || job.taskRunId === null) return null
  const { mlflowRunId } = await jobs.output(job.taskRunId)
  return mlflowRunId === null ? null : runs.getRun(mlflowRunId)
}

async function findVersion({ runId, tags, params }: Run, { registry }: JobTrainingParts): Promise<string | null> {
  if (tags[VERSION_TAG]) return tags[VERSION_TAG]
  const model = tags[MODEL_TAG] ?? params.register_to
  if (model === undefined) return null
  return (await registry.listVersions(model)).find((version) => version.runId === runId)?.version ?? null
}

function toState(job: JobRun): TrainingState {
  return job.state === 'SUCCEEDED' ? 'COMPLETED' : job.state
}

/** Why it failed stands in the output of its task. */
async function explain(job: JobRun, { jobs }: JobTrainingParts): Promise<string> {
  if (job.state !== 'FAILED' || job.taskRunId === null) return job.message
  const { error } = await jobs.output(job.taskRunId)
  return [job.message, error].filter((text) => text !== '').join(' ')
}
