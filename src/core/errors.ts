// The errors people may see: each has a code, a sentence that is safe to show, and its cause.

/** Every code, with what it means. docs/errors.md lists the same codes; a test compares both ways. */
export const ERROR_CODES = {
  CONFIG_INVALID: 'A setting is missing or wrong.',
  STORE_LOCKED: 'Another process already uses this data folder.',
  STORE_CORRUPT: 'The store file is damaged or not a Lakedesk store.',
  STORE_FULL: 'The disk is full, so nothing could be written.',
  STORE_FAILED: 'The store could not be read or written.',
  INDEX_MISSING: 'No documentation has been ingested yet.',
  INDEX_CORRUPT: 'The index file is damaged or of another kind.',
  INDEX_MISMATCH: 'The index was built with other embeddings than those configured.',
  INDEX_FAILED: 'The index could not answer.',
  FILTER_INVALID: 'A search filter is not in the grammar.',
  QUERY_INVALID: 'A search query is empty, too long or out of its limits.',
  SOURCE_MISSING: 'The path to ingest does not exist.',
  SOURCE_EMPTY: 'The path to ingest holds no document that can be read.',
  MODEL_UNREACHABLE: 'The model endpoint does not answer.',
  MODEL_UNAUTHORIZED: 'The model endpoint refused the credentials.',
  MODEL_NOT_FOUND: 'The model endpoint does not know this model.',
  MODEL_BUSY: 'The model endpoint is over its rate limit.',
  MODEL_TIMEOUT: 'The model took too long.',
  MODEL_EMPTY: 'The model returned an empty answer.',
  MODEL_FAILED: 'The model endpoint failed.',
  EMBEDDINGS_FAILED: 'The embedding model failed.',
  PLATFORM_UNREACHABLE: 'The registry, the tracking server or the serving platform does not answer.',
  PLATFORM_UNAUTHORIZED: 'The platform refused the credentials or the right.',
  PLATFORM_NOT_FOUND: 'The platform does not know this model, version, run or endpoint.',
  PLATFORM_REFUSED: 'The platform refused the request as wrong.',
  PLATFORM_FAILED: 'The platform failed, or answered something that cannot be read.',
  PLATFORM_CORRUPT: 'The file of the embedded platform is damaged or of another program.',
  ENDPOINT_BUSY: 'The serving endpoint is being updated already.',
  CHAIN_INVALID: 'A registered version holds no RAG chain that can be run.',
  POLICY_INVALID: 'The promotion policy file is missing or wrong.',
  EVAL_SET_INVALID: 'The evaluation set is missing or wrong.',
  EVAL_FAILED: 'The evaluation could not be run to its end.',
  JUDGE_FAILED: 'A judge gave no usable score.',
  SERVER_STOPPED: 'The server stopped while it carried out a command.',
  AUDIT_BROKEN: 'The audit record was changed outside Lakedesk.',
  SQL_INVALID: 'A SQL statement cannot be read, or names what does not exist.',
  SQL_REFUSED: 'A SQL statement does more than it may.',
  SQL_BUDGET: 'A SQL statement would cost more than its budget.',
  SQL_BUSY: 'The database is in use by another process, or the warehouse does not start.',
  SQL_FAILED: 'The database could not carry out a statement.',
  TABLE_INVALID: 'A file cannot be loaded as a table.',
  AI_FUNCTION_INVALID: 'An AI function was called with wrong arguments.',
  AI_FUNCTION_FAILED: 'An AI function failed, and the statement with it.',
  TICKETS_INVALID: 'The file that describes the tickets is missing or wrong.',
  TRAINING_INVALID: 'A training cannot be started so: its data, its base model or a setting of it is wrong.',
  TRAINING_FAILED: 'A training did not reach its end.',
  CLASSIFIER_INVALID: 'A registered version holds no ticket classifier that can be run.',
  JOB_FAILED: 'A job of the platform did not reach its end.',
  QUESTION_TOO_LONG: 'The question is longer than the limit.',
  TOOL_FAILED: 'A tool of the agent failed.',
  CHANNEL_FAILED: 'The chat platform did not take the message.',
  TURN_ABANDONED: 'A turn failed repeatedly and was given up.',
  INTERNAL: 'Something unexpected broke.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** Something broke. `userMessage` says what, why and how to fix it, and holds no secret. */
export class LakedeskError extends Error {
  readonly code: ErrorCode
  readonly userMessage: string

  constructor(code: ErrorCode, userMessage: string, cause?: unknown) {
    super(`${code}: ${userMessage}`, cause === undefined ? undefined : { cause })
    this.name = 'LakedeskError'
    this.code = code
    this.userMessage = userMessage
  }
}

/** The error itself if it is ours, else an INTERNAL one that hides its text from people and keeps it as the cause. */
export function toLakedeskError(error: unknown, code: ErrorCode = 'INTERNAL', userMessage?: string): LakedeskError {
  if (error instanceof LakedeskError) return error
  return new LakedeskError(code, userMessage ?? 'Something broke on our side. Please try again.', error)
}
