// Work that people can stop beside the signal of the process: a stop ends it for good, the signal only for now.
import { LakedeskError } from '../core/errors.ts'

export interface Stoppable {
  /** Runs it with a signal that either ends. Where a person stopped it: JOB_FAILED with the reason, after `undo`. */
  run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>, undo?: () => Promise<void>): Promise<T>
  /** How many were running. */
  stop(reason: string): number
}

export function createStoppable(): Stoppable {
  const running = new Set<AbortController>()
  return {
    async run(signal, work, undo) {
      const stopped = new AbortController()
      running.add(stopped)
      try {
        return await work(AbortSignal.any([signal, stopped.signal]))
      } catch (error) {
        if (!stopped.signal.aborted) throw error
        await undo?.()
        throw stopped.signal.reason
      } finally {
        running.delete(stopped)
      }
    },
    stop(reason) {
      for (const one of running) one.abort(new LakedeskError('JOB_FAILED', reason))
      return running.size
    },
  }
}
