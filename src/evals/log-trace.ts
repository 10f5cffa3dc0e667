// Logs one row of an evaluation as a trace with the judge's scores as assessments, once however often it is tried.
import type { Runs, TraceAssessment } from '../platform/ports/runs.ts'
import type { Score } from './evaluation.ts'
import type { EvaluationJob, StoredRow } from './evaluation-job.ts'
import { type MetricName, QUALITY_METRICS } from './metrics.ts'

/** Counted from the case and the answer whoever judges, so that no model stands behind them. */
const COUNTED = [
  'context_recall',
  'context_precision',
  'refusal_correctness',
  'accuracy',
] as const satisfies readonly MetricName[]

export interface TraceWork {
  runs: Runs
  experimentId: string
  runId: string
  job: EvaluationJob
  judge: { name: string; type: 'LLM_JUDGE' | 'CODE' }
  version: string
}

/** The id of the trace. A crash between the server's answer and the checkpoint may leave one trace that no row names. */
export async function logTrace(row: StoredRow, work: TraceWork): Promise<string> {
  const { id } = row.result.case
  const known = work.job.traces.get(id)
  if (known?.runId === work.runId) {
    if (!known.assessed) await assess(known.traceId, row, work, await assessedNames(known.traceId, work.runs))
    return known.traceId
  }
  const traceId = await work.runs.traces.log({
    experimentId: work.experimentId,
    runId: work.runId,
    request: {
      question: row.result.case.question,
      ...(row.result.case.thread ? { thread: row.result.case.thread } : {}),
    },
    response: toResponse(row),
    startedAt: row.startedAt,
    durationMs: row.durationMs,
    ok: row.result.error === null,
    tags: { 'lakedesk.case': id, 'lakedesk.version': work.version },
  })
  await work.job.setTrace(id, { runId: work.runId, traceId, assessed: false })
  await assess(traceId, row, work, new Set())
  return traceId
}

function toResponse({ result }: StoredRow): unknown {
  if (!result.answer) return { error: result.error }
  const { text, refused, cited, passages } = result.answer
  return { answer: text, refused, cited, retrieved: passages.map(({ chunk_id, doc_id }) => ({ chunk_id, doc_id })) }
}

async function assessedNames(traceId: string, runs: Runs): Promise<Set<string>> {
  const trace = await runs.traces.get(traceId)
  return new Set(trace?.assessments.map(({ name }) => name))
}

async function assess(traceId: string, row: StoredRow, work: TraceWork, present: ReadonlySet<string>): Promise<void> {
  for (const metric of QUALITY_METRICS) {
    const score = row.result.scores[metric]
    const assessment = score ? toAssessment(metric, score, work.judge) : null
    if (assessment && !present.has(metric)) await work.runs.traces.assess(traceId, assessment)
  }
  await work.job.setTrace(row.result.case.id, { runId: work.runId, traceId, assessed: true })
}

/** Null where the metric does not apply to the question. */
function toAssessment(metric: MetricName, score: Score, judge: TraceWork['judge']): TraceAssessment | null {
  const source = { type: COUNTED.some((name) => name === metric) ? 'CODE' : judge.type, id: judge.name }
  if (score.kind === 'none') return null
  if (score.kind === 'error') return { name: metric, source, error: { code: 'JUDGE_FAILED', message: score.why } }
  const rationale = score.rationale === undefined ? {} : { rationale: score.rationale }
  return { name: metric, source, value: score.value, ...rationale }
}
