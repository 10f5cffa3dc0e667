// Carries managed trainings out, one after the other: taken up after a restart, stopped on the way, and followed by events.
import type { ClassifierTrainer } from '../../ports/classifier.ts'
import type { Ask } from '../jobs/ask-inside.ts'
import type { JobWorld } from '../jobs/job-program.ts'
import { explain } from '../jobs/run-task.ts'
import type { SqlEngine } from '../sql-engine.ts'
import type { Table } from '../state.ts'
import type { CallerFiles } from '../volumes/files-of-caller.ts'
import { hasEnded, type StoredTraining, type TrainingStatus } from './stored-training.ts'
import { trainClassifier } from './train-classifier.ts'

export interface RunTrainingsParts {
  trainings: Table<StoredTraining>
  trainer: ClassifierTrainer | undefined
  /** The files as a user sees them. */
  filesOf(caller: string): CallerFiles
  engine: SqlEngine
  askAs(caller: string, signal: AbortSignal): Ask
  now(): number
}

export function createTrainingRuns(parts: RunTrainingsParts) {
  const { trainings, trainer, filesOf, engine, askAs, now } = parts
  const stops = new Map<string, AbortController>()
  let line: Promise<unknown> = Promise.resolve()

  function set(one: StoredTraining, status: TrainingStatus, message: string): void {
    one.status = status
    one.updatedAt = now()
    if (status === 'RUNNING') one.startedAt ||= now()
    if (hasEnded(one)) one.completedAt = now()
    if (status === 'FAILED' || status === 'STOPPED') one.reason = message
    one.events.push({ type: status, at: now(), message })
    trainings.put(one.id, one)
  }

  function worldOf(one: StoredTraining, signal: AbortSignal): JobWorld {
    return {
      caller: one.caller,
      files: filesOf(one.caller),
      signal,
      ask: askAs(one.caller, signal),
      sql: (text) => engine.run({ text, parameters: [], signal }),
      log() {},
      notes: {
        get: (name) => one.notes[name],
        put(name, value) {
          one.notes[name] = value
          trainings.put(one.id, one)
        },
      },
    }
  }

  async function carryOut(one: StoredTraining, stop: AbortController): Promise<void> {
    if (stop.signal.aborted || trainer === undefined) return
    set(one, 'RUNNING', 'Run started.')
    try {
      const { version } = await trainClassifier(one.wish, worldOf(one, stop.signal), {
        trainer,
        now,
        onEpoch(point, of) {
          one.epochsDone = Math.min(of, Math.ceil(point.epoch ?? point.step))
          one.updatedAt = now()
          const evaluated = point.evalLoss === null ? '' : `, eval_loss ${point.evalLoss.toFixed(4)}`
          const message = `Epoch ${one.epochsDone} of ${of}: loss ${point.loss.toFixed(4)}${evaluated}`
          one.events.push({ type: 'EPOCH', at: now(), message })
        },
      })
      one.version = version
      one.epochsDone = one.wish.epochs
      set(one, 'COMPLETED', `Registered ${one.wish.registerTo} version ${version}.`)
    } catch (error) {
      if (!stop.signal.aborted) set(one, 'FAILED', explain(error).message)
      else if (stop.signal.reason !== 'CLOSING') set(one, 'STOPPED', 'Stopped by a user.')
    }
  }

  function start(one: StoredTraining): void {
    const stop = new AbortController()
    stops.set(one.id, stop)
    line = line
      // The answer to the request goes first, and others get their turn between two trainings.
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => carryOut(one, stop))
      .finally(() => stops.delete(one.id))
    set(one, 'QUEUED', 'Waiting for its turn.')
  }

  return {
    start,
    /** What has ended stays as it ended; one that waits is stopped at once. */
    stop(one: StoredTraining): void {
      if (hasEnded(one)) return
      stops.get(one.id)?.abort('CANCELED')
      if (one.status !== 'RUNNING') set(one, 'STOPPED', 'Stopped by a user.')
    },
    /** Trainings that the end of the process cut off begin again: the same run, and one version. */
    resume(): void {
      for (const one of trainings.values()) if (!hasEnded(one)) start(one)
    },
    async close(): Promise<void> {
      for (const stop of stops.values()) stop.abort('CLOSING')
      await line
    },
  }
}
