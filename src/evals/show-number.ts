// Numbers of metrics as people read them: few digits, a unit, and a sign where it is a difference.
import { METRICS, type MetricName } from './metrics.ts'

const DIGITS = { '': 2, ms: 0, tokens: 0, USD: 4 } as const

/** Such as `4.31`, `0.92`, `812 ms`, `640 tokens`, `0.0021 USD`. */
export function showNumber(metric: MetricName, value: number): string {
  const { unit } = METRICS[metric]
  return unit === '' ? toFixed(value, DIGITS[unit]) : `${toFixed(value, DIGITS[unit])} ${unit}`
}

/** With a sign: `+0.12`, `-34 ms`, `0.00`. */
export function showDelta(metric: MetricName, value: number): string {
  const shown = showNumber(metric, value)
  const isZero = Number.parseFloat(shown) === 0
  return value > 0 && !isZero ? `+${shown}` : shown
}

/** Milliseconds as a person says them: `40 seconds`, `2 minutes`, `1.5 hours`. */
export function showDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 90) return count(Math.max(1, Math.round(seconds)), 'second')
  if (seconds < 90 * 60) return count(Math.round(seconds / 60), 'minute')
  return `${(seconds / 3600).toFixed(1)} hours`
}

export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}

/** No negative zero. */
function toFixed(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return Number(text) === 0 ? (0).toFixed(digits) : text
}
