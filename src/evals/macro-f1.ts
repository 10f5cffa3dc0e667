// Macro-F1 of the labels that a classifier gave: rare labels count as much as common ones.
import type { CaseResult } from './evaluation.ts'

/** Key under which it stands on a run. */
export const MACRO_F1 = 'macro_f1'

/**
 * Mean of the F1 of each label that people or the classifier gave (Sokolova and Lapalme 2009), from 0 to 1, over the rows whose
 * accuracy was scored; null where there is none.
 */
export function macroF1Of(rows: readonly CaseResult[]): number | null {
  const counted = rows.filter(({ scores }) => scores.accuracy?.kind === 'score')
  const counts = new Map<string, { right: number; said: number; wanted: number }>()
  const countOf = (label: string) => {
    const found = counts.get(label) ?? { right: 0, said: 0, wanted: 0 }
    counts.set(label, found)
    return found
  }
  for (const row of counted) {
    const wanted = row.case.expected ?? ''
    const said = row.answer?.text ?? ''
    countOf(wanted).wanted++
    countOf(said).said++
    if (said === wanted) countOf(wanted).right++
  }
  if (counts.size === 0) return null
  const each = [...counts.values()].map(({ right, said, wanted }) => (2 * right) / (said + wanted))
  return each.reduce((sum, value) => sum + value, 0) / each.length
}
