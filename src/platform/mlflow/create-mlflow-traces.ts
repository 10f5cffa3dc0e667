// Traces of an MLflow server: one span per question, its run, and the assessments that judges and people gave it.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { NewTrace, Trace, TraceAssessment, Traces } from '../ports/runs.ts'
import { createProxiedFiles } from './create-mlflow-artifacts.ts'
import type { MlflowHttp } from './mlflow-http.ts'
import { isNotFound } from './platform-errors.ts'
import { cutPreview, renderSpans } from './render-spans.ts'
import { nothingSchema } from './wire.ts'

const V3 = '/3.0/mlflow/traces'
const SOURCE_RUN = 'mlflow.sourceRun'
const ARTIFACT_LOCATION = 'mlflow.artifactLocation'

const assessmentSchema = z.object({
  assessment_id: z.string(),
  assessment_name: z.string(),
  source: z.object({
    source_type: z.enum(['HUMAN', 'LLM_JUDGE', 'CODE']).catch('CODE'),
    source_id: z.string().default(''),
  }),
  feedback: z
    .object({
      value: z.unknown().optional(),
      error: z.object({ error_code: z.string().default(''), error_message: z.string().default('') }).nullish(),
    })
    .optional(),
  rationale: z.string().optional(),
  valid: z.boolean().default(true),
})
const infoSchema = z.object({
  trace_id: z.string(),
  trace_location: z.object({ mlflow_experiment: z.object({ experiment_id: z.string() }).optional() }).optional(),
  request_preview: z.string().default(''),
  response_preview: z.string().default(''),
  request_time: z.string(),
  execution_duration: z.string().default('0s'),
  state: z.string().default('STATE_UNSPECIFIED'),
  trace_metadata: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
  assessments: z.array(assessmentSchema).default([]),
})
const traceSchema = z.object({ trace: z.object({ trace_info: infoSchema }) })
type Info = z.infer<typeof infoSchema>
type WireAssessment = z.infer<typeof assessmentSchema>

/** Where the spans of a trace are kept. */
export interface SpanFiles {
  /** `location` is the URI that the server named when it took the trace; empty where it named none. */
  put(traceId: string, location: string, body: Uint8Array): Promise<void>
}

export interface MlflowTracesOptions {
  http: MlflowHttp
  /** Default: `traces.json` behind the server's artifact proxy, where the MLflow UI looks for it. */
  spans?: SpanFiles
}

export function createMlflowTraces({ http, spans = createProxiedSpans(http) }: MlflowTracesOptions): Traces {
  async function readInfo(traceId: string): Promise<Info | null> {
    if (!/^[\w:.-]+$/.test(traceId)) return null
    try {
      const path = `${V3}/${encodeURIComponent(traceId)}`
      return (await http.json({ method: 'GET', path, about: `trace ${traceId}`, answer: traceSchema })).trace.trace_info
    } catch (error) {
      if (isNotFound(error)) return null
      throw error
    }
  }

  return {
    async log(trace) {
      const otelId = randomBytes(16).toString('hex')
      const traceId = `tr-${otelId}`
      const about = `trace ${traceId}`
      const body = { trace: { trace_info: renderInfo(traceId, trace) } }
      // The id is ours, so the same trace sent twice is one trace.
      const taken = await http.json({ method: 'POST', path: V3, body, about, repeatable: true, answer: traceSchema })
      const location = taken.trace.trace_info.tags[ARTIFACT_LOCATION] ?? ''
      await spans.put(traceId, location, Buffer.from(JSON.stringify(renderSpans(otelId, trace))))
      const link = { trace_ids: [traceId], run_id: trace.runId }
      const path = '/2.0/mlflow/traces/link-to-run'
      await http.json({ method: 'POST', path, body: link, about, repeatable: true, answer: nothingSchema })
      return traceId
    },

    async get(traceId) {
      const info = await readInfo(traceId)
      return info === null ? null : toTrace(info)
    },

    async assess(traceId, assessment) {
      checkAssessment(assessment)
      const info = await readInfo(traceId)
      const known = info?.assessments.find((one) => one.valid && isSame(one, assessment))
      const body = { assessment: renderAssessment(traceId, assessment) }
      const path = `${V3}/${encodeURIComponent(traceId)}/assessments`
      const about = `trace ${traceId}`
      if (known === undefined) {
        await http.json({ method: 'POST', path, body, about, answer: nothingSchema })
        return
      }
      // The same judge says it again: its word is replaced, so that a repeated run counts no row twice.
      const patch = { ...body, update_mask: 'feedback,rationale' }
      const one = `${path}/${encodeURIComponent(known.assessment_id)}`
      await http.json({ method: 'PATCH', path: one, body: patch, about, repeatable: true, answer: nothingSchema })
    },
  }
}

