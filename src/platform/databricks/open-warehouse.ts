// The SQL warehouse that statements run on: looked at before a statement, started where it sleeps, and waited for.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { shorten } from '../mlflow/platform-errors.ts'
import { nothingSchema } from '../mlflow/wire.ts'
import { pause } from './pause.ts'

const warehouseSchema = z.object({
  name: z.string().default(''),
  state: z.string(),
  health: z.object({ status: z.string().default(''), summary: z.string().default('') }).optional(),
})
type WarehouseState = z.infer<typeof warehouseSchema>

export interface WarehouseOptions {
  http: MlflowHttp
  id: string
  log: Log
  /** Milliseconds to wait for it to run. */
  startMs: number
  /** Milliseconds between two looks. */
  pollMs: number
}

export interface Warehouse {
  /** As people know it; its id until it was looked at. */
  readonly name: string
  /** Resolves when it runs. Throws SQL_BUSY (it does not start in time), PLATFORM_*; rejects with the reason of the signal. */
  ready(signal: AbortSignal): Promise<void>
}

/** After this long a warehouse that ran is looked at again. In between a statement would wake it by itself. */
const TRUSTED_MS = 60_000

export function createWarehouse({ http, id, log, startMs, pollMs }: WarehouseOptions): Warehouse {
  const path = `/2.0/sql/warehouses/${encodeURIComponent(id)}`
  const about = `warehouse ${id}`
  let name = id
  let trustedUntil = 0

  async function look(signal: AbortSignal): Promise<WarehouseState> {
    const seen = await http.json({ method: 'GET', path, about, answer: warehouseSchema, signal })
    name = seen.name || id
    return seen
  }

  /** A start that is asked for twice is one start, so it may be repeated. */
  async function start(signal: AbortSignal): Promise<void> {
    log.info('starting the warehouse', { warehouse: name })
    const call = { method: 'POST', path: `${path}/start`, body: {}, about, repeatable: true, signal } as const
    await http.json({ ...call, answer: nothingSchema })
  }

  return {
    get name() {
      return name
    },
    async ready(signal) {
      if (Date.now() < trustedUntil) return
      const end = Date.now() + startMs
      let started = false
      for (;;) {
        const seen = await look(signal)
        if (seen.state === 'RUNNING') break
        if (seen.state === 'DELETED' || seen.state === 'DELETING') throw isDeleted(name, seen.state)
        if (seen.state === 'STOPPED') {
          if (started) throw doesNotStart(name, seen)
          await start(signal)
          started = true
        }
        if (Date.now() + pollMs > end) throw isTooSlow(name, seen, startMs)
        log.debug('waiting for the warehouse', { warehouse: name, state: seen.state })
        await pause(pollMs, signal)
      }
      trustedUntil = Date.now() + TRUSTED_MS
    },
  }
}

function isDeleted(name: string, state: string): LakedeskError {
  const fix = 'Choose another warehouse in DATABRICKS_WAREHOUSE_ID.'
  return new LakedeskError('PLATFORM_NOT_FOUND', `The warehouse ${name} is no more (state ${state}). ${fix}`)
}

function doesNotStart(name: string, { state, health }: WarehouseState): LakedeskError {
  const why = shorten(health?.summary ?? '', [])
  const fix = 'Look at it in SQL Warehouses of the workspace, then try again.'
  return new LakedeskError(
    'SQL_BUSY',
    `The warehouse ${name} did not start (state ${state}${why ? `: ${why}` : ''}). ${fix}`,
  )
}

function isTooSlow(name: string, { state }: WarehouseState, startMs: number): LakedeskError {
  const waited = startMs < 1000 ? `${startMs} ms` : `${Math.round(startMs / 1000)} s`
  const fix = 'It may still be starting: try again in a minute, or look at it in SQL Warehouses of the workspace.'
  return new LakedeskError('SQL_BUSY', `The warehouse ${name} is not running after ${waited} (state ${state}). ${fix}`)
}
