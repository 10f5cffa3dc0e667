// Traces of the local lakehouse with their assessments.

import { randomBytes } from 'node:crypto'
import { createDatasets } from './datasets.ts'
import { setOwn } from './own-keys.ts'
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

interface StoredTrace {
  info: Values
  assessments: Values[]
  runs: string[]
}
const V3 = '/api/3.0/mlflow/traces'
const LONGEST_PREVIEW = 10_000

export function createTraces(state: State, requireRun: (runId: string) => unknown, now: () => number) {
  const traces = state.table<StoredTrace>('traces')
  const save = (trace: StoredTrace): void => traces.put(text(trace.info, 'trace_id'), trace)

  function requireTrace(traceId: string): StoredTrace {
    const trace = traces.get(traceId)
    if (!trace) throw notFound(`Trace with ID '${traceId}' not found.`)
    return trace
  }
  const toWire = ({ info, assessments }: StoredTrace) => ({
    trace: { trace_info: { ...info, assessments } },
  })

  function start({ args }: Call): unknown {
    const given = asValues(asValues(args.trace).trace_info)
    const traceId = required(given, 'trace_id')
    const { experiment_id } = asValues(asValues(given.trace_location).mlflow_experiment)
    const location = `dbfs:/databricks/mlflow-tracking/${experiment_id}/${traceId}/artifacts`
    const info = {
      ...given,
      request_preview: text(given, 'request_preview').slice(0, LONGEST_PREVIEW),
      response_preview: text(given, 'response_preview').slice(0, LONGEST_PREVIEW),
      tags: { ...asValues(given.tags), 'mlflow.artifactLocation': location },
    }
    const known = traces.get(traceId)
    traces.put(traceId, { assessments: [], runs: [], ...known, info })
    return toWire(requireTrace(traceId))
  }

  function assess({ at, args }: Call): unknown {
    const trace = requireTrace(at.trace ?? '')
    const given = asValues(args.assessment)
    if (required(given, 'assessment_name').includes('.')) throw invalid('The name of an assessment holds no dot.')
    if (!given.feedback && !given.expectation) throw invalid('An assessment has feedback or an expectation.')
    const assessment = { ...given, assessment_id: `a-${randomBytes(16).toString('hex')}`, valid: true }
    trace.assessments.push(assessment)
    save(trace)
    return { assessment }
  }

  function requireAssessment(trace: StoredTrace, id: string | undefined): Values {
    const found = trace.assessments.find(({ assessment_id }) => assessment_id === id)
    if (!found) throw notFound(`Assessment '${id}' not found.`)
    return found
  }
  function reassess({ at, args }: Call): unknown {
    const trace = requireTrace(at.trace ?? '')
    const known = requireAssessment(trace, at.assessment)
    const given = asValues(args.assessment)
    const fields = required(args, 'update_mask').split(',')
    const changes = Object.fromEntries(fields.map((field) => [field, given[field]]))
    const assessment = { ...known, ...changes, last_update_time: new Date(now()).toISOString() }
    trace.assessments = trace.assessments.map((one) => (one === known ? assessment : one))
    save(trace)
    return { assessment }
  }
  function dropAssessment({ at }: Call): unknown {
    const trace = requireTrace(at.trace ?? '')
    trace.assessments = trace.assessments.filter(({ assessment_id }) => assessment_id !== at.assessment)
    save(trace)
    return {}
  }

  const experimentOf = ({ info }: StoredTrace): string =>
    text(asValues(asValues(info.trace_location).mlflow_experiment), 'experiment_id')
  /** Of experiments or of a run; the newest first. */
  function search({ args }: Call): unknown {
    const ids = asList(args.locations).map((one) => text(asValues(one.mlflow_experiment), 'experiment_id'))
    const holds = parseTraceFilter(text(args, 'filter'))
    const found = traces
      .values()
      .filter((one) => ids.includes(experimentOf(one)) && holds(one))
      .sort((a, b) => (text(a.info, 'request_time') < text(b.info, 'request_time') ? 1 : -1))
    const { items, ...next } = toPage(found, args, whole(args, 'max_results', 100) || 100)
    return { traces: items.map(({ info, assessments }) => ({ ...info, assessments })), ...next }
  }
  function remove({ args }: Call): unknown {
    const ids = [args.request_ids, args.trace_ids].flatMap((one) => (Array.isArray(one) ? one.map(String) : []))
    const until = whole(args, 'max_timestamp_millis', 0)
    const gone = traces.entries().filter(([id, one]) => {
      const isOld = Date.parse(text(one.info, 'request_time')) <= until
      return experimentOf(one) === text(args, 'experiment_id') && (ids.includes(id) || isOld)
    })
    for (const [id] of gone) traces.delete(id)
    return { traces_deleted: gone.length }
  }
  const setTag = (change: (tags: Record<string, unknown>, args: Values) => void) => (call: Call) => {
    const trace = requireTrace(call.at.trace ?? '')
    const tags = { ...asValues(trace.info.tags) }
    change(tags, call.args)
    trace.info = { ...trace.info, tags }
    save(trace)
    return {}
  }
  const tagRoutes = ['2.0', '3.0'].flatMap((version) => [
    route(
      `PATCH /api/${version}/mlflow/traces/{trace}/tags`,
      setTag((tags, args) => {
        setOwn(tags, required(args, 'key'), text(args, 'value'))
      }),
    ),
    route(
      `DELETE /api/${version}/mlflow/traces/{trace}/tags`,
      setTag((tags, args) => {
        delete tags[required(args, 'key')]
      }),
    ),
  ])

  const routes: Route[] = [
    route(`POST ${V3}`, start),
    route(`GET ${V3}/{trace}`, ({ at }) => toWire(requireTrace(at.trace ?? ''))),
    route(`POST ${V3}/{trace}/assessments`, assess),
    route(`PATCH ${V3}/{trace}/assessments/{assessment}`, reassess),
    route(`GET ${V3}/{trace}/assessments/{assessment}`, ({ at }) => {
      return { assessment: requireAssessment(requireTrace(at.trace ?? ''), at.assessment) }
    }),
    route(`DELETE ${V3}/{trace}/assessments/{assessment}`, dropAssessment),
    route(`POST ${V3}/search`, search),
    route(`POST ${V3}/delete-traces`, remove),
    ...tagRoutes,
    route('POST /api/2.0/mlflow/traces/link-to-run', ({ args }) => {
      const runId = required(args, 'run_id')
      requireRun(runId)
      for (const traceId of Array.isArray(args.trace_ids) ? args.trace_ids.map(String) : []) {
        const trace = requireTrace(traceId)
        save(Object.assign(trace, { runs: [...new Set([...trace.runs, runId])] }))
      }
      return {}
    }),
  ]
  const control = { runsOf: (traceId: string): string[] => traces.get(traceId)?.runs ?? [] }
  return { routes: [...routes, ...createDatasets(state, now)], control, requireTrace }
}

