// A chart in neutral numbers, what it says in words, and which of its lines is a gate.

export interface ChartSeries {
  name: string
  /** One for each category; null is a gap. */
  values: readonly (number | null)[]
  /** Drawn as a dashed line without points, as a limit is. */
  dashed?: boolean
}

export interface ChartSpec {
  type: 'line' | 'bar' | 'area' | 'pie'
  title: string
  categories: readonly string[]
  /** Of a pie the first one counts. */
  series: readonly ChartSeries[]
  /** Bars that lie. */
  lying?: boolean
  /** Of the values, such as `tickets`. */
  yLabel?: string
  xLabel?: string
}

const GATE = /\b(gate|threshold|target|limit|minimum|required)\b/i

/** A limit: it is said to be one, or is named like one and is the same all along. */
export function isGate({ name, values, dashed }: ChartSeries): boolean {
  if (dashed !== undefined) return dashed
  const known = values.filter((value) => value !== null)
  return GATE.test(name) && known.length > 0 && known.every((value) => value === known[0])
}

/** At most two decimals, or three figures of what is small: `12,345.67`, `0.00412`. A gap is a dash. */
export function toNumberText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size > 0 && size < 0.01) return String(Number(value.toPrecision(3)))
  return value.toLocaleString('en-US', { maximumFractionDigits: size < 1 ? 3 : 2 })
}

function sayExtremes(spec: ChartSpec, { name, values }: ChartSeries): string | null {
  const points = values.flatMap((value, at) => (value === null ? [] : [{ value, at: spec.categories[at] ?? '' }]))
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return `${name}: no values`
  if (points.length === 1) return `${name}: ${toNumberText(first.value)} at ${first.at}`
  const lowest = points.reduce((a, b) => (b.value < a.value ? b : a))
  const highest = points.reduce((a, b) => (b.value > a.value ? b : a))
  if (lowest.value === highest.value) return `${name}: ${toNumberText(first.value)} throughout`
  const range = `lowest ${toNumberText(lowest.value)} (${lowest.at}), highest ${toNumberText(highest.value)} (${highest.at})`
  return spec.type === 'line' || spec.type === 'area'
    ? `${name}: ${range}, last ${toNumberText(last.value)}`
    : `${name}: ${range}`
}

const KINDS = { line: 'Line chart', area: 'Area chart', bar: 'Bar chart', pie: 'Pie chart' } as const

/** What a screen reader says of the picture. The numbers themselves stand in a table beside it. */
export function toSummary(spec: ChartSpec): string {
  const count = spec.categories.length
  const of = count === 1 ? 'one value' : `${count} values`
  const told = spec.series.flatMap((series) => sayExtremes(spec, series) ?? [])
  const unit = spec.yLabel ? ` in ${spec.yLabel}` : ''
  return `${KINDS[spec.type]}: ${spec.title}${unit}, ${of}. ${told.join('; ')}.`
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/

/** Days as `Nov 3`; everything else as it stands, cut where it would push the picture aside. */
export function toTick(category: string, most = 22): string {
  if (ISO_DAY.test(category)) {
    const day = new Date(`${category}T00:00:00Z`)
    if (!Number.isNaN(day.getTime()))
      return day.toLocaleDateString('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' })
  }
  return category.length <= most ? category : `${category.slice(0, most - 1).trimEnd()}…`
}
