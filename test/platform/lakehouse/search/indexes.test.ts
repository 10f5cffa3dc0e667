// Endpoints and indexes of vector search in the local lakehouse: how they come up, sync, fail and go.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DOCS, INDEX, type SearchUnderTest, startSearch } from './search-under-test.ts'

let search: SearchUnderTest
beforeEach(async () => {
  search = await startSearch()
})
afterEach(() => search.lakehouse.close())

const get = async (name = INDEX) => (await search.ask(`GET vector-search/indexes/${name}`)).body

describe('an endpoint', () => {
  it('is PROVISIONING when it is made, and ONLINE when it is looked at', async () => {
    const made = await search.ask('POST vector-search/endpoints', { name: 'rag', endpoint_type: 'STANDARD' })
    expect(made).toMatchObject({
      status: 200,
      body: { name: 'rag', endpoint_type: 'STANDARD', endpoint_status: { state: 'PROVISIONING' }, num_indexes: 0 },
    })
    const seen = await search.ask('GET vector-search/endpoints/rag')
    expect(seen.body).toMatchObject({ id: made.body.id, endpoint_status: { state: 'ONLINE' } })
    const { body } = await search.ask('GET vector-search/endpoints')
    expect(body.endpoints.map(({ name }: { name: string }) => name)).toEqual(['rag'])
  })

  it('comes up after as many looks as are set', async () => {
    search.controls.endpoints.looks = 2
    await search.endpoint()
    const states = []
    for (let nth = 0; nth < 4; nth++)
      states.push((await search.ask('GET vector-search/endpoints/rag')).body.endpoint_status.state)
    expect(states).toEqual(['PROVISIONING', 'PROVISIONING', 'ONLINE', 'ONLINE'])
  })

  it('is made once, deleted when it is empty, and then unknown', async () => {
    await search.endpoint()
    const again = await search.ask('POST vector-search/endpoints', { name: 'rag', endpoint_type: 'STANDARD' })
    expect(again).toEqual({
      status: 409,
      body: {
        error_code: 'RESOURCE_ALREADY_EXISTS',
        message: 'Vector search endpoint with name rag already exists',
      },
    })
    await search.index()
    expect((await search.ask('DELETE vector-search/endpoints/rag')).status).toBe(400)
    await search.ask(`DELETE vector-search/indexes/${INDEX}`)
    expect(await search.ask('DELETE vector-search/endpoints/rag')).toEqual({ status: 200, body: {} })
    const gone = await search.ask('GET vector-search/endpoints/rag')
    expect(gone).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } })
  })

  it('has permissions by its id, and none by its name', async () => {
    const { body } = await search.ask('POST vector-search/endpoints', { name: 'rag', endpoint_type: 'STANDARD' })
    const path = (id: string) => `permissions/vector-search-endpoints/${id}`
    const given = { access_control_list: [{ group_name: 'analysts', permission_level: 'CAN_USE' }] }
    const { body: changed } = await search.ask(`PATCH ${path(body.id)}`, given)
    expect(changed.access_control_list).toContainEqual({
      group_name: 'analysts',
      all_permissions: [{ permission_level: 'CAN_USE', inherited: false }],
    })
    expect((await search.ask(`GET ${path('rag')}`)).status).toBe(404)
  })

  it('that is stopped answers no query, and does again when it is started', async () => {
    await search.endpoint()
    await search.index()
    await search.ask('POST vector-search/endpoints/rag/stop', {})
    const refused = await search.query({ query_text: 'x' })
    expect(refused).toMatchObject({ status: 400, body: { error_code: 'INVALID_STATE' } })
    expect(refused.body.message).toContain('rag is STOPPED')
    await search.ask('POST vector-search/endpoints/rag/start', {})
    expect((await search.query({ query_text: 'x' })).status).toBe(200)
  })
})

