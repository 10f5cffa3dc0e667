// Has calls answered that nobody answered before, each once, whichever statements want it at the same time.
import type { Answering } from '../../ai/answer-all.ts'
import type { AiAnswer, AiCall, AiEngine } from '../../ports/ai-functions.ts'
import type { AiCache } from './ai-cache.ts'

export interface Wanted {
  key: string
  call: AiCall
  /** False for an answer that is of no use, and is not kept. */
  fits(answer: AiAnswer): boolean
}

export interface Asking {
  /**
   * `onAnswer` tells each answer as it arrives, `own` where this statement asked for it. A call that another statement gave up is left
   * unanswered. Rejects as `answerAll`; what was answered before that is kept.
   */
  ask(
    wanted: readonly Wanted[],
    engine: AiEngine,
    signal: AbortSignal,
    onAnswer: (wanted: Wanted, answer: AiAnswer, own: boolean) => void,
  ): Promise<void>
}

/** Calls between two looks at what others were answered. */
const AT_ONCE = 2_000

type Settle = (answer: AiAnswer | null) => void

export function createAsking(cache: AiCache, answering: Answering): Asking {
  /** By key; null where the one who asked gave up. */
  const underWay = new Map<string, Promise<AiAnswer | null>>()

  return {
    async ask(all, engine, signal, onAnswer) {
      for (let at = 0; at < all.length; at += AT_ONCE) {
        await askSome(all.slice(at, at + AT_ONCE), engine, signal, onAnswer)
      }
    },
  }

  /** What another process was answered meanwhile is not asked for again. */
  async function askSome(...[all, engine, signal, onAnswer]: Parameters<Asking['ask']>): Promise<void> {
    const wanted = all.filter((one) => {
      const answer = cache.get(one.key)
      if (answer) onAnswer(one, answer, false)
      return !answer
    })
    const own: Wanted[] = []
    const settles: (Settle | undefined)[] = []
    const others: Promise<void>[] = []
    for (const one of wanted) {
      const running = underWay.get(one.key)
      if (running) {
        const told = running.then((answer) => {
          if (answer && !signal.aborted) onAnswer(one, answer, false)
        })
        others.push(told)
        continue
      }
      own.push(one)
      underWay.set(one.key, new Promise((resolve) => settles.push(resolve)))
    }
    const settle = (i: number, answer: AiAnswer | null): void => {
      const key = own[i]?.key
      const resolve = settles[i]
      if (key === undefined || !resolve) return
      delete settles[i]
      underWay.delete(key)
      resolve(answer)
    }
    try {
      const calls = own.map(({ call }) => call)
      if (calls.length > 0) {
        await answering.answerAll(calls, engine, {
          signal,
          onAnswer(i, answer) {
            const one = own[i]
            if (!one) return
            if (one.fits(answer)) cache.put(one.key, one.call, engine.modelOf(one.call), answer)
            settle(i, answer)
            onAnswer(one, answer, true)
          },
        })
      }
    } finally {
      for (let i = 0; i < own.length; i += 1) settle(i, null)
    }
    await untilAborted(Promise.all(others), signal)
  }
}

/** What other statements asked for is theirs: an abort here only ends the waiting. */
function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
