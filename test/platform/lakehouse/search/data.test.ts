// Data of Direct Access indexes over the wire, what survives a restart, and the renamed API.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSearch } from '../../../../src/platform/lakehouse/search/create-search.ts'
import { openState } from '../../../../src/platform/lakehouse/state.ts'
import { createLetterEmbeddings } from '../foundation/scripted-model.ts'
import { createTables, DOCS, INDEX, type SearchUnderTest, startSearch } from './search-under-test.ts'

const DIRECT = 'ml.rag.direct'
const SCHEMA = { id: 'string', v: 'array<float>', text: 'string', size: 'long', day: 'date', good: 'boolean' }
const SPEC = {
  name: DIRECT,
  endpoint_name: 'rag',
  primary_key: 'id',
  index_type: 'DIRECT_ACCESS',
  direct_access_index_spec: {
    embedding_vector_columns: [{ name: 'v', embedding_dimension: 2 }],
    schema_json: JSON.stringify(SCHEMA),
  },
}

let search: SearchUnderTest
beforeEach(async () => {
  search = await startSearch()
  await search.endpoint()
})
afterEach(() => search.lakehouse.close())

const upsert = (rows: unknown) =>
  search.ask(`POST vector-search/indexes/${DIRECT}/upsert-data`, { inputs_json: JSON.stringify(rows) })
const scan = async (args: object = {}, method = 'POST') =>
  (await search.ask(`${method} vector-search/indexes/${DIRECT}/scan`, args)).body

describe('a Direct Access index', () => {
  beforeEach(async () => {
    const { body } = await search.ask('POST vector-search/indexes', SPEC)
    expect(body.direct_access_index_spec).toMatchObject({
      schema_json: '{"day":"date","good":"boolean","id":"string","size":"bigint","text":"string","v":"array<float>"}',
      requested_schema_json: JSON.stringify(SCHEMA),
    })
  })

  it('takes rows, replaces them, and says which it did not take', async () => {
    const row = { id: 'a', v: [1, 0], text: 'one', size: 7, day: '2026-01-01', good: true }
    expect((await upsert([row, { id: 'b', v: [0, 1] }])).body).toEqual({
      status: 'SUCCESS',
      result: { success_row_count: 2, failed_primary_keys: [] },
    })
    const wrong = [
      { id: 'c', v: [1, 2, 3] },
      { id: 'd', v: [1, 2], size: 'many' },
      { id: 'e' },
      { id: 'f', v: [1, 2], colour: 'red' },
    ]
    expect((await upsert([{ ...row, text: 'two' }, ...wrong])).body).toMatchObject({
      status: 'PARTIAL_SUCCESS',
      result: { success_row_count: 1, failed_primary_keys: expect.arrayContaining(['c', 'd', 'e', 'f']) },
    })
    expect((await upsert(wrong)).body.status).toBe('FAILURE')
    const { data, last_primary_key } = await scan()
    expect(last_primary_key).toBe('b')
    expect(data[0].fields).toEqual(
      expect.arrayContaining([
        { key: 'id', value: { string_value: 'a' } },
        { key: 'text', value: { string_value: 'two' } },
        { key: 'size', value: { number_value: 7 } },
        { key: 'good', value: { bool_value: true } },
        { key: 'v', value: { list_value: { values: [{ number_value: 1 }, { number_value: 0 }] } } },
      ]),
    )
    const status = await search.ask(`GET vector-search/indexes/${DIRECT}`)
    expect(status.body.status).toMatchObject({ detailed_state: 'ONLINE_DIRECT_ACCESS', indexed_row_count: 2 })
  })

  it('is read from key to key', async () => {
    await upsert(['c', 'a', 'd', 'b'].map((id) => ({ id, v: [0, 1] })))
    const keysOf = (body: { data: { fields: { key: string; value: { string_value: string } }[] }[] }) =>
      body.data.map(({ fields }) => fields.find(({ key }) => key === 'id')?.value.string_value)
    const first = await scan({ num_results: 3 }, 'GET')
    expect([keysOf(first), first.last_primary_key]).toEqual([['a', 'b', 'c'], 'c'])
    const rest = await scan({ num_results: 3, last_primary_key: 'c' })
    expect(keysOf(rest)).toEqual(['d'])
    expect(await scan({ last_primary_key: 'd' })).toEqual({ data: [], last_primary_key: '' })
  })

  it('loses rows in all three spellings of a deletion', async () => {
    await upsert(['a', 'b', 'c', 'd', 'e', 'f,g'].map((id) => ({ id, v: [0, 1] })))
    const path = `DELETE vector-search/indexes/${DIRECT}/delete-data`
    const done = (success_row_count: number) => ({
      status: 200,
      body: { status: 'SUCCESS', result: { success_row_count, failed_primary_keys: [] } },
    })
    expect(await search.ask(`${path}?primary_keys=a&primary_keys=b`)).toEqual(done(2))
    expect(await search.ask(`${path}?primary_keys=c,d`)).toEqual(done(2))
    expect(await search.ask(path, { primary_keys: ['e'] })).toEqual(done(1))
    expect((await scan()).last_primary_key).toBe('f,g')
    expect(await search.ask(`${path}?primary_keys=f%2Cg`)).toEqual(done(1))
    expect((await scan()).data).toEqual([])
    expect((await search.ask(path)).status).toBe(400)
  })

  it('is not synced, and a Delta Sync index is not written', async () => {
    expect((await search.ask(`POST vector-search/indexes/${DIRECT}/sync`, {})).status).toBe(400)
    await search.index()
    const written = await search.ask(`POST vector-search/indexes/${INDEX}/upsert-data`, { inputs_json: '[]' })
    expect(written).toMatchObject({ status: 400, body: { message: expect.stringContaining('source table') } })
  })

  it('is refused with a type that there is not, a key that is not in the schema, and no JSON', async () => {
    const create = (schema_json: string) =>
      search.ask('POST vector-search/indexes', {
        ...SPEC,
        name: 'ml.rag.other',
        direct_access_index_spec: { ...SPEC.direct_access_index_spec, schema_json },
      })
    for (const schema of ['{"id": "uuid"}', '{"v": "array<float>"}', '{"id": "string"}', 'x'])
      expect((await create(schema)).status).toBe(400)
    expect((await upsert({ id: 'a' })).status).toBe(400)
  })
})

