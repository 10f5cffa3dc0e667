// A chart in words and bars of text: for terminals, for screen readers, and where no picture can be shown.
import type { Chart } from '../reply.ts'
import { dropOverrides } from './drop-overrides.ts'

const BAR_WIDTH = 24
const MAX_LABEL = 28
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** One line of at most that many characters, cut by a sign. */
export function toShortLabel(text: string, most: number): string {
  const characters = [
    ...dropOverrides(text)
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim(),
  ]
  return characters.length <= most
    ? characters.join('')
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}

/** At most two decimals, thousands apart: 12,345.67. Very small and very large ones in few digits; a gap is a dash. */
export function toFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1e12 || (size > 0 && size < 1e-4)) return value.toExponential(2)
  if (size > 0 && size < 0.01) return value.toPrecision(2)
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

function toBar(value: number | null, top: number): string {
  if (value === null || top <= 0 || !(value > 0)) return ''
  const eighths = Math.max(1, Math.round((value / top) * BAR_WIDTH * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

/** The title, and a line a value: label, bar, number; with several series, the label once and a line a series. */
export function toChartText({ title, labels, series, unit }: Chart): string {
  const rows = labels.flatMap((label, i) =>
    series.map(({ name, values }, j) => ({
      label: j === 0 ? toShortLabel(label, MAX_LABEL) : '',
      series: series.length > 1 ? toShortLabel(name, MAX_LABEL) : '',
      value: values[i] ?? null,
    })),
  )
  const top = Math.max(0, ...rows.map(({ value }) => value ?? 0))
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => [...text].length))
  const pad = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - [...text].length))
  const labelWidth = widest(rows.map(({ label }) => label))
  const seriesWidth = widest(rows.map((row) => row.series))
  const figureWidth = widest(rows.map(({ value }) => toFigure(value)))
  const head = `${toShortLabel(title, 200)}${unit ? ` (${toShortLabel(unit, 40)})` : ''}`
  const lines = rows.map((row) => {
    const name = seriesWidth > 0 ? `  ${pad(row.series, seriesWidth)}` : ''
    return `${pad(row.label, labelWidth)}${name}  ${toFigure(row.value).padStart(figureWidth)}  ${toBar(row.value, top)}`
  })
  return [head, ...lines.map((line) => line.trimEnd())].join('\n')
}

/** The chart as one sentence, of at most that many characters: for screen readers and for what is shown while it loads. */
export function toChartSentence(chart: Chart, most: number): string {
  const told = chart.labels.flatMap((label, i) =>
    chart.series.map(({ name, values }) => {
      const of = chart.series.length > 1 ? `${label}, ${name}` : label
      return `${toShortLabel(of, 60)}: ${toFigure(values[i] ?? null)}`
    }),
  )
  const unit = chart.unit ? ` (${chart.unit})` : ''
  return toShortLabel(`${chart.title}${unit}. ${told.join('; ')}.`, most)
}
