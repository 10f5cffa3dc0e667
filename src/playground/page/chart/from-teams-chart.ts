// Reads the chart elements of Teams cards (Chart.Line, Chart.VerticalBar, Chart.Pie ...) as neutral numbers.
import type { ChartSpec } from './chart-spec.ts'
import { isJson, type Json, toList, toNames, toNumber, toText } from './read-chart.ts'

/** Source: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/charts-in-adaptive-cards */
export const TEAMS_CHARTS = [
  'Chart.Line',
  'Chart.VerticalBar',
  'Chart.VerticalBar.Grouped',
  'Chart.HorizontalBar',
  'Chart.Pie',
  'Chart.Donut',
] as const

const TYPES: Record<string, ChartSpec['type']> = {
  'Chart.Line': 'line',
  'Chart.VerticalBar': 'bar',
  'Chart.VerticalBar.Grouped': 'bar',
  'Chart.HorizontalBar': 'bar',
  'Chart.Pie': 'pie',
  'Chart.Donut': 'pie',
}

interface Point {
  at: string
  value: number | null
}

function toPoints(value: unknown): Point[] {
  return toList(value).map(({ x, y }) => ({ at: toText(x), value: toNumber(y) }))
}

/** Groups whose points need not stand at the same places: a place without one is a gap. */
function toGroups(data: readonly Json[]): Pick<ChartSpec, 'categories' | 'series'> {
  const groups = data.map(({ legend, values }) => ({ name: toText(legend), points: toPoints(values) }))
  const seen = toNames(groups.map(({ points }) => points.map(({ at }) => at)))
  // A gap of one line must not move its day behind those of another.
  const categories = seen.every((text) => /^\d{4}-\d{2}-\d{2}/.test(text)) ? seen.toSorted() : seen
  return {
    categories,
    series: groups.map(({ name, points }) => {
      const values = new Map(points.map(({ at, value }) => [at, value]))
      return { name, values: categories.map((at) => values.get(at) ?? null) }
    }),
  }
}

function toOne(name: string, points: readonly Point[]): Pick<ChartSpec, 'categories' | 'series'> {
  return { categories: points.map(({ at }) => at), series: [{ name, values: points.map(({ value }) => value) }] }
}

function toNumbers(type: string, title: string, data: readonly Json[]): Pick<ChartSpec, 'categories' | 'series'> {
  if (TYPES[type] === 'pie') {
    return toOne(
      title,
      data.map(({ legend, value }) => ({ at: toText(legend), value: toNumber(value) })),
    )
  }
  return type === 'Chart.Line' || type === 'Chart.VerticalBar.Grouped' ? toGroups(data) : toOne(title, toPoints(data))
}

/** Null where it is no chart that is known, or one without a single number. */
export function toSpecFromTeams(element: unknown): ChartSpec | null {
  if (!isJson(element)) return null
  const type = TYPES[toText(element.type)]
  if (!type) return null
  const title = toText(element.title) || 'Chart'
  const numbers = toNumbers(toText(element.type), title, toList(element.data))
  if (!numbers.series.some(({ values }) => values.some((value) => value !== null))) return null
  const lying = element.type === 'Chart.HorizontalBar'
  // The numbers of lying bars are counted along the other axis.
  const unit = toText(lying ? element.xAxisTitle : element.yAxisTitle)
  const along = toText(lying ? element.yAxisTitle : element.xAxisTitle)
  const series = numbers.series.map((one) => (one.name === title && unit ? { ...one, name: unit } : one))
  return {
    ...{ type, title, categories: numbers.categories, series },
    ...(lying ? { lying } : {}),
    ...(unit ? { yLabel: unit } : {}),
    ...(along ? { xLabel: along } : {}),
  }
}
