// MLflow tracking of the local lakehouse: experiments, runs, what is logged on them, and their search.
import { randomBytes } from 'node:crypto'
import { parseFilter } from './run-filter.ts'
import type { Point, StoredRun } from './stored-run.ts'
import {
  asList,
  type Call,
  invalid,
  notFound,
  type Route,
  refuse,
  required,
  route,
  text,
  toPage,
  type Values,
  whole,
} from './wire.ts'

interface Experiment {
  experiment_id: string
  name: string
  lifecycle_stage: string
  artifact_location: string
  creation_time: number
}

const ROOT = '/api/2.0/mlflow'
const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

export function createRuns(now: () => number) {
  const experiments = new Map<string, Experiment>()
  const runs = new Map<string, StoredRun>()
  const control = { /** Runs or points a page, at most. */ pageSize: 1000 }

  function requireRun(runId: string): StoredRun {
    const run = runs.get(runId)
    if (!run) throw notFound(`Run '${runId}' not found.`)
    return run
  }
  const byName = (name: string) =>
    [...experiments.values()].find((one) => one.name === name.replace(/^\/Workspace/, ''))

  function createExperiment({ args }: Call): unknown {
    const name = required(args, 'name').replace(/^\/Workspace/, '')
    if (!name.startsWith('/'))
      throw invalid(`Got an invalid experiment name '${name}'. An experiment name must be an absolute path.`)
    if (byName(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Node named '${name}' already exists`)
    const experiment_id = String(4_000_000_000_000_000 + experiments.size)
    const artifact_location = `dbfs:/databricks/mlflow-tracking/${experiment_id}`
    const stored = { experiment_id, name, artifact_location, lifecycle_stage: 'active', creation_time: now() }
    experiments.set(experiment_id, stored)
    return { experiment_id }
  }

  function createRun({ args, caller }: Call): unknown {
    const experiment = experiments.get(required(args, 'experiment_id'))
    if (!experiment) throw notFound(`Experiment ${text(args, 'experiment_id')} does not exist.`)
    const run_id = randomBytes(16).toString('hex')
    const { experiment_id } = experiment
    const names = {
      run_id,
      run_uuid: run_id,
      run_name: text(args, 'run_name') || 'useful-owl-1',
      experiment_id,
      user_id: caller,
    }
    const artifact_uri = `dbfs:/databricks/mlflow-tracking/${experiment_id}/${run_id}/artifacts`
    const start_time = whole(args, 'start_time', now())
    const info = { ...names, status: 'RUNNING', start_time, artifact_uri, lifecycle_stage: 'active' }
    const tags = new Map(asList(args.tags).map((tag) => [required(tag, 'key'), text(tag, 'value')]))
    tags.set('mlflow.user', caller)
    runs.set(run_id, { info, tags, params: new Map(), points: [] })
    return { run: toWire(requireRun(run_id)) }
  }

  function logBatch({ args }: Call): unknown {
    const run = requireRun(required(args, 'run_id'))
    const [metrics, params, tags] = [asList(args.metrics), asList(args.params), asList(args.tags)]
    if (
      metrics.length > 1000 ||
      params.length > 100 ||
      tags.length > 100 ||
      metrics.length + params.length + tags.length > 1000
    ) {
      throw invalid('A batch logging request can contain at most 1000 metrics, 100 params, 100 tags, and 1000 of all.')
    }
    for (const one of [...metrics, ...params, ...tags]) checkKey(required(one, 'key'))
    for (const one of params) checkParam(run, one)
    for (const one of params) run.params.set(text(one, 'key'), text(one, 'value'))
    for (const one of tags) run.tags.set(text(one, 'key'), text(one, 'value'))
    for (const one of metrics) addPoint(run, one)
    return {}
  }

  function update({ args }: Call): unknown {
    const run = requireRun(required(args, 'run_id'))
    const status = text(args, 'status')
    if (status && !STATUSES.includes(status)) throw invalid(`Invalid status '${status}'.`)
    if (status) run.info.status = status
    if (args.end_time !== undefined) run.info.end_time = whole(args, 'end_time', 0)
    if (args.run_name !== undefined) run.info.run_name = text(args, 'run_name')
    return { run_info: run.info }
  }

  function search({ args }: Call): unknown {
    const ids = Array.isArray(args.experiment_ids) ? args.experiment_ids.map(String) : []
    const holds = parseFilter(text(args, 'filter'))
    const found = [...runs.values()]
      .filter((run) => ids.includes(run.info.experiment_id) && holds(run, latest(run)))
      .sort((a, b) => b.info.start_time - a.info.start_time || (a.info.run_id < b.info.run_id ? -1 : 1))
    const size = Math.min(whole(args, 'max_results', 1000), control.pageSize)
    const { items, ...next } = toPage(found, args, size)
    return { runs: items.map(toWire), ...next }
  }

  function history({ args }: Call): unknown {
    const run = requireRun(required(args, 'run_id'))
    const points = run.points.filter(({ key }) => key === required(args, 'metric_key'))
    if (whole(args, 'max_results', 25_000) > 25_000) throw invalid('max_results is at most 25000.')
    const { items, ...next } = toPage(points, args, Math.min(whole(args, 'max_results', 25_000), control.pageSize))
    return { metrics: items, ...next }
  }

  const one = (experiment: Experiment | undefined, what: string): unknown => {
    if (!experiment) throw notFound(`Node ${what} does not exist.`)
    return { experiment }
  }
  const setStage = (stage: string) => (call: Call) => {
    const experiment = experiments.get(required(call.args, 'experiment_id'))
    if (!experiment) throw notFound('No such experiment.')
    experiment.lifecycle_stage = stage
    return {}
  }
  const logOne = (kind: 'metrics' | 'params' | 'tags') => (call: Call) => {
    const { run_id, ...entry } = call.args
    return logBatch({ ...call, args: { run_id, [kind]: [entry] } })
  }
  const routes: Route[] = [
    route(`POST ${ROOT}/experiments/create`, createExperiment),
    route(`GET ${ROOT}/experiments/get-by-name`, ({ args }) => {
      const name = required(args, 'experiment_name')
      return one(byName(name), name)
    }),
    route(`GET ${ROOT}/experiments/get`, ({ args }) =>
      one(experiments.get(text(args, 'experiment_id')), text(args, 'experiment_id')),
    ),
    route(`POST ${ROOT}/experiments/delete`, setStage('deleted')),
    route(`POST ${ROOT}/experiments/restore`, setStage('active')),
    route(`POST ${ROOT}/runs/create`, createRun),
    route(`GET ${ROOT}/runs/get`, ({ args }) => ({ run: toWire(requireRun(required(args, 'run_id'))) })),
    route(`POST ${ROOT}/runs/update`, update),
    route(`POST ${ROOT}/runs/log-batch`, logBatch),
    route(`POST ${ROOT}/runs/log-metric`, logOne('metrics')),
    route(`POST ${ROOT}/runs/log-parameter`, logOne('params')),
    route(`POST ${ROOT}/runs/set-tag`, logOne('tags')),
    route(`POST ${ROOT}/runs/search`, search),
    // MLflow's own client looks here for files of a run that belong to a model: there are none.
    route(`POST ${ROOT}/logged-models/search`, () => ({ models: [] })),
    route(`GET ${ROOT}/metrics/get-history`, history),
  ]
  return { routes, control, requireRun }
}

function checkKey(key: string): void {
  if (key.length > 250)
    throw invalid(`Key '${key.slice(0, 30)}…' has length ${key.length}, which exceeds the limit of 250.`)
  const climbs = key.split('/').some((part) => part === '..' || part === '.')
  if (!/^[/\w.\- ]+$/.test(key) || climbs || key.startsWith('/')) throw invalid(`Invalid name: '${key}'.`)
}

function checkParam(run: StoredRun, given: Values): void {
  const [key, value] = [text(given, 'key'), text(given, 'value')]
  const old = run.params.get(key)
  if (old === undefined || old === value) return
  throw invalid(
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for run ID='${run.info.run_id}'. Attempted logging new value '${value}'.`,
  )
}

function addPoint(run: StoredRun, given: Values): void {
  const value = typeof given.value === 'number' ? given.value : text(given, 'value')
  const point = {
    key: text(given, 'key'),
    value,
    timestamp: whole(given, 'timestamp', 0),
    step: whole(given, 'step', 0),
  }
  // The same point again is the same point.
  const same = (other: Point) => JSON.stringify(other) === JSON.stringify(point)
  if (!run.points.some(same)) run.points.push(point)
}

/** The last point of each metric: by step, then by time. */
function latest(run: StoredRun): Map<string, Point> {
  const last = new Map<string, Point>()
  for (const point of run.points) {
    const known = last.get(point.key)
    const isLater =
      !known || point.step > known.step || (point.step === known.step && point.timestamp >= known.timestamp)
    if (isLater) last.set(point.key, point)
  }
  return last
}

function toWire(run: StoredRun) {
  const pairs = (map: Map<string, string>) => [...map].map(([key, value]) => ({ key, value }))
  // 64-bit integers come as text from some servers.
  const info = { ...run.info, start_time: String(run.info.start_time) }
  return {
    info,
    data: { metrics: [...latest(run).values()], params: pairs(run.params), tags: pairs(run.tags) },
    inputs: {},
  }
}
