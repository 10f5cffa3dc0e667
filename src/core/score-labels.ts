// How well labels were given: accuracy, and the mean F1 of the labels.

export interface LabelScores {
  accuracy: number
  /** Mean of the F1 of each label that anybody has or gave (Sokolova and Lapalme 2009): rare labels count as much as common ones. */
  macroF1: number
}

/** No answer counts as a wrong one. Both 0 without rows. */
export function scoreLabels(given: readonly (string | undefined)[], wanted: readonly string[]): LabelScores {
  const counts = new Map<string, { right: number; said: number; wanted: number }>()
  const of = (label: string) => {
    const found = counts.get(label) ?? { right: 0, said: 0, wanted: 0 }
    counts.set(label, found)
    return found
  }
  let right = 0
  for (const [i, label] of wanted.entries()) {
    const said = given[i]
    of(label).wanted++
    if (said !== undefined) of(said).said++
    if (said !== label) continue
    right++
    of(label).right++
  }
  if (wanted.length === 0) return { accuracy: 0, macroF1: 0 }
  let sum = 0
  for (const count of counts.values()) sum += (2 * count.right) / (count.said + count.wanted)
  return { accuracy: right / wanted.length, macroF1: sum / counts.size }
}
