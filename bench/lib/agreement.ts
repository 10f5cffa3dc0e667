// How far scores agree with what people said: rank agreement of two classes, and correlation.

export interface Labelled {
  score: number
  /** The class that should score higher. */
  positive: boolean
}

/** Chance that a positive scores above a negative, ties counting half (area under the ROC curve, by ranks). */
export function auroc(rows: readonly Labelled[]): number {
  const sorted = rows.toSorted((a, b) => a.score - b.score)
  const positives = rows.filter(({ positive }) => positive).length
  let ranks = 0
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to]?.score === sorted[from]?.score) to++
    const tied = sorted.slice(from, to).filter(({ positive }) => positive).length
    ranks += (tied * (from + to + 1)) / 2
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (rows.length - positives))
}

/** Pearson's correlation of two equally long lists, times 100. */
export function pearson100(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx, yy] = [0, 0, 0]
  for (const [i, value] of x.entries()) {
    const [dx, dy] = [value - mx, (y[i] ?? 0) - my]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return (100 * xy) / Math.sqrt(xx * yy)
}
