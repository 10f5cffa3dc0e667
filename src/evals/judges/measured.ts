// The metrics that need no judge: time, tokens and price, as the answer carries them.
import type { CaseAnswer } from '../evaluation.ts'
import { notApplicable, type Scores, scored } from './judge.ts'

/** `tokens` is input plus output, and only where both are known; what the endpoint does not tell is `none`. */
export function measured(answer: CaseAnswer): Scores {
  const { latencyMs, inputTokens, outputTokens, costUsd } = answer
  return {
    latency: scored(latencyMs),
    tokens:
      inputTokens === null || outputTokens === null
        ? notApplicable('The endpoint tells no token counts.')
        : scored(inputTokens + outputTokens),
    cost: costUsd === null ? notApplicable('No price is known for the tokens.') : scored(costUsd),
  }
}
