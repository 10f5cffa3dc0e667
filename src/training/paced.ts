// Long work over many rows in pieces, so that other people are answered meanwhile.
import { setImmediate as nextLoop } from 'node:timers/promises'

/** Milliseconds of work between two turns of others. */
const PIECE_MS = 20
/** Items between two looks at the clock, where each takes a moment. */
const LOOK_EVERY = 64

/** Visits all in their order. Throws what `visit` throws, and the reason of the signal. */
export async function eachPaced<T>(
  items: Iterable<T>,
  visit: (item: T, at: number) => void,
  signal?: AbortSignal,
  lookEvery = LOOK_EVERY,
): Promise<void> {
  signal?.throwIfAborted()
  let began = performance.now()
  let at = 0
  for (const item of items) {
    visit(item, at)
    at++
    if (at % lookEvery !== 0 || performance.now() - began < PIECE_MS) continue
    await nextLoop()
    signal?.throwIfAborted()
    began = performance.now()
  }
}

/** By a key of hexadecimal digits, such as a digest: sorted in parts by how it begins. Throws the reason of the signal. */
export async function sortPaced<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  signal?: AbortSignal,
): Promise<T[]> {
  const parts = new Map<string, T[]>()
  await eachPaced(
    items,
    (item) => {
      const begin = keyOf(item).slice(0, 2)
      const part = parts.get(begin)
      if (part) part.push(item)
      else parts.set(begin, [item])
    },
    signal,
  )
  const sorted: T[] = []
  await eachPaced(
    [...parts].sort(([a], [b]) => (a < b ? -1 : 1)),
    ([, part]) => {
      for (const item of part.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) sorted.push(item)
    },
    signal,
    1,
  )
  return sorted
}
