// The local driver of training: trains the ticket classifier on this machine, over whichever registry and tracking server is in use.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf } from '../../../core/digest.ts'
import { LakedeskError, toLakedeskError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { ClassifierTrainer } from '../../ports/classifier.ts'
import type { Registry } from '../../ports/registry.ts'
import type { Run, Runs } from '../../ports/runs.ts'
import type { Training, TrainingSpec } from '../../ports/training.ts'
import { CLASSIFIER_KIND_TAGS, carryOut, EndedElsewhere, type Work } from './carry-out.ts'
import { describeRun, MESSAGE_TAG, QUEUED_STAGE, SPEC_TAG, STAGE_TAG, TOKEN_TAG } from './describe-run.ts'
import { readDuration } from './read-duration.ts'
import { createTrainingUploads, LOCAL_FORMATS } from './training-uploads.ts'
import { takeLock } from './work-lock.ts'

export interface LocalTrainingOptions {
  registry: Registry
  runs: Runs
  trainer: ClassifierTrainer
  /** Under the data folder: keeps uploads and locks. */
  folder: string
  log: Log
  now?: () => number
}

export interface LocalTraining extends Training {
  /** Stops at the next safe point what is under way here; `start` with the same token takes it up again, here or in another process. */
  close(): Promise<void>
}

const NOTE = 'A linear head on embeddings and words, for ai_classify: trained on this machine, in seconds to minutes.'
const TOKEN = /^[A-Za-z0-9-]{1,64}$/
/** Faults of the platform that pass: everything is idempotent, so the work is simply done again. */
const PASSING = new Set(['PLATFORM_UNREACHABLE', 'PLATFORM_FAILED'])
const TRIES = 5
const FIRST_PAUSE_MS = 500

const isEnded = (run: Run): boolean => run.status !== 'RUNNING' && run.status !== 'SCHEDULED'

/** Trains one after another. `start` returns when the run stands in the tracking server; what happens then is read from there, in any process. */
export function createLocalTraining(options: LocalTrainingOptions): LocalTraining {
  const { registry, runs, trainer, folder, log, now = Date.now } = options
  const uploads = createTrainingUploads(join(folder, 'data'))
  const locks = join(folder, 'locks')
  const starting = new Map<string, Promise<string>>()
  const active = new Map<string, { stop: AbortController; ended: Promise<void> }>()
  let last: Promise<void> = Promise.resolve()
  const stopping = new AbortController()

  const end = async (runId: string, status: 'FAILED', message: string): Promise<void> => {
    const run = await runs.getRun(runId)
    if (run === null || isEnded(run)) return
    await runs.logBatch(runId, { tags: { [STAGE_TAG]: 'failed', [MESSAGE_TAG]: message } })
    await runs.finishRun(runId, status)
  }
  const tryOften = async (work: Work, signal: AbortSignal): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await carryOut(work, { registry, runs, trainer, now }, signal)
      } catch (error) {
        const passing = error instanceof LakedeskError && PASSING.has(error.code)
        if (!passing || attempt >= TRIES || signal.aborted) throw error
        log.warn(`Training ${work.runId} is tried again`, { cause: error })
        await sleep(FIRST_PAUSE_MS * 2 ** attempt, undefined, { signal })
      }
    }
  }
  const work = async (one: Work, signal: AbortSignal): Promise<void> => {
    try {
      const release = await takeLock(locks, one.runId, signal)
      try {
        await tryOften(one, signal)
      } finally {
        await release()
      }
    } catch (error) {
      // Cancelled runs have been ended by who cancelled; stopped ones are taken up again.
      if (error instanceof EndedElsewhere || signal.aborted) return
      const told = toLakedeskError(error, 'TRAINING_FAILED', 'The training broke. Its log holds the cause.')
      log.error(`Training ${one.runId} failed`, { cause: error })
      await end(one.runId, 'FAILED', told.userMessage).catch((cause: unknown) =>
        log.error(`The end of training ${one.runId} could not be written`, { cause }),
      )
    }
  }
  const begin = (one: Work): void => {
    if (stopping.signal.aborted || active.has(one.runId)) return
    const stop = new AbortController()
    const ended = last.then(() => work(one, stop.signal)).finally(() => active.delete(one.runId))
    last = ended
    active.set(one.runId, { stop, ended })
  }

  /** Another process may be starting the same. */
  const createOnce = async (spec: TrainingSpec, experimentId: string, find: () => Promise<Run[]>): Promise<Run> => {
    const release = await takeLock(locks, `start-${spec.token}`, stopping.signal)
    try {
      const known = oldest(await find())
      if (known) checkSame(known, spec)
      return known ?? (await createRun(spec, experimentId, runs))
    } finally {
      await release()
    }
  }
  const start = async (spec: TrainingSpec): Promise<string> => {
    checkSpec(spec, trainer.baseModel)
    const experimentId = await runs.ensureExperiment(spec.experiment)
    const find = () => runs.searchRuns({ experimentId, tags: { [TOKEN_TAG]: spec.token } })
    const known = oldest(await find())
    if (known) checkSame(known, spec)
    if (known && isEnded(known)) return known.runId
    const train = await uploads.read(spec.trainData, 'training data')
    const heldOut = spec.evalData === null ? [] : await uploads.read(spec.evalData, 'evaluation data')
    const epochs = readDuration(spec.duration, train)
    const run = known ?? (await createOnce(spec, experimentId, find))
    begin({ runId: run.runId, spec, train, heldOut, epochs })
    return run.runId
  }

  return {
    name: 'local',
    formats: LOCAL_FORMATS,
    takesTables: false,
    listBaseModels: async () => [
      { name: trainer.baseModel, tasks: ['CLASSIFICATION'], pricePerMillionTokens: 0, note: NOTE },
    ],
    upload: (_name, format, files) => uploads.save(format, files),
    start(spec) {
      const known = starting.get(spec.token)
      // Two at the same time would find no run, both.
      const next = (known ?? Promise.resolve('')).catch(() => '').then(() => start(spec))
      starting.set(spec.token, next)
      const forget = () => starting.get(spec.token) === next && starting.delete(spec.token)
      next.then(forget, forget)
      return next
    },
    describe: (id) => describeRun(runs, id),
    async cancel(id) {
      const run = await runs.getRun(id)
      if (run === null || run.tags[TOKEN_TAG] === undefined) return
      if (!isEnded(run)) {
        await runs.logBatch(id, { tags: { [STAGE_TAG]: 'canceled', [MESSAGE_TAG]: 'canceled' } })
        await runs.finishRun(id, 'KILLED')
      }
      active.get(id)?.stop.abort(new EndedElsewhere())
    },
    async close() {
      stopping.abort(new Error('The server stops.'))
      const all = [...active.values()]
      for (const { stop } of all) stop.abort(stopping.signal.reason)
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

function oldest(runs: readonly Run[]): Run | undefined {
  return [...runs].sort((a, b) =>
    a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.runId < b.runId ? -1 : 1,
  )[0]
}

function createRun(spec: TrainingSpec, experimentId: string, runs: Runs): Promise<Run> {
  const tags = {
    ...CLASSIFIER_KIND_TAGS,
    ...{ [TOKEN_TAG]: spec.token, [SPEC_TAG]: digestOf(spec), [STAGE_TAG]: QUEUED_STAGE },
  }
  return runs.createRun({ experimentId, name: spec.runName, tags })
}

function checkSame(run: Run, spec: TrainingSpec): void {
  if (run.tags[SPEC_TAG] === digestOf(spec)) return
  refuse(
    `The token ${spec.token} belongs to another training (run ${run.runId}). Start this one with a token of its own.`,
  )
}

function checkSpec({ baseModel, task, registerTo, token }: TrainingSpec, own: string): void {
  if (baseModel !== own)
    refuse(
      `The local training makes ${own} alone, not ${baseModel.slice(0, 80)}. Choose ${own}, or set LAKEDESK_TRAINING to a driver of Databricks.`,
    )
  if (task !== 'CLASSIFICATION') refuse(`${own} is trained for CLASSIFICATION, not ${task}. Choose CLASSIFICATION.`)
  if (!TOKEN.test(token)) refuse('The token of a training is 1 to 64 letters, digits and "-".')
  if (registerTo.trim() === '' || registerTo.length > 250 || /[/:]/.test(registerTo))
    refuse(`"${registerTo.slice(0, 80)}" cannot be the name of a model: it must not be empty nor contain "/" or ":".`)
}

function refuse(sentence: string): never {
  throw new LakedeskError('TRAINING_INVALID', sentence)
}
