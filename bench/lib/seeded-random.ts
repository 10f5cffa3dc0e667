// A small seeded random source, so that every run measures the same data.
import { createSeeded } from '../../src/core/seeded.ts'

export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number
  /** Standard normal. */
  normal(): number
}

export function createSeededRandom(seed: number): SeededRandom {
  const { next } = createSeeded(seed)
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}
