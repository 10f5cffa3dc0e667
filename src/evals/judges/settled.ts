// What is settled before anybody judges: metrics that do not apply to a case, and answers that are no answers.
import { type JudgedAnswer, notApplicable, type Scores, scored } from './judge.ts'
import { toPlainAnswer } from './plain-answer.ts'

/** The same with every judge, and never asked of a model: refusals, empty answers, and cases with nothing to compare with. */
export function settled({ case: asked, answer }: JudgedAnswer): Scores {
  return {
    ...(answer.refused ? settledRefusal(asked.unanswerable) : {}),
    ...(saysSomething(answer.text) ? {} : settledSilence()),
    ...(asked.unanswerable
      ? { correctness: notApplicable('The documentation holds no answer to compare with.') }
      : asked.facts.length === 0 && asked.expected === null
        ? { correctness: notApplicable('The case holds neither facts nor an expected answer.') }
        : {}),
  }
}

function settledRefusal(right: boolean): Scores {
  const wrong = 'It refused a question that has an answer.'
  return {
    faithfulness: notApplicable('A refusal states nothing.'),
    answer_relevance: right ? notApplicable('A right refusal.') : scored(0, wrong),
    correctness: scored(0, wrong),
  }
}

function settledSilence(): Scores {
  return {
    faithfulness: notApplicable('The answer states nothing.'),
    answer_relevance: scored(0, 'The answer says nothing.'),
    correctness: scored(0, 'The answer says nothing.'),
    toxicity: notApplicable('The answer says nothing.'),
  }
}

function saysSomething(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(toPlainAnswer(text))
}
