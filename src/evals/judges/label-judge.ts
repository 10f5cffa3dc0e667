// The judge of classifiers: a label is right where it is the one that people gave.
import { type Judge, notApplicable, scored } from './judge.ts'

/** Stands as the judge of an evaluation by labels. */
export const LABEL_JUDGE = 'labels'

/**
 * `whyNot` names why a case does not count for this version, such as that it may have been trained on it; null where it counts.
 * Such a row is answered, and has no score.
 */
export function createLabelJudge(whyNot: (caseId: string) => string | null): Judge {
  return {
    name: LABEL_JUDGE,
    async score({ case: one, answer }) {
      const why = whyNot(one.id)
      return { accuracy: why === null ? scored(answer.text === one.expected ? 1 : 0) : notApplicable(why) }
    },
  }
}
