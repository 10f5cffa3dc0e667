// The thread that draws charts, so that nobody waits for a picture that is somebody else's.
import { parentPort } from 'node:worker_threads'
import type { Chart } from '../core/reply.ts'
import type { ChartSize } from './chart-spec.ts'
import { drawChart } from './draw-chart.ts'

export interface ChartJob {
  id: number
  chart: Chart
  size: ChartSize
}

export type ChartResult = { id: number; png: Uint8Array } | { id: number; why: string }

parentPort?.on('message', ({ id, chart, size }: ChartJob) => {
  drawChart(chart, size).then(
    (png) => parentPort?.postMessage({ id, png } satisfies ChartResult),
    (error: unknown) => parentPort?.postMessage({ id, why: String(error) } satisfies ChartResult),
  )
})
