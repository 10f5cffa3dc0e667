// An engine that is taught anew whenever what it learns from changed, while statements under way keep what they began with.
import { digestOf } from '../../core/digest.ts'
import type { AiEngine } from './ai-functions.ts'
import type { TaughtRow } from './taught-rows.ts'

/** As `createRefreshedEngine`, where nothing but the labelled rows may change. */
export function createTaughtEngine(
  read: (signal: AbortSignal) => Promise<readonly TaughtRow[]>,
  teach: (rows: readonly TaughtRow[]) => AiEngine,
): AiEngine {
  return createRefreshedEngine<readonly TaughtRow[]>({ nothing: [], read, keyOf: (rows) => rows, teach })
}

export interface RefreshedEngineOptions<Taught> {
  /** What it answers by before anything was read. */
  nothing: Taught
  /** Read at each `refresh`. */
  read(signal: AbortSignal): Promise<Taught>
  /** Plain data that is another one whenever answers may be others. */
  keyOf(taught: Taught): unknown
  teach(taught: Taught): AiEngine
}

/**
 * `refresh` gives the engine for one statement: what it was taught never changes, so that neither do its keys. Used without it, the engine answers as
 * it was taught last. Rejects as `read` does.
 */
export function createRefreshedEngine<Taught>(options: RefreshedEngineOptions<Taught>): AiEngine {
  const { nothing, read, keyOf, teach } = options
  let digest = digestOf(keyOf(nothing))
  let current: AiEngine | undefined
  const now = (): AiEngine => {
    current ??= teach(nothing)
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
      const taught = await read(signal)
      signal.throwIfAborted()
      const newest = digestOf(keyOf(taught))
      if (newest !== digest || !current) {
        digest = newest
        current = teach(taught)
      }
      return current
    },
  }
}
