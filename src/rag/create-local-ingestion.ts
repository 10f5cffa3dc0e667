// Ingestion of files and folders of this machine by the local chunker, into whichever index there is.
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import type { ChunkStrategy } from './chunk/strategy.ts'
import type { IngestionDesk, IngestionResult } from './ingestion.ts'
import { createStoppable } from './stoppable.ts'
import { type SyncReport, syncSource } from './sync.ts'

export interface LocalIngestionParts {
  index: VectorIndex
  /** As people know it. */
  into: string
  paths: readonly string[]
  strategy: ChunkStrategy
  log: Log
  /** Makes what was written findable, where that is a step of its own. */
  finish?(signal: AbortSignal, onProgress: (label: string) => void): Promise<unknown>
}

export function createLocalIngestion(parts: LocalIngestionParts): IngestionDesk {
  const { index, into, paths, strategy, log, finish } = parts
  const work = createStoppable()
  return {
    async plan() {
      if (paths.length === 0) {
        throw new LakedeskError(
          'CONFIG_INVALID',
          'No documentation is set, so there is nothing to ingest. Set LAKEDESK_DOCS to files or folders.',
        )
      }
      const from = paths.join(', ')
      return { from, into, words: `Pages of ${from} that changed are cut into chunks and indexed.`, paid: false }
    },
    async run({ signal, onProgress }) {
      return work.run(signal, async (either) => {
        // Progress is told as it comes; a card that is late is not waited for.
        const tell = (label: string, done: number, total: number) =>
          void onProgress({ label, done, total }).catch((cause: unknown) =>
            log.warn('The progress of an ingestion could not be shown', { cause }),
          )
        const report = await syncSource({
          ...{ index, paths, strategy, log, signal: either },
          onProgress: ({ phase, done, total }) => tell(phase === 'scan' ? 'Comparing pages' : 'Indexing', done, total),
        })
        await finish?.(either, (label) => tell(label, 0, 0))
        return toResult(report)
      })
    },
    stop: async (reason) => work.stop(reason),
  }
}

const SHOWN_SKIPS = 3

function toResult(report: SyncReport): IngestionResult {
  const { added, changed, removed, unchanged, chunks, skipped, seconds } = report
  const pages = `${added} pages added, ${changed} changed, ${removed} removed, ${unchanged} unchanged`
  const named = skipped.slice(0, SHOWN_SKIPS).map(({ path, why }) => `${path}: ${why}`)
  const left = skipped.length > 0 ? ` ${skipped.length} were left out, such as ${named.join('; ')}` : ''
  return {
    outcome: `${pages}; ${chunks} chunks written in ${seconds.toFixed(1)} s.${left}`,
    facts: [
      { label: 'Added', value: String(added) },
      { label: 'Changed', value: String(changed) },
      { label: 'Removed', value: String(removed) },
      { label: 'Unchanged', value: String(unchanged) },
      { label: 'Left out', value: String(skipped.length) },
      { label: 'Chunks written', value: String(chunks) },
    ],
    url: null,
  }
}
