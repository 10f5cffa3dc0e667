// Chunks in a Direct Access index: written and taken out by their keys, looked through by scanning.
import { createHash } from 'node:crypto'
import { LakedeskError } from '../../../core/errors.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import type { ChunkStore } from './chunk-writer.ts'
import type { IndexSpec } from './index-spec.ts'
import type { SearchCalls } from './search-calls.ts'
import { type ScannedRow, toScannedRow } from './search-wire.ts'

/** Rows of one scan; an answer may have 10 MB. */
const SCAN_ROWS = 500
/** Keys of one DELETE stand in its address. */
const DELETE_KEYS = 100

export interface DirectStoreParts {
  calls: SearchCalls
  index: string
  spec(): Promise<IndexSpec>
  /** For an index of vectors that others make. */
  embeddings?: TextEmbeddings
}

export function createDirectStore({ calls, index, spec, embeddings }: DirectStoreParts): ChunkStore {
  async function* scan(signal: AbortSignal): AsyncGenerator<ScannedRow> {
    let last: string | undefined
    for (;;) {
      const page = await calls.scan(SCAN_ROWS, last, signal)
      for (const row of page.data) yield toScannedRow(row)
      const next = page.last_primary_key ?? page.next_page_token ?? undefined
      if (page.data.length === 0 || next === undefined || next === '' || next === last) return
      last = next
    }
  }

  async function check(changing: ReturnType<SearchCalls['upsert']>): Promise<void> {
    const { status, result } = await changing
    if (status === 'SUCCESS') return
    const keys = result?.failed_primary_keys ?? []
    const named = keys.length > 0 ? ` (${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ' and more' : ''})` : ''
    throw new LakedeskError(
      'INDEX_FAILED',
      `The index ${index} did not take all rows: ${status}${named}. Run the same command again; rows that it took stay.`,
    )
  }

  return {
    async stored(docIds, signal) {
      const wanted = new Set(docIds)
      const { primaryKey, textColumn } = await spec()
      const found = []
      for await (const row of scan(signal)) {
        if (!wanted.has(String(row.doc_id))) continue
        const digest = createHash('md5')
          .update(String(row[textColumn] ?? ''))
          .digest('hex')
        found.push({ chunk_id: String(row[primaryKey]), doc_id: String(row.doc_id), digest })
      }
      return found
    },
    async write(rows, signal) {
      const { primaryKey, textColumn, vectorColumn } = await spec()
      const named = rows.map(({ chunk_id, content, ...rest }) => ({
        ...rest,
        [primaryKey]: chunk_id,
        [textColumn]: content,
      }))
      if (vectorColumn === null) return check(calls.upsert(named, signal))
      const vectors = await needed(embeddings, index).embedDocuments(rows.map(({ content }) => content))
      await check(
        calls.upsert(
          named.map((row, i) => ({ ...row, [vectorColumn]: [...(vectors[i] ?? [])] })),
          signal,
        ),
      )
    },
    async remove(ids, signal) {
      for (let at = 0; at < ids.length; at += DELETE_KEYS) {
        await check(calls.remove(ids.slice(at, at + DELETE_KEYS), signal))
      }
    },
    async list(source, signal) {
      const found = new Map<string, string>()
      for await (const row of scan(signal)) {
        if (source === undefined || row.source === source) found.set(String(row.doc_id), String(row.content_hash ?? ''))
      }
      return found
    },
    async count(signal) {
      const { textColumn } = await spec()
      const documents = new Set<string>()
      let chunks = 0
      let bytes = 0
      for await (const row of scan(signal)) {
        documents.add(String(row.doc_id))
        chunks += 1
        bytes += Buffer.byteLength(String(row[textColumn] ?? ''))
      }
      return { documents: documents.size, chunks, bytes }
    },
  }
}

/** Throws INDEX_MISMATCH where there are none. */
export function needed(embeddings: TextEmbeddings | undefined, index: string): TextEmbeddings {
  if (embeddings) return embeddings
  throw new LakedeskError(
    'INDEX_MISMATCH',
    `The index ${index} takes vectors and makes none itself. Set LAKEDESK_EMBEDDINGS to the model that it was built with.`,
  )
}
