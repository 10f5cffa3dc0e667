// The judge that needs no model: every metric computed from the texts themselves.
import type { TextEmbeddings } from '../../platform/ports/models.ts'
import { judgeAnswerRelevance } from './answer-relevance.ts'
import { judgeContextPrecision, judgeContextRecall } from './context.ts'
import { judgeCorrectness } from './correctness.ts'
import { judgeFaithfulness } from './faithfulness.ts'
import { type Judge, type JudgedAnswer, type Scores, scored, toJudgeDigest } from './judge.ts'
import { measured } from './measured.ts'
import { settled } from './settled.ts'
import { judgeToxicity } from './toxicity.ts'

export interface OfflineJudgeOptions {
  /** Answer relevance by meaning; calibrated on the offline embeddings. Without them the question's words decide alone. */
  embeddings?: TextEmbeddings
}

/**
 * Of the rules and weights by which answers are scored here, the counted metrics included: raise it with any change after which
 * an answer may get another score, so that evaluations from before and after are not compared. A test holds known scores to it.
 */
export const OFFLINE_JUDGE_FORM = 1

/** Deterministic and free. How far it agrees with people: `npm run bench:judges`. */
export function createOfflineJudge({ embeddings }: OfflineJudgeOptions = {}): Judge {
  return {
    name: 'offline',
    digest: toJudgeDigest({ form: OFFLINE_JUDGE_FORM, embeddings: embeddings?.name ?? null }),
    async score(input, signal) {
      signal.throwIfAborted()
      const known = settled(input)
      const answer_relevance = known.answer_relevance ?? (await judgeAnswerRelevance(input, embeddings))
      signal.throwIfAborted()
      return {
        faithfulness: judgeFaithfulness(input),
        correctness: judgeCorrectness(input),
        toxicity: judgeToxicity(input),
        ...known,
        answer_relevance,
        ...withoutJudgement(input),
      }
    },
  }
}

/** The metrics that are counted, not judged: the same with every judge. */
export function withoutJudgement(input: JudgedAnswer): Scores {
  return {
    context_recall: judgeContextRecall(input),
    context_precision: judgeContextPrecision(input),
    refusal_correctness: scored(input.answer.refused === input.case.unanswerable ? 1 : 0),
    ...measured(input.answer),
  }
}
