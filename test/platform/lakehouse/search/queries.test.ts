// Queries of vector search in the local lakehouse: rankings, filters of both kinds, pages, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INDEX, type SearchUnderTest, startSearch } from './search-under-test.ts'

const BIG = 'ml.rag.big_index'
const OWN = 'ml.rag.own'

let search: SearchUnderTest
beforeAll(async () => {
  search = await startSearch()
  await search.endpoint()
  await search.endpoint('big', 'STORAGE_OPTIMIZED')
  await search.index()
  await search.index({ name: BIG, endpoint_name: 'big' })
  await search.ask('POST vector-search/indexes', {
    name: OWN,
    endpoint_name: 'rag',
    primary_key: 'id',
    index_type: 'DIRECT_ACCESS',
    direct_access_index_spec: {
      embedding_vector_columns: [{ name: 'v', embedding_dimension: 2 }],
      schema_json: JSON.stringify({ id: 'integer', v: 'array<float>', text: 'string' }),
    },
  })
  const rows = [
    { id: 2, v: [0, 1], text: 'second words' },
    { id: 10, v: [1, 1], text: 'tenth' },
    { id: 1, v: [0, 0], text: 'first words' },
  ]
  await search.ask(`POST vector-search/indexes/${OWN}/upsert-data`, { inputs_json: JSON.stringify(rows) })
})
afterAll(() => search.lakehouse.close())

const keys = async (args: object, name = INDEX) => (await search.query(args, name)).keys
const words = async (args: object, name = INDEX) => {
  const { status, body } = await search.query(args, name)
  return [status, body.error_code, body.message]
}

describe('a query', () => {
  it('has the score last, types of the columns, and always a page token', async () => {
    const { body } = await search.query({
      query_text: 'reset the password',
      columns: ['chunk_id', 'rating'],
      num_results: 2,
    })
    expect(body.manifest).toEqual({
      column_count: 3,
      columns: [
        { name: 'chunk_id', type_text: 'string' },
        { name: 'rating', type_text: 'bigint' },
        { name: 'score', type_text: 'double' },
      ],
    })
    expect(body.result.row_count).toBe(2)
    expect(body.result.data_array[0]).toEqual(['a', 5, expect.any(Number)])
    expect(body.next_page_token).toBe('')
  })

  it('by a vector scores 1/(1+d²), nearest first', async () => {
    const { body } = await search.query({ query_vector: [0, 0], columns: ['id', 'v'] }, OWN)
    expect(body.result.data_array).toEqual([
      [1, [0, 0], 1],
      [2, [0, 1], 1 / 2],
      [10, [1, 1], 1 / 3],
    ])
  })

  it('by full text finds the words, HYBRID joins both by their places', async () => {
    expect(await keys({ query_text: 'ERR-1042', query_type: 'FULL_TEXT' })).toEqual(['d'])
    expect(await keys({ query_text: 'guide', query_type: 'full_text', query_columns: ['content'] })).toEqual([])
    const { body } = await search.query({ query_text: 'reset the password', query_type: 'hybrid' })
    expect(body.result.data_array[0]).toEqual(['a', 2 / 61])
    const both = { query_type: 'HYBRID', columns: ['id'] }
    expect((await search.query({ ...both, query_text: 'tenth', query_vector: [0, 0] }, OWN)).keys[0]).toBe(10)
  })

  it('leaves out what is below the threshold', async () => {
    const { body } = await search.query({ query_vector: [0, 0], columns: ['id'], score_threshold: 0.4 }, OWN)
    expect(body.result.data_array.map(([id]: number[]) => id)).toEqual([1, 2])
  })

  it('is answered by GET with a body, and by the older path', async () => {
    const body = {
      columns: ['chunk_id'],
      query_text: 'parcels',
      num_results: 1,
      filters_json: null,
      filter_string: null,
    }
    for (const spec of [
      `GET vector-search/indexes/${INDEX}/query`,
      `GET vector-search/endpoints/rag/indexes/${INDEX}/query`,
      `POST vector-search/endpoints/rag/indexes/${INDEX}/query`,
    ])
      expect((await search.ask(spec, body)).body.result.data_array[0][0]).toBe('c')
  })

  it('sorts by columns, and counts facets', async () => {
    const query = { query_text: 'password', columns: ['chunk_id'] }
    expect(await keys({ ...query, sort_columns: ['rating DESC'] })).toEqual(['a', 'c', 'b', 'd'])
    expect(await keys({ ...query, sort_columns: ['day ASC'] })).toEqual(['c', 'a', 'b', 'd'])
    const { body } = await search.query({ ...query, facets: ['doc_type TOP 2', 'rating BUCKETS [[1,3],[4,5]]'] })
    expect(body.facet_result).toEqual({
      facet_row_count: 4,
      facet_array: [
        ['doc_type', 'guide', 2],
        ['doc_type', 'error page', 1],
        ['rating', '[1,3]', 2],
        ['rating', '[4,5]', 2],
      ],
    })
  })

  it('is reranked by other columns, and says how long that took, or why not', async () => {
    const reranker = { model: 'databricks_reranker', parameters: { columns_to_rerank: ['doc_type'] } }
    const { keys: found, body } = await search.query({ query_text: 'error page', num_results: 1, reranker })
    expect(found).toEqual(['d'])
    expect(body.debug_info.reranker_time).toBeGreaterThanOrEqual(0)
    const own = { query_vector: [0, 0], columns: ['id'], reranker: { parameters: { columns_to_rerank: ['text'] } } }
    const skipped = await search.query(own, OWN)
    expect(skipped.body.debug_info.warnings[0].message).toContain('not reranked')
    expect(skipped.keys).toEqual([1, 2, 10])
  })

  it('gives its vectors where they are asked for', async () => {
    const { body } = await search.query({ query_text: 'x', columns: ['__db_content_vector'], num_results: 1 })
    expect(body.result.data_array[0][0]).toHaveLength(1024)
  })
})

