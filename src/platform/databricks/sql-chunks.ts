// The rows of a statement that succeeded, chunk by chunk: rows in the answer, or behind links to the storage that expire.
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import type { SqlRow } from '../ports/sql.ts'
import { pause } from './pause.ts'
import { readerOf } from './sql-values.ts'
import {
  type Cells,
  type Chunk,
  cellsSchema,
  chunkSchema,
  type ExternalLink,
  type Manifest,
  STATEMENTS,
} from './sql-wire.ts'

const LINK_MS = 60_000
const TRIES = 4
const MIN_WAIT_MS = 200

export interface ChunkSource {
  http: MlflowHttp
  statementId: string
  first: Chunk | undefined
  /** What there is to read. Absent: the statement gives no rows. */
  manifest: Manifest | undefined
  /** Of the columns, in order. */
  types: readonly string[]
  signal: AbortSignal
}

/**
 * Pages of rows, at least one. A part that the manifest promises and that does not come is asked for again, and then an error: it never makes
 * the result shorter. Throws SQL_FAILED, PLATFORM_*; rejects with the reason of the signal.
 */
export async function* readChunks(source: ChunkSource): AsyncGenerator<readonly SqlRow[]> {
  const readers = source.types.map(readerOf)
  let chunk = await firstOf(source)
  let index = 0
  let rows = 0
  while (chunk) {
    const cells: Cells = await cellsOf(source, chunk)
    source.signal.throwIfAborted()
    // A page without rows is given where there is no other.
    if (cells.length > 0) yield cells.map((row) => readers.map((read, nth) => read(row[nth] ?? null)))
    rows += cells.length
    const next = nextOf(chunk, index, source.manifest)
    chunk = next === undefined ? undefined : await askChunk(source, next)
    index = next ?? index
  }
  checkCount(rows, source.manifest)
  if (rows === 0) yield []
}

/** Where there are rows and the answer of the statement brought none of them, their chunk is asked for. */
async function firstOf(source: ChunkSource): Promise<Chunk | undefined> {
  const { first, manifest } = source
  if (first && isWhole(first, 0)) return first
  const hasRows = manifest !== undefined && manifest.schema.columns.length > 0 && manifest.total_row_count !== 0
  return hasRows ? askChunk(source, 0) : undefined
}

/** Index of the next chunk; undefined after the last. The link names the same chunk, and leads nowhere else. */
function nextOf(chunk: Chunk, asked: number, manifest: Manifest | undefined): number | undefined {
  const from = chunk.external_links?.at(-1) ?? chunk
  const index = from.next_chunk_index ?? chunk.next_chunk_index
  if (index !== undefined) return index
  const link = from.next_chunk_internal_link ?? chunk.next_chunk_internal_link
  const found = /\/result\/chunks\/(\d+)(?:\?|$)/.exec(link ?? '')?.[1]
  if (found !== undefined) return Number(found)
  const following = Math.max(asked, from.chunk_index ?? 0) + 1
  return following < (manifest?.total_chunk_count ?? 0) ? following : undefined
}

async function askChunk({ http, statementId, signal }: ChunkSource, index: number): Promise<Chunk> {
  const path = `${STATEMENTS}/${encodeURIComponent(statementId)}/result/chunks/${index}`
  for (let tried = 1; tried <= TRIES; tried += 1) {
    if (tried > 1) await pause(MIN_WAIT_MS * 2 ** (tried - 2), signal)
    const about = `chunk ${index} of a result`
    const chunk = await http.json({ method: 'GET', path, about, answer: chunkSchema, signal })
    if (isWhole(chunk, index)) return chunk
  }
  throw incomplete(`chunk ${index} came without its rows`)
}

/** Brings rows, or links to them, of the chunk that was asked for, and as many as it says. */
function isWhole({ chunk_index, row_count, data_array, external_links }: Chunk, index: number): boolean {
  if (external_links !== undefined) return external_links.length > 0
  if (data_array === undefined || (chunk_index ?? index) !== index) return false
  return (row_count ?? data_array.length) === data_array.length
}

/** What was cut off by a limit counts no further than the chunks do: which total stands there then is not documented. */
function checkCount(rows: number, manifest: Manifest | undefined): void {
  const total = manifest?.truncated ? undefined : manifest?.total_row_count
  if (total === undefined || total === rows) return
  throw incomplete(`${rows} of ${total} rows came`)
}

function incomplete(what: string): LakedeskError {
  return new LakedeskError(
    'SQL_FAILED',
    `Databricks did not send the whole result of the statement (${what}), and a part of it is not shown as the whole. Run the query again; if it stays so, look at what stands between Lakedesk and the workspace.`,
  )
}

async function cellsOf(source: ChunkSource, chunk: Chunk): Promise<Cells> {
  if (chunk.external_links === undefined) return chunk.data_array ?? []
  const cells: Cells = []
  for (const link of chunk.external_links) for (const row of await readLink(source, link)) cells.push(row)
  return cells
}

/** A link lives for 15 minutes at most: the chunk is then asked again for a fresh one. */
async function readLink(source: ChunkSource, given: ExternalLink): Promise<Cells> {
  let link = given
  let why = 'its links expire at once'
  for (let tried = 1; tried <= TRIES; tried += 1) {
    if (tried > 1) {
      await pause(MIN_WAIT_MS * 2 ** (tried - 2), source.signal)
      link = await renew(source, link)
    }
    // A fresh one is tried whatever it says: the clock of this machine may be ahead.
    if (tried === 1 && isOver(link)) continue
    const read = await fetchLink(link, source.signal)
    if ('cells' in read && read.cells.length === (link.row_count ?? read.cells.length)) return read.cells
    why = 'cells' in read ? `${read.cells.length} of ${link.row_count} rows came` : read.why
  }
  const fix = 'Check that this machine may connect to the storage of the workspace, or ask for fewer rows.'
  throw new LakedeskError(
    'SQL_FAILED',
    `A part of the result could not be read from the storage behind Databricks (${why}). ${fix}`,
  )
}

async function renew(source: ChunkSource, old: ExternalLink): Promise<ExternalLink> {
  const fresh = await askChunk(source, old.chunk_index)
  return fresh.external_links?.find(({ chunk_index }) => chunk_index === old.chunk_index) ?? old
}

function isOver({ expiration }: ExternalLink): boolean {
  return expiration !== undefined && Date.parse(expiration) <= Date.now()
}

/** The address holds its own credentials: the token of the workspace stays here, and no sentence shows the address. */
async function fetchLink(
  { external_link, http_headers = {} }: ExternalLink,
  signal: AbortSignal,
): Promise<{ cells: Cells } | { why: string }> {
  let text: string
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LINK_MS)])
    const response = await fetch(external_link, { headers: http_headers, signal: limited })
    text = await response.text()
    if (!response.ok) return { why: `HTTP ${response.status}` }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const isSlow = error instanceof Error && error.name === 'TimeoutError'
    return { why: isSlow ? 'it did not answer in time' : 'it could not be reached' }
  }
  const cells = cellsSchema.safeParse(toData(text))
  return cells.success ? { cells: cells.data } : { why: 'what came is no rows' }
}

function toData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Cut off, or a page of a proxy: the caller says so.
    return undefined
  }
}
