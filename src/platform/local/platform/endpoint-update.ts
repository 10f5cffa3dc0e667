// Moves an endpoint's update on, one step at a time, by whoever looks at it: created, loading, ready or failed.
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { EndpointConfig } from '../../ports/serving.ts'
import { readConfig } from './endpoint-config.ts'
import type { PlatformFile } from './platform-file.ts'
import { numberOf, type Row, textOrNull } from './rows.ts'

/** A version that takes longer than this to load cannot be served. */
const LOAD_LIMIT_MS = 300_000

export interface UpdateOptions {
  file: PlatformFile
  load: (model: string, version: string) => Promise<void>
  log: Log
  loadLimitMs?: number | undefined
}

export interface Updates {
  /**
   * Moves the update one step on, where there is one: `created` becomes `loading`; `loading` loads every entity and makes
   * the pending config the one that answers. Any number of processes may do so at once: the first to finish a step wins.
   */
  advance(name: string): Promise<void>
}

export function findEndpoint(db: DatabaseSync, name: string): Row | null {
  return db.prepare('SELECT * FROM endpoints WHERE name = ?').get(name) ?? null
}

/** What is safe to show: our own sentences whole, of other errors only that there was one. */
function explain(error: unknown): string {
  return error instanceof LakedeskError ? error.userMessage : 'It could not be loaded; the log has the cause.'
}

async function withinLimit(work: Promise<void>, limitMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const sentence = `Loading ${what} took more than ${Math.round(limitMs / 1000)} seconds.`
    timer = setTimeout(() => reject(new LakedeskError('PLATFORM_FAILED', sentence)), limitMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function createUpdates({ file, load, log, loadLimitMs = LOAD_LIMIT_MS }: UpdateOptions): Updates {
  /** Loads under way in this process, by endpoint and update, so that nobody who looks starts a second one. */
  const loading = new Map<string, Promise<void>>()

  const toLoading = (name: string, updateNo: number): Promise<void> =>
    file.write((db) => {
      const sql = "UPDATE endpoints SET step = 'loading' WHERE name = ? AND update_no = ? AND step = 'created'"
      db.prepare(sql).run(name, updateNo)
    })
  const toReady = (name: string, updateNo: number): Promise<boolean> =>
    file.write((db) => {
      const sql = `UPDATE endpoints SET config = pending, config_version = config_version + 1, pending = NULL, step = NULL,
        update_state = 'NOT_UPDATING', message = '' WHERE name = ? AND update_no = ? AND step = 'loading'`
      return db.prepare(sql).run(name, updateNo).changes === 1
    })
  const toFailed = (name: string, updateNo: number, message: string): Promise<boolean> =>
    file.write((db) => {
      const sql = `UPDATE endpoints SET pending = NULL, step = NULL, update_state = 'UPDATE_FAILED', message = ?
        WHERE name = ? AND update_no = ? AND step = 'loading'`
      return db.prepare(sql).run(message, name, updateNo).changes === 1
    })

  const loadAll = async (name: string, updateNo: number, pending: EndpointConfig): Promise<void> => {
    for (const { name: entity, model, version } of pending.entities) {
      try {
        await withinLimit(load(model, version), loadLimitMs, `version ${version} of ${model}`)
      } catch (error) {
        const message = `${entity} (version ${version} of ${model}) cannot be served. ${explain(error)}`
        if (await toFailed(name, updateNo, message))
          log.warn('An endpoint update failed', { endpoint: name, entity, error })
        return
      }
    }
    if (await toReady(name, updateNo)) log.info('An endpoint has a new config', { endpoint: name, updateNo })
  }

  return {
    async advance(name) {
      if (file.readOnly) return
      const seen = await file.read((db) => {
        const row = findEndpoint(db, name)
        const pending = row && readConfig(row, 'pending')
        return pending && { pending, updateNo: numberOf(row, 'update_no'), step: textOrNull(row, 'step') }
      })
      if (!seen) return
      const { pending, updateNo, step } = seen
      if (step === 'created') return toLoading(name, updateNo)
      const key = JSON.stringify([name, updateNo])
      const underWay = loading.get(key) ?? loadAll(name, updateNo, pending).finally(() => loading.delete(key))
      loading.set(key, underWay)
      await underWay
    },
  }
}
