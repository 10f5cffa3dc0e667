// Takes up the moves whose request is gone or has ended: nobody else would, and each of them holds the lock of its model.
import type { Log } from '../core/log.ts'
import { type Approvals, LIVE_STATES } from '../store/port.ts'
import type { Saga } from './saga.ts'
import type { SagaEnding } from './saga-move.ts'

export interface OrphanParts {
  saga: Pick<Saga, 'resume' | 'unfinished'>
  approvals: Pick<Approvals, 'get'>
  log: Log
}

/**
 * Brings each of them to its end, from its journal: void where nothing was moved yet, else on or back. Gives the endings
 * by approval. What cannot go on now is logged and left for the next call. Throws STORE_* where nothing can be looked up.
 */
export async function resumeOrphans(parts: OrphanParts, signal: AbortSignal): Promise<Map<string, SagaEnding>> {
  const { saga, approvals, log } = parts
  const endings = new Map<string, SagaEnding>()
  for (const id of await saga.unfinished()) {
    const approval = await approvals.get(id)
    if (signal.aborted) break
    if (approval && LIVE_STATES.some((state) => state === approval.state)) continue
    // A request ends after its move: what ended just now is no orphan.
    if (!(await saga.unfinished()).includes(id)) continue
    const why = `The request ${id} ${approval ? `has ended already (${approval.state})` : 'is gone'}.`
    try {
      const ending = await saga.resume(id, { recheck: async () => why, progress: () => {}, signal })
      if (!ending) continue
      endings.set(id, ending)
      log.warn('A move whose request had ended before it was brought to its end', { approval: id, ...ending })
    } catch (error) {
      if (signal.aborted) break
      log.error('A move whose request has ended cannot go on yet; it holds its model', { approval: id, cause: error })
    }
  }
  return endings
}
