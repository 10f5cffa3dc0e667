// An answer as a judge is handed it, from a row of a set.
import type { CaseAnswer, EvalCase } from '../../src/evals/evaluation.ts'
import type { JudgedAnswer } from '../../src/evals/judges/judge.ts'

export function toInput(question: string, text: string, context: string[], expected: string | null): JudgedAnswer {
  const asked: EvalCase = {
    id: 'bench',
    question,
    expected,
    facts: [],
    page: null,
    unanswerable: false,
    tags: [],
  }
  const answer: CaseAnswer = {
    text,
    refused: false,
    cited: [],
    passages: context.map((passage, i) => ({ chunk_id: `c${i}`, doc_id: `d${i}`, text: passage })),
    latencyMs: 0,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
  }
  return { case: asked, answer }
}
