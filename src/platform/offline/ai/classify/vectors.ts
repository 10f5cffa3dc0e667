// Arithmetic on unit vectors.
export type Vector = ArrayLike<number>

export function dot(a: Vector, b: Vector): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** The mean, made unit length; weights default to 1. */
export function unitMean(vectors: readonly Vector[], weights: readonly number[] = []): Float32Array {
  const mean = new Float32Array(vectors[0]?.length ?? 0)
  for (const [k, vector] of vectors.entries()) {
    const weight = weights[k] ?? 1
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + weight * (vector[i] ?? 0)
  }
  const scale = 1 / Math.sqrt(dot(mean, mean) || 1)
  return mean.map((value) => value * scale)
}

/** Probabilities of logits; even where all are minus infinity. */
export function softmax(logits: Vector, scale = 1): Float64Array {
  const out = new Float64Array(logits.length)
  let most = Number.NEGATIVE_INFINITY
  for (let k = 0; k < out.length; k++) most = Math.max(most, (logits[k] ?? 0) * scale)
  if (most === Number.NEGATIVE_INFINITY) return out.fill(1 / out.length)
  let sum = 0
  for (let k = 0; k < out.length; k++) {
    const value = Math.exp((logits[k] ?? 0) * scale - most)
    out[k] = value
    sum += value
  }
  for (let k = 0; k < out.length; k++) out[k] = (out[k] ?? 0) / sum
  return out
}

export function indexOfMost(values: Vector): number {
  let best = 0
  for (let k = 1; k < values.length; k++) if ((values[k] ?? 0) > (values[best] ?? 0)) best = k
  return best
}
