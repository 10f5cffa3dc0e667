// The yardstick of the latency benchmark: an exact scan in plain JavaScript over one Float32Array.

/** Rows of the `count` largest dot products, best first. */
export function scanExactly(vectors: Float32Array, query: Float32Array, count: number): number[] {
  const dimension = query.length
  const best: { row: number; score: number }[] = []
  let threshold = Number.NEGATIVE_INFINITY
  for (let row = 0, at = 0; at < vectors.length; row++) {
    let score = 0
    for (let i = 0; i < dimension; i++) score += (vectors[at++] as number) * (query[i] as number)
    if (score <= threshold) continue
    best.push({ row, score })
    best.sort((a, b) => b.score - a.score)
    if (best.length > count) best.pop()
    if (best.length === count) threshold = best.at(-1)?.score ?? threshold
  }
  return best.map((entry) => entry.row)
}
