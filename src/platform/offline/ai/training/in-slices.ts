// Long work in slices, so that a server goes on answering beside it.
import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 10

/** In order. Pauses whenever others have waited for some milliseconds; rejects with the reason of the signal. */
export async function inSlices<T, R>(items: readonly T[], work: (item: T) => R, signal?: AbortSignal): Promise<R[]> {
  const done: R[] = []
  let since = performance.now()
  for (const item of items) {
    done.push(work(item))
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    signal?.throwIfAborted()
    since = performance.now()
  }
  return done
}
