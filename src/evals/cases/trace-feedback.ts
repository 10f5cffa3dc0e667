// Writes what people said of an answer onto its trace, as assessments of the tracking server, each once however often it is tried.
import { z } from 'zod'
import type { Feedback } from '../../core/feedback.ts'
import type { Runs, TraceAssessment } from '../../platform/ports/runs.ts'
import { changeRecord } from '../../store/change-record.ts'
import type { Ledger } from '../../store/port.ts'

/** Experiment of the answers that were rated, one run for each version. */
export const ANSWERS_EXPERIMENT = '/Shared/lakedesk-answers'
export const FEEDBACK_NAME = 'user_feedback'

const VERSION_TAG = 'lakedesk.answers-of'
const TURN_TAG = 'lakedesk.turn'
const UNKNOWN = 'an unknown version'

const traceSchema = z.object({ kind: z.literal('trace'), traceId: z.string(), runId: z.string() })
type TraceRecord = z.infer<typeof traceSchema>

export interface TraceFeedbackParts {
  /** `store.ledger('feedback')`: it remembers the trace of an answer beside what was said of it. */
  ledger: Ledger
  runs: Pick<Runs, 'ensureExperiment' | 'searchRuns' | 'createRun' | 'finishRun' | 'traces'>
  experiment: string
}

/**
 * Call for one answer after the other. A person's newer word takes the place of their older one, as the port has it. Returns the
 * id of the trace. Throws STORE_*, PLATFORM_*.
 */
export async function traceFeedback(feedback: Feedback, parts: TraceFeedbackParts): Promise<string> {
  const id = `trace:${feedback.turn}`
  const known = await parts.ledger.get(id)
  const { traceId } = known ? traceSchema.parse(known.record) : await logAnswer(feedback, id, parts)
  await parts.runs.traces.assess(traceId, toAssessment(feedback))
  return traceId
}

function toAssessment({ rating, reason, by }: Feedback): TraceAssessment {
  return {
    name: FEEDBACK_NAME,
    source: { type: 'HUMAN', id: by.principal },
    value: rating === 'up',
    ...(reason === null ? {} : { rationale: reason }),
  }
}

/** A crash between the server's answer and the note here may leave one trace that nothing names. */
async function logAnswer({ turn, answer }: Feedback, id: string, parts: TraceFeedbackParts): Promise<TraceRecord> {
  const { ledger, runs, experiment } = parts
  const { question, history, text, refused, cited, passages, startedAt, durationMs, version } = answer
  const experimentId = await runs.ensureExperiment(experiment)
  const runId = await findRun(experimentId, version ?? UNKNOWN, runs)
  const traceId = await runs.traces.log({
    ...{ experimentId, runId },
    request: { question, ...(history.length > 0 ? { thread: history } : {}) },
    response: {
      ...{ answer: text, refused, cited },
      retrieved: passages.map(({ chunk_id, doc_id }) => ({ chunk_id, doc_id })),
    },
    ...{ startedAt, durationMs, ok: true },
    tags: { [TURN_TAG]: turn, 'lakedesk.version': version ?? UNKNOWN },
  })
  const made: TraceRecord = { kind: 'trace', traceId, runId }
  return (await changeRecord<TraceRecord>(ledger, id, traceSchema.parse, (old) => (old ? null : made))) ?? made
}

async function findRun(experimentId: string, version: string, runs: TraceFeedbackParts['runs']): Promise<string> {
  const tags = { [VERSION_TAG]: version }
  // The oldest, so that two processes that each made one agree from then on.
  const found = (await runs.searchRuns({ experimentId, tags })).at(-1)
  if (found) return found.runId
  const { runId } = await runs.createRun({ experimentId, name: `Answers of ${version}`, tags })
  await runs.finishRun(runId, 'FINISHED')
  return runId
}
