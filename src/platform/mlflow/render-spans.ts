// Writes the spans of a trace as MLflow's own client writes them, so that its UI and its Python client can open the trace.
import { randomBytes } from 'node:crypto'
import type { NewTrace } from '../ports/runs.ts'

/** Characters of a preview: the server's limit is 10,000 on Databricks and 1,000 by default in MLflow's own client. */
const MAX_PREVIEW = 1000

/**
 * The content of `traces.json`: one root span. Ids are base64 of their bytes, times nanoseconds since 1970, and every attribute is JSON in
 * text. Source: mlflow/entities/span.py, Span.to_dict and Span.from_dict (3.17).
 */
export function renderSpans(otelTraceId: string, trace: NewTrace): { spans: unknown[] } {
  const startNs = BigInt(Date.parse(trace.startedAt)) * 1_000_000n
  const endNs = startNs + BigInt(Math.round(trace.durationMs * 1_000_000))
  const attributes = {
    'mlflow.traceRequestId': `tr-${otelTraceId}`,
    'mlflow.spanType': 'CHAIN',
    'mlflow.spanInputs': trace.request ?? null,
    'mlflow.spanOutputs': trace.response ?? null,
  }
  const span = {
    trace_id: Buffer.from(otelTraceId, 'hex').toString('base64'),
    span_id: randomBytes(8).toString('base64'),
    parent_span_id: null,
    name: 'answer',
    // As text, as protobuf writes int64 in JSON: a nanosecond count is beyond what a JSON number holds exactly.
    start_time_unix_nano: String(startNs),
    end_time_unix_nano: String(endNs),
    events: [],
    status: { code: trace.ok ? 'STATUS_CODE_OK' : 'STATUS_CODE_ERROR', message: '' },
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, JSON.stringify(value)])),
    links: [],
  }
  return { spans: [span] }
}

/** Text as it is, other data as JSON; cut with an ellipsis. */
export function cutPreview(data: unknown): string {
  const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
  if (text.length <= MAX_PREVIEW) return text
  return `${text.slice(0, MAX_PREVIEW - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
