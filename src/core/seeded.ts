// Random numbers that a seed decides, so that a training or an interval can be made again to the byte.

export interface Seeded {
  /** From 0 to below 1. */
  next(): number
  /** A new order; the given one stays. */
  shuffle<T>(items: readonly T[]): T[]
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, evenly spread, good enough for orders, splits and resampling. */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    shuffle(items) {
      // Sorted by a random key each: the order does not depend on how an engine sorts equal ones.
      const keyed = items.map((item, i) => ({ item, i, key: next() }))
      return keyed.sort((a, b) => a.key - b.key || a.i - b.i).map(({ item }) => item)
    },
  }
}
