// Indexes of vector search: created, looked at, synced with their tables, deleted.
import type { Embed } from '../foundation/create-foundation.ts'
import type { SqlEngine } from '../sql-engine.ts'
import type { State } from '../state.ts'
import { type Call, invalid, notFound, refuse, required, text, toPage, type Values } from '../wire.ts'
import { createRowStore } from './index-rows.ts'
import { checkIndexName, readSpec } from './read-spec.ts'
import type { SearchEndpoints } from './search-endpoints.ts'
import { showBriefly, showIndex } from './show-index.ts'
import type { StoredIndex } from './stored.ts'
import { checkSource, SourceFault, syncIndex } from './sync-index.ts'

export interface SearchIndexParts {
  state: State
  now(): number
  host(): string
  engine: SqlEngine
  embedWith(endpoint: string): Embed | undefined
  requireEndpoint: SearchEndpoints['require']
}

const MAX_INDEXES = 50
const PAGE = 100

export function createSearchIndexes({ state, now, host, engine, embedWith, requireEndpoint }: SearchIndexParts) {
  const indexes = state.table<StoredIndex>('search-indexes')
  const rowsOf = createRowStore(state)
  const closed = new AbortController()
  const running = new Map<string, Promise<void>>()
  /** How often the name of a deleted index will still be refused. */
  const leaving = new Map<string, number>()
  const parts = { engine, embedWith, signal: closed.signal }
  const control = {
    /** Looks that show an index on its way after the work itself is done. */
    looks: 0,
    /** A CONTINUOUS index is brought up to its table when something is asked of it, at most this often, in milliseconds. */
    followMs: 1000,
    /** Attempts to use the name of a deleted index again that are refused. */
    deletionLooks: 0,
    /** Resolves when no sync runs. */
    async settle(): Promise<void> {
      while (running.size > 0) await Promise.all(running.values())
    },
    /** Ends the syncs that run, before the state is closed; they go on at the next start. */
    async close(): Promise<void> {
      closed.abort()
      await Promise.all(running.values())
    },
  }

  const isKept = (index: StoredIndex) => indexes.get(index.name) === index
  function change(index: StoredIndex, changes: Partial<StoredIndex>): StoredIndex {
    Object.assign(index, changes)
    // It may have been deleted while something of it was under way.
    if (isKept(index)) indexes.put(index.name, index)
    return index
  }
  function require(name: string): StoredIndex {
    const index = indexes.get(name)
    if (!index) throw notFound(`Vector index ${name} does not exist.`)
    return index
  }
  const isSettled = (index: StoredIndex) => !index.pending && index.looks >= control.looks
  const show = (index: StoredIndex) =>
    showIndex(index, { host: host(), rows: rowsOf(index.name).count(), isSettled: isSettled(index) })

  async function sync(index: StoredIndex): Promise<void> {
    try {
      const synced = await syncIndex(index, rowsOf(index.name), { ...parts, isKept: () => isKept(index) })
      if (synced) change(index, { columns: synced.columns, fault: '', pending: false, syncedAt: now() })
    } catch (error) {
      // A lakehouse that stops goes on with the sync at its next start; of a deleted index nothing is left to tell.
      if (closed.signal.aborted || !isKept(index)) return
      const fault = error instanceof Error ? error.message : String(error)
      change(index, { fault, pending: false, syncedAt: now() })
    }
  }
  /** One sync at a time; what is asked for meanwhile comes after it. */
  function startSync(index: StoredIndex): Promise<void> {
    change(index, { pending: true, looks: 0 })
    const before = running.get(index.name) ?? Promise.resolve()
    const work = before.then(() => (closed.signal.aborted || !isKept(index) ? undefined : sync(index)))
    const done = work.finally(() => {
      if (running.get(index.name) === done) running.delete(index.name)
    })
    running.set(index.name, done)
    return done
  }
  /** A CONTINUOUS index follows its table: whoever asks sees what the table holds. */
  async function follow(index: StoredIndex): Promise<void> {
    if (index.delta?.pipeline !== 'CONTINUOUS' || !index.online || closed.signal.aborted) return
    if (now() - index.syncedAt >= control.followMs) await (running.get(index.name) ?? startSync(index))
  }
  function comeUp(index: StoredIndex): void {
    if (isSettled(index) && !index.online && index.fault === '') change(index, { online: true })
  }

  function checkFree(name: string): void {
    if (indexes.has(name)) throw refuse(409, 'RESOURCE_ALREADY_EXISTS', `Vector index with name ${name} already exists`)
    const left = leaving.get(name) ?? 0
    leaving.set(name, left - 1)
    if (left > 0) throw invalid(`Index ${name} is currently pending deletion. Please retry later.`)
    leaving.delete(name)
  }

  async function create({ args, at, caller }: Call): Promise<Values> {
    const name = required(args, 'name')
    checkIndexName(name)
    const endpoint = requireEndpoint(at.endpoint ?? required(args, 'endpoint_name'))
    checkFree(name)
    if (countOn(endpoint.name) >= MAX_INDEXES)
      throw invalid(`Endpoint ${endpoint.name} has ${MAX_INDEXES} indexes already.`)
    const spec = readSpec(args, endpoint.type)
    const models = spec.vectors.kind === 'managed' ? [spec.vectors.endpoint, spec.vectors.queryEndpoint] : []
    const unknown = models.find((model) => !embedWith(model))
    if (unknown) throw notFound(`Embedding model endpoint ${unknown} does not exist.`)
    const index: StoredIndex = {
      ...{ name, id: crypto.randomUUID(), endpoint: endpoint.name, creator: caller, createdAt: now(), ...spec },
      columns: Object.entries(spec.direct?.schema ?? {}).map(([column, type]) => ({ name: column, type })),
      ...{ online: false, fault: '', pending: false, looks: 0, syncedAt: 0 },
    }
    if (index.delta) await checkSource(index, endpoint.type === 'STANDARD', parts).catch(refuseSource)
    checkFree(name)
    rowsOf(name).clear()
    indexes.put(name, index)
    if (index.delta) void startSync(index)
    return show(index)
  }

  function remove(name: string): Values {
    require(name)
    indexes.delete(name)
    rowsOf(name).clear()
    if (control.deletionLooks > 0) leaving.set(name, control.deletionLooks)
    return {}
  }

  function askSync(name: string): Values {
    const index = require(name)
    if (!index.delta) throw invalid(`Index ${name} is a DIRECT_ACCESS index: it has nothing to sync with.`)
    if (index.delta.pipeline !== 'TRIGGERED')
      throw invalid(`Index ${name} has the pipeline type CONTINUOUS: only TRIGGERED indexes can be synced on demand.`)
    void startSync(index)
    return {}
  }

  const countOn = (endpoint: string) => indexes.values().filter((one) => one.endpoint === endpoint).length

  // What was under way when the lakehouse stopped.
  for (const index of indexes.values()) if (index.pending && index.delta) void startSync(index)

  return {
    control,
    create,
    remove,
    askSync,
    require,
    show,
    countOn,
    all: () => indexes.values(),
    rowsOf: (index: StoredIndex) => rowsOf(index.name),
    async look(name: string): Promise<Values> {
      const index = require(name)
      await follow(index)
      comeUp(index)
      const shown = show(index)
      if (!index.pending && !isSettled(index)) change(index, { looks: index.looks + 1 })
      return shown
    },
    list({ args, at }: Call): Values {
      const endpoint = at.endpoint ?? text(args, 'endpoint_name')
      if (endpoint !== '') requireEndpoint(endpoint)
      const found = indexes.values().filter((one) => endpoint === '' || one.endpoint === endpoint)
      const { items, ...more } = toPage(found, args, PAGE)
      return { vector_indexes: items.map(showBriefly), ...more }
    },
    /** Refuses an index that cannot be asked now: it, or its endpoint, is not online. */
    async requireOnline(name: string): Promise<StoredIndex> {
      const index = require(name)
      const endpoint = requireEndpoint(index.endpoint)
      if (endpoint.state !== 'ONLINE')
        throw refuse(400, 'INVALID_STATE', `Vector search endpoint ${endpoint.name} is ${endpoint.state}, not ONLINE.`)
      await follow(index)
      comeUp(index)
      if (!index.online) {
        const why = index.fault === '' ? 'its first snapshot is not complete' : index.fault
        throw refuse(400, 'INVALID_STATE', `Index ${name} is not ready to be queried: ${why}`)
      }
      return index
    },
  }
}

export type SearchIndexes = ReturnType<typeof createSearchIndexes>

function refuseSource(error: unknown): never {
  if (!(error instanceof SourceFault)) throw error
  if (error.message.includes('TABLE_OR_VIEW_NOT_FOUND')) throw notFound(error.message)
  throw invalid(error.message)
}
