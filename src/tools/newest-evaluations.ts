// Reads which versions have an evaluation, and in which run, by one search on the tracking server.
import { EVALUATION_TAG, MODEL_TAG, VERSION_TAG } from '../evals/evaluation-tags.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { EvaluatedAt } from './list-versions.ts'

const MAX_RUNS = 500

/** By version, the newest finished one each. Rejects with PLATFORM_*. */
export async function readNewestEvaluations(
  runs: Pick<Runs, 'ensureExperiment' | 'searchRuns'>,
  { experiment, model }: { experiment: string; model: string },
): Promise<Map<string, EvaluatedAt>> {
  const experimentId = await runs.ensureExperiment(experiment)
  const tags = { [EVALUATION_TAG]: 'true', [MODEL_TAG]: model }
  const found = await runs.searchRuns({ experimentId, tags, status: 'FINISHED', limit: MAX_RUNS })
  const newest = new Map<string, EvaluatedAt>()
  // Newest start first: what is there already is newer.
  for (const { runId, startedAt, endedAt, tags: own } of found) {
    const version = own[VERSION_TAG]
    if (version !== undefined && !newest.has(version)) newest.set(version, { runId, finishedAt: endedAt ?? startedAt })
  }
  return newest
}
