// Says how a chart is drawn: the Vega-Lite specification of a bar, line or pie chart.
import type { Chart } from '../core/reply.ts'
import { toFigure, toShortLabel } from '../core/text/chart-text.ts'

/** In pixels. `height` is the least: a bar chart with many labels grows, so that each stays readable. */
export interface ChartSize {
  width: number
  height: number
}

export const CHART_FONT = 'DejaVu Sans'

/** Okabe and Ito's colours for people who tell few colours apart, without black and yellow, which carry no text on white. */
const COLORS = ['#0072B2', '#E69F00', '#009E73', '#D55E00', '#56B4E9', '#CC79A7', '#7F7F7F', '#5B4B8A']
export const PAPER = '#FFFFFF'
export const INK = '#1B2733'
export const SOFT_INK = '#4A5968'
export const GRID = '#E3E8ED'

const MAX_LABEL = 34
const MAX_TITLE = 90
/** More slices are told apart by nobody: they are drawn as bars. */
const MAX_SLICES = COLORS.length
/** Labels of upright bars: more, or longer ones, lie down. */
const MAX_UPRIGHT = 8
const MAX_UPRIGHT_LABEL = 12
/** Points of a line that all have room for their label. */
const MOST_LABELLED = 16
const ROW_HEIGHT = 24
const FRAME_HEIGHT = 130

type Spec = Record<string, unknown>

/** One value. `i` and `j` are the places of its label and its series: texts are looked up and never read as expressions. */
interface Point {
  i: number
  j: number
  value: number | null
  figure: string
}

/** Twice the largest number, the end of an axis, must still be a number. */
function isDrawable(value: number | null): value is number {
  return value !== null && Math.abs(value) <= 1e300
}

function toPoints({ labels, series }: Chart): Point[] {
  return labels.flatMap((_, i) =>
    series.map(({ values }, j) => {
      const value = values[i] ?? null
      return { i, j, value: isDrawable(value) ? value : null, figure: toFigure(value) }
    }),
  )
}

/** An expression that gives the text of the number at hand. JSON is a literal of the expression language, so no text leaves its quotes. */
function lookUp(texts: readonly string[]): string {
  return `${JSON.stringify(texts)}[datum.value]`
}

function toTitle({ title, unit }: Chart): Spec {
  return {
    text: toShortLabel(title, MAX_TITLE),
    ...(unit ? { subtitle: toShortLabel(unit, MAX_TITLE) } : {}),
    anchor: 'start',
    offset: 14,
  }
}

/** A scale of nothing but zeros has no size of its own. */
function toValueScale(points: readonly Point[]): Spec {
  return points.every(({ value }) => !value) ? { domain: [0, 1] } : { nice: true, zero: true }
}

function toValueAxis(points: readonly Point[]): Spec {
  const values = points.map(({ value }) => Math.abs(value ?? 0))
  const top = Math.max(...values)
  const isOdd = top >= 1e9 || (top > 0 && top < 1e-4)
  return {
    ...{ title: null, tickCount: 5, domain: false, grid: true, format: isOdd ? '.2~e' : ',~f' },
    ...(values.every(Number.isInteger) ? { tickMinStep: 1 } : {}),
  }
}

function toSeriesColor({ series }: Chart): Spec {
  if (series.length === 1) return { value: COLORS[0] }
  const names = series.map(({ name }) => toShortLabel(name, MAX_LABEL))
  const scale = { domain: names.map((_, j) => j), range: names.map((_, j) => COLORS[j % COLORS.length]) }
  return { field: 'j', type: 'nominal', scale, legend: { title: null, labelExpr: lookUp(names) } }
}

const SHAPES = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
]

/** Beside the colour, so that lines are told apart without it. */
function toSeriesShape(chart: Chart): Spec {
  const range = chart.series.map((_, j) => SHAPES[j % SHAPES.length])
  const { field, type, legend } = toSeriesColor(chart)
  return { field, type, legend, scale: { domain: range.map((_, j) => j), range } }
}

function toBarSpec(chart: Chart): Spec {
  const points = toPoints(chart)
  const labels = chart.labels.map((label) => toShortLabel(label, MAX_LABEL))
  const lies = labels.length > MAX_UPRIGHT || labels.some((label) => label.length > MAX_UPRIGHT_LABEL)
  const many = chart.series.length > 1
  const labelAxis = { title: null, labelExpr: lookUp(labels), labelAngle: 0, labelOverlap: false, ticks: false }
  const category = { field: 'i', type: 'ordinal', sort: null, axis: labelAxis, scale: { padding: 0.25 } }
  const value = {
    field: 'value',
    type: 'quantitative',
    axis: toValueAxis(points),
    scale: toValueScale(points),
  }
  const offset = many ? { [lies ? 'yOffset' : 'xOffset']: { field: 'j', type: 'nominal' } } : {}
  const place = lies ? { y: category, x: value } : { x: category, y: value }
  const beside = lies ? { align: 'left', baseline: 'middle', dx: 5 } : { align: 'center', baseline: 'bottom', dy: -4 }
  const isDense = points.length > 60
  const figures = {
    mark: { type: 'text', ...beside, color: INK, fontSize: 12 },
    encoding: { text: { field: 'figure', type: 'nominal' } },
    transform: [{ calculate: 'datum.value == null ? 0 : datum.value', as: 'value' }],
  }
  return {
    encoding: { ...place, ...offset },
    layer: [
      { mark: { type: 'bar', cornerRadiusEnd: 2 }, encoding: { color: toSeriesColor(chart) } },
      ...(isDense ? [] : [figures]),
    ],
    data: { values: points },
  }
}

