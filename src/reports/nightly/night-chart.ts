// The last 14 nights of Champion as a chart: the metric that moved, else the main one, with a gap where no night was, and the gate's floor.
import type { Chart } from '../../core/reply.ts'
import { METRICS, type MetricName } from '../../evals/metrics.ts'
import type { Night, NightMetric } from './night.ts'
import { nameOf } from './night-words.ts'

const NIGHTS = 14
const DAY_MS = 86_400_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DIGITS = 100
const RAW_DIGITS = 4
const MOVED: readonly NightMetric['state'][] = ['fell', 'down', 'recovered']
const SCALES = { 'one-to-five': '1 to 5', share: '0 to 1', ratio: 'share', raw: '' } as const

/** The main metric, unless another one moved and it did not; null where nothing was measured. */
export function toCharted({ metrics }: Night): NightMetric | null {
  const [main] = metrics
  const moved = MOVED.flatMap((state) => metrics.filter((each) => each.state === state))
  return (main?.state === moved[0]?.state ? main : (moved[0] ?? main)) ?? null
}

/** Null where the night measured nothing. Nights before the first one there was are left out. */
export function toNightChart(night: Night, history: readonly Night[]): Chart | null {
  const main = toCharted(night)
  if (!main) return null
  const { metric, floor } = main
  const values = valuesByDate(metric, [night, ...history.filter(({ id }) => id !== night.id)])
  const dates = Array.from({ length: NIGHTS }, (_, at) => addDays(night.date, at - NIGHTS + 1))
  const first = dates.findIndex((date) => values.has(date))
  const shown = first < 0 ? dates.slice(-1) : dates.slice(first)
  const unit = METRICS[metric].unit || SCALES[METRICS[metric].scale]
  return {
    type: 'line',
    title: `${toTitle(nameOf(metric))} of Champion, last ${NIGHTS} nights`,
    labels: shown.map(toDay),
    series: [
      { name: nameOf(metric), values: shown.map((date) => values.get(date) ?? null) },
      ...(floor === null ? [] : [{ name: 'Gate', values: shown.map(() => floor), dashed: true }]),
    ],
    ...(unit === '' ? {} : { unit }),
  }
}

/** Of several nights of one date the last counts. */
function valuesByDate(metric: MetricName, nights: readonly Night[]): Map<string, number> {
  const values = new Map<string, number>()
  for (const { date, metrics } of nights.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    const value = metrics.find((each) => each.metric === metric)?.tonight
    if (value !== null && value !== undefined) values.set(date, round(metric, value))
  }
  return values
}

function round(metric: MetricName, value: number): number {
  const isRaw = METRICS[metric].scale === 'raw'
  return isRaw ? Number(value.toPrecision(RAW_DIGITS)) : Math.round(value * DIGITS) / DIGITS
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** `Nov 6`. */
function toDay(date: string): string {
  const [, month, day] = date.split('-').map(Number)
  return `${MONTHS[(month ?? 1) - 1]} ${day}`
}

function toTitle(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
