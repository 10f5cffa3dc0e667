// Calls that name a unit of time, such as datediff(month, a, b), in DuckDB's words.
import { LakedeskError } from '../../core/errors.ts'
import { fill } from './fill-template.ts'
import { UNITS } from './functions.ts'
import { bodyOf, nameOf, type SqlNode } from './tree.ts'

/** `written` are the arguments as they stand in the statement, the unit first. Throws SQL_INVALID. */
export function toUnitCall(name: string, args: readonly unknown[], written: readonly SqlNode[]): SqlNode {
  const unit =
    nameOf(bodyOf(written[0], 'column')?.name)?.toLowerCase() ??
    String(bodyOf(written[0], 'literal')?.value ?? '').toLowerCase()
  if (!UNITS.has(unit)) throw new LakedeskError('SQL_INVALID', `${name}() does not know the unit ${unit.slice(0, 30)}.`)
  if (name.includes('diff')) return fill(toDifference(unit), args.slice(1))
  const plural =
    unit === 'quarter'
      ? 'to_months(3 * CAST($1 AS INTEGER))'
      : `to_${unit}s(CAST($1 AS ${['hour', 'minute', 'second', 'millisecond', 'microsecond'].includes(unit) ? 'BIGINT' : 'INTEGER'}))`
  return fill(`(CAST($2 AS TIMESTAMP) + ${plural})`, args.slice(1))
}

/** Months that went by in full: the last one counts once the day and the time of the first are reached. */
const MONTHS = `(date_diff('month', CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP)) + CASE
  WHEN CAST($1 AS TIMESTAMP) <= CAST($2 AS TIMESTAMP) AND ${intoMonth('$2')} < ${intoMonth('$1')} THEN -1
  WHEN CAST($1 AS TIMESTAMP) > CAST($2 AS TIMESTAMP) AND ${intoMonth('$2')} > ${intoMonth('$1')} THEN 1
  ELSE 0 END)`

function intoMonth(place: string): string {
  return `epoch(CAST(${place} AS TIMESTAMP) - date_trunc('month', CAST(${place} AS TIMESTAMP)))`
}

/** Complete units between two times, and none that has only begun. */
function toDifference(unit: string): string {
  const months = { month: 1, quarter: 3, year: 12 }[unit]
  if (months === undefined) return `date_sub('${unit}', CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP))`
  return months === 1 ? MONTHS : `CAST(trunc(${MONTHS} / ${months}) AS BIGINT)`
}
