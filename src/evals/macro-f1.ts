// Macro-F1 of the labels that a classifier gave: rare labels count as much as common ones.
import { scoreLabels } from '../core/score-labels.ts'
import type { CaseResult } from './evaluation.ts'

/** Key under which it stands on a run. */
export const MACRO_F1 = 'macro_f1'

/**
 * Mean of the F1 of each label that people or the classifier gave (Sokolova and Lapalme 2009), from 0 to 1, over the rows whose
 * accuracy was scored; null where there is none.
 */
export function macroF1Of(rows: readonly CaseResult[]): number | null {
  const counted = rows.filter(({ scores }) => scores.accuracy?.kind === 'score')
  if (counted.length === 0) return null
  const said = counted.map(({ answer }) => answer?.text ?? '')
  const wanted = counted.map((row) => row.case.expected ?? '')
  return scoreLabels(said, wanted).macroF1
}
