// Experiments of MLflow tracking in the local lakehouse: workspace paths that hold runs.
import type { State } from './state.ts'
import { getPair, type Pairs, setPair, toKeyValues } from './stored-run.ts'
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

export interface Experiment {
  experiment_id: string
  name: string
  lifecycle_stage: string
  artifact_location: string
  creation_time: number
  last_update_time: number
  tags: Pairs
}

const ROOT = '/api/2.0/mlflow/experiments'
const FIRST_ID = 4_000_000_000_000_000

/** A list of pairs, or a plain map, as MLflow's TypeScript SDK sends it. */
export function readTags(given: unknown): Pairs {
  if (Array.isArray(given)) return asList(given).map((tag) => [required(tag, 'key'), text(tag, 'value')])
  return Object.entries(typeof given === 'object' && given !== null ? given : {}).map(([key, value]) => [
    key,
    String(value),
  ])
}

export function createExperiments(state: State, now: () => number) {
  const experiments = state.table<Experiment>('experiments')
  const plain = (name: string): string => name.replace(/^\/Workspace(?=\/)/, '')
  const byName = (name: string) => experiments.values().find((one) => one.name === plain(name))
  function requireExperiment(id: string): Experiment {
    const found = experiments.get(id)
    if (!found) throw notFound(`Experiment with id '${id}' does not exist.`)
    return found
  }
  function change(experiment: Experiment, changes: Partial<Experiment>): void {
    experiments.put(experiment.experiment_id, Object.assign(experiment, changes, { last_update_time: now() }))
  }
  const show = ({ tags, ...experiment }: Experiment) => ({ ...experiment, tags: toKeyValues(tags) })

  function create({ args, caller }: Call): unknown {
    const name = plain(required(args, 'name'))
    if (!name.startsWith('/'))
      throw invalid(`Got an invalid experiment name '${name}'. An experiment name must be an absolute path.`)
    if (byName(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Node named '${name}' already exists`)
    const experiment_id = String(FIRST_ID + experiments.keys().length)
    const tags: Pairs = [
      ['mlflow.ownerEmail', caller],
      ['mlflow.experiment.sourceName', name],
      ['mlflow.experimentType', 'MLFLOW_EXPERIMENT'],
    ]
    for (const [key, value] of readTags(args.tags)) setPair(tags, key, value)
    const artifact_location = text(args, 'artifact_location') || `dbfs:/databricks/mlflow-tracking/${experiment_id}`
    const times = { creation_time: now(), last_update_time: now() }
    experiments.put(experiment_id, {
      experiment_id,
      name,
      artifact_location,
      lifecycle_stage: 'active',
      ...times,
      tags,
    })
    return { experiment_id }
  }

  function search({ args }: Call): unknown {
    const view = text(args, 'view_type') || 'ACTIVE_ONLY'
    const holds = parseFilter(text(args, 'filter'))
    const found = experiments
      .values()
      .filter((one) => view === 'ALL' || (one.lifecycle_stage === 'active') === (view === 'ACTIVE_ONLY'))
      .filter(holds)
    const orders = (Array.isArray(args.order_by) ? args.order_by.map(String) : []).map(parseOrder)
    found.sort(
      (a, b) => orders.map((order) => order(a, b)).find((one) => one !== 0) ?? b.last_update_time - a.last_update_time,
    )
    const { items, ...next } = toPage(found, args, Math.min(whole(args, 'max_results', 1000) || 1000, 3000))
    return { experiments: items.map(show), ...next }
  }
  const target = ({ args }: Call): Experiment => requireExperiment(required(args, 'experiment_id'))
  const setStage = (lifecycle_stage: string) => (call: Call) => {
    change(target(call), { lifecycle_stage })
    return {}
  }
  const tell = (found: Experiment | undefined, what: string): unknown => {
    if (!found) throw notFound(`Node ${what} does not exist.`)
    return { experiment: show(found) }
  }

  const routes: Route[] = [
    route(`POST ${ROOT}/create`, create),
    route(`GET ${ROOT}/get-by-name`, ({ args }) => {
      const name = required(args, 'experiment_name')
      return tell(byName(name), name)
    }),
    route(`GET ${ROOT}/get`, ({ args }) =>
      tell(experiments.get(text(args, 'experiment_id')), text(args, 'experiment_id')),
    ),
    ...['POST', 'GET'].map((method) => route(`${method} ${ROOT}/search`, search)),
    route(`POST ${ROOT}/update`, (call) => {
      const name = plain(text(call.args, 'new_name'))
      if (name && byName(name)) throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Node named '${name}' already exists`)
      change(target(call), name ? { name } : {})
      return {}
    }),
    route(`POST ${ROOT}/delete`, setStage('deleted')),
    route(`POST ${ROOT}/restore`, setStage('active')),
    route(`POST ${ROOT}/set-experiment-tag`, (call) => {
      const experiment = target(call)
      setPair(experiment.tags, required(call.args, 'key'), text(call.args, 'value'))
      change(experiment, {})
      return {}
    }),
    route(`POST ${ROOT}/delete-experiment-tag`, (call) => {
      const experiment = target(call)
      change(experiment, { tags: experiment.tags.filter(([key]) => key !== call.args.key) })
      return {}
    }),
  ]
  return { routes, requireExperiment }
}

