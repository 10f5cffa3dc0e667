// Renders a chart as the chart element of Teams, with bars of text where a client knows none.
import type { Chart } from '../../core/reply.ts'
import { toChartSentence, toFigure, toShortLabel } from '../../core/text/chart-text.ts'
import { plain, toInert } from './teams-plain.ts'

type Element = Record<string, unknown>

const MAX_LABEL = 40
const MAX_TITLE = 100
/** Labels of upright bars: more, or longer ones, lie down. */
const MAX_UPRIGHT = 8
const MAX_UPRIGHT_LABEL = 12
const BAR_WIDTH = 16

/** Of the colours of Teams, in an order in which neighbours are told apart also by people who see few colours. */
const COLORS = [
  'categoricalBlue',
  'categoricalMarigold',
  'categoricalGreen',
  'categoricalRed',
  'categoricalLightBlue',
  'categoricalPurple',
  'categoricalLime',
  'categoricalTeal',
  'categoricalLavender',
] as const
const colorOf = (at: number): string => COLORS[at % COLORS.length] ?? COLORS[0]

const label = (text: string): string => toShortLabel(toInert(text), MAX_LABEL)

function toBar(value: number | null, top: number): string {
  const width = value !== null && value > 0 && top > 0 ? Math.max(1, Math.round((value / top) * BAR_WIDTH)) : 0
  return '█'.repeat(width)
}

/** What a card has room for: points of a series, and the numbers as facts for clients that know no chart. */
export interface ChartRoom {
  points: number
  facts: boolean
}

const WHOLE: ChartRoom = { points: Number.POSITIVE_INFINITY, facts: true }
/** Characters of a chart in words. */
const MAX_SENTENCE = 400

/**
 * Neighbours of a line become their mean, so that figures keep their unit; null where all of them are gaps. They stand at the
 * first of their labels: Teams reads those of a line as dates.
 */
function mergeNeighbours(chart: Chart, size: number): Chart {
  const pieces = <T>(all: readonly T[]): T[][] =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
  const meanOf = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : Number((known.reduce((a, b) => a + b, 0) / known.length).toPrecision(4))
  }
  return {
    ...chart,
    labels: pieces(chart.labels).map(([first = '']) => first),
    series: chart.series.map(({ name, values }) => ({ name, values: pieces(values).map(meanOf) })),
  }
}

/** A chart with at most so many points, and the sentence that says what became of the others. */
function shrink(chart: Chart, points: number): { chart: Chart; note: string | null } {
  const { labels, series, type } = chart
  if (labels.length <= points) return { chart, note: null }
  if (type === 'line') {
    const size = Math.ceil(labels.length / points)
    return {
      chart: mergeNeighbours(chart, size),
      note: `Each point of the chart is the mean of ${size} values, from its own on.`,
    }
  }
  const first = {
    ...chart,
    labels: labels.slice(0, points),
    series: series.map(({ name, values }) => ({ name, values: values.slice(0, points) })),
  }
  return { chart: first, note: `The chart shows the first ${points} of ${labels.length}.` }
}

/** The chart in words. */
export function renderChartWords(chart: Chart): Element {
  return { type: 'TextBlock', text: plain(toChartSentence(chart, MAX_SENTENCE)), wrap: true }
}

/** The same numbers as facts. */
function renderFallback(chart: Chart): Element {
  const { title, unit, labels, series } = chart
  const all = series.flatMap(({ values }) => values.map((value) => value ?? 0))
  const top = Math.max(0, ...all)
  const facts = labels.flatMap((text, i) =>
    series.map(({ name, values }) => {
      const value = values[i] ?? null
      const of = series.length > 1 ? `${label(text)}, ${label(name)}` : label(text)
      return { title: plain(of), value: `${toFigure(value)} ${toBar(value, top)}`.trim() }
    }),
  )
  const head = toShortLabel(unit ? `${title} (${unit})` : title, MAX_TITLE)
  return {
    type: 'Container',
    items: [
      { type: 'TextBlock', text: plain(head), weight: 'Bolder', wrap: true },
      { type: 'FactSet', facts },
    ],
  }
}

function toPoints({ labels, series }: Chart, at: number): { x: string; y: number }[] {
  return labels.flatMap((text, i) => {
    const value = series[at]?.values[i] ?? null
    return value === null ? [] : [{ x: label(text), y: value }]
  })
}

function toData(chart: Chart): Element {
  const { type, labels, series } = chart
  // A series of gaps alone has nothing to draw, and Teams refuses one without points.
  const groups = series.flatMap(({ name }, at) => {
    const values = toPoints(chart, at)
    return values.length === 0 ? [] : [{ legend: label(name), values, color: colorOf(at) }]
  })
  if (type === 'line') return { type: 'Chart.Line', data: groups }
  if (type === 'pie') {
    const slices = toPoints(chart, 0).filter(({ y }) => y > 0)
    return { type: 'Chart.Pie', data: slices.map(({ x, y }, at) => ({ legend: x, value: y, color: colorOf(at) })) }
  }
  if (series.length > 1) return { type: 'Chart.VerticalBar.Grouped', data: groups }
  const lies = labels.length > MAX_UPRIGHT || labels.some((text) => text.length > MAX_UPRIGHT_LABEL)
  // One colour: bars of one series that differ in it would seem to say more than their length.
  return { type: lies ? 'Chart.HorizontalBar' : 'Chart.VerticalBar', data: toPoints(chart, 0), color: colorOf(0) }
}

/** A line needs two points to be seen; one alone becomes a bar. */
function toSeen(chart: Chart): Chart {
  const most = Math.max(0, ...chart.series.map(({ values }) => values.filter((value) => value !== null).length))
  return chart.type === 'line' && most < 2 ? { ...chart, type: 'bar' } : chart
}

const NAMED_GAPS = 3

/** Teams draws a line through its gaps, so they are told. */
function tellGaps({ type, labels, series }: Chart): string | null {
  const gaps = labels.filter((_, i) => series.some(({ values }) => (values[i] ?? null) === null))
  if (type !== 'line' || gaps.length === 0) return null
  const more = gaps.length > NAMED_GAPS ? ` and ${gaps.length - NAMED_GAPS} more` : ''
  return `No value: ${gaps.slice(0, NAMED_GAPS).map(label).join(', ')}${more}.`
}

/** A chart of nothing is shown as its facts. Source: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/charts-in-adaptive-cards */
export function renderTeamsChart(whole: Chart, { points, facts }: ChartRoom = WHOLE): Element[] {
  const { chart, note } = shrink(whole, points)
  const notes = [note, tellGaps(chart)].filter((words) => words !== null)
  const below = notes.map((words) => ({ type: 'TextBlock', text: plain(words), wrap: true, isSubtle: true }))
  const fallback = facts ? renderFallback(chart) : renderChartWords(chart)
  const native = toData(toSeen(chart))
  const isEmpty = chart.series.every(({ values }) => values.every((value) => !value))
  if (isEmpty || (Array.isArray(native.data) && native.data.length === 0)) return [fallback, ...below]
  const axis = native.type === 'Chart.HorizontalBar' ? 'xAxisTitle' : 'yAxisTitle'
  const unit = chart.unit && chart.type !== 'pie' ? { [axis]: toShortLabel(toInert(chart.unit), MAX_LABEL) } : {}
  const title = toShortLabel(toInert(chart.title), MAX_TITLE)
  return [{ ...native, title, ...unit, colorSet: 'categorical', fallback }, ...below]
}
