// How long a question may be, and what people are told whose question is longer.
import { LakedeskError } from '../core/errors.ts'
import { MAX_QUERY_CHARS } from '../tools/search-docs.ts'

/** Characters (UTF-16 units) of a question, at most: as a whole it must fit one search. */
export const MAX_QUESTION_CHARS = MAX_QUERY_CHARS

export function questionTooLong(length: number, most: number): LakedeskError {
  const [is, limit] = [length, most].map((n) => n.toLocaleString('en-US'))
  return new LakedeskError(
    'QUESTION_TOO_LONG',
    `Your question has ${is} characters, and I take at most ${limit} because the model reads a question as a whole. Send the part that matters, such as the error message and what you tried, or split it into several questions.`,
  )
}
