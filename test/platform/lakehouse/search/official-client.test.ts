// Vector search over real tables, driven by Databricks' own JavaScript client.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../../src/core/log.ts'
import { engineOf } from '../../../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql, type LocalSql } from '../../../../src/platform/local/sql/create-local-sql.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'
import { createScriptedEngine } from '../../local/sql/scripted-engine.ts'
import { createLetterEmbeddings, createScriptedModel } from '../foundation/scripted-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'lakedesk-search-'))
const TABLE = 'ml.rag.product_docs'
const INDEX = 'ml.rag.product_docs_index'
let sql: LocalSql
let lakehouse: DatabricksStandIn
let client: WorkspaceClient

async function run(text: string): Promise<void> {
  const { pages } = await sql.run({ text, mode: 'own' }, new AbortController().signal)
  for await (const _ of pages);
}

beforeAll(async () => {
  const rate = { concurrency: 8, perMinute: null }
  sql = createLocalSql({ folder, engine: createScriptedEngine(), log: silentLog, rate })
  await run(`CREATE TABLE ${TABLE} (chunk_id STRING, doc_id STRING, content STRING, pages BIGINT, v ARRAY<FLOAT>)`)
  await run(`INSERT INTO ${TABLE} VALUES
    ('c1', 'd1', 'Reset the password in the settings', 3, array(1.0, 0.0)),
    ('c2', 'd1', 'The link is valid for 45 minutes', 4, array(0.0, 1.0)),
    ('c3', 'd2', 'Weight of parcels by carrier', 5, array(1.0, 1.0))`)
  const { chat } = createScriptedModel(() => ({}))
  const { embeddings } = createLetterEmbeddings()
  lakehouse = await startDatabricks({ engine: engineOf(sql), foundation: { chat, embeddings } })
  client = new WorkspaceClient({ host: lakehouse.host, token: lakehouse.token, authType: 'pat' })
})
afterAll(async () => {
  await lakehouse?.close()
  await sql?.close()
  rmSync(folder, { recursive: true })
})

const spec = (name: string, more: object) => ({
  ...{ name, endpoint_name: 'rag', primary_key: 'chunk_id', index_type: 'DELTA_SYNC' as const },
  delta_sync_index_spec: { source_table: TABLE, pipeline_type: 'TRIGGERED' as const, ...more },
})
const MANAGED = {
  embedding_source_columns: [{ name: 'content', embedding_model_endpoint_name: 'databricks-gte-large-en' }],
}

describe("Databricks' own client", () => {
  it('waits for an endpoint', async () => {
    const waiter = await client.vectorSearchEndpoints.createEndpoint({ name: 'rag', endpoint_type: 'STANDARD' })
    expect(await waiter.wait()).toMatchObject({ name: 'rag', endpoint_status: { state: 'ONLINE' } })
  })

  it('cannot index a table without its change data feed, and can once it is on', async () => {
    const refused = await client.vectorSearchIndexes.createIndex(spec(INDEX, MANAGED)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ApiError)
    expect(String(refused)).toContain('Change data feed is not enabled')
    await run(`ALTER TABLE ${TABLE} SET TBLPROPERTIES (delta.enableChangeDataFeed = true)`)
    await client.vectorSearchIndexes.createIndex(
      spec(INDEX, { ...MANAGED, columns_to_sync: ['chunk_id', 'content', 'pages'] }),
    )
    await lakehouse.search.indexes.settle()
    const { status } = await client.vectorSearchIndexes.getIndex({ index_name: INDEX })
    expect(status).toMatchObject({ ready: true, indexed_row_count: 3 })
  })

  it('queries, with values of the types of the table', async () => {
    const { manifest, result } = await client.vectorSearchIndexes.queryIndex({
      index_name: INDEX,
      columns: ['chunk_id', 'pages'],
      query_text: 'reset the password',
      filters_json: '{"pages <": 5}',
      num_results: 1,
    })
    expect(manifest?.columns).toEqual([
      { name: 'chunk_id', type_text: 'string' },
      { name: 'pages', type_text: 'bigint' },
      { name: 'score', type_text: 'double' },
    ])
    expect(result?.data_array).toEqual([['c1', 3, expect.any(Number)]])
  })

  it('is told which column is not synced', async () => {
    const query = { index_name: INDEX, columns: ['chunk_id'], query_text: 'x', filters_json: '{"doc_id": "d1"}' }
    const refused = await client.vectorSearchIndexes.queryIndex(query).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('Columns referenced in filters are not present in index: doc_id'),
    })
  })

  it('searches by vectors of the table', async () => {
    const name = 'ml.rag.own_vectors'
    const own = { embedding_vector_columns: [{ name: 'v', embedding_dimension: 2 }] }
    await client.vectorSearchIndexes.createIndex(spec(name, own))
    await lakehouse.search.indexes.settle()
    const query = { index_name: name, columns: ['chunk_id', 'v'], query_vector: [0, 1] }
    const { result } = await client.vectorSearchIndexes.queryIndex(query)
    expect(result?.data_array).toEqual([
      ['c2', [0, 1], 1],
      ['c3', [1, 1], 1 / 2],
      ['c1', [1, 0], 1 / 3],
    ])
  })

  it('syncs, scans, and finds the index among the tables', async () => {
    await run(`DELETE FROM ${TABLE} WHERE chunk_id = 'c3'`)
    await client.vectorSearchIndexes.syncIndex({ index_name: INDEX })
    await lakehouse.search.indexes.settle()
    const { data, last_primary_key } = await client.vectorSearchIndexes.scanIndex({
      index_name: INDEX,
      num_results: 10,
    })
    expect([data?.length, last_primary_key]).toEqual([2, 'c2'])
    const table = await client.tables.get({ full_name: INDEX })
    expect(table.columns?.map(({ name }) => name)).toEqual(['chunk_id', 'content', 'pages'])
  })
})