function createProxiedSpans(http: MlflowHttp): SpanFiles {
  const files = createProxiedFiles(http)
  return { put: (_traceId, location, body) => files.put(location, 'traces.json', body) }
}

function renderInfo(traceId: string, trace: NewTrace) {
  const request = cutPreview(trace.request)
  const response = cutPreview(trace.response)
  return {
    trace_id: traceId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experimentId } },
    request_preview: request,
    response_preview: response,
    request_time: trace.startedAt,
    execution_duration: `${(trace.durationMs / 1000).toFixed(3)}s`,
    state: trace.ok ? 'OK' : 'ERROR',
    trace_metadata: { [SOURCE_RUN]: trace.runId, 'mlflow.trace_schema.version': '3' },
    tags: { ...trace.tags, 'mlflow.traceName': 'answer' },
  }
}

function renderAssessment(traceId: string, { name, source, value, error, rationale }: TraceAssessment) {
  const now = new Date().toISOString()
  return {
    assessment_name: name,
    trace_id: traceId,
    source: { source_type: source.type, source_id: source.id },
    create_time: now,
    last_update_time: now,
    feedback: error ? { error: { error_code: error.code, error_message: error.message } } : { value: value ?? null },
    ...(rationale === undefined ? {} : { rationale }),
  }
}

/** Throws PLATFORM_REFUSED. */
function checkAssessment({ name, value, error }: TraceAssessment): void {
  const fault =
    name === '' || name.includes('.')
      ? 'its name is empty or holds a dot'
      : (value === undefined) === (error === undefined)
        ? 'it needs either a value or an error'
        : typeof value === 'number' && !Number.isFinite(value)
          ? `its value is ${value}, which is no number`
          : null
  if (fault) throw new LakedeskError('PLATFORM_REFUSED', `The assessment "${name}" cannot be logged: ${fault}.`)
}

function isSame(wire: WireAssessment, { name, source }: TraceAssessment): boolean {
  return wire.assessment_name === name && wire.source.source_type === source.type && wire.source.source_id === source.id
}

function toTrace(info: Info): Trace {
  // What the server and we added for MLflow's own use is no tag of the person who logged the trace.
  const own = Object.entries(info.tags).filter(([key]) => !key.startsWith('mlflow.'))
  return {
    traceId: info.trace_id,
    experimentId: info.trace_location?.mlflow_experiment?.experiment_id ?? '',
    runId: info.trace_metadata[SOURCE_RUN] ?? '',
    requestPreview: info.request_preview,
    responsePreview: info.response_preview,
    startedAt: new Date(info.request_time).toISOString(),
    durationMs: Math.round(Number.parseFloat(info.execution_duration) * 1000),
    ok: info.state !== 'ERROR',
    tags: Object.fromEntries(own),
    assessments: info.assessments.filter((one) => one.valid && one.feedback !== undefined).map(toAssessment),
  }
}

function toAssessment({ assessment_name, source, feedback, rationale }: WireAssessment): TraceAssessment {
  const value = z.union([z.number(), z.string(), z.boolean()]).safeParse(feedback?.value).data
  const error = feedback?.error
  return {
    name: assessment_name,
    source: { type: source.source_type, id: source.source_id },
    ...(error ? { error: { code: error.error_code, message: error.error_message } } : {}),
    ...(!error && value !== undefined ? { value } : {}),
    ...(rationale ? { rationale } : {}),
  }
}
