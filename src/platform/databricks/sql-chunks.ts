// The rows of a statement that succeeded, chunk by chunk: rows in the answer, or behind links to the storage that expire.
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import type { SqlRow } from '../ports/sql.ts'
import { pause } from './pause.ts'
import { readerOf } from './sql-values.ts'
import { type Cells, type Chunk, cellsSchema, chunkSchema, type ExternalLink, STATEMENTS } from './sql-wire.ts'

const LINK_MS = 60_000
const TRIES = 4
const MIN_WAIT_MS = 200

export interface ChunkSource {
  http: MlflowHttp
  statementId: string
  first: Chunk | undefined
  /** Of the columns, in order. */
  types: readonly string[]
  signal: AbortSignal
}

/** Pages of rows, at least one. Throws SQL_FAILED, PLATFORM_*; rejects with the reason of the signal. */
export async function* readChunks(source: ChunkSource): AsyncGenerator<readonly SqlRow[]> {
  const readers = source.types.map(readerOf)
  let chunk = source.first
  let given = false
  while (chunk) {
    const cells: Cells = await cellsOf(source, chunk)
    source.signal.throwIfAborted()
    if (cells.length > 0 || !given) {
      given = true
      yield cells.map((row) => readers.map((read, nth) => read(row[nth] ?? null)))
    }
    const next = nextOf(chunk)
    chunk = next === undefined ? undefined : await askChunk(source, next)
  }
  if (!given) yield []
}

/** Index of the next chunk; undefined after the last. The link names the same chunk, and leads nowhere else. */
function nextOf(chunk: Chunk): number | undefined {
  const from = chunk.external_links?.at(-1) ?? chunk
  const index = from.next_chunk_index ?? chunk.next_chunk_index
  if (index !== undefined) return index
  const link = from.next_chunk_internal_link ?? chunk.next_chunk_internal_link
  const found = /\/result\/chunks\/(\d+)(?:\?|$)/.exec(link ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}

function askChunk({ http, statementId, signal }: ChunkSource, index: number): Promise<Chunk> {
  const path = `${STATEMENTS}/${encodeURIComponent(statementId)}/result/chunks/${index}`
  return http.json({ method: 'GET', path, about: `chunk ${index} of a result`, answer: chunkSchema, signal })
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
    if (isOver(link)) continue
    const read = await fetchLink(link, source.signal)
    if ('cells' in read) return read.cells
    why = read.why
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