describe('pages', () => {
  it('hold 1000 results, and the last one has no token', async () => {
    const rows = Array.from({ length: 2300 }, (_, id) => ({ id, v: [id, 0], text: 'x' }))
    const spec = {
      embedding_vector_columns: [{ name: 'v', embedding_dimension: 2 }],
      schema_json: JSON.stringify({ id: 'long', v: 'array<float>', text: 'string' }),
    }
    const name = 'ml.rag.many'
    const more = { name, endpoint_name: 'rag', primary_key: 'id', index_type: 'DIRECT_ACCESS' }
    await search.ask('POST vector-search/indexes', { ...more, direct_access_index_spec: spec })
    await search.ask(`POST vector-search/indexes/${name}/upsert-data`, { inputs_json: JSON.stringify(rows) })
    let { body } = await search.query({ query_vector: [0, 0], columns: ['id'], num_results: 2300 }, name)
    const seen: number[] = []
    for (let pages = 0; pages < 5; pages++) {
      seen.push(...body.result.data_array.map(([id]: number[]) => id))
      if (body.next_page_token === '') break
      const next = { page_token: body.next_page_token, endpoint_name: 'rag' }
      body = (await search.ask(`GET vector-search/indexes/${name}/query-next-page`, next)).body
    }
    expect(seen).toEqual(rows.map(({ id }) => id))
    const wrong = await search.ask(`POST vector-search/indexes/${name}/query-next-page`, { page_token: 'x.1' })
    expect(wrong.status).toBe(400)
  })
})

describe('filters of a STANDARD endpoint', () => {
  it.each([
    [{ doc_type: 'guide' }, 'ab'],
    [{ doc_type: ['guide', 'table'] }, 'abc'],
    [{ 'doc_type NOT': 'guide' }, 'cd'],
    [{ 'doc_type NOT': ['guide', 'table'] }, 'd'],
    [{ 'rating <': 4 }, 'bd'],
    [{ 'rating <=': 4 }, 'bcd'],
    [{ 'rating >': '4' }, 'a'],
    [{ 'rating >=': 4 }, 'ac'],
    [{ 'day >=': '2026-01-01' }, 'ab'],
    [{ 'doc_type LIKE': 'error' }, 'd'],
    [{ 'doc_type LIKE': 'err' }, ''],
    [{ 'doc_type NOT LIKE': 'error' }, 'abc'],
    [{ 'doc_type OR rating': ['table', 5] }, 'ac'],
    [{ doc_type: 'guide', 'rating >': 3 }, 'a'],
    [{}, 'abcd'],
  ])('%j', async (filter, expected) => {
    const found = await keys({ query_text: 'password', filters_json: JSON.stringify(filter) })
    expect(found.sort().join('')).toBe(expected)
  })

  it('apply to every type of query', async () => {
    const filters_json = '{"doc_type NOT": "guide"}'
    for (const query_type of ['ANN', 'FULL_TEXT', 'HYBRID'])
      expect(await keys({ query_text: 'password', query_type, filters_json })).not.toContain('a')
  })

  it.each([
    ['{"name": 1}', 'Columns referenced in filters are not present in index: name'],
    ['{"doc_type OR name": ["a", "b"]}', 'Columns referenced in filters are not present in index: name'],
    ['{"doc_type OR rating": ["a"]}', '2 columns'],
    ['{"doc_type": null}', 'doc_type'],
    ['doc_type = 1', 'no JSON'],
    ['[1]', 'JSON object'],
  ])('%s is refused', async (filters_json, sentence) => {
    const said = await words({ query_text: 'x', filters_json })
    expect(said).toEqual([400, 'INVALID_PARAMETER_VALUE', expect.stringContaining(sentence)])
  })
})

