// Runs of MLflow tracking in the local lakehouse: what is logged on them, and their search.
import { randomBytes } from 'node:crypto'
import { createExperiments, readTags } from './experiments.ts'
import { parseFilter, parseOrder } from './run-filter.ts'
import type { State } from './state.ts'
import { createPoints, getPair, type Point, type StoredRun, setPair, toKeyValues } from './stored-run.ts'
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

const ROOT = '/api/2.0/mlflow'
const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']
const MOST_RUNS = 50_000

export function createRuns(state: State, now: () => number) {
  const experiments = createExperiments(state, now)
  const runs = state.table<StoredRun>('runs')
  const points = createPoints(state)
  const control = { /** Runs or points a page, at most. */ pageSize: 1000 }

  function requireRun(runId: string): StoredRun {
    const run = runs.get(runId)
    if (!run) throw notFound(`Run '${runId}' not found.`)
    return run
  }
  /** Under either of its names. */
  const target = ({ args }: Call): StoredRun => requireRun(text(args, 'run_id') || required(args, 'run_uuid'))
  const save = (run: StoredRun): void => runs.put(run.info.run_id, run)
  function requireActive(run: StoredRun): void {
    if (run.info.lifecycle_stage === 'active') return
    throw invalid(`The run ${run.info.run_id} must be in the 'active' state. Current state is deleted.`)
  }
  const latest = (run: StoredRun) => points.latest(run.info.run_id)

  function toWire(run: StoredRun) {
    // 64-bit integers come as text from some servers.
    const info = { ...run.info, start_time: String(run.info.start_time) }
    const { datasets, modelInputs, modelOutputs } = run
    return {
      info,
      data: { metrics: [...latest(run).values()], params: toKeyValues(run.params), tags: toKeyValues(run.tags) },
      inputs: {
        ...(datasets.length > 0 ? { dataset_inputs: datasets } : {}),
        ...(modelInputs.length > 0 ? { model_inputs: modelInputs } : {}),
      },
      ...(modelOutputs.length > 0 ? { outputs: { model_outputs: modelOutputs } } : {}),
    }
  }

  function createRun({ args, caller }: Call): unknown {
    const { experiment_id } = experiments.requireExperiment(required(args, 'experiment_id'))
    const run_id = randomBytes(16).toString('hex')
    const tags = readTags(args.tags)
    const run_name = text(args, 'run_name') || getPair(tags, 'mlflow.runName') || 'useful-owl-1'
    setPair(tags, 'mlflow.user', caller)
    setPair(tags, 'mlflow.runName', run_name)
    const names = { run_id, run_uuid: run_id, run_name, experiment_id, user_id: caller }
    const artifact_uri = `dbfs:/databricks/mlflow-tracking/${experiment_id}/${run_id}/artifacts`
    const start_time = whole(args, 'start_time', now())
    const info = { ...names, status: 'RUNNING', start_time, artifact_uri, lifecycle_stage: 'active' }
    save({ info, tags, params: [], datasets: [], modelInputs: [], modelOutputs: [] })
    return { run: toWire(requireRun(run_id)) }
  }

  function logBatch(call: Call): unknown {
    const { args } = call
    const run = target(call)
    requireActive(run)
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
    const read = metrics.map(readPoint)
    for (const one of params) setPair(run.params, text(one, 'key'), text(one, 'value'))
    for (const one of tags) setTag(run, text(one, 'key'), text(one, 'value'))
    if (params.length + tags.length > 0) save(run)
    points.add(run.info.run_id, read)
    return {}
  }
  function setTag(run: StoredRun, key: string, value: string): void {
    setPair(run.tags, key, value)
    if (key === 'mlflow.runName') run.info.run_name = value
  }

  function update(call: Call): unknown {
    const { args } = call
    const run = target(call)
    requireActive(run)
    const status = text(args, 'status')
    if (status && !STATUSES.includes(status)) throw invalid(`Invalid status '${status}'.`)
    if (status) run.info.status = status
    if (args.end_time !== undefined) run.info.end_time = whole(args, 'end_time', 0)
    if (args.run_name !== undefined) {
      run.info.run_name = text(args, 'run_name')
      setPair(run.tags, 'mlflow.runName', run.info.run_name)
    }
    save(run)
    return { run_info: toWire(run).info }
  }

  function search({ args }: Call): unknown {
    const ids = Array.isArray(args.experiment_ids) ? args.experiment_ids.map(String) : []
    const view = text(args, 'run_view_type') || 'ACTIVE_ONLY'
    const holds = parseFilter(text(args, 'filter'))
    const most = whole(args, 'max_results', 1000)
    if (most > MOST_RUNS) throw invalid(`max_results is at most ${MOST_RUNS}.`)
    const found = runs
      .values()
      .filter(({ info }) => ids.includes(info.experiment_id))
      .filter(({ info }) => view === 'ALL' || (info.lifecycle_stage === 'active') === (view === 'ACTIVE_ONLY'))
      .filter((run) => holds(run, latest(run)))
      .sort(parseOrder(args.order_by, latest))
    const { items, ...next } = toPage(found, args, Math.min(most, control.pageSize))
    return { runs: items.map(toWire), ...next }
  }

  function history(call: Call): unknown {
    const { args } = call
    const all = points.of(target(call).info.run_id).filter(({ key }) => key === required(args, 'metric_key'))
    if (whole(args, 'max_results', 25_000) > 25_000) throw invalid('max_results is at most 25000.')
    const { items, ...next } = toPage(all, args, Math.min(whole(args, 'max_results', 25_000), control.pageSize))
    return { metrics: items, ...next }
  }

  const setStage = (stage: string) => (call: Call) => {
    const run = target(call)
    run.info.lifecycle_stage = stage
    save(run)
    return {}
  }
  function deleteTag(call: Call): unknown {
    const run = target(call)
    const key = required(call.args, 'key')
    if (getPair(run.tags, key) === undefined)
      throw notFound(`No tag with name: ${key} in run with id ${run.info.run_id}`)
    run.tags = run.tags.filter(([one]) => one !== key)
    save(run)
    return {}
  }
  function deleteMany({ args }: Call): unknown {
    const id = required(args, 'experiment_id')
    const until = whole(args, 'max_timestamp_millis', 0)
    const old = runs
      .values()
      .filter(({ info }) => info.experiment_id === id && info.lifecycle_stage === 'active' && info.start_time <= until)
      .slice(0, whole(args, 'max_runs', 1000))
    for (const run of old) {
      run.info.lifecycle_stage = 'deleted'
      save(run)
    }
    return { runs_deleted: old.length }
  }
  function logInputs(call: Call): unknown {
    const run = target(call)
    for (const one of asList(call.args.datasets)) {
      if (!run.datasets.some((known) => JSON.stringify(known) === JSON.stringify(one))) run.datasets.push(one)
    }
    run.modelInputs.push(...asList(call.args.models))
    save(run)
    return {}
  }
  function logOutputs(call: Call): unknown {
    const run = target(call)
    run.modelOutputs.push(...asList(call.args.models))
    save(run)
    return {}
  }
  /** The older way of telling which models a run made: a list in a tag. */
  function logModel(call: Call): unknown {
    const run = target(call)
    const known: unknown = JSON.parse(getPair(run.tags, 'mlflow.log-model.history') ?? '[]')
    const added: unknown = JSON.parse(required(call.args, 'model_json'))
    setTag(run, 'mlflow.log-model.history', JSON.stringify([...(Array.isArray(known) ? known : []), added]))
    save(run)
    return {}
  }
  const logOne = (kind: 'metrics' | 'params' | 'tags') => (call: Call) => {
    const { run_id, run_uuid, ...entry } = call.args
    return logBatch({ ...call, args: { run_id: run_id ?? run_uuid, [kind]: [entry] } })
  }
  const routes: Route[] = [
    ...experiments.routes,
    route(`POST ${ROOT}/runs/create`, createRun),
    route(`GET ${ROOT}/runs/get`, (call) => ({ run: toWire(target(call)) })),
    route(`POST ${ROOT}/runs/update`, update),
    route(`POST ${ROOT}/runs/delete`, setStage('deleted')),
    route(`POST ${ROOT}/runs/restore`, setStage('active')),
    route(`POST ${ROOT}/databricks/runs/delete-runs`, deleteMany),
    route(`POST ${ROOT}/runs/log-batch`, logBatch),
    route(`POST ${ROOT}/runs/log-metric`, logOne('metrics')),
    route(`POST ${ROOT}/runs/log-parameter`, logOne('params')),
    route(`POST ${ROOT}/runs/set-tag`, logOne('tags')),
    route(`POST ${ROOT}/runs/delete-tag`, deleteTag),
    route(`POST ${ROOT}/runs/log-inputs`, logInputs),
    route(`POST ${ROOT}/runs/outputs`, logOutputs),
    route(`POST ${ROOT}/runs/log-model`, logModel),
    ...['POST', 'GET'].map((method) => route(`${method} ${ROOT}/runs/search`, search)),
    route(`GET ${ROOT}/metrics/get-history`, history),
  ]
  return { routes, control, requireRun, requireExperiment: experiments.requireExperiment, points }
}

