// Brings the index up to date with its source: what changed is indexed again, what is gone is removed, the rest stays.
import { createHash } from 'node:crypto'
import { type Log, silentLog } from '../core/log.ts'
import type { IndexDocument, VectorIndex } from '../platform/ports/vector-index.ts'
import { chunkDocument } from './chunk/chunk-document.ts'
import { type ChunkStrategy, describeStrategy, STRUCTURE } from './chunk/strategy.ts'
import { emptySource, loadPage } from './load/load-documents.ts'
import type { SkippedFile } from './load/page.ts'
import { readDocuments } from './load/read-documents.ts'
import { type Root, resolveRoots } from './load/resolve-roots.ts'
import { adoptRoot, keyOf, type Scan, scanSource } from './scan-source.ts'

/** Chunks written in one go: enough to keep an embedding model busy, few enough that a stop loses seconds. */
const BATCH_CHUNKS = 120

/** `scan` counts files compared, `index` documents indexed. */
export interface SyncProgress {
  phase: 'scan' | 'index'
  done: number
  total: number
  /** Chunks written so far, over all phases. */
  chunks: number
  path: string
}

export interface SyncOptions {
  index: VectorIndex
  /** Folders, files and .jsonl dumps. */
  paths: readonly string[]
  strategy?: ChunkStrategy
  onProgress?: (progress: SyncProgress) => void
  signal?: AbortSignal
  log?: Log
}

export interface SyncReport {
  added: number
  changed: number
  removed: number
  unchanged: number
  /** Chunks written because they are new or changed. */
  chunks: number
  /** Chunks whose text had to be embedded. */
  embedded: number
  skipped: { path: string; why: string }[]
  seconds: number
}

/**
 * Syncs on command (TRIGGERED). A source is the real path of a folder or dump: however it is spelled, it is the same, and
 * other sources are never touched. Whether a page changed is decided by a hash of its bytes, of the loader's version and of
 * the chunking strategy, so a file that was only touched is not embedded again.
 * Throws SOURCE_MISSING, SOURCE_EMPTY (a folder without pages that had none before), INDEX_*, EMBEDDINGS_FAILED, AbortError;
 * what was written before stays written, and the next sync goes on from there.
 */
export async function syncSource(options: SyncOptions): Promise<SyncReport> {
  const report = emptyReport()
  const started = performance.now()
  for (const root of await resolveRoots(options.paths)) {
    await syncRoot(await adoptRoot(root, options.index), options, report)
  }
  report.seconds = (performance.now() - started) / 1000
  return report
}

export function emptyReport(): SyncReport {
  return { added: 0, changed: 0, removed: 0, unchanged: 0, chunks: 0, embedded: 0, skipped: [], seconds: 0 }
}

/** One root; adds to the report. */
export async function syncRoot(root: Root, options: Omit<SyncOptions, 'paths'>, report: SyncReport): Promise<void> {
  const { index, signal, log = silentLog, strategy = STRUCTURE } = options
  const scan = await scanSource(root, {
    index,
    toIndexHash: (hash) => toIndexHash(hash, strategy),
    onProgress: (done, total, path) =>
      options.onProgress?.({ phase: 'scan', done, total, chunks: report.chunks, path }),
    ...(signal ? { signal } : {}),
  })
  if (scan.changes.size === 0 && scan.known === 0 && !root.files) throw emptySource(root.base, scan.skipped)
  // First of all what is gone stops being cited.
  if (scan.vanished.length > 0) await index.remove(scan.vanished)
  report.removed += scan.vanished.length
  report.unchanged += scan.unchanged
  const skip = (left: SkippedFile) => {
    log.warn('File left out', { path: left.path, why: left.why })
    report.skipped.push({ path: left.path, why: left.why })
  }
  scan.skipped.forEach(skip)
  const indexed = await indexChanges(scan, { ...options, strategy }, report, skip)
  if (indexed === 0 && scan.known === 0 && !root.files) {
    throw emptySource(
      root.base,
      report.skipped.map((left) => ({ ...left, unseen: false })),
    )
  }
}

/** The hash that is stored: a page is indexed again when its text or the way to cut it changed. */
export function toIndexHash(contentHash: string, strategy: ChunkStrategy): string {
  return createHash('sha256')
    .update(`${contentHash} ${describeStrategy(strategy)}`)
    .digest('hex')
}

async function indexChanges(
  scan: Scan,
  options: Omit<SyncOptions, 'paths'> & { strategy: ChunkStrategy },
  report: SyncReport,
  skip: (left: SkippedFile) => void,
): Promise<number> {
  const { index, signal, strategy } = options
  const total = scan.changes.size
  let batch: IndexDocument[] = []
  let waiting = 0
  let done = 0
  let indexed = 0
  const flush = async (path: string) => {
    const before = report.chunks
    const onProgress = (chunks: number) =>
      options.onProgress?.({ phase: 'index', done, total, chunks: before + chunks, path })
    const result = await index.upsert(batch, { onProgress, ...(signal ? { signal } : {}) })
    report.chunks += result.chunks
    report.embedded += result.embedded
    for (const { doc_id } of batch) report[kinds.get(doc_id) ?? 'added']++
    done += batch.length
    indexed += batch.length
    batch = []
    waiting = 0
    options.onProgress?.({ phase: 'index', done, total, chunks: report.chunks, path })
  }
  const kinds = new Map([...scan.changes.values()].map((change) => [change.doc_id, change.kind]))
  for await (const result of readDocuments(scan.root, scan.files, signal)) {
    if (result.kind === 'skipped') continue
    const change = scan.changes.get(keyOf(result.raw))
    // Two lines of a dump may share an id: the first one counts.
    if (!change || !scan.changes.delete(keyOf(result.raw))) continue
    const page = await loadPage(result.raw, change.doc_id)
    if ('why' in page) {
      skip(page)
      // What it said before is no longer there to be cited.
      if (change.kind === 'changed') {
        await index.remove([change.doc_id])
        report.removed++
      }
      done++
      continue
    }
    const { body: _body, tree: _tree, ...fields } = page
    const chunks = chunkDocument(page, strategy)
    batch.push({ ...fields, content_hash: toIndexHash(page.content_hash, strategy), source: scan.root.source, chunks })
    waiting += chunks.length
    if (waiting >= BATCH_CHUNKS) await flush(result.raw.file)
  }
  if (batch.length > 0) await flush('')
  return indexed
}
