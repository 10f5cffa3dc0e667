// Turns a chart into a PNG, in a process of its own.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LakedeskError } from '../core/errors.ts'
import { type Chart, chartSchema } from '../core/reply.ts'
import type { ChartResult } from './chart-process.ts'
import type { ChartSize } from './chart-spec.ts'

export type { ChartSize } from './chart-spec.ts'

/** A chart takes less than a second, and some more where the machine is busy. */
const TIMEOUT_MS = 30_000
/** A process that draws nothing for so long gives its memory back. */
const IDLE_MS = 120_000

interface Waiting {
  resolve(png: Uint8Array): void
  reject(error: Error): void
}

let drawer: ChildProcess | null = null
let idle: NodeJS.Timeout | undefined
let nextId = 1
const waiting = new Map<number, Waiting>()

function fail(why: string, cause?: unknown): LakedeskError {
  return new LakedeskError('INTERNAL', `The chart could not be drawn (${why}). Its numbers stand in the text.`, cause)
}

function settle(result: ChartResult): void {
  const job = waiting.get(result.id)
  waiting.delete(result.id)
  if (waiting.size === 0) rest()
  if ('png' in result) job?.resolve(result.png)
  else job?.reject(fail('the drawing failed', result.why))
}

/** From now on the process keeps nothing alive, and ends where no chart follows. */
function rest(): void {
  const resting = drawer
  resting?.channel?.unref()
  clearTimeout(idle)
  idle = setTimeout(() => {
    if (waiting.size === 0) resting?.kill()
  }, IDLE_MS).unref()
}

/** The process is gone: what it had to draw fails, and the next chart gets a new one. */
function lose(gone: ChildProcess, cause: unknown): void {
  if (drawer !== gone) return
  drawer = null
  for (const { reject } of waiting.values()) reject(fail('its process ended', cause))
  waiting.clear()
}

/** Knows nothing of the environment, which holds secrets, and never keeps this process alive by itself. */
function getDrawer(): ChildProcess {
  if (drawer) return drawer
  const made = fork(fileURLToPath(new URL('./chart-process.ts', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=512'],
    env: {},
  })
  made.on('message', settle)
  made.on('error', (error) => lose(made, error))
  made.on('exit', (code, signal) => lose(made, `exit ${code ?? signal}`))
  made.unref()
  drawer = made
  return made
}

/**
 * A PNG of that width and at least that height: a bar chart with many labels is taller. Rejects with INTERNAL where it
 * cannot be drawn within half a minute; the text of the chart is then all there is.
 */
export async function renderChartPng(chart: Chart, size: ChartSize): Promise<Uint8Array> {
  const checked = chartSchema.parse(chart)
  const id = nextId
  nextId += 1
  const drawing = getDrawer()
  drawing.channel?.ref()
  const timer = setTimeout(() => {
    lose(drawing, 'timeout')
    drawing.kill('SIGKILL')
  }, TIMEOUT_MS)
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      drawing.send({ id, chart: checked, size }, (error) => {
        if (error) lose(drawing, error)
      })
    })
  } finally {
    clearTimeout(timer)
  }
}
