// Carries one training out: rows, epochs, files, version. Every step may have been done before, by a process that was killed.

import { setTimeout as sleep } from 'node:timers/promises'
import { LakedeskError } from '../../../core/errors.ts'
import type { LabelledRow } from '../../ports/ai-functions.ts'
import { CLASSIFIER_FOLDER, type ClassifierTrainer, type TrainedClassifier } from '../../ports/classifier.ts'
import type { ModelVersion, Registry } from '../../ports/registry.ts'
import type { MetricPoint, Runs } from '../../ports/runs.ts'
import type { TrainingSpec } from '../../ports/training.ts'
import { EPOCH, EPOCHS_PARAM, EVAL_LOSS, MESSAGE_TAG, STAGE_TAG, TRAIN_LOSS, VERSION_TAG } from './describe-run.ts'

export const CLASSIFIER_KIND_TAGS = { 'lakedesk.kind': 'classifier' } as const

/** One for all: the same rows and settings give the same version, whoever trains it. */
const SEED = 42
const LOOK_EVERY_MS = 500
const LONGEST_PENDING_MS = 120_000

export interface Work {
  runId: string
  spec: TrainingSpec
  train: readonly LabelledRow[]
  heldOut: readonly LabelledRow[]
  epochs: number
}

export interface WorkParts {
  registry: Registry
  runs: Runs
  trainer: ClassifierTrainer
  now: () => number
}

/** The run was ended by somebody else: nothing more is to be done. */
export class EndedElsewhere extends Error {}

/** Throws TRAINING_INVALID, PLATFORM_*, EMBEDDINGS_FAILED, EndedElsewhere, or the reason of the signal. */
export async function carryOut(work: Work, parts: WorkParts, signal: AbortSignal): Promise<void> {
  const { runId, spec } = work
  const { runs, registry } = parts
  const say = (stage: string): Promise<void> => runs.logBatch(runId, { tags: { [STAGE_TAG]: stage } })
  const stillWanted = async (): Promise<void> => {
    signal.throwIfAborted()
    const run = await runs.getRun(runId)
    if (run === null || run.status !== 'RUNNING') throw new EndedElsewhere()
  }
  await stillWanted()
  // A process may have been killed between the version and the end of its run.
  let version = await findVersion(registry, spec.registerTo, runId)
  if (version === null) {
    const trained = await train(work, parts, { say, stillWanted, signal })
    await say('registering the version')
    for (const { path, bytes } of trained.files) await runs.artifacts.put(runId, path, bytes)
    const timestamp = parts.now()
    const metrics = Object.entries(trained.metrics).map(
      ([key, value]): MetricPoint => ({ key, value, timestamp, step: 0 }),
    )
    await runs.logBatch(runId, { metrics })
    await stillWanted()
    version = (await findVersion(registry, spec.registerTo, runId)) ?? (await register(work, trained, registry))
  }
  const ready = await untilReady(registry, version, signal)
  const done = `version ${ready.version} of ${ready.model} is registered`
  await runs.logBatch(runId, { tags: { [VERSION_TAG]: ready.version, [STAGE_TAG]: 'done', [MESSAGE_TAG]: done } })
  await runs.finishRun(runId, 'FINISHED')
}

async function train(
  { runId, spec, train, heldOut, epochs }: Work,
  { runs, trainer, now }: WorkParts,
  of: { say(stage: string): Promise<void>; stillWanted(): Promise<void>; signal: AbortSignal },
): Promise<TrainedClassifier> {
  await runs.logBatch(runId, { params: paramsOf(spec, epochs) })
  await of.say('reading the rows')
  let began = false
  return trainer.train({
    ...{ train, heldOut, epochs, learningRate: spec.learningRate, seed: SEED, signal: of.signal },
    async onEpoch({ step, epoch, loss, evalLoss }) {
      await of.stillWanted()
      const timestamp = now()
      const point = (key: string, value: number | null): MetricPoint[] =>
        value === null ? [] : [{ key, value, timestamp, step }]
      const metrics = [...point(TRAIN_LOSS, loss), ...point(EVAL_LOSS, evalLoss), ...point(EPOCH, epoch)]
      await runs.logBatch(runId, { metrics, ...(began ? {} : { tags: { [STAGE_TAG]: 'training' } }) })
      began = true
    },
  })
}

function paramsOf(spec: TrainingSpec, epochs: number): Record<string, string> {
  return {
    ...spec.params,
    base_model: spec.baseModel,
    task: spec.task,
    train_data: spec.trainData,
    ...(spec.evalData === null ? {} : { eval_data: spec.evalData }),
    duration: spec.duration,
    learning_rate: spec.learningRate === null ? "the trainer's own" : String(spec.learningRate),
    register_to: spec.registerTo,
    seed: String(SEED),
    [EPOCHS_PARAM]: String(epochs),
  }
}

/** The oldest, should there ever be two. */
async function findVersion(registry: Registry, model: string, runId: string): Promise<ModelVersion | null> {
  return (await registry.listVersions(model)).findLast((version) => version.runId === runId) ?? null
}

function register({ runId, spec }: Work, { metrics }: TrainedClassifier, registry: Registry): Promise<ModelVersion> {
  const figure = (key: string): string => (metrics[key] ?? 0).toFixed(3)
  return registry.createVersion({
    model: spec.registerTo,
    source: `runs:/${runId}/${CLASSIFIER_FOLDER}`,
    runId,
    description: `Ticket classifier: macro-F1 ${figure('macro_f1')} on ${metrics.held_out_rows ?? 0} held-out rows, ${figure('base_macro_f1')} without training.`,
    tags: { ...CLASSIFIER_KIND_TAGS },
  })
}

async function untilReady(registry: Registry, version: ModelVersion, signal: AbortSignal): Promise<ModelVersion> {
  const deadline = Date.now() + LONGEST_PENDING_MS
  let seen: ModelVersion | null = version
  while (seen?.status === 'PENDING' && Date.now() < deadline) {
    await sleep(LOOK_EVERY_MS, undefined, { signal })
    seen = await registry.getVersion(version.model, version.version)
  }
  if (seen?.status === 'READY') return seen
  throw new LakedeskError(
    'TRAINING_FAILED',
    `Version ${version.version} of ${version.model} was registered, but it is ${seen?.status ?? 'gone'}${seen?.statusMessage ? `: ${seen.statusMessage}` : ''}. Look at it in the registry, then train again.`,
  )
}
