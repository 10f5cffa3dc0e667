// Finds the newest finished evaluation of a version on the tracking server, and reads it back with all its rows.
import { LakedeskError } from '../core/errors.ts'
import type { Run, Runs } from '../platform/ports/runs.ts'
import type { CaseResult, Evaluation } from './evaluation.ts'
import {
  EVALUATION_TAG,
  JUDGE_DIGEST_TAG,
  JUDGE_TAG,
  MODEL_TAG,
  SET_DIGEST_TAG,
  SET_SIZE_TAG,
  SET_TAG,
  VERSION_TAG,
} from './evaluation-tags.ts'
import { parseResultsTable, RESULTS_TABLE } from './results-table.ts'

export interface EvaluationQuery {
  runs: Runs
  /** Name of the experiment. */
  experiment: string
  model: string
  version: string
  /** Only evaluations on exactly this set. */
  setDigest?: string
  judge?: string
  judgeDigest?: string
}

/** Null where this version was never evaluated so. Throws PLATFORM_FAILED for a run whose table is damaged. */
export async function findEvaluation(query: EvaluationQuery): Promise<Evaluation | null> {
  const experimentId = await query.runs.ensureExperiment(query.experiment)
  const tags = {
    [EVALUATION_TAG]: 'true',
    [MODEL_TAG]: query.model,
    [VERSION_TAG]: query.version,
    ...(query.setDigest === undefined ? {} : { [SET_DIGEST_TAG]: query.setDigest }),
    ...(query.judge === undefined ? {} : { [JUDGE_TAG]: query.judge }),
    ...(query.judgeDigest === undefined ? {} : { [JUDGE_DIGEST_TAG]: query.judgeDigest }),
  }
  const [newest] = await query.runs.searchRuns({ experimentId, tags, status: 'FINISHED', limit: 1 })
  return newest ? toEvaluation(query.runs, newest) : null
}

const MOST_COUNTED = 1000

/**
 * Which of the finished evaluations of this version on these questions it is, by time, whichever judge scored them: `{at: 2, of: 3}`.
 * Who evaluates until it passes shows here.
 */
export async function placeOfEvaluation(
  { runs, experiment, model, version }: Pick<EvaluationQuery, 'runs' | 'experiment' | 'model' | 'version'>,
  { runId, set }: Evaluation,
): Promise<{ at: number; of: number }> {
  const experimentId = await runs.ensureExperiment(experiment)
  const tags = {
    [EVALUATION_TAG]: 'true',
    [MODEL_TAG]: model,
    [VERSION_TAG]: version,
    [SET_DIGEST_TAG]: set.digest,
  }
  const finished = await runs.searchRuns({ experimentId, tags, status: 'FINISHED', limit: MOST_COUNTED })
  // Newest first. One that was finished between the two readings is not among them.
  const index = Math.max(
    0,
    finished.findIndex((run) => run.runId === runId),
  )
  const of = Math.max(1, finished.length)
  return { at: of - index, of }
}

/** Throws PLATFORM_NOT_FOUND where there is no such run, PLATFORM_FAILED where it is no evaluation or its table is damaged. */
export async function readEvaluation(runs: Runs, runId: string): Promise<Evaluation> {
  const run = await runs.getRun(runId)
  if (run) return toEvaluation(runs, run)
  throw new LakedeskError(
    'PLATFORM_NOT_FOUND',
    `The tracking server has no run ${runId}. Evaluate the version again to get a new one.`,
  )
}

async function toEvaluation(runs: Runs, run: Run): Promise<Evaluation> {
  const judgeDigest = run.tags[JUDGE_DIGEST_TAG]
  const size = Number(run.tags[SET_SIZE_TAG])
  if (run.tags[EVALUATION_TAG] !== 'true' || !Number.isInteger(size)) {
    throw unreadable(run.runId, 'its tags are not those of an evaluation')
  }
  return {
    runId: run.runId,
    model: run.tags[MODEL_TAG] ?? '',
    version: run.tags[VERSION_TAG] ?? '',
    set: { name: run.tags[SET_TAG] ?? '', digest: run.tags[SET_DIGEST_TAG] ?? '', size },
    judge: run.tags[JUDGE_TAG] ?? '',
    ...(judgeDigest === undefined ? {} : { judgeDigest }),
    finishedAt: run.endedAt ?? run.startedAt,
    metrics: run.metrics,
    rows: await readRows(runs, run.runId, size),
  }
}

async function readRows(runs: Runs, runId: string, size: number): Promise<CaseResult[]> {
  const body = await runs.artifacts.read(runId, RESULTS_TABLE)
  if (!body) throw unreadable(runId, `it has no ${RESULTS_TABLE}`)
  const rows = parseRows(runId, body)
  if (rows.length !== size) {
    throw unreadable(runId, `${RESULTS_TABLE} holds ${rows.length} rows, but ${size} questions were asked`)
  }
  if (new Set(rows.map((row) => row.case.id)).size < size) {
    throw unreadable(runId, `${RESULTS_TABLE} holds a question twice`)
  }
  return rows
}

function parseRows(runId: string, body: Uint8Array): CaseResult[] {
  try {
    return parseResultsTable(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw unreadable(runId, `${RESULTS_TABLE} is damaged`, cause)
  }
}

function unreadable(runId: string, why: string, cause?: unknown): LakedeskError {
  return new LakedeskError(
    'PLATFORM_FAILED',
    `The evaluation in run ${runId} cannot be read: ${why}. Evaluate the version again to get a new run.`,
    cause,
  )
}
