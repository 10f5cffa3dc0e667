// The run of an evaluation on the tracking server: opened once, and closed with its metrics, table and artifacts.
import { randomUUID } from 'node:crypto'
import type { Run, Runs } from '../platform/ports/runs.ts'
import { toRunMetrics } from './aggregate.ts'
import type { CaseResult, EvalSet } from './evaluation.ts'
import type { EvaluationJob } from './evaluation-job.ts'
import { JOB_TAG, toEvaluationTags } from './evaluation-tags.ts'
import { RESULTS_TABLE, toResultsTable } from './results-table.ts'

export interface RunFacts {
  model: string
  version: string
  set: EvalSet
  judge: string
  judgeDigest?: string
  params: Readonly<Record<string, string>>
  /** Null where the version has none: it is a classifier then, and its facts are in `classifier.json`. */
  promptTemplate: string | null
  chainConfig: unknown
}

/** Longest param and tag that every tracking server takes; the whole chain is in `chain.json`. */
const MAX_PARAM = 6000
const MAX_TAG = 1000

export type OpenedRun = { kind: 'running'; runId: string } | { kind: 'finished'; runId: string }

/**
 * The run that an earlier try opened, else a new one. `finished` where that try came to its end but could not forget its
 * checkpoints any more; a run that failed or was killed on the server is left, and a new one opened.
 */
export async function openRun(
  runs: Runs,
  experimentId: string,
  job: EvaluationJob,
  facts: RunFacts,
): Promise<OpenedRun> {
  const known = job.runId === null ? null : await runs.getRun(job.runId)
  if (known?.status === 'FINISHED') return { kind: 'finished', runId: known.runId }
  if (known?.status === 'RUNNING') return { kind: 'running', runId: known.runId }
  const orphan = job.token === null ? undefined : await findOrphan(runs, experimentId, job.token)
  const run = orphan ?? (await createRun(runs, experimentId, job, facts))
  await job.setRun(run.runId)
  await runs.logBatch(run.runId, { params: toParams(facts) })
  return { kind: 'running', runId: run.runId }
}

/** Logs everything but the traces, and ends the run. May be tried again: it logs the same. */
export async function closeRun(
  runs: Runs,
  runId: string,
  facts: RunFacts,
  rows: readonly CaseResult[],
  end: { at: number; failure: string | null },
): Promise<void> {
  await runs.artifacts.put(runId, RESULTS_TABLE, JSON.stringify(toResultsTable(rows)))
  const { promptTemplate } = facts
  if (promptTemplate !== null) await runs.artifacts.put(runId, 'prompt_template.txt', promptTemplate)
  const config = promptTemplate === null ? 'classifier.json' : 'chain.json'
  await runs.artifacts.put(runId, config, `${JSON.stringify(facts.chainConfig, null, 2)}\n`)
  const metrics = Object.entries(toRunMetrics(rows)).map(([key, value]) => ({ key, value, timestamp: end.at, step: 0 }))
  const tags: Record<string, string> = end.failure === null ? {} : { 'lakedesk.failure': end.failure.slice(0, MAX_TAG) }
  await runs.logBatch(runId, { params: toParams(facts), metrics, tags })
  await runs.finishRun(runId, end.failure === null ? 'FINISHED' : 'FAILED')
}

/** A run that an earlier try opened, and died before it could note its id. */
async function findOrphan(runs: Runs, experimentId: string, token: string): Promise<Run | undefined> {
  const [orphan] = await runs.searchRuns({ experimentId, tags: { [JOB_TAG]: token }, status: 'RUNNING', limit: 1 })
  return orphan
}

async function createRun(runs: Runs, experimentId: string, job: EvaluationJob, facts: RunFacts): Promise<Run> {
  const token = job.token ?? randomUUID()
  if (job.token === null) await job.setToken(token)
  return runs.createRun({
    experimentId,
    name: `v${facts.version} on ${facts.set.name}`,
    tags: toEvaluationTags({ ...facts, job: token }),
  })
}

/** A setting of the chain that is called like one of ours gets `chain.` in front. */
function toParams(facts: RunFacts): Record<string, string> {
  const ours: Record<string, string> = {
    model: facts.model,
    version: facts.version,
    set: facts.set.name,
    set_digest: facts.set.digest,
    judge: facts.judge,
  }
  const chain = Object.entries(facts.params).map(
    ([key, value]) => [key in ours ? `chain.${key}` : key, value.slice(0, MAX_PARAM)] as const,
  )
  return { ...Object.fromEntries(chain), ...ours }
}
