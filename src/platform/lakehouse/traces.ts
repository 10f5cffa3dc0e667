// Traces with assessments, and evaluation datasets, of the local lakehouse.
import { randomBytes } from 'node:crypto'
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

interface StoredTrace {
  info: Values
  assessments: Map<string, Values>
  runs: Set<string>
}
interface Dataset {
  dataset_id: string
  name: string
  created_time: number
  records: Map<string, Values & { dataset_record_id: string }>
}

const V3 = '/api/3.0/mlflow/traces'
const SETS = '/api/3.0/mlflow/datasets'
const LONGEST_PREVIEW = 10_000

/** A text that is the same for the same data, in whatever order its keys stand. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}

export function createTraces(requireRun: (runId: string) => unknown, now: () => number) {
  const traces = new Map<string, StoredTrace>()

  function requireTrace(traceId: string): StoredTrace {
    const trace = traces.get(traceId)
    if (!trace) throw notFound(`Trace with ID '${traceId}' not found.`)
    return trace
  }
  const toWire = ({ info, assessments }: StoredTrace) => ({
    trace: { trace_info: { ...info, assessments: [...assessments.values()] } },
  })

  function start({ args }: Call): unknown {
    const given = asValues(asValues(args.trace).trace_info)
    const traceId = required(given, 'trace_id')
    const { experiment_id } = asValues(asValues(given.trace_location).mlflow_experiment)
    const location = `dbfs:/databricks/mlflow-tracking/${experiment_id}/traces/${traceId}/artifacts`
    const info = {
      ...given,
      request_preview: text(given, 'request_preview').slice(0, LONGEST_PREVIEW),
      response_preview: text(given, 'response_preview').slice(0, LONGEST_PREVIEW),
      tags: { ...asValues(given.tags), 'mlflow.artifactLocation': location },
    }
    const known = traces.get(traceId)
    traces.set(traceId, { assessments: new Map(), runs: new Set(), ...known, info })
    return toWire(requireTrace(traceId))
  }

  function assess({ at, args }: Call): unknown {
    const trace = requireTrace(at.trace ?? '')
    const given = asValues(args.assessment)
    if (required(given, 'assessment_name').includes('.')) throw invalid('The name of an assessment holds no dot.')
    if (!given.feedback && !given.expectation) throw invalid('An assessment has feedback or an expectation.')
    const assessment = { ...given, assessment_id: `a-${randomBytes(16).toString('hex')}`, valid: true }
    trace.assessments.set(assessment.assessment_id, assessment)
    return { assessment }
  }

  function reassess({ at, args }: Call): unknown {
    const trace = requireTrace(at.trace ?? '')
    const known = trace.assessments.get(at.assessment ?? '')
    if (!known) throw notFound(`Assessment '${at.assessment}' not found.`)
    const given = asValues(args.assessment)
    const fields = required(args, 'update_mask').split(',')
    const assessment = { ...known, ...Object.fromEntries(fields.map((field) => [field, given[field]])) }
    trace.assessments.set(at.assessment ?? '', assessment)
    return { assessment }
  }

  const routes: Route[] = [
    route(`POST ${V3}`, start),
    route(`GET ${V3}/{trace}`, ({ at }) => toWire(requireTrace(at.trace ?? ''))),
    route(`POST ${V3}/{trace}/assessments`, assess),
    route(`PATCH ${V3}/{trace}/assessments/{assessment}`, reassess),
    route(`DELETE ${V3}/{trace}/assessments/{assessment}`, ({ at }) => {
      requireTrace(at.trace ?? '').assessments.delete(at.assessment ?? '')
      return {}
    }),
    route('POST /api/2.0/mlflow/traces/link-to-run', ({ args }) => {
      const runId = required(args, 'run_id')
      requireRun(runId)
      for (const traceId of Array.isArray(args.trace_ids) ? args.trace_ids : [])
        requireTrace(String(traceId)).runs.add(runId)
      return {}
    }),
  ]
  const control = { runsOf: (traceId: string): string[] => [...(traces.get(traceId)?.runs ?? [])] }
  return { routes: [...routes, ...createDatasets(now)], control, requireTrace }
}

function createDatasets(now: () => number): Route[] {
  const datasets = new Map<string, Dataset>()
  const requireSet = (id: string | undefined): Dataset => {
    const dataset = datasets.get(id ?? '')
    if (!dataset) throw notFound(`Evaluation dataset '${id}' not found.`)
    return dataset
  }
  const toWire = ({ dataset_id, name, created_time }: Dataset) => ({ dataset_id, name, created_time })

  function create({ args }: Call): unknown {
    const dataset_id = `d-${randomBytes(16).toString('hex')}`
    const dataset = { dataset_id, name: required(args, 'name'), created_time: now(), records: new Map() }
    datasets.set(dataset_id, dataset)
    return { dataset: toWire(dataset) }
  }

  function search({ args }: Call): unknown {
    const filter = text(args, 'filter_string')
    const name = /^name = (?:'([^']*)'|"([^"]*)")$/.exec(filter)
    if (filter && !name) throw invalid(`Invalid filter string: ${filter}`)
    const found = [...datasets.values()].filter((one) => !name || one.name === (name[1] ?? name[2]))
    const { items, ...next } = toPage(found, args, whole(args, 'max_results', 100))
    return { datasets: items.map(toWire), ...next }
  }

  /** A record with known inputs is merged into the one there is. */
  function upsert({ at, args }: Call): unknown {
    const dataset = requireSet(at.id)
    const given: unknown = JSON.parse(required(args, 'records'))
    for (const record of asList(given)) {
      const key = canonical(record.inputs)
      const known = dataset.records.get(key)
      dataset.records.set(key, {
        dataset_record_id: known?.dataset_record_id ?? `dr-${randomBytes(16).toString('hex')}`,
        inputs: known?.inputs ?? record.inputs,
        expectations: { ...asValues(known?.expectations), ...asValues(record.expectations) },
        tags: { ...asValues(known?.tags), ...asValues(record.tags) },
      })
    }
    return { inserted_count: asList(given).length, updated_count: 0 }
  }

  return [
    route(`POST ${SETS}/create`, create),
    route(`POST ${SETS}/search`, search),
    route(`GET ${SETS}/{id}/records`, ({ at, args }) => {
      const { items, ...next } = toPage([...requireSet(at.id).records.values()], args, whole(args, 'max_results', 1000))
      return { records: JSON.stringify(items), ...next }
    }),
    route(`POST ${SETS}/{id}/records`, upsert),
    route(`DELETE ${SETS}/{id}/records`, ({ at, args }) => {
      const ids = Array.isArray(args.dataset_record_ids) ? args.dataset_record_ids : []
      const { records } = requireSet(at.id)
      for (const [key, record] of records) if (ids.includes(record.dataset_record_id)) records.delete(key)
      return { deleted_count: ids.length }
    }),
  ]
}
