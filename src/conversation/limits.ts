// The numbers the conversation core works with, and what they are by default.

import { MAX_QUESTION_CHARS } from '../agent/question-limit.ts'

export interface ConversationLimits {
  /** Turns worked on at the same time, over all threads. */
  concurrency: number
  /** Characters (UTF-16 units) of one question; longer ones are answered with how to shorten them. */
  questionChars: number
  /** Earlier messages given to the agent, and their characters together. */
  historyMessages: number
  historyChars: number
  /** Messages given to a tool that reads the whole thread, and their characters together. */
  threadMessages: number
  threadChars: number
  /** Milliseconds until a run that neither answers nor fails is given up. The model has a shorter limit of its own. */
  answerTimeoutMs: number
  /** How often a turn is begun (crashes make it more than once) before it is given up. */
  turnAttempts: number
  /** How often a complete reply is offered to the platform before it is given up. */
  deliveryAttempts: number
  /** First wait after a failure; doubles each time up to the longest. With the defaults about two hours together. */
  backoffMs: number
  longestBackoffMs: number
  /** Milliseconds between two edits of one posted message, such as a card that shows progress. */
  postEveryMs: number
  /** Milliseconds that `drain` waits for running turns. */
  drainMs: number
}

export const DEFAULT_LIMITS: ConversationLimits = {
  concurrency: 8,
  questionChars: MAX_QUESTION_CHARS,
  historyMessages: 20,
  historyChars: 24_000,
  threadMessages: 200,
  threadChars: 100_000,
  answerTimeoutMs: 10 * 60_000,
  turnAttempts: 3,
  deliveryAttempts: 20,
  backoffMs: 1000,
  longestBackoffMs: 10 * 60_000,
  postEveryMs: 1000,
  drainMs: 25_000,
}

/** Milliseconds to wait before the try that follows `failures` failed ones (1 or more). */
export function toBackoff(limits: ConversationLimits, failures: number): number {
  return Math.min(limits.longestBackoffMs, limits.backoffMs * 2 ** Math.min(30, failures - 1))
}