function checkKey(key: string): void {
  if (key.length > 250)
    throw invalid(`Key '${key.slice(0, 30)}…' has length ${key.length}, which exceeds the limit of 250.`)
  const climbs = key.split('/').some((part) => part === '..' || part === '.')
  if (!/^[/\w.\-: ]+$/.test(key) || climbs || key.startsWith('/')) throw invalid(`Invalid name: '${key}'.`)
}

function checkParam(run: StoredRun, given: Values): void {
  const [key, value] = [text(given, 'key'), text(given, 'value')]
  if (value.length > 6000)
    throw invalid(`Param value of '${key}' has length ${value.length}, which exceeds the limit of 6000.`)
  const old = getPair(run.params, key)
  if (old === undefined || old === value) return
  throw invalid(
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for run ID='${run.info.run_id}'. Attempted logging new value '${value}'.`,
  )
}

function readPoint(given: Values): Point {
  const value = typeof given.value === 'number' ? given.value : text(given, 'value')
  if (typeof value === 'string' && !/^(NaN|[+-]?Infinity|[+-]?\d.*)$/.test(value))
    throw refuse(
      400,
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${JSON.stringify(given.value)} of metric '${text(given, 'key')}'.`,
    )
  const [timestamp, step] = [whole(given, 'timestamp', 0), whole(given, 'step', 0)]
  return { key: text(given, 'key'), value, timestamp, step }
}
