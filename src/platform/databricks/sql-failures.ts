// Translates what a warehouse says of a statement that failed, which arrives as a success of HTTP, into our own errors.
import { type ErrorCode, LakedeskError } from '../../core/errors.ts'
import { shorten } from '../mlflow/platform-errors.ts'
import { explainPrivilege } from './explain-privilege.ts'
import type { WireStatus } from './sql-wire.ts'

/** The words of Databricks where a result does not fit into the answer (25 MiB). */
export function isTooLargeForInline({ state, error }: WireStatus): boolean {
  return state === 'FAILED' && (error?.message.includes('Inline byte limit exceeded') ?? false)
}

const WRONG_STATEMENT = new Set(['TABLE_OR_VIEW_NOT_FOUND', 'PARSE_SYNTAX_ERROR', 'UNRESOLVED_COLUMN'])
const PASSING = new Set([
  'ABORTED',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'SERVICE_UNDER_MAINTENANCE',
  'TEMPORARILY_UNAVAILABLE',
  'WORKSPACE_TEMPORARILY_UNAVAILABLE',
])
/** Error classes of AI functions that the caller of the function can put right: SQLSTATE 42xxx. */
const WRONG_CALL = /^AI_FUNCTION_(COMPILATION_ERROR|UNSUPPORTED|INVALID)/

/** By the error class in brackets first, then by SQLSTATE. Source: "Error classes in Databricks" and "SQLSTATE codes". */
function judge(errorClass: string, sqlState: string, errorCode: string, message: string): [ErrorCode, string] {
  if (errorClass.startsWith('AI_')) {
    const wrong = WRONG_CALL.test(errorClass) || sqlState.startsWith('42')
    return wrong
      ? ['AI_FUNCTION_INVALID', 'Correct the arguments of the AI function.']
      : ['AI_FUNCTION_FAILED', 'Try again, or keep the rows that work with failOnError => false in ai_query.']
  }
  if (errorClass.startsWith('INSUFFICIENT_PERMISSIONS') || sqlState === '42501' || errorCode === 'UNAUTHENTICATED') {
    return [
      'PLATFORM_UNAUTHORIZED',
      explainPrivilege(message) ?? 'Ask its owner for the right, or use other credentials.',
    ]
  }
  if (WRONG_STATEMENT.has(errorClass.split('.')[0] ?? '') || sqlState.startsWith('42')) {
    return ['SQL_INVALID', 'Correct the statement and run it again.']
  }
  const fix = PASSING.has(errorCode)
    ? 'It may pass: try again in a minute.'
    : 'Correct what it names, or look at the query history.'
  return ['SQL_FAILED', fix]
}

/** The error of a statement that ended otherwise than SUCCEEDED. */
export function toStatementError(status: WireStatus, warehouse: string): LakedeskError {
  const { state, sql_state = '', error } = status
  if (state === 'CANCELED') {
    const fix = 'Somebody stopped it, or the warehouse was stopped: run it again.'
    return new LakedeskError('SQL_FAILED', `The statement was cancelled on the warehouse ${warehouse}. ${fix}`)
  }
  if (state === 'CLOSED') {
    const fix = 'Results are kept for one hour: run it again.'
    return new LakedeskError(
      'SQL_FAILED',
      `The result of the statement is gone from the warehouse ${warehouse}. ${fix}`,
    )
  }
  return toSentence(error?.message ?? '', sql_state, error?.error_code ?? '', warehouse)
}

function toSentence(message: string, sqlState: string, errorCode: string, warehouse: string): LakedeskError {
  const errorClass = /\[([A-Z][A-Z0-9_.]+)\]/.exec(message)?.[1] ?? ''
  const [code, fix] = judge(errorClass, sqlState, errorCode, message)
  const words = shorten(message, []) || errorCode || 'it gave no reason'
  return new LakedeskError(code, `The warehouse ${warehouse} could not run the statement: ${words}. ${fix}`)
}
