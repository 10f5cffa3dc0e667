// Databricks Vector Search as the index: Delta Sync indexes over a table of chunks, and Direct Access indexes.
import type { MlflowHttp } from '../../mlflow/mlflow-http.ts'
import { answerOf, isNotFound } from '../../mlflow/platform-errors.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import { type Condition, readFilters } from '../../ports/read-filters.ts'
import { type CheckedQuery, readQuery } from '../../ports/read-query.ts'
import type { Sql } from '../../ports/sql.ts'
import type { Filters, IndexHit, VectorIndex } from '../../ports/vector-index.ts'
import { type ChunkStore, createTableStore, writeDocuments } from './chunk-writer.ts'
import { createDirectStore, needed } from './direct-store.ts'
import { type IndexSpec, toIndexSpec } from './index-spec.ts'
import { readHits } from './read-hits.ts'
import { createSearchCalls } from './search-calls.ts'
import { indexMissing, toSearchError } from './search-errors.ts'
import type { WireHits } from './search-wire.ts'
import {
  type NewIndex,
  openEndpoint,
  openIndex,
  type SearchProgress,
  untilSettled,
  type Waiting,
} from './settle-index.ts'
import { syncOnce } from './sync-index.ts'
import { writeFilterString } from './write-filter-string.ts'

export interface DatabricksIndexOptions {
  http: MlflowHttp
  /** Full name: catalog.schema.index. */
  name: string
  endpoint: string
  /** Id of the workspace, for the renamed API. */
  workspace?: () => Promise<string>
  /** Runs the statements over the table of chunks; needed for Delta Sync indexes that are written to. */
  sql?: Sql
  /** Table of chunks; by default the one that the index follows. */
  table?: string
  /** For an index of vectors that it does not make itself. */
  embeddings?: TextEmbeddings
  /** How endpoint and index are made where they are missing; absent: they never are. */
  make?: NewIndex
  /** Orders the best hits anew by these columns. */
  rerankBy?: readonly string[]
  /** True: writes do not sync; `sync` is called after the last one. Default false. */
  syncLater?: boolean
  onProgress?: (progress: SearchProgress) => void
  /** Milliseconds before the second look at a state; default 1,000, growing to 15,000. */
  pollMs?: number
  /** Milliseconds until a new endpoint is online, default 20 minutes, and until an index has all rows, default 60. */
  endpointMs?: number
  indexMs?: number
}

export interface DatabricksIndex extends VectorIndex {
  /** Makes endpoint, table and index where they are missing, and waits until they answer. Throws INDEX_*, PLATFORM_*, SQL_*. */
  prepare(signal: AbortSignal): Promise<void>
  /** Starts a sync where the index moves on command, and waits until it has all rows of its table. Resolves to their number. */
  sync(signal: AbortSignal, onProgress?: (progress: SearchProgress) => void): Promise<number>
}

const MAX_POLL_MS = 15_000
const ENDPOINT_MS = 20 * 60_000
const INDEX_MS = 60 * 60_000
const FILTER_COLUMNS = ['doc_id', 'title', 'url', 'doc_type', 'last_updated', 'chunk_id', 'source']

