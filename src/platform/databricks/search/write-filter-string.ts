// Filters as storage-optimized endpoints take them: text like a WHERE clause.
import { assertNever } from '../../../core/assert-never.ts'
import type { Condition } from '../../ports/read-filters.ts'

/** Undefined where everything is let through. */
export function writeFilterString(conditions: readonly Condition<string>[]): string | undefined {
  return conditions.length === 0 ? undefined : conditions.map(write).join(' AND ')
}

function write(condition: Condition<string>): string {
  switch (condition.kind) {
    case 'any':
      return writeList(condition.column, condition.values, '=', 'IN')
    case 'none':
      return writeList(condition.column, condition.values, '!=', 'NOT IN')
    case 'compare':
      return `${condition.column} ${condition.operator} ${quote(condition.value)}`
    case 'word':
      return writeWord(condition.column, condition.word)
    case 'no-word':
      return `NOT ${writeWord(condition.column, condition.word)}`
    case 'either':
      return `(${condition.columns.map((column, i) => `${column} = ${quote(condition.values[i] ?? '')}`).join(' OR ')})`
    default:
      return assertNever(condition)
  }
}

function writeList(column: string, values: readonly string[], one: string, several: string): string {
  const [only = ''] = values
  return values.length === 1
    ? `${column} ${one} ${quote(only)}`
    : `${column} ${several} (${values.map(quote).join(', ')})`
}

/** One of the words, told by the blanks around it: a pattern of SQL knows no words. */
function writeWord(column: string, word: string): string {
  const plain = word.replace(/[\\%_]/g, '\\$&')
  const patterns = [plain, `${plain} %`, `% ${plain}`, `% ${plain} %`]
  return `(${patterns.map((pattern) => `${column} LIKE ${quote(pattern)}`).join(' OR ')})`
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
