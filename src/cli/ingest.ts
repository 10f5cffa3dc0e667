// `lakedesk ingest`: brings documentation into the index and says what happened to every page.
import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { parseStrategy } from '../rag/chunk/strategy.ts'
import { type SyncReport, syncSource } from '../rag/sync.ts'
import { type OpenedIndex, openIndex } from './open-index.ts'
import { createProgressBar } from './progress-bar.ts'
import { holdsSample, listIfAny, removeSample } from './sample.ts'

const SHOWN_SKIPS = 20

/** Where a command reads and writes: the process itself, or a test's streams. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

export interface IngestParts {
  index: VectorIndex
  settings: Settings
  log: Log
  terminal: Terminal
  signal?: AbortSignal
}

/** Syncs the paths with a progress bar on standard error. */
export async function ingestPaths(paths: readonly string[], parts: IngestParts): Promise<SyncReport> {
  const bar = createProgressBar(parts.terminal.stderr)
  try {
    return await syncSource({
      index: parts.index,
      paths,
      strategy: parseStrategy(parts.settings.chunking),
      log: parts.log,
      ...(parts.signal ? { signal: parts.signal } : {}),
      onProgress: ({ phase, done, total, chunks }) => {
        if (phase === 'scan') bar.update('Comparing', done, total)
        else bar.update('Indexing', done, total, { count: chunks, unit: 'chunks' })
      },
    })
  } finally {
    bar.end()
  }
}

/** The report as people read it. Skipped files come by name, each with its reason. */
export function renderReport(report: SyncReport): string {
  const { added, changed, removed, unchanged, chunks, embedded, skipped, seconds } = report
  const rate = seconds > 0 ? ` (${Math.round(chunks / seconds)} chunks/s)` : ''
  const skips = skipped.slice(0, SHOWN_SKIPS).map(({ path, why }) => `  skipped ${path}: ${why}`)
  const more = skipped.length - skips.length
  return [
    `${added} added, ${changed} changed, ${removed} removed, ${unchanged} unchanged, ${skipped.length} skipped; ` +
      `${chunks} chunks written, ${embedded} embedded, in ${seconds.toFixed(1)} s${rate}.`,
    ...skips,
    ...(more > 0 ? [`  ... and ${more} more skipped files`] : []),
  ].join('\n')
}

/** Makes what was written findable, where that is a step of its own. */
async function finish(index: OpenedIndex, terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (!index.sync) return
  const bar = createProgressBar(terminal.stderr)
  try {
    await index.sync(signal, ({ label, rows, total }) => bar.update(label, rows ?? 0, total ?? 0))
  } finally {
    bar.end()
  }
}

/** Says how to go on after Ctrl-C; what was written stays. */
function sayInterrupted(terminal: Terminal): void {
  terminal.stderr.write('lakedesk: Interrupted. What was indexed so far stays; run the same command again to go on.\n')
}

/**
 * Resolves to false where it was interrupted, or where every file had to be skipped.
 * Throws SOURCE_*, INDEX_*, STORE_FULL, CONFIG_INVALID where no path is known.
 */
export async function ingest(
  given: readonly string[],
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const paths = given.length > 0 ? given : settings.docs
  if (paths.length === 0) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      'No path was given, so there is nothing to ingest. Name files or folders: lakedesk ingest ./docs (or set LAKEDESK_DOCS).',
    )
  }
  const index = await openIndex(settings, log, false, { syncLater: true })
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    // Where the index is made on the way, that comes before its pages.
    await index.prepare?.(stop.signal)
    const report = await ingestPaths(paths, { index, settings, log, terminal, signal: stop.signal })
    await finish(index, terminal, stop.signal)
    terminal.stdout.write(`${renderReport(report)}\n`)
    if (!paths.some(holdsSample) && report.added + report.changed + report.unchanged > 0) {
      const sample = await removeSample(index)
      if (sample > 0) await finish(index, terminal, stop.signal)
      if (sample > 0)
        terminal.stdout.write(
          `The ${sample} sample pages were taken out; lakedesk chat --sample needs a data folder of its own.\n`,
        )
    }
    return report.added + report.changed + report.unchanged + report.removed > 0 || report.skipped.length === 0
  } catch (error) {
    if (!stop.signal.aborted) throw error
    sayInterrupted(terminal)
    return false
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    await index.close()
  }
}

/** Takes documentation out of the index again, also where its folder is gone. Throws SOURCE_MISSING, INDEX_*. */
export async function remove(
  paths: readonly string[],
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<void> {
  const index = await openIndex(settings, log, false, { syncLater: true })
  try {
    for (const path of paths) {
      const source = existsSync(path) ? realpathSync(path) : resolve(path)
      const ids = await listIfAny(index, source)
      if (ids.length === 0) {
        throw new LakedeskError(
          'SOURCE_MISSING',
          `The index holds nothing that was ingested from ${source}. Name the folder or dump as it was given to ingest.`,
        )
      }
      await index.remove(ids)
      terminal.stdout.write(`${ids.length} pages of ${source} were taken out of the index.\n`)
    }
    await finish(index, terminal, new AbortController().signal)
  } finally {
    await index.close()
  }
}
