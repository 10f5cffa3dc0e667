// The one door to the SQL parser: text to a syntax tree and back, with its faults as SQL_INVALID.
import { Dialect, format, generate, parse, tokenize } from '@polyglot-sql/sdk'
import { LakedeskError } from '../../core/errors.ts'
import { repairLiterals, repairTypeNames } from './repair-literals.ts'
import { bodyOf, isRecord, listOf, type SqlNode } from './tree.ts'

/** Longer statements are refused unread. In characters. */
const MAX_TEXT = 100_000
/** Beyond it the parser may run out of stack. */
const MAX_TOKENS = 10_000
/** Databases end a text there. */
export const NO_ZERO = 'The statement holds the sign U+0000, which no text in a table has. Take it out.'
/** Put behind a text to see whether its end is read. */
const END = 'lakedesk_end'

export interface SqlToken {
  text: string
  /** Position in the text, in characters as the parser counts them (Unicode code points). */
  start: number
  end: number
}

/** All statements of a text in the Databricks dialect. Throws SQL_INVALID with line and column. */
export function parseStatements(text: string): SqlNode[] {
  const repaired = repairLiterals(text, tokenizeText(text))
  const parsed = attempt(() => parse(repaired, Dialect.Databricks))
  if (!parsed.success) throw invalid(parsed.error, parsed.errorLine, parsed.errorColumn)
  return parsed.ast.filter(isRecord)
}

/** The text of the last call: one reading asks for the same words several times. */
let last: { text: string; tokens: SqlToken[] } | null = null

/** Words, marks and literals of a text; comments are gone. Throws SQL_INVALID. */
export function tokenizeText(text: string): SqlToken[] {
  if (last?.text !== text) last = { text, tokens: readTokens(text) }
  return last.tokens
}

function readTokens(text: string): SqlToken[] {
  if (text.length > MAX_TEXT) throw tooLong(`${text.length} characters; at most ${MAX_TEXT} are read`)
  if (text.includes('\0')) throw new LakedeskError('SQL_INVALID', NO_ZERO)
  if (!text.isWellFormed()) throw new LakedeskError('SQL_INVALID', 'The statement holds half of a Unicode character.')
  const result = attempt(() => tokenize(`${text}\n${END}`, Dialect.Databricks))
  if (!result.success || !result.tokens) throw invalid(result.error, result.errorLine, result.errorColumn)
  if (result.tokens.length > MAX_TOKENS) throw tooLong(`${result.tokens.length} words; at most ${MAX_TOKENS} are read`)
  // A comment that is never closed would swallow what follows without a word.
  if (result.tokens.at(-1)?.text !== END) {
    throw new LakedeskError('SQL_INVALID', 'The statement cannot be read: a comment is not closed. End it with */.')
  }
  return result.tokens.slice(0, -1).map(({ text: word, span }) => ({ text: word, start: span.start, end: span.end }))
}

/** The text of a tree. Generating never adds anything that the tree does not hold. */
export function writeSql(node: SqlNode, dialect: 'databricks' | 'duckdb'): string {
  const written = attempt(() => generate([node], dialect === 'duckdb' ? Dialect.DuckDB : Dialect.Databricks))
  const [text, ...more] = written.sql ?? []
  if (!written.success || text === undefined || more.length > 0) throw invalid(written.error)
  return dialect === 'duckdb' ? text : withTypeNames(text)
}

/** The same statement, formatted over lines, as people read it. */
export function layOut(text: string): string {
  const formatted = attempt(() => format(text, Dialect.Databricks))
  const [laid, ...more] = formatted.sql ?? []
  return formatted.success && laid !== undefined && more.length === 0 ? withTypeNames(laid) : text
}

function withTypeNames(text: string): string {
  return repairTypeNames(text, () => tokenizeText(text))
}

const templates = new Map<string, SqlNode>()

/** A piece of DuckDB SQL that Lakedesk wrote itself, as a tree; for one expression. */
export function parseDuckExpression(text: string): SqlNode {
  const known = templates.get(text)
  if (known) return known
  const parsed = parse(`SELECT ${text}`, Dialect.DuckDB)
  const [statement] = parsed.success ? parsed.ast : []
  const [expression] = listOf(bodyOf(statement, 'select')?.expressions)
  if (!expression) throw new Error(`Not a DuckDB expression: ${text} (${String(parsed.error)})`)
  templates.set(text, expression)
  return expression
}

/** The pieces that were read so far. */
export function writtenTemplates(): Iterable<string> {
  return templates.keys()
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new LakedeskError('SQL_INVALID', 'The statement is too deeply nested to be read. Make it simpler.', error)
  }
}

function tooLong(what: string): LakedeskError {
  return new LakedeskError('SQL_INVALID', `The statement is too long: ${what}.`)
}

function invalid(error: string | null | undefined, line?: number, column?: number): LakedeskError {
  const words = (error ?? 'no reason was given').split('\n')[0] ?? ''
  if (words.includes('E_GUARD_') || words.includes('call stack') || words.includes('unreachable')) {
    return new LakedeskError('SQL_INVALID', 'The statement is too deeply nested to be read. Make it simpler.', words)
  }
  const place = line && column && !words.includes('line ') ? ` at line ${line}, column ${column}` : ''
  const shown = words.length > 300 ? `${words.slice(0, 300)}...` : words
  return new LakedeskError('SQL_INVALID', `The statement cannot be read${place}: ${shown}.`)
}