function toLineSpec(chart: Chart): Spec {
  const points = toPoints(chart)
  const labels = chart.labels.map((label) => toShortLabel(label, MAX_LABEL))
  const isTight = labels.length > MAX_UPRIGHT || labels.some((label) => label.length > MAX_UPRIGHT_LABEL)
  const axis = {
    title: null,
    labelExpr: lookUp(labels),
    labelAngle: isTight ? -40 : 0,
    labelOverlap: labels.length > MOST_LABELLED ? 'greedy' : false,
  }
  const limits = chart.series.flatMap(({ dashed }, j) => (dashed ? [j] : []))
  const isLimit = `indexof(${JSON.stringify(limits)}, datum.j) >= 0`
  const color = toSeriesColor(chart)
  return {
    encoding: {
      x: { field: 'i', type: 'ordinal', sort: null, axis, scale: { padding: 0.4 } },
      y: { field: 'value', type: 'quantitative', axis: toValueAxis(points), scale: toLineScale(chart, points) },
    },
    layer: [
      {
        transform: [{ filter: `!(${isLimit})` }],
        mark: { type: 'line', strokeWidth: 2.5, point: { size: 70, filled: true } },
        encoding: { color, ...(chart.series.length > 1 ? { shape: toSeriesShape(chart) } : {}) },
      },
      // Of one night it would be no line: a tick marks it then.
      ...(limits.length > 0
        ? [
            {
              transform: [{ filter: isLimit }],
              mark:
                chart.labels.length > 1
                  ? { type: 'line', strokeWidth: 2, strokeDash: [7, 5] }
                  : { type: 'tick', thickness: 2, bandSize: 60 },
              encoding: { color },
            },
          ]
        : []),
    ],
    data: { values: points },
  }
}

/** Held against a limit, what matters is the distance to it: the axis need not begin at zero. */
function toLineScale(chart: Chart, points: readonly Point[]): Spec {
  const scale = toValueScale(points)
  const values = points.flatMap(({ value }) => value ?? [])
  if (!chart.series.some(({ dashed }) => dashed) || values.length === 0 || 'domain' in scale) return scale
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low || Math.abs(high) || 1) * 0.15
  return { domain: [low - room, high + room], nice: true, zero: false }
}

/** A pie is of one series; its legend gives the numbers, and its slices their share, so that nothing rests on colour alone. */
function toPieSpec(chart: Chart): Spec {
  const points = toPoints({ ...chart, series: chart.series.slice(0, 1) }).filter(({ value }) => (value ?? 0) > 0)
  const total = points.reduce((sum, { value }) => sum + (value ?? 0), 0)
  const slices = points.map((point) => {
    const share = (point.value ?? 0) / total
    const label = toShortLabel(chart.labels[point.i] ?? '', MAX_LABEL)
    return { ...point, share: share >= 0.04 ? `${Math.round(share * 100)}%` : '', entry: `${label}: ${point.figure}` }
  })
  const texts = chart.labels.map((_, i) => slices.find((slice) => slice.i === i)?.entry ?? '')
  const order = slices.map(({ i }) => i)
  const color = {
    field: 'i',
    type: 'nominal',
    sort: null,
    scale: { domain: order, range: order.map((i) => COLORS[i % COLORS.length]) },
    legend: { title: null, labelExpr: lookUp(texts), labelLimit: 420, labelFontSize: 15, rowPadding: 8, offset: 36 },
  }
  return {
    encoding: {
      theta: { field: 'value', type: 'quantitative', stack: true },
      order: { field: 'i', type: 'quantitative' },
    },
    layer: [
      {
        mark: { type: 'arc', stroke: '#FFFFFF', strokeWidth: 2, outerRadius: { expr: 'min(width, height) / 2 - 34' } },
        encoding: { color },
      },
      {
        mark: { type: 'text', radius: { expr: 'min(width, height) / 2 - 14' }, color: INK, fontSize: 14 },
        encoding: { text: { field: 'share', type: 'nominal' }, detail: { field: 'i', type: 'nominal' } },
      },
    ],
    data: { values: slices },
  }
}

function toMarks(chart: Chart): Spec {
  const values = chart.series[0]?.values ?? []
  const slices = values.filter((value) => (value ?? 0) > 0)
  const isPie = slices.length > 0 && chart.labels.length <= MAX_SLICES && values.every((value) => (value ?? 0) >= 0)
  if (chart.type === 'line') return toLineSpec(chart)
  return chart.type === 'pie' && isPie ? toPieSpec(chart) : toBarSpec(chart)
}

/** Labels and title are data: they are cut, and shown as they are. */
export function toChartSpec(chart: Chart, { width, height }: ChartSize): Spec {
  const rows = chart.labels.length * Math.max(1, chart.series.length * 0.7)
  const isBars = chart.type !== 'line' && (chart.type === 'bar' || chart.labels.length > MAX_SLICES)
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: PAPER,
    padding: { left: 22, right: 34, top: 20, bottom: 18 },
    width,
    height: isBars ? Math.max(height, Math.round(rows * ROW_HEIGHT + FRAME_HEIGHT)) : height,
    autosize: { type: 'fit', contains: 'padding' },
    title: toTitle(chart),
    ...toMarks(chart),
    config: {
      font: CHART_FONT,
      title: {
        color: INK,
        fontSize: 20,
        fontWeight: 'bold',
        subtitleColor: SOFT_INK,
        subtitleFontSize: 14,
        subtitlePadding: 5,
      },
      axis: {
        labelColor: INK,
        labelFontSize: 13,
        gridColor: GRID,
        domainColor: SOFT_INK,
        labelLimit: 340,
        labelPadding: 6,
      },
      legend: { labelColor: INK, labelFontSize: 13, labelLimit: 260, symbolSize: 140 },
      view: { stroke: null },
    },
  }
}
