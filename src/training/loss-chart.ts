// The picture of a training: its loss by epoch, on what it learns and on what was held out.
import type { Block } from '../core/reply.ts'
import type { LossPoint } from '../platform/ports/training.ts'

/** Points of a chart at most; of more, the last one of each stretch stands for it. */
const MOST = 40

/** Nothing to draw: no block. */
export function toLossChart(losses: readonly LossPoint[]): Block[] {
  const points = thin(losses)
  if (points.length < 2) return []
  const hasEpochs = points.every(({ epoch }) => epoch !== null)
  const train = { name: 'training', values: points.map(({ loss }) => loss) }
  const held = { name: 'held out', values: points.map(({ evalLoss }) => evalLoss) }
  const hasHeld = held.values.some((value) => value !== null)
  return [
    {
      kind: 'chart',
      type: 'line',
      title: hasEpochs ? 'Loss by epoch' : 'Loss by step',
      labels: points.map(({ epoch, step }) =>
        String(epoch === null || !hasEpochs ? step : Math.round(epoch * 100) / 100),
      ),
      series: hasHeld ? [train, held] : [train],
      unit: 'loss',
    },
  ]
}

function thin(losses: readonly LossPoint[]): readonly LossPoint[] {
  if (losses.length <= MOST) return losses
  return Array.from({ length: MOST }, (_, n) => losses[Math.floor(((n + 1) * losses.length) / MOST) - 1]).filter(
    (point) => point !== undefined,
  )
}