type Holds = (one: Experiment) => boolean

/** `name ILIKE 'a%'`, `tags.x = 'y'` and times, joined by AND. */
function parseFilter(filter: string): Holds {
  if (filter.trim() === '') return () => true
  const all = filter.split(/\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)/i).map(parseCondition)
  return (one) => all.every((holds) => holds(one))
}

function parseCondition(condition: string): Holds {
  const [, tag, field = '', operator = '', quoted, number] =
    /^\s*(?:(tags?)\.|attributes?\.)?(`[^`]+`|"[^"]+"|[\w.-]+)\s*(!=|>=|<=|=|>|<|LIKE|ILIKE)\s*(?:'([^']*)'|"?([\d.]+)"?)\s*$/i.exec(
      condition,
    ) ?? []
  const key = field.replace(/^[`"](.*)[`"]$/, '$1')
  if (!tag && !['name', 'creation_time', 'last_update_time'].includes(key))
    throw invalid(`Invalid clause(s) in filter string: '${condition.trim()}'`)
  const valueAt = (one: Experiment): string | number | undefined =>
    tag ? getPair(one.tags, key) : key === 'name' ? one.name : one[key as 'creation_time']
  if (number !== undefined) return (one) => compare(operator, Number(valueAt(one)), Number(number))
  const wanted = quoted ?? ''
  if (operator === '=') return (one) => valueAt(one) === wanted
  if (operator === '!=') return (one) => valueAt(one) !== undefined && valueAt(one) !== wanted
  const source = wanted
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  const pattern = new RegExp(`^${source}$`, operator.toUpperCase() === 'ILIKE' ? 'is' : 's')
  return (one) => pattern.test(String(valueAt(one) ?? ''))
}

function compare(operator: string, value: number, wanted: number): boolean {
  if (operator === '=') return value === wanted
  if (operator === '!=') return value !== wanted
  if (operator === '>') return value > wanted
  if (operator === '<') return value < wanted
  return operator === '>=' ? value >= wanted : value <= wanted
}

function parseOrder(given: string): (a: Experiment, b: Experiment) => number {
  const [, field = '', direction = 'ASC'] = /^\s*(?:attributes?\.)?(\w+)(?:\s+(ASC|DESC))?\s*$/i.exec(given) ?? []
  if (!['name', 'experiment_id', 'creation_time', 'last_update_time'].includes(field))
    throw invalid(`Invalid order_by clause '${given}'`)
  const sign = direction.toUpperCase() === 'DESC' ? -1 : 1
  const at = (one: Values): string | number => one[field] as string | number
  return (a, b) => {
    const [left, right] = [at({ ...a }), at({ ...b })]
    return left === right ? 0 : (left < right ? -1 : 1) * sign
  }
}