/** Connects at the first call. */
export function createDatabricksIndex(options: DatabricksIndexOptions): DatabricksIndex {
  const { http, name, endpoint, pollMs = 1_000 } = options
  const workspace = options.workspace ? { workspace: options.workspace } : {}
  const calls = createSearchCalls({ http, endpoint, index: name, ...workspace })
  const place = { index: name, endpoint, describe: () => calls.getIndex() }
  let known: Promise<{ spec: IndexSpec; optimized: boolean }> | null = null

  const waiting = (signal: AbortSignal, onProgress = options.onProgress): Waiting => ({
    ...{ calls, index: name, endpoint, pollMs, signal },
    maxPollMs: Math.max(pollMs, MAX_POLL_MS),
    endpointMs: options.endpointMs ?? ENDPOINT_MS,
    indexMs: options.indexMs ?? INDEX_MS,
    ...(onProgress ? { onProgress } : {}),
  })

  /** Read once: what an index is made of never changes. */
  async function describe() {
    known ??= read()
    try {
      return await known
    } catch (error) {
      known = null
      throw await toSearchError(error, place)
    }
  }
  async function read() {
    const spec = toIndexSpec(await calls.getIndex())
    return { spec, optimized: (await readEndpointType()) === 'STORAGE_OPTIMIZED' }
  }
  async function readEndpointType(): Promise<string | null> {
    try {
      return (await calls.getEndpoint()).endpoint_type
    } catch (error) {
      // Whoever may read an index may not always look at its endpoint.
      if (isNotFound(error) || answerOf(error)?.status === 403) return null
      throw error
    }
  }

  let store: ChunkStore | null = null
  async function openStore(): Promise<ChunkStore> {
    if (store) return store
    const { table, sql } = options
    const { spec } = table && sql ? { spec: null } : await describe()
    if (spec?.kind === 'direct') {
      const embeddings = options.embeddings ? { embeddings: options.embeddings } : {}
      store = createDirectStore({ calls, index: name, spec: async () => (await describe()).spec, ...embeddings })
      return store
    }
    const followed = table ?? spec?.sourceTable
    if (!followed || !sql) throw indexMissing(name, endpoint)
    store = createTableStore(sql, followed)
    return store
  }

  let prepared = false
  async function prepare(signal: AbortSignal): Promise<void> {
    if (!options.make || prepared) return
    const { table, sql, make } = options
    // The table first: an index follows one that is there.
    if (table && sql) await createTableStore(sql, table).count(signal)
    await openEndpoint(waiting(signal), make)
    if (await openIndex(waiting(signal), make)) known = null
    await untilSettled(waiting(signal), null)
    prepared = true
  }

  async function sync(signal: AbortSignal, onProgress = options.onProgress): Promise<number> {
    await prepare(signal)
    const { spec } = await describe()
    const { chunks } = await (await openStore()).count(signal)
    const wait = waiting(signal, onProgress)
    if (spec.kind === 'delta' && spec.triggered) await syncOnce(wait)
    await untilSettled(wait, spec.kind === 'delta' ? chunks : null)
    return chunks
  }

  const settle = async (signal: AbortSignal): Promise<void> => {
    if (!options.syncLater) await sync(signal)
  }

  async function search(query: CheckedQuery, filters: Filters | undefined): Promise<IndexHit[]> {
    const { spec, optimized } = await describe()
    const body = await toBody(query, toFilter(filters, spec, optimized), spec, options)
    const rows: IndexHit[] = []
    let page: WireHits | null = await calls.query(body)
    while (page) {
      const hits = readHits(page, spec)
      rows.push(...hits)
      const token: string | null | undefined = page.next_page_token
      page = token && hits.length > 0 && rows.length < query.numResults ? await calls.nextPage(token) : null
    }
    return rows.slice(0, query.numResults).filter(({ score }) => score >= query.scoreThreshold)
  }

  return {
    prepare,
    sync,
    async upsert(documents, { signal = new AbortController().signal, onProgress = () => {} } = {}) {
      signal.throwIfAborted()
      const result = await writeDocuments(documents, await openStore(), signal, onProgress)
      if (result.documents > 0) await settle(signal)
      return result
    },
    async remove(docIds) {
      const { signal } = new AbortController()
      const kept = await openStore()
      const stored = await kept.stored(docIds, signal)
      if (stored.length === 0) return 0
      await kept.remove(
        stored.map(({ chunk_id }) => chunk_id),
        signal,
      )
      await settle(signal)
      return new Set(stored.map(({ doc_id }) => doc_id)).size
    },
    async listDocuments(source) {
      return (await openStore()).list(source, new AbortController().signal)
    },
    async querySimilar(query) {
      const checked = readQuery(query)
      try {
        return await search(checked, query.filters)
      } catch (error) {
        throw await toSearchError(error, place)
      }
    },
    async describe() {
      const { spec } = await describe()
      const counts = await (await openStore()).count(new AbortController().signal)
      return {
        ...counts,
        dimension: spec.dimension ?? 0,
        embeddings: spec.embeddings ?? options.embeddings?.name ?? '',
      }
    },
    async close() {},
  }
}

/** The same filter in the words of the endpoint. Throws FILTER_INVALID. */
function toFilter(filters: Filters | undefined, spec: IndexSpec, optimized: boolean): Readonly<Record<string, string>> {
  if (filters === undefined) return {}
  const columns = FILTER_COLUMNS.filter((name) => spec.columns.includes(name))
  const conditions: Condition<string>[] = readFilters(filters, columns)
  const text = optimized ? writeFilterString(conditions) : JSON.stringify(filters)
  if (conditions.length === 0 || text === undefined) return {}
  return optimized ? { filter_string: text } : { filters_json: text }
}

async function toBody(
  query: CheckedQuery,
  filter: Readonly<Record<string, string>>,
  spec: IndexSpec,
  { rerankBy, embeddings, name }: DatabricksIndexOptions,
) {
  const wantsVector = spec.vectorColumn !== null && query.queryType !== 'FULL_TEXT'
  const vector = wantsVector ? [...(await needed(embeddings, name).embedQuery(query.text))] : null
  return {
    columns: spec.columns.filter((column) => !['source', 'content_hash'].includes(column)),
    num_results: query.numResults,
    query_type: query.queryType,
    // ANN over vectors of others takes the vector alone, HYBRID both.
    ...(vector && query.queryType === 'ANN' ? {} : { query_text: query.text }),
    ...(vector ? { query_vector: vector } : {}),
    ...filter,
    ...(query.scoreThreshold > 0 ? { score_threshold: query.scoreThreshold } : {}),
    ...(rerankBy && rerankBy.length > 0
      ? { reranker: { model: 'databricks_reranker', parameters: { columns_to_rerank: rerankBy } } }
      : {}),
  }
}