describe('filters of a STORAGE_OPTIMIZED endpoint', () => {
  it.each([
    ["doc_type = 'guide'", 'ab'],
    ["doc_type IN ('guide', 'table') AND rating > 3", 'ac'],
    ["doc_type NOT IN ('guide')", 'cd'],
    ["doc_type LIKE 'err%'", 'd'],
    ["doc_type NOT LIKE '%page'", 'abc'],
    ["doc_type ILIKE 'GUI_E'", 'ab'],
    ['rating BETWEEN 3 AND 4', 'bc'],
    ['rating NOT BETWEEN 3 AND 4', 'ad'],
    ['day IS NULL', 'd'],
    ['`day` is not null', 'abc'],
    ["day >= DATE '2026-01-01'", 'ab'],
    ["NOT (doc_type = 'guide' OR rating = 4)", 'd'],
    ["rating <> 5 and (doc_type = 'guide' or doc_type = 'table')", 'bc'],
    // Nothing is known of a null day, so its row is in neither half.
    ["day < '2026-01-01'", 'c'],
    ["NOT day < '2026-01-01'", 'ab'],
    ["doc_type = 'it''s' OR rating = 1", 'd'],
  ])('%s', async (filter_string, expected) => {
    expect((await keys({ query_text: 'password', filter_string }, BIG)).sort().join('')).toBe(expected)
  })

  it.each([
    ["name = 'x'", 'Columns referenced in filters are not present in index: name'],
    ['doc_type =', 'a value was expected'],
    ["doc_type = 'x' doc_type", 'the end was expected'],
    ["doc_type = 'x", 'cannot be read'],
    ["(doc_type = 'x'", ') was expected'],
    ['; DROP TABLE x', 'cannot be read'],
  ])('%s is refused', async (filter_string, sentence) => {
    const said = await words({ query_text: 'x', filter_string }, BIG)
    expect(said).toEqual([400, 'INVALID_PARAMETER_VALUE', expect.stringContaining(sentence)])
  })

  it('of the wrong kind are refused by both', async () => {
    expect(await words({ query_text: 'x', filters_json: '{"rating": 1}' }, BIG)).toEqual([
      400,
      expect.anything(),
      expect.stringContaining('filter_string'),
    ])
    expect(await words({ query_text: 'x', filter_string: 'rating = 1' })).toEqual([
      400,
      expect.anything(),
      expect.stringContaining('filters_json'),
    ])
  })
})

describe('somebody without the right', () => {
  it('is told which privilege is missing, one after the other, until nothing is', async () => {
    const { people, host } = search.lakehouse
    people.addUser({ userName: 'ana@example.com', groups: ['analysts'] })
    const token = people.addToken('ana@example.com')
    const ask = async () => {
      const response = await fetch(`${host}/api/2.0/vector-search/indexes/${INDEX}/query`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ columns: ['chunk_id'], query_text: 'x' }),
      })
      return [response.status, ((await response.json()) as { message?: string }).message]
    }
    expect(await ask()).toEqual([403, "User does not have USE CATALOG on Catalog 'ml'."])
    people.grant('catalog ml', 'account users', 'USE_CATALOG')
    expect(await ask()).toEqual([403, "User does not have USE SCHEMA on Schema 'ml.rag'."])
    people.grant('schema ml.rag', 'analysts', 'USE_SCHEMA')
    expect(await ask()).toEqual([403, `User does not have SELECT on Table '${INDEX}'.`])
    people.grant(`table ${INDEX}`, 'ana@example.com', 'SELECT')
    expect(await ask()).toEqual([200, undefined])
  })
})

describe('a wrong query', () => {
  it.each([
    ['no columns', { columns: [], query_text: 'x' }, 'columns'],
    [
      'an unknown column',
      { columns: ['colour'], query_text: 'x' },
      'Requested columns to fetch are not present in index: colour',
    ],
    ['nothing to look for', {}, 'query_text or query_vector'],
    ['no text for full text', { query_type: 'FULL_TEXT' }, 'query_text'],
    ['an unknown type', { query_text: 'x', query_type: 'NEAR' }, 'NEAR'],
    ['too many results', { query_text: 'x', num_results: 10_001 }, '10000'],
    ['too many for HYBRID', { query_text: 'x', query_type: 'HYBRID', num_results: 201 }, '200'],
    ['too long a text', { query_text: 'x'.repeat(32_765) }, '32764'],
    ['an unknown sort column', { query_text: 'x', sort_columns: ['colour DESC'] }, 'colour'],
  ])('is refused: %s', async (_, args, sentence) => {
    expect(await words(args)).toEqual([400, 'INVALID_PARAMETER_VALUE', expect.stringContaining(sentence)])
  })

  it('is refused without a vector, or with one of another dimension, where the index has its own', async () => {
    expect((await words({ query_text: 'x', columns: ['id'] }, OWN))[2]).toContain('query_vector is required')
    expect((await words({ query_vector: [1], columns: ['id'] }, OWN))[2]).toContain('has 1 numbers')
  })

  it('is refused for an index that is not there', async () => {
    expect((await words({ query_text: 'x' }, 'ml.rag.gone')).slice(0, 2)).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
  })
})
