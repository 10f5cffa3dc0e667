// A run of the local lakehouse as it is kept, and its points, which are many and are kept apart.
import type { State } from './state.ts'
import type { Values } from './wire.ts'

export interface Point {
  key: string
  value: number | string
  timestamp: number
  step: number
}

/** Keys are anybody's words, so they are no keys of an object. */
export type Pairs = [key: string, value: string][]

export interface StoredRun {
  info: Record<string, unknown> & {
    run_id: string
    experiment_id: string
    status: string
    start_time: number
    run_name: string
    lifecycle_stage: string
  }
  params: Pairs
  tags: Pairs
  datasets: Values[]
  modelInputs: Values[]
  modelOutputs: Values[]
}

export const getPair = (pairs: Pairs, key: string): string | undefined => pairs.find(([one]) => one === key)?.[1]

/** In place: a known key keeps its place and gets the value. */
export function setPair(pairs: Pairs, key: string, value: string): void {
  const known = pairs.find(([one]) => one === key)
  if (known) known[1] = value
  else pairs.push([key, value])
}

export const toKeyValues = (pairs: Pairs) => pairs.map(([key, value]) => ({ key, value }))

export interface Points {
  of(runId: string): readonly Point[]
  /** The same point again is the same point. */
  add(runId: string, points: readonly Point[]): void
  /** The last point of each metric: by step, then by time. */
  latest(runId: string): ReadonlyMap<string, Point>
}

/** One row of the state for what came at once. */
export function createPoints(state: State): Points {
  const table = state.table<Point[]>('points')
  const byRun = new Map<string, { all: Point[]; known: Set<string>; latest: Map<string, Point>; batches: number }>()
  const open = (runId: string) => {
    const run = byRun.get(runId) ?? { all: [], known: new Set<string>(), latest: new Map<string, Point>(), batches: 0 }
    byRun.set(runId, run)
    return run
  }
  function take(runId: string, points: readonly Point[]): Point[] {
    const run = open(runId)
    const fresh: Point[] = []
    for (const point of points) {
      const same = JSON.stringify([point.key, point.value, point.timestamp, point.step])
      if (run.known.has(same)) continue
      run.known.add(same)
      fresh.push(point)
      const last = run.latest.get(point.key)
      const isLater = !last || point.step > last.step || (point.step === last.step && point.timestamp >= last.timestamp)
      if (isLater) run.latest.set(point.key, point)
    }
    run.all.push(...fresh)
    run.batches += 1
    return fresh
  }
  for (const [key, points] of table.entries()) take(key.slice(0, key.lastIndexOf('/')), points)
  return {
    of: (runId) => open(runId).all,
    latest: (runId) => open(runId).latest,
    add(runId, points) {
      const fresh = take(runId, points)
      if (fresh.length > 0) table.put(`${runId}/${open(runId).batches}`, fresh)
    },
  }
}
