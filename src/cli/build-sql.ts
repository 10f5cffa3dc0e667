// Builds SQL from the settings: the embedded tables with who answers their AI functions, or a Databricks warehouse.
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { createModelEngine } from '../platform/ai/create-model-engine.ts'
import { createDatabricksSql } from '../platform/databricks/create-databricks-sql.ts'
import { createLocalSql, type LocalSql } from '../platform/local/sql/create-local-sql.ts'
import type { ChampionSource } from '../platform/offline/ai/champion.ts'
import { createOfflineClassifier } from '../platform/offline/ai/classify.ts'
import { createOfflineEngine } from '../platform/offline/ai/create-offline-engine.ts'
import { createPromotedEngine } from '../platform/offline/ai/create-promoted-engine.ts'
import type { AiEngine } from '../platform/ports/ai-functions.ts'
import type { Sql } from '../platform/ports/sql.ts'
import type { TaughtRow } from '../platform/ports/taught-rows.ts'
import { buildEndpointModel, offlineEmbeddings } from './build-models.ts'
import { createChampionSource, openOwnChampion } from './champion-classifier.ts'
import { workspaceOptions } from './databricks-auth.ts'

/** Folder of tables and remembered answers, under the data folder. */
export const SQL_FOLDER = 'sql'

export interface BuiltSql {
  sql: Sql
  /** The same where the tables are embedded; null over a warehouse. */
  local: LocalSql | null
  /** True where AI functions cost nothing. */
  free: boolean
  close(): Promise<void>
}

export interface BuildSqlOptions {
  settings: Settings
  log: Log
  /** What people corrected, oldest first. */
  examples(): Promise<readonly TaughtRow[]>
  /** Folder of the tables instead of the one under the data folder. Answers are remembered under the data folder all the same. */
  folder?: string
  /** The promoted ticket classifier. Default: that of the platform of the settings, which is opened for reading alone. */
  champion?: ChampionSource
}

/** Opened at the first statement: most commands ask nothing of it. */
function lazyChampion({ settings, log, champion }: BuildSqlOptions): { read: ChampionSource; close(): Promise<void> } {
  if (champion) return { read: champion, close: async () => {} }
  let own: { source: ChampionSource; close(): Promise<void> } | null = null
  return {
    async read() {
      if (own === null) {
        const opened = openOwnChampion(settings, log)
        own = { source: createChampionSource(opened.parts), close: opened.close }
      }
      return own.source()
    },
    close: async () => own?.close(),
  }
}

function buildEngine(options: BuildSqlOptions, champion: ChampionSource): AiEngine {
  const { settings, examples, log } = options
  const embeddings = offlineEmbeddings(settings.data)
  const createRules = (source: ChampionSource): AiEngine =>
    createOfflineEngine({
      ...{ embeddings, examples, champion: source },
      createClassifier: (trained) => createOfflineClassifier({ embeddings, trained }),
    })
  if (settings.sql.model === 'offline') return createRules(champion)
  const model = createModelEngine({
    name: settings.sql.model,
    modelFor: (name, sampling) => buildEndpointModel(name, sampling, settings.model, log),
    examples,
    embeddings,
    price: settings.evaluation.price ?? null,
    timeoutMs: settings.model.timeoutMs,
  })
  return createPromotedEngine({ model, champion, createRules })
}

/** The embedded tables. Nothing is opened before the first statement. */
export function buildLocalSql(options: BuildSqlOptions): LocalSql {
  const { settings, log } = options
  const kept = join(resolve(settings.data), SQL_FOLDER)
  const { concurrency, perMinute } = settings.sql
  const rate = { concurrency, perMinute }
  const champion = lazyChampion(options)
  const engine = buildEngine(options, champion.read)
  const sql = createLocalSql({ ...{ folder: options.folder ?? kept, cacheFolder: kept, engine, rate, log } })
  return {
    ...sql,
    async close() {
      await sql.close()
      await champion.close()
    },
  }
}

export function buildSql(options: BuildSqlOptions): BuiltSql {
  const { settings, log } = options
  const { platform, sql: chosen } = settings
  if (platform.kind === 'databricks' && chosen.warehouse) {
    const { id, ...place } = chosen.warehouse
    const sql = createDatabricksSql({
      ...{ ...workspaceOptions(platform, log), warehouseId: id, ...place },
      price: settings.evaluation.price ?? null,
    })
    return { sql, local: null, free: false, close: () => sql.close() }
  }
  const local = buildLocalSql(options)
  return { sql: local, local, free: chosen.model === 'offline', close: () => local.close() }
}
