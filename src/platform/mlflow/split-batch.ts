// Splits what is to be logged on a run into requests that the server's limits let through.
import { LakedeskError } from '../../core/errors.ts'
import type { RunBatch } from '../ports/runs.ts'

/** Limits of log-batch: mlflow/utils/validation.py and Databricks' API reference name the same. */
const MOST = { metrics: 1000, params: 100, tags: 100 }
const MOST_OF_ALL = 1000
/** Of 1 MB, with room for the frame of the request. */
const MOST_BYTES = 900_000

type Kind = keyof typeof MOST
export interface LogBatchBody {
  metrics: { key: string; value: number; timestamp: number; step: number }[]
  params: { key: string; value: string }[]
  tags: { key: string; value: string }[]
}

/** In order: parameters, tags, metrics. Throws PLATFORM_REFUSED for a metric that is not a finite number, before anything is sent. */
export function splitBatch(batch: RunBatch): LogBatchBody[] {
  const bodies: LogBatchBody[] = []
  let bytes = 0
  let body: LogBatchBody | undefined

  function roomFor(kind: Kind, entry: unknown): LogBatchBody {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1
    const count = body === undefined ? 0 : body.metrics.length + body.params.length + body.tags.length
    if (body === undefined || body[kind].length >= MOST[kind] || count >= MOST_OF_ALL || bytes + size > MOST_BYTES) {
      body = { metrics: [], params: [], tags: [] }
      bodies.push(body)
      bytes = 0
    }
    bytes += size
    return body
  }

  for (const kind of ['params', 'tags'] as const) {
    for (const [key, value] of Object.entries(batch[kind] ?? {}))
      roomFor(kind, { key, value })[kind].push({ key, value })
  }
  for (const { key, value, timestamp, step } of batch.metrics ?? []) {
    if (!Number.isFinite(value)) {
      const fix = 'Leave it out, or log an error row: a mean over it would mean nothing.'
      throw new LakedeskError('PLATFORM_REFUSED', `The metric ${key} is ${value}, which is no number. ${fix}`)
    }
    const entry = { key, value, timestamp, step }
    roomFor('metrics', entry).metrics.push(entry)
  }
  return bodies
}