/** What MLflow's client asks: the run, the state and tags, joined by AND. */
function parseTraceFilter(filter: string): (trace: StoredTrace) => boolean {
  if (filter.trim() === '') return () => true
  const all = filter.split(/\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)/i).map((condition) => {
    const [, prefix = '', field = '', operator = '', wanted = ''] =
      /^\s*(?:(tags?|metadata|request_metadata|attributes?|trace)\.)?(`[^`]+`|[\w.]+)\s*(!=|=)\s*['"]([^'"]*)['"]\s*$/i.exec(
        condition,
      ) ?? []
    const key = field.replace(/`/g, '')
    if (key === '') throw invalid(`Invalid clause(s) in filter string: '${condition.trim()}'`)
    return ({ info, runs }: StoredTrace): boolean => {
      const isRun = key === 'run_id' || key === 'mlflow.sourceRun'
      const from = /^tag/.test(prefix)
        ? asValues(info.tags)
        : /metadata/.test(prefix)
          ? asValues(info.trace_metadata)
          : info
      const value = text(from, key === 'status' ? 'state' : key)
      const holds = isRun
        ? runs.includes(wanted) || text(asValues(info.trace_metadata), 'mlflow.sourceRun') === wanted
        : value === wanted
      return operator === '=' ? holds : !holds
    }
  })
  return (trace) => all.every((holds) => holds(trace))
}
