// The traces of the embedded platform, with their assessments.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { canonicalJson } from '../../../core/digest.ts'
import type { NewTrace, Trace, TraceAssessment, Traces } from '../../ports/runs.ts'
import { missing, refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { jsonOf, numberOf, type Row, tagsOf, textOf, timeOf } from './rows.ts'
import { checkTags } from './run-limits.ts'

const PREVIEW_CHARACTERS = 10_000

const assessmentSchema = z.object({
  name: z.string(),
  source: z.object({ type: z.enum(['HUMAN', 'LLM_JUDGE', 'CODE']), id: z.string() }),
  value: z.union([z.number(), z.string(), z.boolean()]).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  rationale: z.string().optional(),
})

/** Text as it is, other data as JSON. */
function toPreview(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
  if (text.length <= PREVIEW_CHARACTERS) return text
  return `${text.slice(0, PREVIEW_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function toTrace(db: DatabaseSync, row: Row): Trace {
  const traceId = textOf(row, 'trace_id')
  const assessments = db
    .prepare('SELECT body FROM assessments WHERE trace_id = ? ORDER BY assessment_no')
    .all(traceId)
    .map((found) => jsonOf(found, 'body', assessmentSchema))
  return {
    traceId,
    experimentId: String(numberOf(row, 'experiment_id')),
    runId: textOf(row, 'run_id'),
    requestPreview: toPreview(jsonOf(row, 'request', z.unknown())),
    responsePreview: toPreview(jsonOf(row, 'response', z.unknown())),
    startedAt: timeOf(row, 'started_ms'),
    durationMs: numberOf(row, 'duration_ms'),
    ok: numberOf(row, 'ok') === 1,
    tags: tagsOf(row, 'tags'),
    assessments,
  }
}

function writeTrace(db: DatabaseSync, trace: NewTrace): string {
  const startedMs = Date.parse(trace.startedAt)
  if (!Number.isFinite(startedMs)) throw refuse(`"${trace.startedAt}" is no time that a trace can start at.`)
  if (!Number.isFinite(trace.durationMs) || trace.durationMs < 0) {
    throw refuse(`A trace cannot take ${trace.durationMs} ms.`)
  }
  checkTags(trace.tags ?? {})
  const run = db.prepare('SELECT experiment_id FROM runs WHERE run_id = ?').get(trace.runId)
  if (!run) throw missing(`There is no run ${trace.runId.slice(0, 80)} for the trace to belong to.`)
  const experiment = numberOf(run, 'experiment_id')
  if (String(experiment) !== trace.experimentId) {
    throw missing(`The run ${trace.runId} is not in the experiment ${trace.experimentId.slice(0, 80)}.`)
  }
  const traceId = `tr-${randomBytes(16).toString('hex')}`
  db.prepare('INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    traceId,
    experiment,
    trace.runId,
    JSON.stringify(trace.request) ?? 'null',
    JSON.stringify(trace.response) ?? 'null',
    startedMs,
    trace.durationMs,
    trace.ok ? 1 : 0,
    JSON.stringify(trace.tags ?? {}),
  )
  return traceId
}

function checkAssessment({ name, value, error }: TraceAssessment): void {
  if (name === '' || name.includes('.')) {
    throw refuse(`"${name.slice(0, 80)}" cannot be the name of an assessment: it must not be empty nor contain a dot.`)
  }
  if ((value === undefined) === (error === undefined)) {
    throw refuse(`The assessment ${name} needs either a value or an error, and not both.`)
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw refuse(`The assessment ${name} is ${value}, which is no finite number. Give it an error instead of a value.`)
  }
}

/** An assessment of the same name and source replaces the one before: a judge asked again changes its mind. */
export function createLocalTraces(file: PlatformFile): Traces {
  return {
    log: (trace) => file.write((db) => writeTrace(db, trace)),

    get: (traceId) =>
      file.read((db) => {
        const row = db.prepare('SELECT * FROM traces WHERE trace_id = ?').get(traceId)
        return row ? toTrace(db, row) : null
      }),

    assess: (traceId, assessment) =>
      file.write((db) => {
        checkAssessment(assessment)
        if (!db.prepare('SELECT 1 AS found FROM traces WHERE trace_id = ?').get(traceId)) {
          throw missing(`There is no trace ${traceId.slice(0, 80)} to assess.`)
        }
        const { name, source, value, error, rationale } = assessment
        const body = JSON.stringify({ name, source, value, error, rationale })
        db.prepare(
          'INSERT INTO assessments (trace_id, name, source, body) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
        ).run(traceId, name, canonicalJson(source), body)
      }),
  }
}
