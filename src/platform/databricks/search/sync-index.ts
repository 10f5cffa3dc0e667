// Starts a sync. One that runs already saw the table as it was before: it is waited for, and another one started.
import { LakedeskError } from '../../../core/errors.ts'
import { answerOf, isNotFound } from '../../mlflow/platform-errors.ts'
import { pause } from '../pause.ts'
import { indexMissing } from './search-errors.ts'
import type { Waiting } from './settle-index.ts'

const BUSY = /in progress|already (running|being|updating)|currently/i

/** Throws INDEX_MISSING, PLATFORM_*, and what the API refuses. */
export async function syncOnce({ calls, index, endpoint, signal, indexMs, pollMs, maxPollMs }: Waiting): Promise<void> {
  const end = Date.now() + indexMs
  for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * 2, maxPollMs)) {
    try {
      await calls.sync(signal)
      return
    } catch (error) {
      if (isNotFound(error)) throw indexMissing(index, endpoint, error)
      if (!isBusy(error) || Date.now() + waitMs > end) throw error
      await pause(waitMs, signal)
    }
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof LakedeskError)) return false
  return error.code === 'ENDPOINT_BUSY' || (answerOf(error)?.status === 400 && BUSY.test(error.userMessage))
}
