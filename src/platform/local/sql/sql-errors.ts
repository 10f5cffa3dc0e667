// Tells DuckDB's errors in Lakedesk's words.
import { LakedeskError } from '../../../core/errors.ts'

/** Kinds of faults that lie in the statement: DuckDB puts the kind before the colon. */
const INVALID =
  /^(Parser|Binder|Catalog|Conversion|Invalid Input|Out of Range|Mismatch Type|Syntax|Not implemented|Constraint) Error: /i
const REFUSED = /^(Permission Error|TransactionContext Error: Cannot write)/i
const INTERRUPTED = /^INTERRUPT Error/i

const UNKNOWN_TABLE = /^Catalog Error: Table with name (.+?) does not exist!/

export function toUnknownTable(name: string, cause?: unknown): LakedeskError {
  const sentence = `There is no table ${name.slice(0, 200)}. SHOW TABLES lists those there are; to make one load a file.`
  return new LakedeskError('SQL_INVALID', sentence, cause)
}

/** SQL_INVALID, SQL_REFUSED or SQL_FAILED. `signal`: an interruption is told as its reason. */
export function toSqlError(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof LakedeskError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (INTERRUPTED.test(text)) {
    if (signal?.aborted) return signal.reason
    return new LakedeskError('SQL_FAILED', 'The statement was interrupted.', error)
  }
  const first = toSentence(text)
  if (REFUSED.test(text)) {
    return new LakedeskError('SQL_REFUSED', `The statement may not do this: ${first}`, error)
  }
  if (/Conflict|TransactionContext Error/i.test(text)) {
    return new LakedeskError('SQL_BUSY', `Another statement changed the same rows at the same time. Try again.`, error)
  }
  const unknown = UNKNOWN_TABLE.exec(text)?.[1]
  if (unknown !== undefined) return toUnknownTable(unknown, error)
  if (INVALID.test(text)) return new LakedeskError('SQL_INVALID', `The statement cannot be run: ${first}`, error)
  if (/^Out of Memory Error/i.test(text)) {
    const message = `The statement needs more memory or disk than there is: ${first} Read fewer rows or columns at a time.`
    return new LakedeskError('SQL_FAILED', message, error)
  }
  return new LakedeskError('SQL_FAILED', `The database could not carry out the statement: ${first}`, error)
}

/** Without the kind and the copy of the statement. */
function toSentence(text: string): string {
  const body = text.replace(/^[\w ]+ Error: /, '').split(/\n\s*\n?LINE \d+:/)[0] ?? text
  const line = body.replace(/\s+/g, ' ').trim().slice(0, 400)
  return /[.!?]$/.test(line) ? line : `${line}.`
}