describe('a Delta Sync index', () => {
  beforeEach(() => search.endpoint())

  it('is PROVISIONING until its first snapshot is complete', async () => {
    const made = await search.ask('POST vector-search/indexes', search.spec)
    expect(made.body).toMatchObject({
      name: INDEX,
      endpoint_name: 'rag',
      index_subtype: 'HYBRID',
      delta_sync_index_spec: { source_table: DOCS, pipeline_id: expect.any(String) },
      status: { ready: false, detailed_state: 'PROVISIONING_INITIAL_SNAPSHOT', indexed_row_count: 0 },
    })
    expect(made.body.status.index_url).toBe(`${search.lakehouse.host}/api/2.0/vector-search/indexes/${INDEX}`)
    await search.controls.indexes.settle()
    expect((await get()).status).toMatchObject({
      ready: true,
      detailed_state: 'ONLINE_NO_PENDING_UPDATE',
      indexed_row_count: 4,
    })
  })

  it('shows its steps for as many looks as are set, and answers no query before', async () => {
    search.controls.indexes.looks = 1
    await search.index()
    expect(await search.query({ query_text: 'x' })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_STATE', message: expect.stringContaining('not ready to be queried') },
    })
    const steps = [(await get()).status.detailed_state, (await get()).status.detailed_state]
    expect(steps).toEqual(['PROVISIONING_INITIAL_SNAPSHOT', 'ONLINE_NO_PENDING_UPDATE'])
    await search.ask(`POST vector-search/indexes/${INDEX}/sync`, {})
    await search.controls.indexes.settle()
    const later = [(await get()).status.detailed_state, (await get()).status.detailed_state]
    expect(later).toEqual(['ONLINE_TRIGGERED_UPDATE', 'ONLINE_NO_PENDING_UPDATE'])
  })

  it('that is TRIGGERED moves on sync alone, and embeds what changed alone', async () => {
    await search.index()
    const table = search.tables.get(DOCS)
    if (!table) throw new Error('there is no table')
    const before = search.batches.flat().length
    table.rows = [
      ...table.rows
        .filter(([key]) => key !== 'c')
        .map((row) => (row[0] === 'a' ? ['a', row[1] ?? '', 'howto', 5, null] : row)),
      ['e', 'A new page about invoices', 'guide', 2, null],
    ]
    expect((await search.query({ query_text: 'invoices' })).keys).toHaveLength(4)
    expect((await search.query({ query_text: 'invoices' })).keys).toContain('c')
    expect(await search.ask(`POST vector-search/indexes/${INDEX}/sync`, {})).toEqual({ status: 200, body: {} })
    await search.controls.indexes.settle()
    const { keys, body } = await search.query({ query_text: 'invoices', columns: ['chunk_id', 'doc_type'] })
    expect(keys[0]).toBe('e')
    expect(keys).not.toContain('c')
    expect(body.result.data_array.find(([key]: string[]) => key === 'a')[1]).toBe('howto')
    // Beside the three questions only the new row was embedded.
    expect(
      search.batches
        .flat()
        .slice(before)
        .filter((text) => text !== 'invoices'),
    ).toEqual(['A new page about invoices'])
  })

  it('that is CONTINUOUS follows its table, and refuses to be synced', async () => {
    const delta_sync_index_spec = { ...search.spec.delta_sync_index_spec, pipeline_type: 'CONTINUOUS' }
    await search.index({ delta_sync_index_spec })
    search.controls.indexes.followMs = 0
    await get()
    search.tables.get(DOCS)?.rows.push(['e', 'A new page about invoices', 'guide', 2, null])
    expect((await search.query({ query_text: 'invoices' })).keys[0]).toBe('e')
    expect(await search.ask(`POST vector-search/indexes/${INDEX}/sync`, {})).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('CONTINUOUS') },
    })
  })

  it('fails with a sentence where the primary key is not unique, and keeps what it held', async () => {
    const table = search.tables.get(DOCS)
    table?.rows.push(['a', 'Another one', 'guide', 1, null])
    await search.index()
    const first = await get()
    expect(first.status).toMatchObject({ ready: false, detailed_state: 'OFFLINE_FAILED' })
    expect(first.status.message).toContain("The primary key 'chunk_id' of ml.rag.docs is not unique")
    expect((await search.query({ query_text: 'x' })).status).toBe(400)
    table?.rows.pop()
    const sync = async () => {
      await search.ask(`POST vector-search/indexes/${INDEX}/sync`, {})
      await search.controls.indexes.settle()
    }
    await sync()
    expect((await get()).status.detailed_state).toBe('ONLINE_NO_PENDING_UPDATE')
    table?.rows.push([null, 'No key', 'guide', 1, null])
    await sync()
    expect((await get()).status).toMatchObject({
      ready: true,
      detailed_state: 'ONLINE_PIPELINE_FAILED',
      indexed_row_count: 4,
    })
    expect((await search.query({ query_text: 'x' })).keys).toHaveLength(4)
  })

  it('is a table of Unity Catalog, and listed', async () => {
    await search.index()
    const table = await fetch(`${search.lakehouse.host}/api/2.1/unity-catalog/tables/${INDEX}`, {
      headers: { authorization: `Bearer ${search.lakehouse.token}` },
    })
    expect(await table.json()).toMatchObject({ full_name: INDEX, data_source_format: 'VECTOR_INDEX_FORMAT' })
    const brief = { name: INDEX, endpoint_name: 'rag', index_type: 'DELTA_SYNC', primary_key: 'chunk_id' }
    for (const path of ['indexes?endpoint_name=rag', 'endpoints/rag/indexes'])
      expect((await search.ask(`GET vector-search/${path}`)).body.vector_indexes).toMatchObject([brief])
  })

  it('goes when it is deleted, and its name may be held for a while', async () => {
    search.controls.indexes.deletionLooks = 1
    await search.index()
    expect(await search.ask(`DELETE vector-search/indexes/${INDEX}`)).toEqual({ status: 200, body: {} })
    expect((await search.ask(`GET vector-search/indexes/${INDEX}`)).status).toBe(404)
    const held = await search.ask('POST vector-search/indexes', search.spec)
    expect(held).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('currently pending deletion') },
    })
    await search.index()
    expect((await get()).status.indexed_row_count).toBe(4)
  })

  it('that is deleted while it syncs leaves nothing behind, not even under its name', async () => {
    let open = () => {}
    search.gate.open = new Promise((resolve) => {
      open = resolve
    })
    expect((await search.ask('POST vector-search/indexes', search.spec)).status).toBe(200)
    await search.ask(`DELETE vector-search/indexes/${INDEX}`)
    const { delta_sync_index_spec: _, ...same } = search.spec
    const direct_access_index_spec = {
      embedding_vector_columns: [{ name: 'v', embedding_dimension: 1 }],
      schema_json: '{"chunk_id": "string", "v": "array<float>"}',
    }
    await search.ask('POST vector-search/indexes', { ...same, index_type: 'DIRECT_ACCESS', direct_access_index_spec })
    open()
    await search.controls.indexes.settle()
    expect((await get()).status).toMatchObject({ detailed_state: 'ONLINE_DIRECT_ACCESS', indexed_row_count: 0 })
  })

  const spec =
    (more: object, deep: object = {}) =>
    (given: SearchUnderTest['spec']) => ({
      ...given,
      ...more,
      delta_sync_index_spec: { ...given.delta_sync_index_spec, ...deep },
    })
  it.each([
    ['a name of two parts', spec({ name: 'rag.docs' }), 400, 'Invalid index name. Must specify the full index name'],
    ['an unknown endpoint', spec({ endpoint_name: 'other' }), 404, 'other'],
    ['an unknown table', spec({}, { source_table: 'ml.rag.gone' }), 404, 'TABLE_OR_VIEW_NOT_FOUND'],
    ['a key that is no column', spec({ primary_key: 'id' }), 400, "'id'"],
    ['a column that is none', spec({}, { columns_to_sync: ['colour'] }), 400, 'colour'],
    [
      'an unknown model',
      spec({}, { embedding_source_columns: [{ name: 'content', embedding_model_endpoint_name: 'gone' }] }),
      404,
      'gone',
    ],
    ['no embeddings', spec({}, { embedding_source_columns: [] }), 400, 'embedding_source_columns'],
    ['the subtype VECTOR', spec({ index_subtype: 'VECTOR' }), 400, 'VECTOR'],
    ['full text alone on STANDARD', spec({ index_subtype: 'FULL_TEXT' }), 400, 'STORAGE_OPTIMIZED'],
  ])('is refused with %s', async (_, change, status, words) => {
    const said = await search.ask('POST vector-search/indexes', change(search.spec))
    expect([said.status, said.body.message]).toEqual([status, expect.stringContaining(words)])
  })

  it('is refused a second time, and as CONTINUOUS on a STORAGE_OPTIMIZED endpoint', async () => {
    await search.index()
    expect(await search.ask('POST vector-search/indexes', search.spec)).toMatchObject({
      status: 409,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    })
    await search.endpoint('big', 'STORAGE_OPTIMIZED')
    const continuous = spec(
      { name: 'ml.rag.other', endpoint_name: 'big' },
      { pipeline_type: 'CONTINUOUS' },
    )(search.spec)
    expect((await search.ask('POST vector-search/indexes', continuous)).status).toBe(400)
  })
})
