// What every driver of the index must do, whichever engine is below: each driver's test calls this.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import type { Filters, QueryType, VectorIndex } from '../../src/platform/ports/vector-index.ts'
import { makeDocument } from './make-document.ts'

const PAGES = [
  makeDocument('reset', ['To reset your password, open Settings, choose Security, and follow the link we mail you.'], {
    title: 'Reset a password',
    doc_type: 'guide',
    last_updated: '2025-03-01',
  }),
  makeDocument(
    'sso',
    ['Single sign-on with Azure AD needs the tenant id and a client secret of the app registration.'],
    {
      title: 'Set up SSO',
      doc_type: 'integration_guide',
      last_updated: '2026-02-10',
      source: 'admin',
    },
  ),
  makeDocument(
    'orders',
    ['An order is shipped within two days. Its status stands on the order page.', 'Refunds take a week.'],
    {
      title: 'Order status',
      doc_type: 'faq',
      last_updated: '2024-11-30',
    },
  ),
]

const FILTERS: { filters: Filters; finds: string[] }[] = [
  { filters: { doc_type: 'faq' }, finds: ['orders'] },
  { filters: { doc_type: ['faq', 'guide'] }, finds: ['orders', 'reset'] },
  { filters: { 'doc_type NOT': 'faq' }, finds: ['reset', 'sso'] },
  { filters: { 'doc_type NOT': ['faq', 'guide'] }, finds: ['sso'] },
  { filters: { 'last_updated <': '2025-03-01' }, finds: ['orders'] },
  { filters: { 'last_updated <=': '2025-03-01' }, finds: ['orders', 'reset'] },
  { filters: { 'last_updated >': '2025-03-01' }, finds: ['sso'] },
  { filters: { 'last_updated >=': '2025-03-01', doc_type: 'guide' }, finds: ['reset'] },
  { filters: { 'title LIKE': 'SSO' }, finds: ['sso'] },
  { filters: { 'title LIKE': 'SS' }, finds: [] },
  { filters: { 'title NOT LIKE': 'SSO' }, finds: ['orders', 'reset'] },
  { filters: { 'doc_id OR doc_type': ['sso', 'faq'] }, finds: ['orders', 'sso'] },
  { filters: { 'doc_id OR doc_type': ['faq', 'sso'] }, finds: [] },
  { filters: { source: 'admin' }, finds: ['sso'] },
  { filters: { chunk_id: ['orders-1', 'reset-0'] }, finds: ['orders', 'reset'] },
  { filters: { url: 'https://docs.example.com/sso' }, finds: ['sso'] },
  { filters: {}, finds: ['orders', 'reset', 'sso'] },
]

const BAD_FILTERS: { filters: unknown; says: RegExp }[] = [
  { filters: { colour: 'red' }, says: /Columns referenced in filters are not present in index: colour/ },
  { filters: { 'doc_type = ': 'faq' }, says: /not present in index/ },
  { filters: { 'doc_id OR colour': ['a', 'b'] }, says: /not present in index: colour/ },
  { filters: { 'doc_id OR doc_type': ['a'] }, says: /list of 2 values/ },
  { filters: { 'doc_id OR doc_type': 'a' }, says: /list of 2 values/ },
  { filters: { doc_type: null }, says: /got null/ },
  { filters: { doc_type: { eq: 'faq' } }, says: /got object/ },
  { filters: { doc_type: [] }, says: /empty list/ },
  { filters: { 'last_updated >': ['2025-01-01'] }, says: /got a list/ },
  { filters: { 'title LIKE': 'two words' }, says: /one word/ },
  { filters: ['doc_type'], says: /must be an object/ },
]

/** What an index of others does not tell or promise. */
export interface IndexFlags {
  /** False where vectors have other lengths than 1, so that distances have no bound. Default true. */
  unitVectors?: boolean
  /** False where the embeddings are a secret of the platform. Default true. */
  tellsDimension?: boolean
}

