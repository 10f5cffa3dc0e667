// Patterns of dates in Java's words, in those of strftime.
import { LakedeskError } from '../../core/errors.ts'
import { fill } from './fill-template.ts'
import { bodyOf, type SqlNode, text } from './tree.ts'

/** Patterns of Java, such as `yyyy-MM-dd`, in the words of strftime. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['yyyy', '%Y'],
  ['yy', '%y'],
  ['MMMM', '%B'],
  ['MMM', '%b'],
  ['MM', '%m'],
  ['M', '%-m'],
  ['dd', '%d'],
  ['d', '%-d'],
  ['DDD', '%j'],
  ['EEEE', '%A'],
  ['EEE', '%a'],
  ['E', '%a'],
  ['HH', '%H'],
  ['H', '%-H'],
  ['hh', '%I'],
  ['h', '%-I'],
  ['mm', '%M'],
  ['m', '%-M'],
  ['ss', '%S'],
  ['s', '%-S'],
  ['SSSSSS', '%f'],
  ['SSS', '%g'],
  ['a', '%p'],
]

/** The template with the second argument, a pattern that is written out, in DuckDB's words. Throws SQL_INVALID. */
export function withFormat(template: string, args: readonly unknown[], written: readonly SqlNode[]): SqlNode {
  const literal = bodyOf(written[1], 'literal')
  if (!literal) throw new LakedeskError('SQL_INVALID', 'The format of a date must be written out, such as yyyy-MM-dd.')
  return fill(template, [args[0], text(toStrftime(String(literal.value)))])
}

function toStrftime(pattern: string): string {
  let written = ''
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const quoted = /^'([^']*)'/.exec(rest)
    const known = FORMATS.find(([word]) => rest.startsWith(word))
    if (!quoted && !known && /^[A-Za-z]/.test(rest)) {
      throw new LakedeskError(
        'SQL_INVALID',
        `The format "${pattern.slice(0, 60)}" is not known here. Use y, M, d, H, m, s.`,
      )
    }
    written += quoted
      ? (quoted[1] || "'").replaceAll('%', '%%')
      : known
        ? known[1]
        : rest.slice(0, 1).replace('%', '%%')
    at += quoted ? quoted[0].length : known ? known[0].length : 1
  }
  return written
}
