// The tracking server of MLflow: experiments and runs over its REST API, with artifacts, traces and datasets beside them.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { type Artifacts, type MetricPoint, RUN_STATUSES, type Run, type RunQuery, type Runs } from '../ports/runs.ts'
import { createMlflowArtifacts } from './create-mlflow-artifacts.ts'
import { createMlflowDatasets } from './create-mlflow-datasets.ts'
import { createMlflowTraces, type SpanFiles } from './create-mlflow-traces.ts'
import type { MlflowHttp } from './mlflow-http.ts'
import { isAlreadyThere, isNotFound } from './platform-errors.ts'
import { splitBatch } from './split-batch.ts'
import { nothingSchema, pairsSchema, readPages, toIso, toPairs, wholeSchema, wholeTextSchema } from './wire.ts'
import { tagCondition } from './write-filter.ts'

const ROOT = '/2.0/mlflow'
/** Runs and points a page: well below the server's own limits of 50,000 and 25,000. */
const RUNS_PAGE = 500
const POINTS_PAGE = 10_000

/** The server writes NaN and infinities as text. */
const doubleSchema = z.union([z.number(), z.string().transform(Number)])
const pointSchema = z.object({
  key: z.string(),
  value: doubleSchema.default(0),
  timestamp: wholeSchema.default(0),
  step: wholeSchema.default(0),
})
const infoSchema = z.object({
  run_id: z.string(),
  experiment_id: wholeTextSchema,
  run_name: z.string().default(''),
  status: z.enum(RUN_STATUSES),
  start_time: wholeSchema.default(0),
  end_time: wholeSchema.optional(),
  lifecycle_stage: z.string().default('active'),
})
const runSchema = z.object({
  info: infoSchema,
  data: z
    .object({ metrics: z.array(pointSchema).default([]), params: pairsSchema, tags: pairsSchema })
    .default({ metrics: [], params: {}, tags: {} }),
})
const experimentSchema = z.object({
  experiment: z.object({ experiment_id: wholeTextSchema, lifecycle_stage: z.string().default('active') }),
})

export interface MlflowRunsOptions {
  http: MlflowHttp
  /** Where the files of runs are kept otherwise than behind the server's own artifact proxy. */
  artifacts?: Artifacts
  /** Where the spans of traces are kept, in the same case. */
  spans?: SpanFiles
}

/** Metrics that are not finite numbers are left out when they are read: a gate must miss them, not compare with them. */
export function createMlflowRuns({ http, artifacts, spans }: MlflowRunsOptions): Runs {
  async function findExperiment(name: string): Promise<string | null> {
    const path = `${ROOT}/experiments/get-by-name`
    const query = { experiment_name: name }
    const about = `experiment ${name}`
    try {
      const { experiment } = await http.json({ method: 'GET', path, query, about, answer: experimentSchema })
      if (experiment.lifecycle_stage === 'active') return experiment.experiment_id
    } catch (error) {
      if (isNotFound(error)) return null
      throw error
    }
    const fix = `Restore it (mlflow experiments restore), or choose another name.`
    throw new LakedeskError('PLATFORM_REFUSED', `The experiment ${name} was deleted on the MLflow server. ${fix}`)
  }

  async function createExperiment(name: string): Promise<string | null> {
    const path = `${ROOT}/experiments/create`
    const answer = z.object({ experiment_id: wholeTextSchema })
    try {
      const body = { name }
      return (await http.json({ method: 'POST', path, body, about: `experiment ${name}`, answer })).experiment_id
    } catch (error) {
      if (isAlreadyThere(error)) return null
      throw error
    }
  }

  return {
    async ensureExperiment(name) {
      const id = (await findExperiment(name)) ?? (await createExperiment(name)) ?? (await findExperiment(name))
      if (id !== null) return id
      throw new LakedeskError('PLATFORM_FAILED', `The experiment ${name} is there and not there. Please try again.`)
    },

    async createRun({ experimentId, name, tags }) {
      const body = { experiment_id: experimentId, run_name: name, start_time: Date.now(), tags: toPairs(tags) }
      const path = `${ROOT}/runs/create`
      const about = `a new run in experiment ${experimentId}`
      const answer = z.object({ run: runSchema })
      return toRun((await http.json({ method: 'POST', path, body, about, answer })).run)
    },

    async logBatch(runId, batch) {
      for (const body of splitBatch(batch)) {
        await http.json({
          method: 'POST',
          path: `${ROOT}/runs/log-batch`,
          body: { run_id: runId, ...body },
          about: `run ${runId}`,
          // The same parameter, tag or metric point again changes nothing.
          repeatable: true,
          answer: nothingSchema,
        })
      }
    },

    async finishRun(runId, status) {
      const body = { run_id: runId, status, end_time: Date.now() }
      const path = `${ROOT}/runs/update`
      await http.json({ method: 'POST', path, body, about: `run ${runId}`, repeatable: true, answer: nothingSchema })
    },

    async getRun(runId) {
      const path = `${ROOT}/runs/get`
      const answer = z.object({ run: runSchema })
      try {
        const query = { run_id: runId }
        const { run } = await http.json({ method: 'GET', path, query, about: `run ${runId}`, answer })
        // A deleted run is kept for a while so that it can be restored; a search leaves it out as well.
        return run.info.lifecycle_stage === 'deleted' ? null : toRun(run)
      } catch (error) {
        if (isNotFound(error)) return null
        throw error
      }
    },

    searchRuns: (query) => searchRuns(http, query),
    metricHistory: (runId, key) => readHistory(http, runId, key),
    artifacts: artifacts ?? createMlflowArtifacts({ http }),
    traces: createMlflowTraces({ http, ...(spans ? { spans } : {}) }),
    datasets: createMlflowDatasets({ http }),
  }
}

