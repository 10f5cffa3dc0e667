// Finds evaluations that finished after a moment, whoever ran them: for what watches an experiment.
import type { Runs } from '../platform/ports/runs.ts'
import { EVALUATION_TAG, MODEL_TAG, VERSION_TAG } from './evaluation-tags.ts'

const MOST = 100

/** The oldest one of this version that ended after that time (ISO 8601) and is not used yet; null where there is none. Rejects with PLATFORM_*. */
export async function findFinished(query: {
  runs: Pick<Runs, 'ensureExperiment' | 'searchRuns'>
  /** Name of the experiment. */
  experiment: string
  model: string
  version: string
  after: string
  isUsed(runId: string): boolean
}): Promise<{ runId: string; finishedAt: string } | null> {
  const { runs, experiment, model, version, after, isUsed } = query
  const experimentId = await runs.ensureExperiment(experiment)
  const tags = { [EVALUATION_TAG]: 'true', [MODEL_TAG]: model, [VERSION_TAG]: version }
  const found = await runs.searchRuns({ experimentId, tags, status: 'FINISHED', limit: MOST })
  const finished = found.map(({ runId, startedAt, endedAt }) => ({ runId, finishedAt: toIso(endedAt ?? startedAt) }))
  const fresh = finished.filter(({ runId, finishedAt }) => finishedAt > after && !isUsed(runId))
  return fresh.toSorted((a, b) => (a.finishedAt < b.finishedAt ? -1 : 1))[0] ?? null
}

/** Comparable as text. */
function toIso(time: string): string {
  return new Date(time).toISOString()
}
