// Opens the index of the data folder with the embeddings of the settings.
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { createLocalIndex } from '../platform/local/index/local-index.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { buildEmbeddings } from './build-models.ts'

export const INDEX_FILE = 'index.db'

export async function openIndex(settings: Settings, log: Log, readOnly: boolean): Promise<VectorIndex> {
  const embeddings = await buildEmbeddings(settings.embeddings, settings.data)
  return createLocalIndex({ file: join(resolve(settings.data), INDEX_FILE), embeddings, log, readOnly })
}
