// Reads Slack's data_visualization block as neutral numbers.
import type { ChartSpec } from './chart-spec.ts'
import { isJson, toList, toNames, toNumber, toText } from './read-chart.ts'

const TYPES = ['line', 'bar', 'area'] as const

/** Null where it is no chart block that is known. Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
export function toSpecFromSlack(block: unknown): ChartSpec | null {
  if (!isJson(block) || block.type !== 'data_visualization' || !isJson(block.chart)) return null
  const { chart } = block
  const title = toText(block.title) || 'Chart'
  if (chart.type === 'pie') {
    const segments = toList(chart.segments)
    const values = segments.map(({ value }) => toNumber(value))
    const categories = segments.map(({ label }) => toText(label))
    return segments.length === 0 ? null : { type: 'pie', title, categories, series: [{ name: title, values }] }
  }
  const type = TYPES.find((known) => known === chart.type)
  if (!type) return null
  const groups = toList(chart.series).map(({ name, data }) => ({
    name: toText(name),
    points: toList(data).map(({ label, value }) => ({ label: toText(label), value: toNumber(value) })),
  }))
  const axis = isJson(chart.axis_config) ? chart.axis_config : {}
  const told = Array.isArray(axis.categories) ? axis.categories.map(toText) : []
  const categories = told.length > 0 ? told : toNames(groups.map(({ points }) => points.map(({ label }) => label)))
  const series = groups.map(({ name, points }) => {
    const values = new Map(points.map(({ label, value }) => [label, value]))
    return { name, values: categories.map((label) => values.get(label) ?? null) }
  })
  if (series.length === 0 || categories.length === 0) return null
  const [yLabel, xLabel] = [toText(axis.y_label), toText(axis.x_label)]
  return { type, title, categories, series, ...(yLabel ? { yLabel } : {}), ...(xLabel ? { xLabel } : {}) }
}
