// The losses of a run of the tracking server, as Lakedesk's own programs, Composer and Transformers name them.
import type { MetricPoint, Runs } from '../../ports/runs.ts'
import type { LossPoint } from '../../ports/training.ts'

/** The first that has points counts. */
const TRAIN_LOSS = ['train_loss', 'loss/train/total', 'loss']
const EVAL_LOSS = ['eval_loss', 'metrics/eval/LanguageCrossEntropy', 'loss/eval/total']
const EPOCH = ['epoch', 'time/epoch']

/** In order of their steps. A value on the evaluation data is put to the nearest step at or after it. Throws PLATFORM_*. */
export async function readLosses(runs: Pick<Runs, 'metricHistory'>, runId: string): Promise<LossPoint[]> {
  const losses = byStep(await firstOf(TRAIN_LOSS, runs, runId))
  if (losses.length === 0) return []
  const [held, epochs] = [byStep(await firstOf(EVAL_LOSS, runs, runId)), byStep(await firstOf(EPOCH, runs, runId))]
  const steps = losses.map(([step]) => step)
  const heldAt = new Map(held.map(([step, value]) => [steps.find((own) => own >= step) ?? steps.at(-1) ?? step, value]))
  const epochAt = new Map(epochs)
  return losses.map(([step, loss]) => ({
    step,
    loss,
    epoch: epochAt.get(step) ?? null,
    evalLoss: heldAt.get(step) ?? null,
  }))
}

async function firstOf(
  names: readonly string[],
  runs: Pick<Runs, 'metricHistory'>,
  runId: string,
): Promise<readonly MetricPoint[]> {
  for (const name of names) {
    const points = await runs.metricHistory(runId, name)
    if (points.length > 0) return points
  }
  return []
}

/** Of one step the last: what was logged again after a restart is the same. */
function byStep(points: readonly MetricPoint[]): [step: number, value: number][] {
  const map = new Map(points.filter(({ value }) => Number.isFinite(value)).map(({ step, value }) => [step, value]))
  return [...map].sort(([a], [b]) => a - b)
}
