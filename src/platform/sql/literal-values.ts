// Numbers and times that stand in a statement, so that it is known before it runs how much they make.
import { functionName } from './function-name.ts'
import { bodyOf, expressionOf, isRecord, listOf } from './tree.ts'

const DAY_MS = 86_400_000
/** Shortest length of each unit in milliseconds. */
const UNIT_MS: Readonly<Record<string, number>> = {
  microsecond: 0.001,
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 28 * DAY_MS,
  quarter: 90 * DAY_MS,
  year: 365 * DAY_MS,
}

/** Null where the node is no number that is written out. */
export function toNumber(node: unknown): number | null {
  const negative = bodyOf(node, 'neg')
  if (negative) {
    const inner = toNumber(negative.this)
    return inner === null ? null : -inner
  }
  const literal = bodyOf(node, 'literal')
  return literal?.literal_type === 'number' ? Number(literal.value) : null
}

export function isLiteralText(node: unknown): boolean {
  const type = bodyOf(node, 'literal')?.literal_type
  return type === 'string' || type === 'raw_string'
}

/** A time in milliseconds, of literals, of now, and of both moved by what is written out; null for all else. */
export function toInstant(node: unknown): number | null {
  const expression = expressionOf(node)
  if (!expression || !isRecord(expression.body)) return null
  const { kind, body } = expression
  if (kind === 'paren') return toInstant(body.this)
  if (kind === 'literal') return body.literal_type === 'number' ? null : parseTime(String(body.value))
  if (kind === 'cast') return toInstant(body.this)
  if (kind === 'add' || kind === 'sub') return move(toInstant(body.left), toStepMs(body.right), kind === 'add' ? 1 : -1)
  const name = functionName(kind, body) ?? kind
  const [first, second] = listOf(body.args)
  if (['current_date', 'curdate', 'current_timestamp', 'now', 'localtimestamp'].includes(name)) return Date.now()
  if (['to_date', 'to_timestamp', 'date', 'timestamp'].includes(name)) return toInstant(first)
  const days = toNumber(second)
  if (name === 'date_add' || name === 'date_sub')
    return move(toInstant(first), days === null ? null : days * DAY_MS, name === 'date_add' ? 1 : -1)
  return null
}

/** Length of an interval that is written out, in milliseconds and rather too short; null for all else. */
export function toStepMs(node: unknown): number | null {
  const negative = bodyOf(node, 'neg')
  if (negative) return toStepMs(negative.this)
  const interval = bodyOf(node, 'interval')
  const unit = isRecord(interval?.unit) ? interval.unit : null
  const count = Number(bodyOf(interval?.this, 'literal')?.value ?? Number.NaN)
  const length = UNIT_MS[String(unit?.unit).toLowerCase().replace(/s$/, '')]
  return length === undefined || !Number.isFinite(count) ? null : count * length
}

function move(from: number | null, by: number | null, sign: 1 | -1): number | null {
  return from === null || by === null ? null : from + sign * by
}

function parseTime(text: string): number | null {
  const time = Date.parse(
    text
      .trim()
      .replace(' ', 'T')
      .replace(/(\.\d{3})\d+/, '$1'),
  )
  return Number.isNaN(time) ? null : time
}
