// Keeps the best few of many scored slots: a bounded binary heap, smallest on top.

export interface ScoredSlot {
  slot: number
  score: number
}

export interface TopList {
  /** A score at or below it need not be offered, as long as slots come in rising order. */
  readonly threshold: number
  add(slot: number, score: number): void
  /** Best first; equal scores in the order of their slots, so that results do not change between runs. */
  take(): ScoredSlot[]
}

export function createTopList(size: number): TopList {
  const slots: number[] = []
  const scores: number[] = []
  let threshold = size > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const scoreAt = (i: number): number => scores[i] ?? Number.POSITIVE_INFINITY
  const slotAt = (i: number): number => slots[i] ?? -1
  /** True where entry a leaves before entry b: lower score, or the later slot of two equals. */
  const isWorse = (a: number, b: number): boolean =>
    scoreAt(a) < scoreAt(b) || (scoreAt(a) === scoreAt(b) && slotAt(a) > slotAt(b))
  const swap = (a: number, b: number): void => {
    const score = scoreAt(a)
    const slot = slotAt(a)
    scores[a] = scoreAt(b)
    slots[a] = slotAt(b)
    scores[b] = score
    slots[b] = slot
  }
  const siftUp = (from: number): void => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!isWorse(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }
  const siftDown = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      if (left >= scores.length) return
      const worst = left + 1 < scores.length && isWorse(left + 1, left) ? left + 1 : left
      if (!isWorse(worst, i)) return
      swap(worst, i)
      i = worst
    }
  }
  return {
    get threshold() {
      return threshold
    },
    add(slot, score) {
      if (scores.length < size) {
        slots.push(slot)
        scores.push(score)
        siftUp(scores.length - 1)
      } else if (score > threshold) {
        slots[0] = slot
        scores[0] = score
        siftDown()
      }
      if (scores.length === size) threshold = scoreAt(0)
    },
    take() {
      const entries = slots.map((slot, i) => ({ slot, score: scoreAt(i) }))
      return entries.sort((a, b) => b.score - a.score || a.slot - b.slot)
    },
  }
}
