// Evaluation datasets of MLflow 3 in the local lakehouse.
import { createHash, randomBytes } from 'node:crypto'
import type { State } from './state.ts'
import {
  asList,
  asValues,
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

interface Dataset {
  dataset_id: string
  name: string
  created_time: number
  last_update_time?: number
  /** JSON. */
  tags?: string
  experiment_ids?: readonly string[]
  /** By a text of their inputs: never the name of something that objects have. */
  records: Record<string, Values & { dataset_record_id: string }>
}

const SETS = '/api/3.0/mlflow/datasets'

/** A text that is the same for the same data, in whatever order its keys stand. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}

export function createDatasets(state: State, now: () => number): Route[] {
  const datasets = state.table<Dataset>('datasets')
  const save = (dataset: Dataset): void => datasets.put(dataset.dataset_id, { ...dataset, last_update_time: now() })
  const requireSet = (id: string | undefined): Dataset => {
    const dataset = datasets.get(id ?? '')
    if (!dataset) throw notFound(`Evaluation dataset '${id}' not found.`)
    return dataset
  }
  const toWire = ({ dataset_id, name, created_time, last_update_time, tags, experiment_ids, records }: Dataset) => ({
    ...{ dataset_id, name, created_time, last_update_time: last_update_time ?? created_time },
    // MLflow's client takes no dataset without one.
    digest: createHash('sha256').update(canonical(records)).digest('hex').slice(0, 8),
    ...{ tags: tags ?? '{}', experiment_ids: experiment_ids ?? [] },
  })

  function create({ args }: Call): unknown {
    const dataset_id = `d-${randomBytes(16).toString('hex')}`
    const dataset = {
      ...{ dataset_id, name: required(args, 'name'), created_time: now(), records: {} },
      tags: text(args, 'tags') || '{}',
      experiment_ids: Array.isArray(args.experiment_ids) ? args.experiment_ids.map(String) : [],
    }
    save(dataset)
    return { dataset: toWire(dataset) }
  }

  function search({ args }: Call): unknown {
    const filter = text(args, 'filter_string')
    const name = /^name = (?:'([^']*)'|"([^"]*)")$/.exec(filter)
    if (filter && !name) throw invalid(`Invalid filter string: ${filter}`)
    const found = datasets.values().filter((one) => !name || one.name === (name[1] ?? name[2]))
    const { items, ...next } = toPage(found, args, whole(args, 'max_results', 100))
    return { datasets: items.map(toWire), ...next }
  }

  /** A record with known inputs is merged into the one there is. */
  function upsert({ at, args }: Call): unknown {
    const dataset = requireSet(at.id)
    const given: unknown = JSON.parse(required(args, 'records'))
    for (const record of asList(given)) {
      const key = canonical(record.inputs)
      const known = dataset.records[key]
      dataset.records[key] = {
        dataset_record_id: known?.dataset_record_id ?? `dr-${randomBytes(16).toString('hex')}`,
        inputs: known?.inputs ?? record.inputs,
        expectations: { ...asValues(known?.expectations), ...asValues(record.expectations) },
        tags: { ...asValues(known?.tags), ...asValues(record.tags) },
        created_time: known?.created_time ?? now(),
        last_update_time: now(),
      }
    }
    save(dataset)
    return { inserted_count: asList(given).length, updated_count: 0 }
  }

  return [
    route(`POST ${SETS}/create`, create),
    route(`POST ${SETS}/search`, search),
    route(`GET ${SETS}/{id}`, ({ at }) => ({ dataset: toWire(requireSet(at.id)) })),
    route(`GET ${SETS}/{id}/experiment-ids`, ({ at }) => ({ experiment_ids: requireSet(at.id).experiment_ids ?? [] })),
    route(`GET ${SETS}/{id}/records`, ({ at, args }) => {
      const { dataset_id, created_time, records } = requireSet(at.id)
      const times = { created_time, last_update_time: created_time }
      const all = Object.values(records).map((one) => ({ ...times, ...one, dataset_id }))
      const { items, ...next } = toPage(all, args, whole(args, 'max_results', 1000))
      return { records: JSON.stringify(items), ...next }
    }),
    route(`POST ${SETS}/{id}/records`, upsert),
    route(`DELETE ${SETS}/{id}/records`, ({ at, args }) => {
      const ids = Array.isArray(args.dataset_record_ids) ? args.dataset_record_ids : []
      const dataset = requireSet(at.id)
      const kept = Object.entries(dataset.records).filter(([, one]) => !ids.includes(one.dataset_record_id))
      save({ ...dataset, records: Object.fromEntries(kept) })
      return { deleted_count: ids.length }
    }),
  ]
}
