// Turns a chart into a PNG, in a thread of its own.
import { Worker } from 'node:worker_threads'
import { LakedeskError } from '../core/errors.ts'
import { type Chart, chartSchema } from '../core/reply.ts'
import type { ChartSize } from './chart-spec.ts'
import type { ChartResult } from './chart-worker.ts'

export type { ChartSize } from './chart-spec.ts'

/** A chart takes less than a second, and some more where the machine is busy. */
const TIMEOUT_MS = 30_000

interface Waiting {
  resolve(png: Uint8Array): void
  reject(error: Error): void
}

let worker: Worker | null = null
let nextId = 1
const waiting = new Map<number, Waiting>()

function fail(why: string, cause?: unknown): LakedeskError {
  return new LakedeskError('INTERNAL', `The chart could not be drawn (${why}). Its numbers stand in the text.`, cause)
}

function settle(result: ChartResult): void {
  const job = waiting.get(result.id)
  waiting.delete(result.id)
  if (waiting.size === 0) worker?.unref()
  if ('png' in result) job?.resolve(result.png)
  else job?.reject(fail('the drawing failed', result.why))
}

/** The thread is gone: what it had to draw fails, and the next chart gets a new one. */
function lose(gone: Worker, cause: unknown): void {
  if (worker === gone) worker = null
  for (const [id, { reject }] of waiting) {
    waiting.delete(id)
    reject(fail('its thread ended', cause))
  }
}

function getWorker(): Worker {
  if (worker) return worker
  const made = new Worker(new URL('./chart-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  made.on('message', settle)
  made.on('error', (error) => lose(made, error))
  made.on('exit', (code) => {
    if (worker === made) lose(made, `exit ${code}`)
  })
  worker = made
  return made
}

/**
 * A PNG of that width and at least that height: a bar chart with many labels is taller. Rejects with INTERNAL where it
 * cannot be drawn within half a minute; the text of the chart is then all there is. Never keeps the process alive.
 */
export async function renderChartPng(chart: Chart, size: ChartSize): Promise<Uint8Array> {
  const checked = chartSchema.parse(chart)
  const id = nextId
  nextId += 1
  const drawing = getWorker()
  drawing.ref()
  const timer = setTimeout(() => {
    if (!waiting.has(id)) return
    lose(drawing, 'timeout')
    void drawing.terminate()
  }, TIMEOUT_MS)
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      drawing.postMessage({ id, chart: checked, size })
    })
  } finally {
    clearTimeout(timer)
  }
}
