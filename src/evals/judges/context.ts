// What retrieval brought: was it what the expected answer needs, and did it stand in front?
import { terms } from '../../core/text/analyze.ts'
import type { RetrievedPassage, Score } from '../evaluation.ts'
import { isExpectedPage } from '../expected-page.ts'
import { createFactFinder } from './correctness.ts'
import { type JudgedAnswer, notApplicable, scored } from './judge.ts'

const UNANSWERABLE = 'The documentation holds no answer that could be retrieved.'

/**
 * Mean of what the case tells: the expected page, or another that holds the answer, is among the passages, and the share of its
 * facts that stand in their texts. Where it names neither, the share of the expected answer's terms.
 */
export function judgeContextRecall({ case: asked, answer: { passages } }: JudgedAnswer): Score {
  if (asked.unanswerable) return notApplicable(UNANSWERABLE)
  const { page, facts, expected } = asked
  const parts: number[] = []
  if (page !== null) parts.push(passages.some(({ doc_id }) => isExpectedPage(asked, doc_id)) ? 1 : 0)
  if (facts.length > 0) parts.push(mean(facts.map((fact) => bestShare(fact, passages))))
  else if (page === null && expected !== null) parts.push(coverage(expected, passages))
  if (parts.length === 0) return notApplicable('The case names no page, no facts and no expected answer.')
  return scored(mean(parts))
}

/** Average precision: the mean, over the passages of the expected page, of the share of such passages up to there. */
export function judgeContextPrecision({ case: asked, answer: { passages } }: JudgedAnswer): Score {
  if (asked.unanswerable) return notApplicable(UNANSWERABLE)
  if (asked.page === null) return notApplicable('The case names no page.')
  let relevant = 0
  let sum = 0
  for (const [rank, { doc_id }] of passages.entries()) {
    if (!isExpectedPage(asked, doc_id)) continue
    relevant += 1
    sum += relevant / (rank + 1)
  }
  return scored(relevant === 0 ? 0 : sum / relevant)
}

function bestShare(fact: string, passages: readonly RetrievedPassage[]): number {
  return Math.max(0, ...passages.map(({ text }) => createFactFinder(text)(fact)))
}

function coverage(expected: string, passages: readonly RetrievedPassage[]): number {
  const wanted = new Set(terms(expected))
  const held = new Set(passages.flatMap(({ text }) => terms(text)))
  return wanted.size === 0 ? 1 : [...wanted].filter((term) => held.has(term)).length / wanted.size
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
