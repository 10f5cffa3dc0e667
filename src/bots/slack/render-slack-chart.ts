// Renders a chart for Slack: its own chart block where the numbers fit one, else an uploaded picture, else bars of text.
import type { Chart } from '../../core/reply.ts'
import { toChartSentence, toChartText, toShortLabel } from '../../core/text/chart-text.ts'
import { toInert } from './render-slack-mrkdwn.ts'

type SlackBlock = Readonly<Record<string, unknown>>

/** Slack takes two of its chart blocks in one message. */
export const MAX_NATIVE_CHARTS = 2
/** Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
const MAX_TITLE = 50
const MAX_LABEL = 20
const MAX_SERIES = 6
const MAX_SEGMENTS = 6
const MAX_CATEGORIES = 20
const MAX_AXIS = 50
const MAX_ALT = 1_900
const MAX_TEXT = 2_900

function label(text: string): string {
  return toShortLabel(toInert(text), MAX_LABEL)
}

/** Null where two of them would be the same, or one would be empty. */
function toLabels(texts: readonly string[], most: number): string[] | null {
  const labels = texts.map(label)
  const fits = labels.length <= most && new Set(labels).size === labels.length && !labels.includes('')
  return fits ? labels : null
}

function toPie({ labels: given, series }: Chart): SlackBlock | null {
  const labels = toLabels(given, MAX_SEGMENTS)
  const values = series[0]?.values ?? []
  // A segment of nothing is refused, and one left out would be a gap that nobody sees.
  if (!labels || series.length !== 1 || !labels.every((_, i) => (values[i] ?? 0) > 0)) return null
  return { type: 'pie', segments: labels.map((text, i) => ({ label: text, value: values[i] })) }
}

function toSeries({ type, labels: given, series, unit }: Chart): SlackBlock | null {
  const labels = toLabels(given, MAX_CATEGORIES)
  const names = toLabels(
    series.map(({ name }) => name),
    MAX_SERIES,
  )
  if (!labels || !names) return null
  const isWhole = series.every(({ values }) => labels.every((_, i) => Number.isFinite(values[i])))
  if (!isWhole) return null
  return {
    type,
    series: series.map(({ values }, j) => ({
      name: names[j],
      data: labels.map((text, i) => ({ label: text, value: values[i] })),
    })),
    axis_config: { categories: labels, ...(unit ? { y_label: toShortLabel(toInert(unit), MAX_AXIS) } : {}) },
  }
}

/** Slack's own chart; null where it would refuse these numbers or show them falsely. */
export function renderNativeChart(chart: Chart): SlackBlock | null {
  const inside = chart.type === 'pie' ? toPie(chart) : toSeries(chart)
  return inside && { type: 'data_visualization', title: toShortLabel(toInert(chart.title), MAX_TITLE), chart: inside }
}

/** A picture that was uploaded before. */
export function renderChartPicture(chart: Chart, file: string): SlackBlock {
  return { type: 'image', slack_file: { id: file }, alt_text: toInert(toChartSentence(chart, MAX_ALT)) }
}

/** Preformatted rich text: nothing in it is read as markup. */
export function renderChartText(chart: Chart): SlackBlock {
  const lines = toInert(toChartText(chart)).split('\n')
  const kept: string[] = []
  for (const line of lines) {
    if (kept.join('\n').length + line.length > MAX_TEXT) break
    kept.push(line)
  }
  const more = lines.length - kept.length
  const text = more > 0 ? `${kept.join('\n')}\n(${more} more lines)` : kept.join('\n')
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] }
}
