// From scores to an answer: how sure it is, and what is said where it is not.
import type { Classification } from './classifier.ts'
import type { Evidence } from './evidence.ts'
import type { LabelMeaning } from './label-meanings.ts'
import { indexOfMost } from './vectors.ts'

/** Under `multilabel`: a label holds when it is at least this likely beside the best. */
const BESIDE_BEST = 0.6

/** What a text without evidence gets. */
export function undecided(meanings: readonly LabelMeaning[], confidence = 0): Classification {
  const other = meanings.find(({ catchAll }) => catchAll)
  return {
    labels: other ? [other.label] : [],
    confidence,
    scores: meanings.map(({ label, catchAll }) => ({ label, score: other ? Number(catchAll) : 1 / meanings.length })),
  }
}

export interface Judged {
  probabilities: Float64Array
  evidence: Evidence
  /** Chance that no label holds. */
  none: number
  multilabel: boolean
}

export function decide(
  { probabilities, evidence, none, multilabel }: Judged,
  meanings: readonly LabelMeaning[],
): Classification {
  // The model reads English: of other languages it guesses from names and loan words.
  const trust = 0.4 + 0.6 * evidence.english
  const scores = meanings.map(({ label }, k) => ({ label, score: probabilities[k] ?? 0 }))
  const best = indexOfMost(probabilities)
  const likely = (probabilities[best] ?? 0) * (1 - none)
  if (none > likely && meanings[best]?.catchAll !== true) {
    const other = meanings.find(({ catchAll }) => catchAll)
    return { labels: other ? [other.label] : [], confidence: likely * trust, scores }
  }
  const labels = multilabel
    ? scores
        .filter(
          ({ score }, k) =>
            k === best || (score >= BESIDE_BEST * (probabilities[best] ?? 0) && meanings[k]?.catchAll !== true),
        )
        .sort((a, b) => b.score - a.score)
        .map(({ label }) => label)
    : [meanings[best]?.label ?? '']
  return { labels, confidence: likely * trust, scores }
}
