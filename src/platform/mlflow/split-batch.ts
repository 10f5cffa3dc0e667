// Splits what is to be logged on a run into requests that the server's limits let through.
import { LakedeskError } from '../../core/errors.ts'
import type { RunBatch } from '../ports/runs.ts'

/** Limits of log-batch: mlflow/utils/validation.py and Databricks' API reference name the same. */
const MOST = { metrics: 1000, params: 100, tags: 100 }
const MOST_OF_ALL = 1000
/** Of 1 MB, with room for the frame of the request. */
const MOST_BYTES = 900_000

/** Characters of a value. The open-source server would cut what is longer without a word; Databricks refuses far shorter ones itself. */
const LONGEST = { params: 6000, tags: 8000 }

type Kind = keyof typeof MOST
export interface LogBatchBody {
  metrics: { key: string; value: number; timestamp: number; step: number }[]
  params: { key: string; value: string }[]
  tags: { key: string; value: string }[]
}

/**
 * In order: parameters, tags, metrics. Throws PLATFORM_REFUSED for a metric that is not a finite number and for a value that would be cut,
 * before anything is sent.
 */
export function splitBatch(batch: RunBatch): LogBatchBody[] {
  checkValues(batch)
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
    const entry = { key, value, timestamp, step }
    roomFor('metrics', entry).metrics.push(entry)
  }
  return bodies
}

function checkValues(batch: RunBatch): void {
  for (const { key, value } of batch.metrics ?? []) {
    if (Number.isFinite(value)) continue
    const fix = 'Leave it out, or log an error row: a mean over it would mean nothing.'
    throw new LakedeskError('PLATFORM_REFUSED', `The metric ${key} is ${value}, which is no number. ${fix}`)
  }
  for (const kind of ['params', 'tags'] as const) {
    for (const [key, value] of Object.entries(batch[kind] ?? {})) {
      if (value.length <= LONGEST[kind]) continue
      const what = `The value of ${kind === 'params' ? 'the parameter' : 'the tag'} ${key} has ${value.length} characters`
      throw new LakedeskError('PLATFORM_REFUSED', `${what}, and ${LONGEST[kind]} is the most. Log it as an artifact.`)
    }
  }
}
