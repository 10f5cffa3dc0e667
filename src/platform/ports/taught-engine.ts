// An engine that is taught anew whenever its labelled rows changed, while statements under way keep what they began with.
import { digestOf } from '../../core/digest.ts'
import type { AiEngine } from './ai-functions.ts'
import type { TaughtRow } from './taught-rows.ts'

/**
 * `refresh` gives the engine for one statement: its rows never change, so that neither do its keys. Used without it, the engine answers as
 * it was taught last. Rejects as `read` does.
 */
export function createTaughtEngine(
  read: (signal: AbortSignal) => Promise<readonly TaughtRow[]>,
  teach: (rows: readonly TaughtRow[]) => AiEngine,
): AiEngine {
  let digest = digestOf([])
  let current: AiEngine | undefined
  const now = (): AiEngine => {
    current ??= teach([])
    return current
  }
  return {
    get batch() {
      return now().batch
    },
    get price() {
      return now().price
    },
    modelOf: (call) => now().modelOf(call),
    keyPart: (call) => now().keyPart(call),
    answer: (calls, signal) => now().answer(calls, signal),
    estimate: (call) => now().estimate(call),
    async refresh(signal) {
      const rows = await read(signal)
      signal.throwIfAborted()
      const newest = digestOf(rows)
      if (newest !== digest || !current) {
        digest = newest
        current = teach(rows)
      }
      return current
    },
  }
}
