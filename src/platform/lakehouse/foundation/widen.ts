// Gives vectors of any model the 1024 numbers that Databricks' embedding endpoints have, and keeps their cosines.

export const WIDE = 1024

/**
 * Vectors of up to 1024 numbers are filled up with zeros and turned twice: the sign of every number is flipped or not, always in the
 * same way, then comes the Walsh-Hadamard transform divided by the root of its size. Both are orthogonal, so lengths, distances
 * and cosines stay what they were. Of more than 1024 numbers the first 1024 of the turned vector are kept: distances then stay
 * about the same (Ailon and Chazelle 2009), not exactly. The result has length `norm`; a vector of zeros stays one.
 */
export function widen(vector: ArrayLike<number>, norm = 1, size = WIDE): number[] {
  const turned = vector.length === WIDE ? Float64Array.from(vector) : turn(vector)
  const kept = turned.slice(0, size)
  const length = Math.hypot(...kept)
  return Array.from(kept, (value) => (length === 0 ? 0 : (value / length) * norm))
}

function turn(vector: ArrayLike<number>): Float64Array {
  let size = WIDE
  while (size < vector.length) size *= 2
  const values = new Float64Array(size)
  for (let i = 0; i < vector.length; i++) values[i] = vector[i] ?? 0
  // Once would repeat what stands before the zeros; the second time mixes it.
  for (let round = 0; round < 2; round++) mix(values, round * size)
  return values
}

function mix(values: Float64Array, salt: number): void {
  const size = values.length
  for (let i = 0; i < size; i++) values[i] = (values[i] ?? 0) * signOf(i + salt)
  for (let half = 1; half < size; half *= 2) {
    for (let start = 0; start < size; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = values[i] ?? 0
        const b = values[i + half] ?? 0
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
  const scale = 1 / Math.sqrt(size)
  for (let i = 0; i < size; i++) values[i] = (values[i] ?? 0) * scale
}

/** One bit of a multiplicative hash: without a pattern, and the same on every machine. */
function signOf(place: number): number {
  return Math.imul(place + 1, 0x9e3779b1) & 0x8000 ? 1 : -1
}
