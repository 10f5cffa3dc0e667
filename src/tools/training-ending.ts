// How a training ended, for its card: the version with its metrics and losses, or the platform's own words.
import type { Block } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { TrainingRun } from '../platform/ports/training.ts'
import type { Ended } from '../training/create-training-desk.ts'
import { toLossChart } from '../training/loss-chart.ts'
import type { PreparedTraining } from '../training/prepared-training.ts'
import type { ApprovedEnding } from './define-tool.ts'

/** `training`: null where the request cannot be read any more. Throws PLATFORM_*. */
export async function toEnding(
  ended: Ended,
  training: PreparedTraining | null,
  { runs }: { runs: Pick<Runs, 'getRun'> },
): Promise<ApprovedEnding> {
  if (ended.kind === 'void') return { state: 'void', outcome: ended.why }
  if (ended.kind === 'cancelled') {
    return { state: 'failed', outcome: `It was cancelled by ${ended.by} before it began. Nothing was registered.` }
  }
  const { run, cancelledBy } = ended
  if (run.state === 'CANCELED') {
    const by = cancelledBy === null ? 'on the platform' : `by ${cancelledBy}`
    return { state: 'failed', outcome: `It was cancelled ${by}. No version was registered.`, result: toResult(run, {}) }
  }
  if (run.state === 'FAILED' || run.version === null) {
    const why = run.state === 'FAILED' ? run.message || 'it gave no reason' : 'the run ended, but registered no version'
    return { state: 'failed', outcome: `The training failed. The platform says: ${why}`, result: toResult(run, {}) }
  }
  const metrics = run.runId === null ? {} : ((await runs.getRun(run.runId))?.metrics ?? {})
  const model = training ? ` of ${training.registerTo}` : ''
  const better = describeBetter(metrics)
  return {
    state: 'done',
    outcome: `v${run.version}${model} is registered.${better}${cancelledBy === null ? '' : ` ${cancelledBy} cancelled it too late.`}`,
    result: toResult(run, metrics),
  }
}

function describeBetter({ macro_f1: now, base_macro_f1: before }: Readonly<Record<string, number>>): string {
  if (now === undefined) return ''
  const was = before === undefined ? '' : `, untrained ${before.toFixed(3)}`
  return ` Macro-F1 on the examples held out: ${now.toFixed(3)}${was}.`
}

const MOST_METRICS = 10

function toResult(run: TrainingRun, metrics: Readonly<Record<string, number>>): unknown {
  const last = run.losses.at(-1)
  const fields = [
    ...(run.version === null ? [] : [{ label: 'Version', value: `v${run.version}` }]),
    ...(run.runId === null ? [] : [{ label: 'Run', value: run.runId }]),
    ...(last ? [{ label: 'Last loss', value: last.loss.toPrecision(4) }] : []),
    ...Object.entries(metrics)
      .filter(([key]) => !/loss/i.test(key))
      .slice(0, MOST_METRICS)
      .map(([key, value]) => ({ label: toPlainLine(key), value: Number(value.toPrecision(4)).toString() })),
    ...(run.url === null ? [] : [{ label: 'Page', value: run.url }]),
  ]
  const blocks: Block[] = toLossChart(run.losses)
  return { version: run.version, fields: fields.length > 0 ? fields : [{ label: 'State', value: run.state }], blocks }
}
