// A training that is really carried out on this machine: the ticket classifier, logged to MLflow and registered in Unity Catalog.
import { CLASSIFIER_FOLDER, type ClassifierTrainer } from '../../ports/classifier.ts'
import type { LossPoint } from '../../ports/training.ts'
import type { JobWorld } from '../jobs/job-program.ts'
import { invalid } from '../wire.ts'
import { readTrainingData } from './read-training-data.ts'
import { createTracking } from './track-training.ts'

export interface ClassifierWish {
  trainData: string
  evalData: string | null
  epochs: number
  learningRate: number | null
  /** `catalog.schema.model`. */
  registerTo: string
  /** Path of the experiment. */
  experiment: string
  runName: string
  seed: number
  /** Further params of the run. */
  params: Readonly<Record<string, string>>
  /** Further tags of the run; `versionTag` is set once the version is there. */
  tags: Readonly<Record<string, string>>
  versionTag?: string
}

export interface TrainParts {
  trainer: ClassifierTrainer
  now(): number
  onEpoch?(point: LossPoint, of: number): void
}

const DEFAULT_SEED = 17
const MOST_EPOCHS = 1000

/**
 * Idempotent by the notes of its world: carried out again it goes on in the same run, and registers one version.
 * Throws what is wrong with the data; the run of MLflow is FAILED then, or KILLED where it was stopped.
 */
export async function trainClassifier(wish: ClassifierWish, world: JobWorld, { trainer, now, onEpoch }: TrainParts) {
  const { signal, notes, log } = world
  const tracking = createTracking(world.ask, now)
  const [train, heldOut] = [
    await readTrainingData(wish.trainData, world),
    wish.evalData === null ? [] : await readTrainingData(wish.evalData, world),
  ]
  log(`${train.length} examples to train on, ${heldOut.length} to evaluate on`)
  const experimentId = await tracking.openExperiment(wish.experiment)
  notes.put('mlflow_experiment_id', experimentId)
  const runId = await openRun(wish, world, tracking, experimentId)
  try {
    await tracking.logParams(runId, paramsOf(wish, trainer.baseModel, train.length))
    const { files, metrics } = await trainer.train({
      train,
      heldOut,
      epochs: wish.epochs,
      learningRate: wish.learningRate,
      seed: wish.seed,
      signal,
      async onEpoch(point, of) {
        signal.throwIfAborted()
        onEpoch?.(point, of)
        if (point.step <= Number(notes.get('logged_step') ?? -1)) return
        const { loss, evalLoss, step } = point
        await tracking.logMetrics(runId, step, {
          loss,
          ...(evalLoss === null ? {} : { eval_loss: evalLoss }),
          ...(point.epoch === null ? {} : { epoch: point.epoch }),
        })
        notes.put('logged_step', step)
        log(
          `epoch ${point.epoch ?? step} of ${of}: loss ${loss.toFixed(4)}${evalLoss === null ? '' : `, eval_loss ${evalLoss.toFixed(4)}`}`,
        )
      },
    })
    signal.throwIfAborted()
    await tracking.logMetrics(runId, Number(notes.get('logged_step') ?? 0), metrics)
    await tracking.putFiles(runId, files)
    const version = await tracking.register(wish.registerTo, runId, `runs:/${runId}/${CLASSIFIER_FOLDER}`)
    if (wish.versionTag) await tracking.setTag(runId, wish.versionTag, version)
    await tracking.setStatus(runId, 'FINISHED')
    log(`registered ${wish.registerTo} version ${version}`)
    return { experimentId, runId, version, metrics }
  } catch (error) {
    // Where the lakehouse itself stops, the run goes on at its next start.
    if (!(signal.aborted && signal.reason === 'CLOSING'))
      await tracking.setStatus(runId, signal.aborted ? 'KILLED' : 'FAILED')
    throw error
  }
}

async function openRun(
  wish: ClassifierWish,
  { notes }: JobWorld,
  tracking: ReturnType<typeof createTracking>,
  experimentId: string,
) {
  const noted = String(notes.get('mlflow_run_id') ?? '')
  if (noted !== '' && (await tracking.hasRun(noted))) {
    await tracking.setStatus(noted, 'RUNNING')
    return noted
  }
  const runId = await tracking.startRun(experimentId, wish.runName, {
    'mlflow.source.name': 'fine-tuning',
    ...wish.tags,
  })
  notes.put('logged_step', -1)
  notes.put('mlflow_run_id', runId)
  return runId
}

function paramsOf(wish: ClassifierWish, baseModel: string, rows: number): Record<string, string> {
  return {
    model: baseModel,
    train_data_path: wish.trainData,
    ...(wish.evalData === null ? {} : { eval_data_path: wish.evalData }),
    training_duration: `${wish.epochs}ep`,
    ...(wish.learningRate === null ? {} : { learning_rate: String(wish.learningRate) }),
    seed: String(wish.seed),
    register_to: wish.registerTo,
    train_rows: String(rows),
    ...wish.params,
  }
}

/** Whole epochs of `3ep`. Throws 400: batches and tokens mean nothing to this training. */
export function readEpochs(duration: string): number {
  const found = /^(\d+)(ep|ba|tok)$/.exec(duration.replaceAll('_', ''))
  if (!found) throw invalid(`training_duration '${duration}' is not understood: give it as 3ep.`)
  if (found[2] !== 'ep')
    throw invalid(
      `training_duration '${duration}' is in ${found[2] === 'ba' ? 'batches' : 'tokens'}; what is trained here counts epochs: give it as 3ep.`,
    )
  const epochs = Number(found[1])
  if (epochs < 1 || epochs > MOST_EPOCHS)
    throw invalid(`training_duration '${duration}' is out of bounds: 1 to ${MOST_EPOCHS} epochs.`)
  return epochs
}

/** Null where none is given. Throws 400. */
export function readRate(given: unknown): number | null {
  if (given === undefined || given === null || given === '') return null
  const rate = Number(given)
  if (!(rate > 0 && Number.isFinite(rate))) throw invalid(`learning_rate '${String(given)}' must be a number above 0.`)
  return rate
}

/** Throws 400 for no whole number. */
export function readSeed(given: unknown): number {
  const seed = given === undefined || given === null || given === '' ? DEFAULT_SEED : Number(given)
  if (!Number.isSafeInteger(seed) || seed < 0) throw invalid(`seed '${String(given)}' must be a whole number from 0.`)
  return seed
}

/** `catalog.schema.model`; of `catalog.schema` the run gives the last part. Throws 400. */
export function readRegisterTo(given: string, runName: string): string {
  const parts = given.split('.')
  if (parts.length === 2) parts.push(runName.replace(/\W+/g, '_'))
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part)))
    throw invalid(`register_to '${given}' must be catalog.schema or catalog.schema.model.`)
  return parts.join('.')
}