async function searchRuns(http: MlflowHttp, { experimentId, tags, status, limit = 100 }: RunQuery): Promise<Run[]> {
  const wanted = Object.entries(tags ?? {})
  const conditions = wanted.map(([key, value]) => tagCondition(key, value))
  if (status !== undefined) conditions.push(`attributes.status = '${status}'`)
  const filter = conditions.filter((one) => one !== undefined).join(' AND ')
  // Compared again here: some databases compare without case, and some values cannot be asked for.
  const isWanted = (run: Run) => wanted.every(([key, value]) => run.tags[key] === value)
  // MLflow writes its answers with `MessageToJson`, which leaves empty lists out: `{}` is no run.
  const answer = z.object({ runs: z.array(runSchema).default([]), next_page_token: z.string().optional() })

  const runs = await readPages(
    async (pageToken) => {
      const body = {
        experiment_ids: [experimentId],
        ...(filter ? { filter } : {}),
        run_view_type: 'ACTIVE_ONLY',
        max_results: Math.min(Math.max(limit, 1), RUNS_PAGE),
        order_by: ['attributes.start_time DESC'],
        ...(pageToken ? { page_token: pageToken } : {}),
      }
      const about = `runs of experiment ${experimentId}`
      const path = `${ROOT}/runs/search`
      const page = await http.json({ method: 'POST', path, body, about, repeatable: true, answer })
      return { items: page.runs.map(toRun).filter(isWanted), next: page.next_page_token }
    },
    (found) => found.length >= limit,
  )
  return runs.slice(0, limit)
}

async function readHistory(http: MlflowHttp, runId: string, key: string): Promise<MetricPoint[]> {
  const answer = z.object({ metrics: z.array(pointSchema).default([]), next_page_token: z.string().optional() })
  const points = await readPages(async (pageToken) => {
    const query = { run_id: runId, metric_key: key, max_results: POINTS_PAGE, page_token: pageToken }
    const about = `metric ${key} of run ${runId}`
    const page = await http.json({ method: 'GET', path: `${ROOT}/metrics/get-history`, query, about, answer })
    return { items: page.metrics, next: page.next_page_token }
  })
  return points
    .filter(isNumber)
    .map(({ key: name, value, timestamp, step }) => ({ key: name, value, timestamp, step }))
    .sort((a, b) => a.timestamp - b.timestamp || a.step - b.step)
}

/** The server's SQL store keeps an infinity as the largest double. */
function isNumber({ value }: { value: number }): boolean {
  return Math.abs(value) < Number.MAX_VALUE
}

function toRun({ info, data }: z.infer<typeof runSchema>): Run {
  const finite = data.metrics.filter(isNumber)
  return {
    runId: info.run_id,
    experimentId: info.experiment_id,
    name: info.run_name,
    status: info.status,
    startedAt: toIso(info.start_time),
    endedAt: info.end_time ? toIso(info.end_time) : null,
    params: data.params,
    metrics: Object.fromEntries(finite.map(({ key, value }) => [key, value])),
    tags: data.tags,
  }
}
