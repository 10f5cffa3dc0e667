// Our driver of Vector Search at its edges: pages, the renamed API, what is not ready, rights, limits, lost answers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectWorkspace } from '../../../../src/platform/databricks/connect-workspace.ts'
import { createDatabricksIndex } from '../../../../src/platform/databricks/search/create-databricks-index.ts'
import { writeFilterString } from '../../../../src/platform/databricks/search/write-filter-string.ts'
import { readFilters } from '../../../../src/platform/ports/read-filters.ts'
import { makeDocument } from '../../make-document.ts'
import { type OpenSearch, openSearch } from './index-under-test.ts'

const never = new AbortController().signal
const NO_API = {
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error_code: 'ENDPOINT_NOT_FOUND', message: "No API found for 'POST /api/2.0/vector-search'" }),
}
const PAGES = [
  makeDocument('reset', ['To reset your password, open Settings.'], { title: 'Reset a password' }),
  makeDocument('sso', ['Single sign-on with Azure AD needs the tenant id.'], { title: 'Set up SSO' }),
]

let search: OpenSearch

beforeAll(async () => {
  search = await openSearch()
})
afterAll(() => search?.close())

describe('an index of a workspace', () => {
  it('reads all pages of an answer', async () => {
    const index = await search.newDirect()
    const many = Array.from({ length: 1_150 }, (_, i) => `Line ${i} of the manual.`)
    await index.upsert([makeDocument('manual', many)])
    const before = search.standIn.asked.length
    const hits = await index.querySimilar({ text: 'manual', queryType: 'ANN', numResults: 1_100 })
    expect(new Set(hits.map(({ chunk_id }) => chunk_id)).size).toBe(1_100)
    const paths = search.standIn.asked.slice(before).map(({ path }) => path.split('/').at(-1))
    expect(paths).toContain('query-next-page')
  })

  it.each(['', '{}', '{"manifest":{"column_count":1,"columns":[{"name":"chunk_id"}]},"result":{"row_count":2}}'])(
    'never takes an answer for "no hits" that does not say so (%j)',
    async (body) => {
      const index = await search.newDirect()
      await index.upsert(PAGES)
      const headers = { 'content-type': 'application/json' }
      search.standIn.fail('POST /api/2.0/vector-search', { status: 200, headers, body }, 100)
      await expect(index.querySimilar({ text: 'password' })).rejects.toMatchObject({ code: 'PLATFORM_FAILED' })
      search.standIn.faults.clear()
      expect(await index.querySimilar({ text: 'password' })).not.toEqual([])
    },
  )

  it('speaks the renamed API where the first one is gone, and remembers that', async () => {
    search.standIn.faults.add({ start: 'GET /api/2.0/vector-search', fault: NO_API, times: 1 })
    const made = await search.newDelta({ workspace: async () => '900800700600' })
    const before = search.standIn.asked.length
    await made.upsert(PAGES)
    const [hit] = await made.querySimilar({ text: 'reset password', filters: { doc_id: 'reset' } })
    expect(hit).toMatchObject({ doc_id: 'reset', text: PAGES[0]?.chunks[0]?.text })
    expect((await made.describe()).embeddings).toBe('databricks-gte-large-en')
    const paths = search.standIn.asked.slice(before).map(({ path }) => path)
    expect(paths.filter((path) => path.includes('/vector-search/'))).toEqual([])
    expect(paths.filter((path) => path.includes('/ai-search/workspaces/900800700600/'))).not.toEqual([])
  })

  it('says that there is no such index, and how to make one', async () => {
    const index = search.openIndex({ name: 'ml.rag.no_such_index' })
    await expect(index.querySimilar({ text: 'x' })).rejects.toMatchObject({
      code: 'INDEX_MISSING',
      userMessage: expect.stringMatching(/ml\.rag\.no_such_index.*LAKEDESK_INDEX_TABLE/),
    })
  })

  it('says that an endpoint is not online', async () => {
    const index = await search.newDelta({ endpoint: 'rag_off' })
    search.standIn.search.endpoints.setState('rag_off', 'OFFLINE', 'no capacity')
    await expect(index.querySimilar({ text: 'x' })).rejects.toMatchObject({
      userMessage: expect.stringMatching(/rag_off is OFFLINE/),
    })
  })

  it('names the grants that are missing', async () => {
    const index = await search.newDelta({ endpoint: 'rag_ben' })
    await index.upsert(PAGES)
    const name =
      search.standIn.asked
        .findLast(({ path }) => path.endsWith('/sync'))
        ?.path.split('/')
        .at(-2) ?? ''
    search.standIn.people.addUser({ userName: 'ben@example.com' })
    const { http } = connectWorkspace({
      host: search.standIn.host,
      auth: { kind: 'token', token: search.standIn.people.addToken('ben@example.com') },
    })
    const bens = createDatabricksIndex({ http, name, endpoint: 'rag_ben' })
    await expect(bens.querySimilar({ text: 'password' })).rejects.toMatchObject({
      code: 'PLATFORM_UNAUTHORIZED',
      userMessage: expect.stringContaining(`GRANT SELECT ON TABLE ${name}`),
    })
  })

  it('refuses text over the limits before it is sent', async () => {
    const index = await search.newDelta()
    const before = search.standIn.asked.length
    await expect(index.upsert([makeDocument('big', ['ä'.repeat(16_400)])])).rejects.toMatchObject({
      code: 'INDEX_FAILED',
      userMessage: expect.stringContaining('32800 bytes of text (at most 32764)'),
    })
    await expect(index.querySimilar({ text: 'x'.repeat(32_765) })).rejects.toMatchObject({ code: 'QUERY_INVALID' })
    expect(search.standIn.asked.length).toBe(before)
  })

  it('asks for the reranker where its columns are named', async () => {
    const index = await search.newDelta({ rerankBy: ['title', 'content'] })
    await index.upsert(PAGES)
    expect(await index.querySimilar({ text: 'password' })).toHaveLength(2)
    const asked = search.standIn.asked.findLast(({ path }) => path.endsWith('/query'))
    expect(asked?.args.reranker).toEqual({
      model: 'databricks_reranker',
      parameters: { columns_to_rerank: ['title', 'content'] },
    })
  })

  it('writes nothing twice where an answer got lost', async () => {
    const index = await search.newDirect()
    search.standIn.fail('POST /api/2.0/vector-search/indexes/', 'cut-after')
    await index.upsert(PAGES)
    expect(await index.describe()).toMatchObject({ documents: 2, chunks: 2 })
  })

  it('syncs once for many writes where that is wished', async () => {
    const index = await search.newDelta({ syncLater: true })
    const before = search.standIn.asked.length
    await index.upsert(PAGES.slice(0, 1))
    await index.upsert(PAGES.slice(1))
    expect(await index.querySimilar({ text: 'password' })).toEqual([])
    expect(await index.sync(never)).toBe(2)
    expect(await index.querySimilar({ text: 'password' })).toHaveLength(2)
    expect(search.standIn.asked.slice(before).filter(({ path }) => path.endsWith('/sync'))).toHaveLength(1)
  })

  it('ends a wait at the signal and at its limit', async () => {
    search.standIn.search.endpoints.held = true
    try {
      const stop = AbortSignal.timeout(60)
      const index = search.openIndex({
        ...{ name: 'ml.rag.held_index', endpoint: 'rag_held', make: { body: {} }, endpointMs: 40 },
      })
      await expect(index.prepare(never)).rejects.toMatchObject({
        code: 'PLATFORM_FAILED',
        userMessage: expect.stringContaining('rag_held was not online'),
      })
      const patient = search.openIndex({ name: 'ml.rag.held_index', endpoint: 'rag_held', make: { body: {} } })
      await expect(patient.prepare(stop)).rejects.toMatchObject({ name: 'TimeoutError' })
    } finally {
      search.standIn.search.endpoints.held = false
    }
  })
})

describe('filters as text', () => {
  const COLUMNS = ['title', 'doc_type', 'last_updated']
  it.each([
    [{ doc_type: "it's" }, "doc_type = 'it''s'"],
    [{ doc_type: ['a', 'b'] }, "doc_type IN ('a', 'b')"],
    [{ 'doc_type NOT': 'a' }, "doc_type != 'a'"],
    [{ 'doc_type NOT': ['a', 'b'] }, "doc_type NOT IN ('a', 'b')"],
    [{ 'last_updated >=': '2025-01-01', doc_type: 'a' }, "last_updated >= '2025-01-01' AND doc_type = 'a'"],
    [{ 'title OR doc_type': ['x', 'y'] }, "(title = 'x' OR doc_type = 'y')"],
    [
      { 'title LIKE': '50%_a' },
      "(title LIKE '50\\%\\_a' OR title LIKE '50\\%\\_a %' OR title LIKE '% 50\\%\\_a' OR title LIKE '% 50\\%\\_a %')",
    ],
  ])('%j', (filters, text) => {
    expect(writeFilterString(readFilters(filters, COLUMNS))).toBe(text)
  })
})
