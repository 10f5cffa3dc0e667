// Reads a data_visualization block into the numbers of a chart.
import type { ChartSpec } from '../../chart/chart.tsx'
import { asList, asRecord, asRecords, asText, type Json } from './read-json.ts'

const TYPES = ['line', 'bar', 'area', 'pie'] as const

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Null for a chart of a type that is not known. */
export function toChartSpec(block: Json): ChartSpec | null {
  const chart = asRecord(block.chart)
  const type = TYPES.find((one) => one === chart.type)
  if (!type) return null
  const title = asText(block.title)
  if (type === 'pie') {
    const segments = asRecords(chart.segments)
    const values = segments.map(({ value }) => toNumber(value))
    return { type, title, categories: segments.map(({ label }) => asText(label)), series: [{ name: title, values }] }
  }
  const axis = asRecord(chart.axis_config)
  const series = asRecords(chart.series)
  const named = asList(axis.categories).map(asText)
  const categories = named.length > 0 ? named : asRecords(series[0]?.data).map(({ label }) => asText(label))
  return {
    type,
    title,
    categories,
    series: series.map(({ name, data }) => {
      const byLabel = new Map(asRecords(data).map(({ label, value }) => [asText(label), toNumber(value)]))
      return { name: asText(name), values: categories.map((label) => byLabel.get(label) ?? null) }
    }),
    ...(axis.y_label ? { yLabel: asText(axis.y_label) } : {}),
  }
}
