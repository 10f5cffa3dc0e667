// Draws a chart on this thread: Vega-Lite to Vega to SVG to PNG, with the fonts that come along and none of the system's.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Resvg } from '@resvg/resvg-js'
import { loader, logger, None, parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Chart } from '../core/reply.ts'
import { CHART_FONT, type ChartSize, toChartSpec } from './chart-spec.ts'

const fonts = fileURLToPath(new URL('ttf/', import.meta.resolve('dejavu-fonts-ttf/package.json')))
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => join(fonts, name))

/** A chart names no address, and none would be fetched: every load is refused. */
function refuseLoads() {
  const closed = loader()
  closed.load = async () => Promise.reject(new Error('A chart loads nothing.'))
  return closed
}

/** Charts are laid out on a canvas of this width and then enlarged, so that their text is as large in every size of picture. */
const CANVAS_WIDTH = 800

function toCanvas({ width, height }: ChartSize): ChartSize {
  return { width: CANVAS_WIDTH, height: Math.ceil((height * CANVAS_WIDTH) / width) }
}

export async function drawChartSvg(chart: Chart, size: ChartSize): Promise<string> {
  // The specification is ours and only its data changes, so its shape is known where it is written.
  const { spec } = compile(toChartSpec(chart, toCanvas(size)) as unknown as TopLevelSpec, { logger: logger(None) })
  const view = new View(parse(spec), { renderer: 'none', loader: refuseLoads(), logLevel: None })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** Takes some hundred milliseconds of one processor. */
export async function drawChart(chart: Chart, size: ChartSize): Promise<Uint8Array> {
  const svg = await drawChartSvg(chart, size)
  const font = { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: CHART_FONT }
  return new Resvg(svg, { font, background: '#FFFFFF', fitTo: { mode: 'width', value: size.width } }).render().asPng()
}
