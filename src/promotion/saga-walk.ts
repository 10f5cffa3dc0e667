// What every step of a move works with: the move, its journal, the platform, and the named points.
import type { Log } from '../core/log.ts'
import type { Registry } from '../platform/ports/registry.ts'
import type { Serving } from '../platform/ports/serving.ts'
import type { Audit, Sagas } from '../store/port.ts'
import type { Journal, SagaStep } from './saga-journal.ts'
import type { Move } from './saga-move.ts'
import type { OnPoint, SagaPoint } from './saga-points.ts'

export interface SagaParts {
  registry: Pick<Registry, 'getAlias' | 'setAlias' | 'deleteAlias'>
  serving: Pick<Serving, 'describe' | 'updateConfig' | 'invoke'>
  sagas: Sagas
  audit: Pick<Audit, 'append' | 'list'>
  log: Log
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number
  /** Default: a timer that the signal ends early. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Between two looks at the endpoint. Default 5000. */
  pollMs?: number
  /** Default: a debug line per point. */
  onPoint?: OnPoint
}

export interface SagaHands {
  /** Re-reads the sealed facts; a sentence says what moved. */
  recheck(): Promise<string | null>
  progress(label: string, done: number, total: number): void | Promise<void>
  /** Aborted when the process drains: the move stops between two points and goes on at the next start. */
  signal: AbortSignal
}

export interface Walk {
  readonly move: Move
  readonly registry: SagaParts['registry']
  readonly serving: SagaParts['serving']
  readonly log: Log
  readonly signal: AbortSignal
  readonly pollMs: number
  readonly journal: Journal
  /** True where an earlier run began this move. */
  readonly resumed: boolean
  /** True where a journal write failed: then nothing more may be decided in this run. */
  readonly lost: boolean
  now(): number
  /** The step of the last point, for people: `recheck`, `canary`, `alias`, `endpoint`, `wait`, `probe` or `undo`. */
  where(): string
  point<T>(name: SagaPoint, job: () => Promise<T>): Promise<T>
  /** Journals the step, durable when it resolves. */
  save(name: SagaPoint, step: SagaStep, change?: Partial<Journal>): Promise<void>
  /** Throws the signal's reason where the process drains. */
  pause(name: SagaPoint, ms: number): Promise<void>
  /** Shows how far it is; a card that cannot be shown does not hold the move up. */
  show(label: string, done: number): Promise<void>
}

export function defaultSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(finish, ms)
    function finish(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish)
  })
}

/** Wraps a call in its named point. */
export function createPoint(parts: SagaParts): Walk['point'] {
  const { log, onPoint = (point, when) => log.debug('A move is at a point', { point, when }) } = parts
  return async (name, job) => {
    await onPoint(name, 'before')
    const result = await job()
    await onPoint(name, 'after')
    return result
  }
}

export function createWalk(parts: SagaParts, hands: SagaHands, start: Journal, resumed: boolean): Walk {
  const { registry, serving, sagas, sleep = defaultSleep, now = Date.now, pollMs = 5000 } = parts
  const { move } = start
  const log = parts.log.with({ approval: move.approval })
  const announce = createPoint(parts)
  let last: SagaPoint = 'lock.read'
  const point: Walk['point'] = (name, job) => {
    if (name !== 'progress') last = name
    return announce(name, job)
  }
  const total = move.canary ? 6 : 5
  let journal = start
  let lost = false
  return {
    move,
    registry,
    serving,
    log,
    signal: hands.signal,
    pollMs,
    resumed,
    now,
    where() {
      const [step = ''] = last.split('.')
      return { resume: 'recheck', check: 'probe' }[step] ?? step
    },
    point,
    get journal() {
      return journal
    },
    get lost() {
      return lost
    },
    async save(name, step, change = {}) {
      journal = { ...journal, ...change, step }
      try {
        await point(name, () => sagas.save(move.approval, step, journal))
      } catch (error) {
        lost = true
        throw error
      }
    },
    async pause(name, ms) {
      await point(name, () => sleep(ms, hands.signal))
      hands.signal.throwIfAborted()
    },
    async show(label, done) {
      hands.signal.throwIfAborted()
      try {
        await point('progress', async () => hands.progress(label, done, total))
      } catch (error) {
        log.warn('The progress of a move could not be shown', { error })
      }
    },
  }
}
