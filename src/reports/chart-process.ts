// The process that draws charts. A process and no thread: the native renderer ends its whole process where it cannot go on.
import type { Chart } from '../core/reply.ts'
import type { ChartSize } from './chart-spec.ts'
import { drawChart } from './draw-chart.ts'

export interface ChartJob {
  id: number
  chart: Chart
  size: ChartSize
}

export type ChartResult = { id: number; png: Uint8Array } | { id: number; why: string }

function answer(result: ChartResult): void {
  process.send?.(result)
}

process.on('message', ({ id, chart, size }: ChartJob) => {
  drawChart(chart, size).then(
    (png) => answer({ id, png }),
    (error: unknown) => answer({ id, why: String(error) }),
  )
})

// Whoever asked is gone.
process.on('disconnect', () => process.exit())
