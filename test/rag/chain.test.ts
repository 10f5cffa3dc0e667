// The chain as a value, and the retriever that follows it.
import { describe, expect, it } from 'vitest'
import { REFUSAL } from '../../src/core/refusal.ts'
import type { IndexQuery } from '../../src/platform/ports/vector-index.ts'
import { describeChain, PRODUCT_DOCS_RAG, parseRagChain } from '../../src/rag/chain.ts'
import { createRetriever, MAX_QUERY_CHARS } from '../../src/rag/retriever.ts'
import { createMemoryIndex } from './memory-index.ts'

async function createIndex(pages: Readonly<Record<string, readonly string[]>>) {
  const index = createMemoryIndex()
  await index.upsert(
    Object.entries(pages).map(([doc_id, texts]) => ({
      doc_id,
      title: doc_id,
      url: '',
      doc_type: doc_id.split('/')[0] ?? '',
      last_updated: '2025-01-01',
      content_hash: 'x',
      source: 's',
      chunks: texts.map((text, ordinal) => ({ chunk_id: `${doc_id}${ordinal}`, ordinal, text, heading_path: ['H'] })),
    })),
  )
  return index
}

describe('chain', () => {
  it('is frozen, versioned and carries the prompt rule', () => {
    expect(describeChain(PRODUCT_DOCS_RAG)).toBe('product-docs-rag v1')
    expect(PRODUCT_DOCS_RAG.systemPrompt).toMatch(
      /^Answer the question using only the provided context\. If the context does not contain the answer, say so\./,
    )
    expect(PRODUCT_DOCS_RAG.systemPrompt).toContain(REFUSAL)
    expect(Object.isFrozen(PRODUCT_DOCS_RAG.retrieval.columns)).toBe(true)
    expect(parseRagChain(JSON.parse(JSON.stringify(PRODUCT_DOCS_RAG)))).toEqual(PRODUCT_DOCS_RAG)
  })

  it('names every field that is wrong', () => {
    const wrong = {
      ...PRODUCT_DOCS_RAG,
      temperature: 3,
      retrieval: { ...PRODUCT_DOCS_RAG.retrieval, numResults: 0 },
      extra: 1,
    }
    expect(() => parseRagChain(wrong)).toThrow(/temperature.*numResults.*extra/s)
    expect(() => parseRagChain(null)).toThrow(/CONFIG_INVALID/)
  })
})

describe('retriever', () => {
  const chain = PRODUCT_DOCS_RAG

  it('numbers the best passages from 1 and keeps at most three of a page', async () => {
    const texts = [
      'reset password link',
      'reset password mail',
      'reset password admin',
      'reset password phone',
      'reset password key',
    ]
    const index = await createIndex({ 'a/one': texts, 'b/two': ['reset the oven'] })
    const passages = await createRetriever({ index, chain }).retrieve('  reset password ')
    expect(passages.map((passage) => [passage.n, passage.doc_id])).toEqual([
      [1, 'a/one'],
      [2, 'a/one'],
      [3, 'a/one'],
      [4, 'b/two'],
    ])
    expect(passages[0]).toMatchObject({ title: 'a/one', heading_path: ['H'], doc_type: 'a' })
  })

  it('collapses near-duplicates, but not pages that differ in a number', async () => {
    const limit = (version: string) =>
      `In release ${version} the rate limit of the interface is counted per token and resets each minute.`
    const index = await createIndex({ 'v/3': [limit('3.9')], 'v/4': [limit('4.2')], 'v/copy': [`*${limit('4.2')}*`] })
    const passages = await createRetriever({ index, chain }).retrieve('rate limit')
    expect(passages.map((passage) => passage.doc_id)).toEqual(['v/3', 'v/4'])
  })

  it('passes on filters, limit and the settings of the chain, whose own filters win', async () => {
    const seen: IndexQuery[] = []
    const index = await createIndex({ 'a/1': ['alpha one'], 'b/2': ['alpha two'], 'b/3': ['alpha three'] })
    const querySimilar = (query: IndexQuery) => {
      seen.push(query)
      return index.querySimilar(query)
    }
    const spy = { ...index, querySimilar }
    const strict = { ...chain, retrieval: { ...chain.retrieval, filters: { doc_type: 'b' } } }
    const retriever = createRetriever({ index: spy, chain: strict })
    const passages = await retriever.retrieve('alpha', {
      filters: { doc_type: 'a', last_updated: '2025-01-01' },
      limit: 1,
    })
    expect(passages.map((passage) => passage.doc_id)).toEqual(['b/2'])
    expect(seen[0]).toMatchObject({
      queryType: 'HYBRID',
      filters: { doc_type: 'b', last_updated: '2025-01-01' },
      scoreThreshold: 0,
    })
    await createRetriever({ index: spy, chain }).retrieve('alpha')
    expect(seen[1]).not.toHaveProperty('filters')
  })

  it('handles empty, too long and stopped questions', async () => {
    const retriever = createRetriever({ index: await createIndex({ 'a/1': ['x'] }), chain })
    expect(await retriever.retrieve(' \n ')).toEqual([])
    await expect(retriever.retrieve('x'.repeat(MAX_QUERY_CHARS + 1))).rejects.toMatchObject({
      code: 'QUESTION_TOO_LONG',
    })
    expect(await retriever.retrieve('x '.repeat(MAX_QUERY_CHARS / 2))).toHaveLength(1)
    await expect(retriever.retrieve('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})
