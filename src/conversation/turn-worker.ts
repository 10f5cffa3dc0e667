// Works on the queued turns: knows which run, which wait for another try, and who waits for their replies.
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Person, Turn } from '../core/turn.ts'
import { Cancelled } from './explain-failure.ts'
import { toBackoff } from './limits.ts'
import type { Notices } from './notices.ts'
import { type Ending, type Running, type RunParts, runTurn } from './run-turn.ts'
import { createThreadQueue, type Job } from './thread-queue.ts'

export interface TurnWorker {
  /** Queues a stored turn; one that is known already is left alone. */
  take(turn: Turn): void
  /** Resolves with the reply once it is shown. Ask before the turn can end. */
  waitFor(turnId: string): Promise<Reply>
  stop(thread: string, by: Person): boolean
  drain(timeoutMs: number): Promise<void>
}

interface Waiter {
  resolve(reply: Reply): void
  reject(error: LakedeskError): void
}

interface RunningTurn extends Running {
  turn: Turn
}

/** How long a run that was cancelled for the drain may take to notice. */
const GRACE_MS = 2000

function pause(ms: number): { done: Promise<void>; end(): void } {
  let timer: NodeJS.Timeout | undefined
  const done = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return { done, end: () => clearTimeout(timer) }
}

function stopping(): LakedeskError {
  return new LakedeskError(
    'INTERNAL',
    'Lakedesk is stopping. The message is stored and is answered after the next start.',
  )
}

export function createTurnWorker(parts: RunParts & { notices: Notices }): TurnWorker {
  const { notices, limits, log } = parts
  const turns = new Map<string, Turn>()
  const running = new Map<string, RunningTurn>()
  const waiters = new Map<string, Waiter>()
  const timers = new Set<NodeJS.Timeout>()
  const storeFailures = new Map<string, number>()
  const queue = createThreadQueue(limits.concurrency, work)
  let draining = false
  let seq = 0

  function pushAgain(job: Job, afterMs: number): void {
    if (draining) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      queue.push(job)
    }, afterMs)
    timers.add(timer)
  }

  /** What breaks here is the store (or a fault of ours): the turn stays stored and is tried again. */
  async function recover(job: Job, turn: Turn, error: unknown): Promise<void> {
    if (draining || error instanceof Cancelled) {
      log.info('A turn is left for the next start', { turn: job.turnId, cause: error })
      return
    }
    const failures = (storeFailures.get(job.turnId) ?? 0) + 1
    storeFailures.set(job.turnId, failures)
    const afterMs = toBackoff(limits, failures)
    log.error('A turn could not be worked on and is tried again', { turn: job.turnId, afterMs, cause: error })
    pushAgain(job, afterMs)
    if (failures > 1) return
    await notices.tell(turn, toLakedeskError(error), 'Your message is kept and is tried again by itself.')
  }

  function settle(job: Job, ending: Ending): void {
    if (ending.kind === 'later') {
      pushAgain(job, ending.afterMs)
      return
    }
    turns.delete(job.turnId)
    storeFailures.delete(job.turnId)
    const waiter = waiters.get(job.turnId)
    waiters.delete(job.turnId)
    if (ending.kind === 'shown') waiter?.resolve(ending.reply)
    else if (ending.kind === 'dead') waiter?.reject(ending.error)
    else
      waiter?.reject(
        new LakedeskError(
          'CHANNEL_FAILED',
          'The reply waits for a face that is not running. Restart Lakedesk with it.',
        ),
      )
  }

  async function work(job: Job): Promise<void> {
    const turn = turns.get(job.turnId)
    if (!turn) return
    const current: RunningTurn = { turn, controller: new AbortController(), writing: true }
    running.set(job.thread, current)
    const began = performance.now()
    try {
      const ending = await runTurn(job.turnId, current, parts)
      log.info('A turn ended', { turn: job.turnId, ending: ending.kind, ms: Math.round(performance.now() - began) })
      settle(job, ending)
    } catch (error) {
      await recover(job, turn, error)
    } finally {
      running.delete(job.thread)
    }
  }

  async function idleWithin(ms: number): Promise<void> {
    const limit = pause(ms)
    await Promise.race([queue.idle(), limit.done])
    limit.end()
  }

  return {
    take(turn) {
      if (draining || turns.has(turn.id)) return
      turns.set(turn.id, turn)
      const at = Date.parse(turn.at)
      queue.push({ turnId: turn.id, thread: turn.thread, at: Number.isNaN(at) ? Date.now() : at, seq: seq++ })
    },
    waitFor(turnId) {
      if (draining) return Promise.reject(stopping())
      return new Promise((resolve, reject) => waiters.set(turnId, { resolve, reject }))
    },
    stop(thread, by) {
      const found = running.get(thread)
      if (!found?.writing || found.controller.signal.aborted) return false
      const { user } = found.turn
      if (user.id !== by.id || user.tenant !== by.tenant) return false
      found.controller.abort(new Cancelled('stop'))
      return true
    },
    async drain(timeoutMs) {
      draining = true
      queue.pause()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      await idleWithin(timeoutMs)
      for (const { controller } of running.values()) controller.abort(new Cancelled('drain'))
      await idleWithin(GRACE_MS)
      for (const waiter of waiters.values()) waiter.reject(stopping())
      waiters.clear()
    },
  }
}