describe('the renamed API', () => {
  it('knows the same endpoints and indexes by their paths', async () => {
    const root = 'ai-search/workspaces/1/endpoints'
    const made = await search.ask(`POST ${root}?endpoint_id=new`, { endpoint_type: 'STANDARD' })
    expect(made.body).toMatchObject({ name: 'workspaces/1/endpoints/new', index_count: 0 })
    expect(Date.parse(made.body.create_time)).toBeGreaterThan(0)
    expect((await search.ask(`GET ${root}/new`)).body.endpoint_status.state).toBe('ONLINE')
    expect((await search.ask('GET vector-search/endpoints/new')).status).toBe(200)
    const { name: _, endpoint_name: __, ...spec } = search.spec
    const source = [{ name: 'content', embedding_model_endpoint: 'databricks-bge-large-en' }]
    const index = await search.ask(`POST ${root}/new/indexes?index_id=${INDEX}`, {
      ...spec,
      delta_sync_index_spec: { ...spec.delta_sync_index_spec, embedding_source_columns: source },
    })
    const path = `workspaces/1/endpoints/new/indexes/${INDEX}`
    expect(index.body).toMatchObject({ name: path, endpoint: 'workspaces/1/endpoints/new' })
    expect(index.body.delta_sync_index_spec.embedding_source_columns).toEqual(source)
    await search.controls.indexes.settle()
    expect((await search.ask(`GET ai-search/${path}`)).body.status).toMatchObject({ ready: true, indexed_row_count: 4 })
    const query = { columns: ['chunk_id'], query_text: 'parcels', max_results: 1 }
    const { body } = await search.ask(`POST ai-search/${path}:query`, query)
    expect(body.result.data_array).toEqual([['c', expect.any(Number)]])
    expect(body).not.toHaveProperty('next_page_token')
    const scanned = await search.ask(`POST ai-search/${path}:scan`, { page_size: 2 })
    expect(scanned.body.data.map((row: { chunk_id: string }) => row.chunk_id)).toEqual(['a', 'b'])
    expect(scanned.body.next_page_token).toBe('b')
    expect(await search.ask(`POST ai-search/${path}:sync`, {})).toEqual({ status: 200, body: {} })
    expect((await search.ask(`GET ${root}/new/indexes`)).body.indexes).toMatchObject([{ name: path }])
    expect((await search.ask(`DELETE ai-search/${path}`)).status).toBe(200)
    expect((await search.ask(`DELETE ai-search/workspaces/1/endpoints/new`)).status).toBe(200)
  })
})

describe('a restart', () => {
  it('keeps endpoints, indexes, rows and vectors, and goes on with what was under way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lakedesk-search-'))
    try {
      const { embeddings, batches } = createLetterEmbeddings()
      const embed = async (texts: readonly string[]) =>
        (await embeddings.embedDocuments([...texts])).map((vector) => [...vector])
      const open = () => {
        const state = openState(join(folder, 'state.db'))
        const engine = createTables(search.tables)
        const parts = {
          state,
          engine,
          now: Date.now,
          host: () => 'http://here',
          embedWith: () => embed,
          checkRead() {},
        }
        return { state, search: createSearch(parts) }
      }
      const call = (args: object, at: Record<string, string> = {}) => ({
        args: { ...args },
        at,
        caller: 'me',
        method: '',
        headers: {},
        bytes: Buffer.alloc(0),
        signal: new AbortController().signal,
      })
      const run = (opened: ReturnType<typeof open>, spec: string, args: object = {}) => {
        const [method, path = ''] = spec.split(' ')
        const found = opened.search.routes.find((one) => one.method === method && one.matches(path))
        if (!found) throw new Error(`There is no ${spec}`)
        return found.handle(call(args, found.matches(path) ?? {}))
      }
      const first = open()
      await run(first, 'POST /api/2.0/vector-search/endpoints', { name: 'rag', endpoint_type: 'STANDARD' })
      await run(first, 'POST /api/2.0/vector-search/indexes', search.spec)
      // Stopped while the first snapshot is under way.
      await first.search.control.indexes.close()
      first.state.close()
      const second = open()
      await second.search.control.indexes.settle()
      const path = `/api/2.0/vector-search/indexes/${INDEX}`
      expect(await run(second, `GET ${path}`)).toMatchObject({ status: { ready: true, indexed_row_count: 4 } })
      await second.search.control.indexes.close()
      second.state.close()
      const embedded = batches.flat().length
      const third = open()
      const query = { columns: ['chunk_id'], query_text: 'parcels', num_results: 1 }
      expect(await run(third, `POST ${path}/query`, query)).toMatchObject({
        result: { data_array: [['c', expect.any(Number)]] },
      })
      // Only the question: rows kept their vectors.
      expect(batches.flat().slice(embedded)).toEqual(['parcels'])
      await third.search.control.indexes.close()
      third.state.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect(search.tables.has(DOCS)).toBe(true)
  })
})
