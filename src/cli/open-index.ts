// Opens the index of the settings: the one of the data folder, or a Vector Search index of the workspace.
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Workspace } from '../platform/databricks/connect-workspace.ts'
import { createDatabricksIndex, type DatabricksIndex } from '../platform/databricks/search/create-databricks-index.ts'
import { toNewDeltaIndex } from '../platform/databricks/search/new-delta-index.ts'
import { createLocalIndex } from '../platform/local/index/local-index.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { buildEmbeddings } from './build-models.ts'
import { openWorkspace } from './databricks-auth.ts'
import { lazySql } from './lazy-sql.ts'

export const INDEX_FILE = 'index.db'

/** What a new index embeds with where the settings name no model of the workspace. */
const EMBEDDINGS = 'databricks-gte-large-en'

/** `sync`: makes what was written findable, where that is a step of its own. */
export type OpenedIndex = VectorIndex & Partial<Pick<DatabricksIndex, 'prepare' | 'sync'>>

export interface OpenOptions {
  /** True: writes to an index of a workspace become findable at `sync` alone, once for all of them. */
  syncLater?: boolean
}

/** Throws INDEX_MISMATCH, INDEX_CORRUPT, CONFIG_INVALID. */
export async function openIndex(
  settings: Settings,
  log: Log,
  readOnly: boolean,
  options: OpenOptions = {},
): Promise<OpenedIndex> {
  if (settings.index.kind === 'databricks') return openDatabricksIndex(settings, log, options)
  const embeddings = await buildEmbeddings(settings.embeddings, settings.data, log)
  return createLocalIndex({ file: join(resolve(settings.data), INDEX_FILE), embeddings, log, readOnly })
}

/** Nothing is asked before the first use. */
export function openDatabricksIndex(settings: Settings, log: Log, options: OpenOptions = {}): DatabricksIndex {
  const { index, platform, sql: chosen, embeddings } = settings
  if (index.kind !== 'databricks' || platform.kind !== 'databricks') {
    throw new LakedeskError('CONFIG_INVALID', 'LAKEDESK_INDEX needs LAKEDESK_PLATFORM=databricks and DATABRICKS_HOST.')
  }
  const { name, endpoint, table } = index
  const workspace = openWorkspace(platform, log)
  const sql = chosen.warehouse ? lazySql({ settings, log, examples: async () => [] }) : undefined
  const model = embeddings.name === 'offline' ? EMBEDDINGS : embeddings.name
  const opened = createDatabricksIndex({
    ...{ http: workspace.http, name, endpoint, syncLater: options.syncLater ?? false },
    workspace: () => findWorkspaceId(workspace, platform.workspaceId),
    ...(sql ? { sql } : {}),
    ...(table ? { table, make: toNewDeltaIndex({ table, embeddings: model }) } : {}),
  })
  return { ...opened, close: async () => void (await Promise.all([opened.close(), sql?.close()])) }
}

const metadataSchema = z.object({ workspace_id: z.union([z.string(), z.number()]).transform(String) })

/** Asked for only where the workspace has the renamed API alone. */
async function findWorkspaceId({ root }: Pick<Workspace, 'root'>, known: string | undefined): Promise<string> {
  if (known) return known
  const call = { method: 'GET', path: '/.well-known/databricks-config', about: 'the workspace' } as const
  return (await root.json({ ...call, answer: metadataSchema })).workspace_id
}