/** `create` gives an empty index on each call; documents written to it can be found as soon as `upsert` resolved. */
export function describeVectorIndex(name: string, create: () => Promise<VectorIndex>, flags: IndexFlags = {}): void {
  const { unitVectors = true, tellsDimension = true } = flags
  describe(`${name} keeps the contract of the index`, () => {
    let index: VectorIndex
    const find = async (text: string, queryType: QueryType = 'HYBRID', filters?: Filters): Promise<string[]> => {
      const hits = await index.querySimilar({ text, queryType, ...(filters ? { filters } : {}) })
      return [...new Set(hits.map((hit) => hit.doc_id))]
    }
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'no error',
        (error: unknown) => (error instanceof LakedeskError ? error.code : error),
      )

    beforeEach(async () => {
      index = await create()
      await index.upsert(PAGES)
    })
    afterEach(() => index.close())

    it.each<QueryType>(['ANN', 'FULL_TEXT', 'HYBRID'])('finds the page that answers, by %s', async (queryType) => {
      expect((await find('How do I reset my password?', queryType))[0]).toBe('reset')
      expect((await find('Azure AD single sign-on', queryType))[0]).toBe('sso')
      expect((await find('order status', queryType))[0]).toBe('orders')
    })

    it('returns everything a citation needs, best first', async () => {
      const hits = await index.querySimilar({ text: 'reset password', queryType: 'ANN', numResults: 3 })
      expect(hits[0]).toMatchObject({
        chunk_id: 'reset-0',
        doc_id: 'reset',
        title: 'Reset a password',
        url: 'https://docs.example.com/reset',
        doc_type: 'guide',
        last_updated: '2025-03-01',
        heading_path: ['Top'],
        ordinal: 0,
        text: PAGES[0]?.chunks[0]?.text,
      })
      const scores = hits.map((hit) => hit.score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    })

    it('scores ANN by 1/(1+d²): at most 1, and at least 1/5 for unit vectors', async () => {
      for (const { score } of await index.querySimilar({ text: 'reset password', queryType: 'ANN' })) {
        if (unitVectors) expect(score).toBeGreaterThanOrEqual(0.2)
        expect(score).toBeGreaterThan(0)
        expect(score).toBeLessThanOrEqual(1)
      }
    })

    it.each(FILTERS)('applies the filter $filters', async ({ filters, finds }) => {
      expect((await find('password order sign-on', 'ANN', filters)).sort()).toEqual(finds)
      expect((await find('password order sign-on', 'HYBRID', filters)).sort()).toEqual(finds)
    })

    it.each(BAD_FILTERS)('refuses the filter $filters', async ({ filters, says }) => {
      const asked = index.querySimilar({ text: 'order', filters: filters as Filters })
      await expect(asked).rejects.toMatchObject({ code: 'FILTER_INVALID', userMessage: expect.stringMatching(says) })
    })

    it('keeps to num_results and score_threshold', async () => {
      expect(await index.querySimilar({ text: 'order', queryType: 'ANN', numResults: 2 })).toHaveLength(2)
      const [best, next] = await index.querySimilar({ text: 'order status', queryType: 'ANN' })
      const threshold = ((best?.score ?? 0) + (next?.score ?? 0)) / 2
      const above = await index.querySimilar({ text: 'order status', queryType: 'ANN', scoreThreshold: threshold })
      expect(above.map((hit) => hit.chunk_id)).toEqual([best?.chunk_id])
    })

    it.each([
      { text: '' },
      { text: '  \n' },
      { text: 'x', numResults: 0 },
      { text: 'x', numResults: 1.5 },
      { text: 'x', numResults: 201 },
      { text: 'x', numResults: 10_001, queryType: 'ANN' as const },
      { text: 'x', queryType: 'NEAREST' as QueryType },
      { text: 'x'.repeat(40_000) },
    ])('refuses a query out of the limits', async (query) => {
      expect(await codeOf(index.querySimilar(query))).toBe('QUERY_INVALID')
    })

    it('takes 10,000 results for ANN and FULL_TEXT, 200 for HYBRID', async () => {
      expect(await index.querySimilar({ text: 'order', numResults: 10_000, queryType: 'ANN' })).toHaveLength(4)
      expect(await index.querySimilar({ text: 'order', numResults: 10_000, queryType: 'FULL_TEXT' })).toHaveLength(2)
      expect(await index.querySimilar({ text: 'order', numResults: 200 })).toHaveLength(4)
    })

    it('finds nothing by full text where no word occurs', async () => {
      expect(await find('🙂', 'FULL_TEXT')).toEqual([])
      expect(await find('the of and', 'FULL_TEXT')).toEqual([])
      expect(await find('zyzzyva', 'FULL_TEXT')).toEqual([])
      expect(await find('🙂', 'HYBRID')).toHaveLength(3)
    })

    it('stops finding a removed document at once', async () => {
      expect(await index.remove(['reset', 'unknown'])).toBe(1)
      for (const queryType of ['ANN', 'FULL_TEXT', 'HYBRID'] as const) {
        expect(await find('reset password', queryType)).not.toContain('reset')
      }
      expect([...(await index.listDocuments()).keys()].sort()).toEqual(['orders', 'sso'])
    })

    it('replaces a document as a whole and counts what it did', async () => {
      const changed = makeDocument(
        'orders',
        ['An order is shipped within two days. Its status stands on the order page.'],
        {
          title: 'Order status',
          doc_type: 'faq',
        },
      )
      expect(await index.upsert([changed])).toEqual({ documents: 1, chunks: 0, embedded: 0, removedChunks: 1 })
      expect(await find('refunds take a week', 'FULL_TEXT')).toEqual([])
      const rewritten = makeDocument('orders', ['Parcels leave the warehouse on Fridays.'], { title: 'Order status' })
      expect(await index.upsert([rewritten])).toMatchObject({ documents: 1, chunks: 1, embedded: 1 })
      expect(await find('parcels warehouse Fridays', 'FULL_TEXT')).toEqual(['orders'])
      expect(await find('shipped', 'FULL_TEXT')).toEqual([])
    })

    it('does nothing for documents that are there already', async () => {
      expect(await index.upsert(PAGES)).toEqual({ documents: 3, chunks: 0, embedded: 0, removedChunks: 0 })
    })

    it('takes over changed metadata without embedding', async () => {
      const [first] = PAGES
      if (!first) throw new Error('no page')
      const moved = { ...first, url: 'https://docs.example.com/new', doc_type: 'howto', content_hash: 'other' }
      expect(await index.upsert([moved])).toMatchObject({ embedded: 0 })
      const [hit] = await index.querySimilar({ text: 'reset password', filters: { doc_type: 'howto' } })
      expect(hit).toMatchObject({ doc_id: 'reset', url: 'https://docs.example.com/new' })
      expect((await index.listDocuments()).get('reset')).toBe('other')
    })

    it('lists documents with their hashes, by source', async () => {
      expect(await index.listDocuments('admin')).toEqual(new Map([['sso', PAGES[1]?.content_hash]]))
      expect((await index.listDocuments()).size).toBe(3)
      expect((await index.listDocuments('elsewhere')).size).toBe(0)
    })

    it('describes itself', async () => {
      const facts = await index.describe()
      expect(facts).toMatchObject({ documents: 3, chunks: 4 })
      if (tellsDimension) expect(facts.dimension).toBeGreaterThan(0)
      expect(facts.embeddings).not.toBe('')
      expect(facts.bytes).toBeGreaterThan(0)
    })

    it('stops at the signal and keeps what was there', async () => {
      const stopped = index.upsert([makeDocument('late', ['Never written.'])], { signal: AbortSignal.abort() })
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
      expect([...(await index.listDocuments()).keys()].sort()).toEqual(['orders', 'reset', 'sso'])
    })

    it('keeps odd text as it is', async () => {
      const text = '"; DROP TABLE chunks; -- ‘naïve’ 日本語 \u0000 <b>&amp;</b> 🙂 NEAR(a b) OR *'
      await index.upsert([makeDocument("o'dd", [text])])
      const [hit] = await index.querySimilar({ text, queryType: 'FULL_TEXT' })
      expect(hit).toMatchObject({ doc_id: "o'dd", text })
    })
  })
}
