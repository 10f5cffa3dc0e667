// What a run of the tracking server tells of a training: everything that is told stands there, so that any process can tell it.
import type { MetricPoint, Run, Runs } from '../../ports/runs.ts'
import type { LossPoint, TrainingRun, TrainingState } from '../../ports/training.ts'

/** Tags of a run that is a training. */
export const TOKEN_TAG = 'lakedesk.training.token'
export const SPEC_TAG = 'lakedesk.training.spec'
export const STAGE_TAG = 'lakedesk.training.stage'
export const MESSAGE_TAG = 'lakedesk.training.message'
export const VERSION_TAG = 'lakedesk.training.version'

/** Metrics by step; param with the epochs asked for. */
export const TRAIN_LOSS = 'train_loss'
export const EVAL_LOSS = 'eval_loss'
export const EPOCH = 'epoch'
export const EPOCHS_PARAM = 'epochs'

export const QUEUED_STAGE = 'queued'

function stateOf(run: Run): TrainingState {
  switch (run.status) {
    case 'FINISHED':
      return 'COMPLETED'
    case 'FAILED':
      return 'FAILED'
    case 'KILLED':
      return 'CANCELED'
    case 'SCHEDULED':
      return 'QUEUED'
    case 'RUNNING':
      return run.tags[STAGE_TAG] === QUEUED_STAGE ? 'QUEUED' : 'RUNNING'
  }
}

/** Of one step the last: what a training that was taken up again logs once more is the same. */
function byStep(points: readonly MetricPoint[]): Map<number, number> {
  return new Map(points.map(({ step, value }) => [step, value]))
}

async function readLosses(runs: Runs, runId: string): Promise<LossPoint[]> {
  const [losses, evalLosses, epochs] = [
    byStep(await runs.metricHistory(runId, TRAIN_LOSS)),
    byStep(await runs.metricHistory(runId, EVAL_LOSS)),
    byStep(await runs.metricHistory(runId, EPOCH)),
  ]
  return [...losses]
    .sort(([a], [b]) => a - b)
    .map(([step, loss]) => ({
      ...{ step, loss },
      epoch: epochs.get(step) ?? null,
      evalLoss: evalLosses.get(step) ?? null,
    }))
}

/** Null for a run that is no training. */
export async function describeRun(runs: Runs, runId: string): Promise<TrainingRun | null> {
  const run = await runs.getRun(runId)
  if (run === null || run.tags[TOKEN_TAG] === undefined) return null
  const state = stateOf(run)
  const losses = state === 'QUEUED' ? [] : await readLosses(runs, runId)
  const of = Number(run.params[EPOCHS_PARAM])
  const done = Math.max(0, ...losses.map(({ epoch }) => epoch ?? 0))
  return {
    ...{ id: runId, runId, state, losses },
    message: run.tags[MESSAGE_TAG] ?? run.tags[STAGE_TAG] ?? '',
    epochs: Number.isInteger(of) && of > 0 ? { done, of } : null,
    version: run.tags[VERSION_TAG] ?? null,
    url: null,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  }
}
