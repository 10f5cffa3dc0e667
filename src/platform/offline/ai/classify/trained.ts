// A trained classifier in the place of what labels mean: its probabilities for the labels that are asked for.
import type { AiLabel } from '../../../ports/ai-functions.ts'
import type { Predicted, TextClassifier } from '../../../ports/classifier.ts'
import type { LabelMeaning } from './label-meanings.ts'
import { isCatchAll } from './label-names.ts'
import type { Likelihoods } from './zero-shot.ts'

/**
 * Null where it can answer: it knows every label that says something of its own, and nobody added instructions, which it was not trained on. Else the
 * reason, for behind "because"; empty where it has nothing to do with these labels.
 */
export function whyNotTrained(
  { labels: known }: Pick<TextClassifier, 'labels'>,
  labels: readonly AiLabel[],
  instructions = '',
): string | null {
  const own = new Set(known)
  const named = labels.filter((label) => own.has(label.label))
  if (named.length < 2) return ''
  const missing = labels.find((label) => !own.has(label.label) && !isCatchAll(label))
  if (missing) return `it does not know the label ${JSON.stringify(missing.label.slice(0, 60))}`
  return instructions.trim() === '' ? null : 'the call adds instructions'
}

/** Share of the probability of labels nobody asked for that counts against every label asked for. */
const ELSEWHERE = 0.5

/**
 * Restricted to the labels asked for, and made to sum to 1. How likely it is that none of them holds is judged as without training, as far as the trained
 * classifier is unsure; what it gave to labels that were not asked for counts as well. A catch-all that it does not know has that chance.
 */
export function takeTrained(
  { scores }: Predicted,
  known: readonly string[],
  meant: Likelihoods,
  meanings: readonly LabelMeaning[],
): Likelihoods {
  const column = new Map(known.map((label, k) => [label, k]))
  const own = Float64Array.from(meanings, ({ label }) => scores[column.get(label) ?? -1] ?? 0)
  const inside = own.reduce((sum, value) => sum + value, 0)
  if (inside <= 0) return meant
  const outside = Math.max(0, 1 - inside)
  const best = Math.max(...own) / inside
  const other = meanings.findIndex(({ label, catchAll }) => catchAll && !column.has(label))
  const unsaid = other < 0 ? meant.none : (meant.probabilities[other] ?? 0)
  const doubt = Math.max(unsaid * (1 - best), outside * ELSEWHERE)
  if (other < 0) return { probabilities: own.map((value) => value / inside), none: doubt }
  return { probabilities: own.map((value, k) => (k === other ? doubt : ((1 - doubt) * value) / inside)), none: 0 }
}
