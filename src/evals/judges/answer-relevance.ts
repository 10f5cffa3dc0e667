// Answer relevance without a model: nearness of question and answer in meaning, and the question's words in the answer.
import { LakedeskError } from '../../core/errors.ts'
import { terms } from '../../core/text/analyze.ts'
import type { TextEmbeddings } from '../../platform/ports/models.ts'
import type { EvalCase, Score } from '../evaluation.ts'
import { failed, type JudgedAnswer, scored } from './judge.ts'
import { toPlainAnswer } from './plain-answer.ts'

/** What an answer is about shows at its beginning; the rest would only blur its vector, and take time. */
const COMPARED_CHARS = 1500
/** Cosines of MiniLM that become 0 and 1: answers to another question of the field lie about 0.1, to their own about 0.8. */
const COSINE = { low: -0.1, high: 0.9 }
const MEANING_SHARE = 0.9

/** Without embeddings the words alone decide. The meaning of a follow-up is that of the message before it and its own. */
export async function judgeAnswerRelevance(
  { case: asked, answer }: JudgedAnswer,
  embeddings: TextEmbeddings | undefined,
): Promise<Score> {
  const plain = toPlainAnswer(answer.text)
  const words = coverage(asked.question, plain)
  if (!embeddings) return scored(words ?? 0, 'By its words alone: no embeddings are configured.')
  try {
    const meaning = toShare(cosine(await embeddings.embedDocuments([inContext(asked), plain.slice(0, COMPARED_CHARS)])))
    return scored(words === null ? meaning : MEANING_SHARE * meaning + (1 - MEANING_SHARE) * words)
  } catch (error) {
    return failed(error instanceof LakedeskError ? error.userMessage : 'The embedding model failed.')
  }
}

function inContext({ question, thread = [] }: EvalCase): string {
  const before = thread.findLast(({ role }) => role === 'user')
  return before ? `${before.text}\n${question}` : question
}

/** Share of the question's content terms that the answer takes up; null where it has none. */
function coverage(question: string, plain: string): number | null {
  const wanted = new Set(terms(question))
  if (wanted.size === 0) return null
  const said = new Set(terms(plain))
  return [...wanted].filter((term) => said.has(term)).length / wanted.size
}

function cosine([a, b]: readonly (number[] | Float32Array)[]): number {
  let sum = 0
  for (const [i, value] of (a ?? []).entries()) sum += value * (b?.[i] ?? 0)
  return sum
}

function toShare(value: number): number {
  return Math.min(1, Math.max(0, (value - COSINE.low) / (COSINE.high - COSINE.low)))
}
