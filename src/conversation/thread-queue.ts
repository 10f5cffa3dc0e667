// The queue of turns: one at a time per thread in the order people acted, threads in parallel up to a limit.

export interface Job {
  turnId: string
  thread: string
  /** When the person acted, milliseconds since 1970. */
  at: number
  /** Order of acceptance: decides between turns of one moment. */
  seq: number
}

export interface ThreadQueue {
  push(job: Job): void
  /** Takes no further job; running ones go on. */
  pause(): void
  /** Resolves as soon as nothing runs. */
  idle(): Promise<void>
}

interface Lane {
  busy: boolean
  waiting: Job[]
}

/** `work` must not reject: what fails in a turn is its own business. */
export function createThreadQueue(concurrency: number, work: (job: Job) => Promise<void>): ThreadQueue {
  const lanes = new Map<string, Lane>()
  /** Threads that have a waiting turn and run none, longest waiting first. */
  const free = new Set<string>()
  let running = 0
  let paused = false
  let idleWaiters: (() => void)[] = []

  function done(thread: string, lane: Lane): void {
    running--
    lane.busy = false
    if (lane.waiting.length > 0) free.add(thread)
    else lanes.delete(thread)
    pump()
    if (running > 0) return
    for (const tell of idleWaiters) tell()
    idleWaiters = []
  }

  function pump(): void {
    for (const thread of free) {
      if (paused || running >= concurrency) return
      free.delete(thread)
      const lane = lanes.get(thread)
      const job = lane?.waiting.shift()
      if (!lane || !job) continue
      lane.busy = true
      running++
      void work(job).finally(() => done(thread, lane))
    }
  }

  return {
    push(job) {
      const lane = lanes.get(job.thread) ?? { busy: false, waiting: [] }
      lanes.set(job.thread, lane)
      lane.waiting.push(job)
      lane.waiting.sort((a, b) => a.at - b.at || a.seq - b.seq)
      if (!lane.busy) free.add(job.thread)
      pump()
    },
    pause() {
      paused = true
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
  }
}
