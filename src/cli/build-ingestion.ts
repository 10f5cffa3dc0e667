// Builds what brings documentation into the index: a job of the workspace where one is set, else the local chunker.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { createDatabricksJobs } from '../platform/databricks/create-databricks-jobs.ts'
import { createDatabricksVolumes } from '../platform/databricks/create-databricks-volumes.ts'
import { parseStrategy, WINDOW } from '../rag/chunk/strategy.ts'
import { createLocalIngestion } from '../rag/create-local-ingestion.ts'
import type { IngestionDesk } from '../rag/ingestion.ts'
import { createLakehouseIngestion } from '../rag/lakehouse/create-lakehouse-ingestion.ts'
import { createSubmitted } from '../rag/lakehouse/submitted-runs.ts'
import type { Store } from '../store/port.ts'
import { type AnyTool, erase } from '../tools/define-tool.ts'
import { createIngestDocuments } from '../tools/ingest-documents.ts'
import { createStopIngestion } from '../tools/stop-ingestion.ts'
import { openWorkspace } from './databricks-auth.ts'
import { type OpenedIndex, openDatabricksIndex } from './open-index.ts'

export interface IngestionOptions {
  settings: Settings
  index: OpenedIndex
  log: Log
}

export interface BuiltIngestion {
  /** For people and for the assistant. */
  tools: readonly AnyTool[]
  /** Those that are carried out once they were agreed to. */
  approved: readonly AnyTool[]
  close(): Promise<void>
}

/** Bytes of the program that is shipped and submitted: a job is known by them. */
export function readChunkProgram(): Uint8Array {
  return readFileSync(fileURLToPath(new URL('../platform/databricks/programs/chunk_documents.py', import.meta.url)))
}

/** Nothing is asked before somebody ingests. */
export function buildIngestion(options: IngestionOptions, store: Pick<Store, 'checkpoints'>): BuiltIngestion {
  const { desk, close } = buildDesk(options, store)
  const approved = [erase(createIngestDocuments({ desk, log: options.log }))]
  return { tools: [...approved, erase(createStopIngestion({ desk }))], approved, close }
}

interface BuiltDesk {
  desk: IngestionDesk
  close(): Promise<void>
}

function buildDesk({ settings, index, log }: IngestionOptions, store: Pick<Store, 'checkpoints'>): BuiltDesk {
  const { index: chosen, platform, volume } = settings
  if (chosen.kind === 'databricks' && platform.kind === 'databricks' && chosen.documents && chosen.table && volume) {
    const workspace = openWorkspace(platform, log)
    const remote = openDatabricksIndex(settings, log, { syncLater: true })
    const desk = createLakehouseIngestion({
      jobs: createDatabricksJobs({ http: workspace.http }),
      volumes: createDatabricksVolumes({ root: workspace.root }),
      program: readChunkProgram(),
      ...{ volume, documents: chosen.documents, chunks: chosen.table, size: WINDOW.size, overlap: WINDOW.overlap },
      index: { name: chosen.name, sync: remote.sync },
      runs: createSubmitted(store.checkpoints),
    })
    return { desk, close: () => remote.close() }
  }
  const { sync } = index
  const desk = createLocalIngestion({
    index,
    into: chosen.kind === 'databricks' ? chosen.name : 'the index',
    paths: settings.docs,
    strategy: parseStrategy(settings.chunking),
    log,
    ...(sync ? { finish: (signal, onProgress) => sync(signal, ({ label }) => onProgress(label)) } : {}),
  })
  return { desk, close: async () => undefined }
}
