// Models as MLflow 3 logs them in the local lakehouse: made, filled with files, and declared ready.
import { randomBytes } from 'node:crypto'
import type { State } from './state.ts'
import { getPair, type Pairs, type Points, setPair, toKeyValues } from './stored-run.ts'
import {
  asList,
  type Call,
  invalid,
  notFound,
  type Route,
  required,
  route,
  text,
  toPage,
  type Values,
  whole,
} from './wire.ts'

interface LoggedModel {
  model_id: string
  experiment_id: string
  name: string
  model_type: string
  source_run_id: string
  creator: string
  status: string
  createdAt: number
  updatedAt: number
  tags: Pairs
  params: Pairs
}

export interface LoggedModelParts {
  state: State
  now(): number
  /** Throws where there is none. */
  requireExperiment(id: string): unknown
  points: Points
}

const ROOT = '/api/2.0/mlflow/logged-models'
const STATUSES = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']

export function createLoggedModels({ state, now, requireExperiment, points }: LoggedModelParts) {
  const models = state.table<LoggedModel>('logged-models')

  function requireModel(id: string | undefined): LoggedModel {
    const model = models.get(id ?? '')
    if (!model) throw notFound(`Logged model with ID '${id}' not found.`)
    return model
  }
  const save = (model: LoggedModel): void => models.put(model.model_id, Object.assign(model, { updatedAt: now() }))
  const uriOf = ({ experiment_id, model_id }: LoggedModel): string =>
    `dbfs:/databricks/mlflow-tracking/${experiment_id}/logged_models/${model_id}`

  function show(model: LoggedModel) {
    const { model_id, experiment_id, name, model_type, source_run_id, status } = model
    const metrics = source_run_id ? [...points.latest(source_run_id).values()] : []
    return {
      model: {
        info: {
          ...{ model_id, experiment_id, name, model_type, source_run_id, status },
          ...{ creation_timestamp_ms: model.createdAt, last_updated_timestamp_ms: model.updatedAt },
          ...{ artifact_uri: uriOf(model), tags: toKeyValues(model.tags) },
        },
        data: {
          params: toKeyValues(model.params),
          metrics: metrics.map((point) => ({ ...point, model_id, run_id: source_run_id })),
        },
      },
    }
  }
  const readPairs = (given: unknown): Pairs => asList(given).map((one) => [required(one, 'key'), text(one, 'value')])

  function create({ args, caller }: Call): unknown {
    const experiment_id = required(args, 'experiment_id')
    requireExperiment(experiment_id)
    const model_id = `m-${randomBytes(16).toString('hex')}`
    const model: LoggedModel = {
      ...{ model_id, experiment_id, name: text(args, 'name') || 'model', model_type: text(args, 'model_type') },
      ...{ source_run_id: text(args, 'source_run_id'), creator: caller, status: 'LOGGED_MODEL_PENDING' },
      ...{ createdAt: now(), updatedAt: now(), tags: readPairs(args.tags), params: readPairs(args.params) },
    }
    models.put(model_id, model)
    return show(model)
  }
  function finalize({ at, args }: Call): unknown {
    const model = requireModel(at.id)
    const status = required(args, 'status')
    if (!STATUSES.includes(status)) throw invalid(`Invalid status '${status}'.`)
    model.status = status
    save(model)
    return show(model)
  }
  function search({ args }: Call): unknown {
    const ids = Array.isArray(args.experiment_ids) ? args.experiment_ids.map(String) : []
    const holds = parseFilter(text(args, 'filter'))
    const found = models
      .values()
      .filter((one) => ids.includes(one.experiment_id) && holds(one))
      .sort((a, b) => b.createdAt - a.createdAt || (a.model_id < b.model_id ? -1 : 1))
    const { items, ...next } = toPage(found, args, whole(args, 'max_results', 50) || 50)
    return { models: items.map((one) => show(one).model), ...next }
  }

  const routes: Route[] = [
    route(`POST ${ROOT}`, create),
    route(`POST ${ROOT}/search`, search),
    route(`GET ${ROOT}/{id}`, ({ at }) => show(requireModel(at.id))),
    route(`PATCH ${ROOT}/{id}`, finalize),
    route(`DELETE ${ROOT}/{id}`, ({ at }) => {
      models.delete(requireModel(at.id).model_id)
      return {}
    }),
    route(`POST ${ROOT}/{id}/params`, ({ at, args }) => {
      const model = requireModel(at.id)
      for (const [key, value] of readPairs(args.params)) setPair(model.params, key, value)
      save(model)
      return {}
    }),
    route(`PATCH ${ROOT}/{id}/tags`, ({ at, args }) => {
      const model = requireModel(at.id)
      for (const [key, value] of readPairs(args.tags)) setPair(model.tags, key, value)
      save(model)
      return show(model)
    }),
    route(`DELETE ${ROOT}/{id}/tags/{key}`, ({ at }) => {
      const model = requireModel(at.id)
      model.tags = model.tags.filter(([key]) => key !== at.key)
      save(model)
      return {}
    }),
  ]
  return { routes, requireModel, uriOf: (id: string): string => uriOf(requireModel(id)) }
}

/** `source_run_id = '…'`, `name`, `status`, `tags.x` and `params.x`, joined by AND: what MLflow's client itself asks. */
function parseFilter(filter: string): (model: LoggedModel) => boolean {
  if (filter.trim() === '') return () => true
  const all = filter.split(/\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)/i).map((condition) => {
    const [, prefix = '', field = '', operator = '', wanted = ''] =
      /^\s*(?:(tags?|params?|attributes?)\.)?(`[^`]+`|[\w.]+)\s*(!=|=)\s*['"]([^'"]*)['"]\s*$/i.exec(condition) ?? []
    const key = field.replace(/`/g, '')
    if (key === '') throw invalid(`Invalid clause(s) in filter string: '${condition.trim()}'`)
    return (model: LoggedModel): boolean => {
      const flat: Values = { ...model }
      const pairs = prefix.startsWith('tag') ? model.tags : model.params
      const value = /^(tag|param)/.test(prefix) ? getPair(pairs, key) : flat[key]
      return operator === '=' ? value === wanted : value !== wanted
    }
  })
  return (model) => all.every((holds) => holds(model))
}
