// Gives many calls to an engine: in batches, concurrently, under one rate limit for everybody, trying again where that helps.
import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { LakedeskError } from '../../core/errors.ts'
import { isPassingFault, retryAfterMs } from '../../core/model-fault.ts'
import type { AiAnswer, AiCall, AiEngine } from '../ports/ai-functions.ts'

export interface AnsweringOptions {
  /** Requests at once. */
  concurrency: number
  /** Requests per minute, evenly spread; no limit where absent. */
  perMinute?: number | undefined
  /** Tries after the first. Default 5; a timeout is tried again once. */
  retries?: number
  /** First wait in milliseconds where the endpoint says none; doubles. Default 500. */
  firstWaitMs?: number
}

export interface AnswerAllOptions {
  signal: AbortSignal
  /** Called once per call, as soon as its answer is there. With `passing` the fault lies outside the call and may be gone next time: do not remember it. */
  onAnswer(index: number, answer: AiAnswer, passing: boolean): void
}

export interface Answering {
  /**
   * Resolves when every call has its answer. Rejects where going on is of no use: with MODEL_UNAUTHORIZED, MODEL_NOT_FOUND, AI_FUNCTION_*, with
   * what many calls in a row failed with, or with the reason of the signal. Answers told before that stand.
   */
  answerAll(calls: readonly AiCall[], engine: AiEngine, options: AnswerAllOptions): Promise<void>
}

/** Longer than this nobody waits for an endpoint: the call ends with an error. */
const MAX_WAIT_MS = 120_000
/** So many failed batches in a row, each after all its tries, and the endpoint counts as down. */
const DOWN_AFTER = 20
/** Codes that say: no call will succeed. */
const FATAL = new Set([
  'MODEL_UNAUTHORIZED',
  'MODEL_NOT_FOUND',
  'AI_FUNCTION_FAILED',
  'AI_FUNCTION_INVALID',
  'CONFIG_INVALID',
])

/** All users of the returned object share its slots and its rate; a rate limit of the endpoint slows all of them down. */
export function createAnswering(options: AnsweringOptions): Answering {
  const { retries = 5, firstWaitMs = 500 } = options
  const pace = createPace(options)

  /** Answers of one batch. Throws what is fatal. */
  async function answerBatch(
    calls: readonly AiCall[],
    engine: AiEngine,
    signal: AbortSignal,
  ): Promise<{ answers: AiAnswer[]; passing: LakedeskError | null }> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answers = await pace.run(() => engine.answer(calls, signal), signal)
        if (answers.length !== calls.length) throw new Error(`${calls.length} calls got ${answers.length} answers`)
        return { answers, passing: null }
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof LakedeskError) || FATAL.has(error.code)) throw error
        const isTimeout = error.code === 'MODEL_TIMEOUT'
        const passing = isTimeout || isPassingFault(error)
        const asked = retryAfterMs(error)
        const backoff = firstWaitMs * 2 ** attempt * (1 + Math.random() / 2)
        // A Retry-After of 0 is believed once.
        const waitMs = asked === undefined ? backoff : Math.max(asked, attempt === 0 ? 0 : backoff / 2)
        if (error.code === 'MODEL_BUSY') pace.slowDown(Math.min(waitMs, MAX_WAIT_MS))
        if (!passing || attempt >= (isTimeout ? 1 : retries) || waitMs > MAX_WAIT_MS) {
          return { answers: calls.map(() => toErrorAnswer(error)), passing: passing ? error : null }
        }
        await sleep(waitMs, undefined, { signal })
      }
    }
  }

  return {
    async answerAll(calls, engine, { signal: outer, onAnswer }) {
      outer.throwIfAborted()
      const stop = new AbortController()
      const signal = AbortSignal.any([outer, stop.signal])
      let [next, failedInARow] = [0, 0]
      const size = Math.max(1, engine.batch)
      // Each runner keeps one batch in the shared queue, so that a small job need not wait behind all of a large one.
      const runner = async (): Promise<void> => {
        while (next < calls.length) {
          const from = next
          next += size
          const { answers, passing } = await answerBatch(calls.slice(from, from + size), engine, signal)
          for (const [i, answer] of answers.entries()) onAnswer(from + i, answer, passing !== null)
          failedInARow = passing === null ? 0 : failedInARow + 1
          if (passing && failedInARow >= DOWN_AFTER) throw passing
        }
      }
      const runners = Array.from({ length: Math.min(options.concurrency, Math.ceil(calls.length / size)) }, () =>
        runner().catch((error: unknown) => {
          stop.abort(error)
          throw error
        }),
      )
      const ends = await Promise.allSettled(runners)
      outer.throwIfAborted()
      if (stop.signal.aborted) throw stop.signal.reason
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
  }
}

interface Pace {
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Nobody begins a request for this long, and fewer go at once until they succeed again. */
  slowDown(ms: number): void
}

/** Slots and rate. After a rate limit half the slots are left; each round of successes brings one back, as TCP does. */
function createPace({ concurrency, perMinute }: AnsweringOptions): Pace {
  const cap = perMinute === undefined ? undefined : Math.max(1, Math.round(perMinute / 60))
  const rate =
    cap === undefined || perMinute === undefined ? {} : { intervalCap: cap, interval: (60_000 * cap) / perMinute }
  const queue = new PQueue({ concurrency, ...rate })
  let [pausedUntil, successes] = [0, 0]
  let timer: NodeJS.Timeout | undefined
  return {
    async run(task, signal) {
      // A process ends although nobody may ask yet, but not while somebody waits for it.
      timer?.ref()
      const answered = queue.add(task, { signal })
      try {
        const result = await answered
        successes += 1
        if (queue.concurrency < concurrency && successes >= queue.concurrency) {
          queue.concurrency += 1
          successes = 0
        }
        return result
      } finally {
        if (queue.size === 0) timer?.unref()
      }
    },
    slowDown(ms) {
      const now = Date.now()
      // Requests that were under way together are told the same limit: they count once.
      if (now >= pausedUntil) queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2))
      successes = 0
      if (now + ms <= pausedUntil) return
      pausedUntil = now + ms
      queue.pause()
      clearTimeout(timer)
      timer = setTimeout(() => queue.start(), ms)
      if (queue.size === 0) timer.unref()
    },
  }
}

function toErrorAnswer(error: LakedeskError): AiAnswer {
  return { value: null, error: error.userMessage, usage: { inputTokens: 0, outputTokens: 0 } }
}
