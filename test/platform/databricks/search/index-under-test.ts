// Our driver of Vector Search connected to the local lakehouse, over real tables and embeddings.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../../src/core/log.ts'
import { connectWorkspace } from '../../../../src/platform/databricks/connect-workspace.ts'
import { createDatabricksSql } from '../../../../src/platform/databricks/create-databricks-sql.ts'
import {
  createDatabricksIndex,
  type DatabricksIndex,
  type DatabricksIndexOptions,
} from '../../../../src/platform/databricks/search/create-databricks-index.ts'
import { toNewDeltaIndex } from '../../../../src/platform/databricks/search/new-delta-index.ts'
import type { NewIndex } from '../../../../src/platform/databricks/search/settle-index.ts'
import { engineOf } from '../../../../src/platform/lakehouse/sql-engine.ts'
import { createOfflineEmbeddings } from '../../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { CHUNK_COLUMNS } from '../../../../src/platform/ports/chunk-table.ts'
import type { Sql } from '../../../../src/platform/ports/sql.ts'
import { type DatabricksOptions, startDatabricks } from '../../../stand-ins/databricks.ts'
import { newName } from '../../contract-basics.ts'
import { createScriptedModel } from '../../lakehouse/foundation/scripted-model.ts'
import { createScriptedEngine } from '../../local/sql/scripted-engine.ts'

export const EMBEDDINGS = 'databricks-gte-large-en'
const WAREHOUSE = 'w1'

/** One lakehouse with its tables, for as many indexes as a test makes. */
export async function openSearch(programsOf: (tables: Sql) => DatabricksOptions['programs'] = () => []) {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-index-'))
  const rate = { concurrency: 8, perMinute: null }
  const tables = createLocalSql({ folder, engine: createScriptedEngine(), log: silentLog, rate })
  const { chat } = createScriptedModel(() => ({}))
  const foundation = { chat, embeddings: createOfflineEmbeddings({ cacheFolder: join(folder, 'models') }) }
  const standIn = await startDatabricks({ engine: engineOf(tables), foundation, programs: programsOf(tables) ?? [] })
  standIn.sql.warehouses.add(WAREHOUSE, 'Warehouse')
  const auth = { kind: 'token', token: standIn.token } as const
  const workspace = connectWorkspace({ host: standIn.host, auth })
  const sql = createDatabricksSql({ host: standIn.host, auth, warehouseId: WAREHOUSE, pollMs: 2, warehousePollMs: 5 })

  function openIndex(options: Partial<DatabricksIndexOptions> & { name: string }): DatabricksIndex {
    return createDatabricksIndex({ http: workspace.http, endpoint: 'rag', sql, pollMs: 2, ...options })
  }
  return {
    ...{ standIn, sql, tables, workspace, openIndex },
    /** A Delta Sync index over a table of its own. */
    async newDelta(options: Partial<DatabricksIndexOptions> & { type?: NewIndex['endpointType'] } = {}) {
      const { type = 'STANDARD', ...rest } = options
      const table = `ml.rag.${newName('chunks')}`
      const index = openIndex({
        name: `${table}_index`,
        // An endpoint takes 50 indexes.
        endpoint: newName('rag'),
        table,
        make: toNewDeltaIndex({ table, embeddings: EMBEDDINGS, endpointType: type }),
        ...rest,
      })
      await index.prepare(new AbortController().signal)
      return index
    },
    /** A Direct Access index that embeds by itself. */
    async newDirect() {
      const schema = Object.fromEntries(
        CHUNK_COLUMNS.map(([name, sqlType]) => [name, sqlType === 'INT' ? 'integer' : 'string']),
      )
      const index = openIndex({
        name: `ml.rag.${newName('direct')}`,
        endpoint: newName('rag'),
        make: {
          body: {
            primary_key: 'chunk_id',
            index_type: 'DIRECT_ACCESS',
            direct_access_index_spec: {
              embedding_source_columns: [{ name: 'content', embedding_model_endpoint_name: EMBEDDINGS }],
              schema_json: JSON.stringify(schema),
            },
          },
        },
      })
      await index.prepare(new AbortController().signal)
      return index
    },
    async close(): Promise<void> {
      await sql.close()
      await standIn.close()
      await tables.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type OpenSearch = Awaited<ReturnType<typeof openSearch>>
