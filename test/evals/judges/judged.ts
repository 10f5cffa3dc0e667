// Builds what a judge is handed, with everything that a test does not care about filled in.
import type { CaseAnswer, EvalCase, Score } from '../../../src/evals/evaluation.ts'
import type { Judge, JudgedAnswer } from '../../../src/evals/judges/judge.ts'
import type { MetricName } from '../../../src/evals/metrics.ts'

export interface Judged {
  question?: string
  expected?: string | null
  facts?: string[]
  page?: string | null
  also?: string[]
  thread?: EvalCase['thread']
  unanswerable?: boolean
  text?: string
  refused?: boolean
  /** Texts of passages, or pairs of doc_id and text. */
  passages?: (string | [string, string])[]
  answer?: Partial<CaseAnswer>
}

export function judged(given: Judged): JudgedAnswer {
  const asked: EvalCase = {
    id: 'q1',
    question: given.question ?? 'How long is the reset link valid?',
    expected: given.expected ?? null,
    facts: given.facts ?? [],
    page: given.page ?? null,
    also: given.also ?? [],
    thread: given.thread ?? [],
    unanswerable: given.unanswerable ?? false,
    tags: [],
  }
  const answer: CaseAnswer = {
    text: given.text ?? 'The reset link is valid for 45 minutes.',
    refused: given.refused ?? false,
    cited: [],
    passages: (given.passages ?? []).map((passage, i) => {
      const [doc_id, text] = typeof passage === 'string' ? [`page-${i}.md`, passage] : passage
      return { chunk_id: `${doc_id}#${i}`, doc_id, text }
    }),
    latencyMs: 120,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
    ...given.answer,
  }
  return { case: asked, answer }
}

export async function scoreOf(judge: Judge, metric: MetricName, given: Judged): Promise<Score | undefined> {
  return (await judge.score(judged(given), new AbortController().signal))[metric]
}

/** The number of a score; fails the test where there is none. */
export async function numberFor(judge: Judge, metric: MetricName, given: Judged): Promise<number> {
  const score = await scoreOf(judge, metric, given)
  if (score?.kind !== 'score') throw new Error(`${metric} is no score but ${JSON.stringify(score)}`)
  return score.value
}
