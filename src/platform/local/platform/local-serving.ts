// The serving endpoints of the embedded platform: configs in the file, answers from the engine it is handed.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { LakedeskError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { Registry } from '../../ports/registry.ts'
import type { Endpoint, EndpointConfig, ServedEntity, Serving } from '../../ports/serving.ts'
import { checkConfig, checkEndpointName, checkVersions, readConfig } from './endpoint-config.ts'
import { createUpdates, findEndpoint } from './endpoint-update.ts'
import { pickEntity } from './pick-entity.ts'
import { missing, refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { type Row, textOf } from './rows.ts'

/** Nobody who looks waits longer than this for a load; it goes on by itself. */
const PATIENCE_MS = 1000
/** Records of one request that are answered at the same time. */
const CONCURRENCY = 4

type Rec = Readonly<Record<string, unknown>>

/** What loads and runs versions: the embedded platform keeps the configs alone. */
export interface Engine {
  /** Prepares a version for serving; throws where it cannot be served (a LakedeskError's sentence is shown). */
  load(model: string, version: string): Promise<void>
  /** One prediction. */
  answer(model: string, version: string, record: Rec, options: { signal?: AbortSignal }): Promise<unknown>
  /** Longest time that loading one version may take. Default 5 minutes. */
  loadLimitMs?: number
}

function toEndpoint(row: Row): Endpoint {
  const config = readConfig(row, 'config')
  const state = textOf(row, 'update_state')
  return {
    name: textOf(row, 'name'),
    id: textOf(row, 'id'),
    ready: config !== null,
    update: state === 'NOT_UPDATING' || state === 'IN_PROGRESS' ? state : 'UPDATE_FAILED',
    config,
    pending: readConfig(row, 'pending'),
    message: textOf(row, 'message'),
  }
}

function checkAbsent(db: DatabaseSync, name: string): void {
  if (findEndpoint(db, name)) throw refuse(`The endpoint ${name} exists already. Change its config instead.`)
}

function insert(db: DatabaseSync, name: string, config: EndpointConfig): void {
  checkAbsent(db, name)
  const sql = "INSERT INTO endpoints VALUES (?, ?, NULL, 0, ?, 'created', 1, 'IN_PROGRESS', '')"
  db.prepare(sql).run(name, randomBytes(16).toString('hex'), JSON.stringify(config))
}

function checkFree(db: DatabaseSync, name: string): void {
  const row = findEndpoint(db, name)
  if (!row) throw missing(`There is no endpoint ${name.slice(0, 80)}. Check its name, or create it first.`)
  if (row.step === null) return
  const sentence = `Endpoint ${name} is currently being updated. Wait for the update to complete and try again.`
  throw new LakedeskError('ENDPOINT_BUSY', sentence)
}

function replace(db: DatabaseSync, name: string, config: EndpointConfig): void {
  checkFree(db, name)
  const sql = `UPDATE endpoints SET pending = ?, step = 'created', update_no = update_no + 1, update_state = 'IN_PROGRESS',
    message = '' WHERE name = ?`
  db.prepare(sql).run(JSON.stringify(config), name)
}

/** Throws PLATFORM_NOT_FOUND where no config answers with such an entity, PLATFORM_REFUSED where nothing answers yet. */
function chooseEntity(endpoint: Endpoint, record: Rec, wanted: string | undefined): ServedEntity {
  const { name, config, message } = endpoint
  if (!config) {
    const why = message === '' ? 'its first version is still being loaded. Wait and try again' : message
    throw refuse(`The endpoint ${name} does not answer: ${why}`)
  }
  const entity = wanted === undefined ? pickEntity(config, record) : config.entities.find((e) => e.name === wanted)
  if (!entity) throw missing(`The endpoint ${name} serves no entity ${wanted ?? 'by its routes'}.`)
  return entity
}

function toAnswerError(error: unknown, { model, version }: ServedEntity): unknown {
  if (error instanceof LakedeskError || (error instanceof Error && error.name === 'AbortError')) return error
  return new LakedeskError(
    'PLATFORM_FAILED',
    `Version ${version} of ${model} could not answer. Please try again.`,
    error,
  )
}

/** Answers in the order of the items, at most CONCURRENCY at once; the first failure stops what has not begun. */
async function inOrder<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = []
  const queue = items.entries()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const [i, item] of queue) {
      if (failed) return
      try {
        results[i] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane))
  return results
}

export interface ServingParts {
  file: PlatformFile
  /** Where the versions to serve are registered. */
  registry: Registry
  engine: Engine
  log: Log
}

export function createLocalServing(parts: ServingParts): Serving & { settle(): Promise<void> } {
  const { file, registry, engine, log } = parts
  const { load, loadLimitMs } = engine
  const updates = createUpdates({ file, load: (model, version) => load(model, version), log, loadLimitMs })

  const look = (name: string): Promise<Endpoint | null> =>
    file.read((db) => {
      const row = findEndpoint(db, name)
      return row ? toEndpoint(row) : null
    })
  /** Steps that began here and have not ended. */
  const steps = new Set<Promise<void>>()
  const begin = (name: string): Promise<void> => {
    const step = updates.advance(name).finally(() => steps.delete(step))
    step.catch((error: unknown) => log.warn('An endpoint update could not move on', { endpoint: name, error }))
    steps.add(step)
    return step
  }
  /** Moves an update one step on, waiting a moment for it. */
  const advance = async (name: string): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS)
    })
    try {
      await Promise.race([begin(name), patience])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async settle() {
      await Promise.allSettled(steps)
    },

    async describe(name) {
      await advance(name)
      return look(name)
    },

    async create(name, config) {
      checkEndpointName(name)
      checkConfig(config)
      await file.read((db) => checkAbsent(db, name))
      await checkVersions(registry, config)
      await file.write((db) => insert(db, name, config))
    },

    async updateConfig(name, config) {
      await file.read((db) => checkFree(db, name))
      checkConfig(config)
      await checkVersions(registry, config)
      // Somebody may have been faster while the registry was asked: the transaction looks again.
      await file.write((db) => replace(db, name, config))
    },

    async invoke(name, records, { entity, signal } = {}) {
      let endpoint = await look(name)
      if (endpoint?.config && endpoint.pending) begin(name)
      else if (endpoint?.pending) {
        await advance(name)
        endpoint = await look(name)
      }
      if (!endpoint) throw missing(`There is no endpoint ${name.slice(0, 80)}. Check its name.`)
      const now = endpoint
      return inOrder(records, async (record) => {
        signal?.throwIfAborted()
        const chosen = chooseEntity(now, record, entity)
        try {
          return await engine.answer(chosen.model, chosen.version, record, signal ? { signal } : {})
        } catch (error) {
          throw toAnswerError(error, chosen)
        }
      })
    },
  }
}
