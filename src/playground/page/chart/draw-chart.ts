// Draws a chart on a canvas by Chart.js, of which only what is used is taken in. Loaded when the first chart is shown.
import {
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  type ChartConfiguration,
  type ChartDataset,
  Chart as ChartJs,
  type ChartOptions,
  DoughnutController,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  Tooltip,
} from 'chart.js'
import { type ChartLook, fade } from './chart-look.ts'
import { type ChartSeries, type ChartSpec, isGate, toNumberText, toTick } from './chart-spec.ts'

ChartJs.register(ArcElement, BarController, BarElement, CategoryScale, DoughnutController, Filler)
ChartJs.register(LinearScale, LineController, LineElement, PointElement, Tooltip)

type Kind = 'line' | 'bar' | 'doughnut'

const pick = (look: ChartLook, at: number): string => look.series[at % look.series.length] ?? look.text

function toLine(series: ChartSeries, color: string, spec: ChartSpec, look: ChartLook): ChartDataset<Kind> {
  const gate = isGate(series)
  const many = spec.categories.length > 40
  return {
    type: 'line',
    label: series.name,
    data: [...series.values],
    borderColor: color,
    borderWidth: gate ? 1.5 : 2.25,
    borderDash: gate ? [6, 5] : [],
    tension: 0.25,
    cubicInterpolationMode: 'monotone',
    spanGaps: false,
    // A single point, and one between two gaps, is seen by its point alone.
    pointRadius: gate ? 0 : spec.categories.length === 1 ? 5 : many ? 1.5 : 3.5,
    pointHoverRadius: 5,
    pointBackgroundColor: color,
    pointBorderColor: look.surface,
    pointBorderWidth: many ? 0 : 1.5,
    fill: spec.type === 'area' && !gate ? 'origin' : false,
    backgroundColor: fade(color, 0.16),
  }
}

function toBars(series: ChartSeries, color: string): ChartDataset<Kind> {
  return {
    type: 'bar',
    label: series.name,
    data: [...series.values],
    backgroundColor: color,
    borderRadius: 3,
    maxBarThickness: 40,
    minBarLength: 2,
    categoryPercentage: 0.72,
    barPercentage: 0.92,
  }
}

function toSets(spec: ChartSpec, look: ChartLook): ChartDataset<Kind>[] {
  if (spec.type === 'pie') {
    const values = spec.series[0]?.values ?? []
    const colors = spec.categories.map((_, at) => pick(look, at))
    return [
      { data: values.map((value) => value ?? 0), backgroundColor: colors, borderColor: look.surface, borderWidth: 2 },
    ]
  }
  return spec.series.map((series, at) => {
    const color = isGate(series) ? look.soft : pick(look, at)
    return spec.type === 'bar' && !isGate(series) ? toBars(series, color) : toLine(series, color, spec, look)
  })
}

function toScales(spec: ChartSpec, look: ChartLook): ChartOptions<Kind>['scales'] {
  if (spec.type === 'pie') return {}
  const font = { family: look.font, size: 12 }
  const ticks = { color: look.soft, font }
  const titleOf = (text: string | undefined) => ({ display: Boolean(text), text: text ?? '', color: look.soft, font })
  const values = {
    beginAtZero: spec.type !== 'line',
    grace: spec.type === 'line' ? '8%' : 0,
    border: { display: false },
    grid: { color: look.line },
    title: titleOf(spec.yLabel),
    ticks: { ...ticks, maxTicksLimit: 6, callback: (value: number | string) => toNumberText(Number(value)) },
  } as const
  const names = {
    // A single night stands in the middle, not on the axis.
    offset: spec.type === 'bar' || spec.categories.length === 1,
    border: { color: look.line },
    grid: { display: false },
    title: titleOf(spec.xLabel),
    ticks: {
      ...ticks,
      autoSkip: !spec.lying,
      maxRotation: spec.lying ? 0 : 40,
      callback: (_: number | string, at: number) => toTick(spec.categories[at] ?? ''),
    },
  }
  return spec.lying ? { x: values, y: names } : { x: names, y: values }
}

function toOptions(spec: ChartSpec, look: ChartLook): ChartOptions<Kind> {
  const calm = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: calm ? false : { duration: 250 },
    indexAxis: spec.lying ? 'y' : 'x',
    interaction: spec.type === 'pie' ? { mode: 'nearest' } : { mode: 'index', intersect: false },
    scales: toScales(spec, look),
    layout: { padding: { top: 6, right: 6 } },
    plugins: {
      tooltip: {
        backgroundColor: look.text,
        titleColor: look.surface,
        bodyColor: look.surface,
        cornerRadius: 6,
        padding: 8,
        usePointStyle: true,
        callbacks: {
          label: ({ dataset, raw, label }) =>
            ` ${spec.type === 'pie' ? label : dataset.label}: ${toNumberText(Number(raw))}`,
        },
      },
    },
    ...(spec.type === 'pie' ? { cutout: '58%' } : {}),
  }
}

/** The gate of a single night goes across, as it would between two of them. */
const gateAcross = (spec: ChartSpec, look: ChartLook): Plugin<Kind> => ({
  id: 'gate-across',
  afterDatasetsDraw: ({ ctx, chartArea: { left, right }, scales }) => {
    if (spec.categories.length !== 1 || spec.lying || !scales.y) return
    for (const gate of spec.series.filter(isGate)) {
      const [value = null] = gate.values
      if (value === null) continue
      const y = scales.y.getPixelForValue(value)
      ctx.save()
      ctx.strokeStyle = look.soft
      ctx.lineWidth = 1.5
      ctx.setLineDash([6, 5])
      ctx.beginPath()
      ctx.moveTo(left, y)
      ctx.lineTo(right, y)
      ctx.stroke()
      ctx.restore()
    }
  },
})

export interface DrawnChart {
  destroy: () => void
}

/** Fills the box around the canvas, and follows its size. */
export function drawChart(canvas: HTMLCanvasElement, spec: ChartSpec, look: ChartLook): DrawnChart {
  const config: ChartConfiguration<Kind> = {
    type: spec.type === 'pie' ? 'doughnut' : spec.type === 'bar' ? 'bar' : 'line',
    data: { labels: [...spec.categories], datasets: toSets(spec, look) },
    options: toOptions(spec, look),
    plugins: [gateAcross(spec, look)],
  }
  return new ChartJs(canvas, config)
}
