// Settings of a chain changed by name, and every way to get one wrong.
import { describe, expect, it } from 'vitest'
import { PRODUCT_DOCS_RAG } from '../../../src/rag/chain.ts'
import { changeChain } from '../../../src/rag/registered/change-chain.ts'

describe('changing a chain', () => {
  it('changes what is named and nothing else', () => {
    const pairs = ['retrieval.numResults=1', 'temperature=0', 'generationModel=databricks-gpt-oss-20b']
    expect(changeChain(PRODUCT_DOCS_RAG, pairs, 'Be brief.')).toEqual({
      ...PRODUCT_DOCS_RAG,
      systemPrompt: 'Be brief.',
      temperature: 0,
      generationModel: 'databricks-gpt-oss-20b',
      retrieval: { ...PRODUCT_DOCS_RAG.retrieval, numResults: 1 },
    })
    expect(changeChain(PRODUCT_DOCS_RAG, ['retrieval.filters={"doc_type":"faq"}']).retrieval.filters).toEqual({
      doc_type: 'faq',
    })
  })

  it.each([
    ['retrieval.numResults', 'no "="'],
    ['version=9', 'no setting version'],
    ['retrieval.topK=3', 'no setting retrieval.topK'],
    ['retrieval.numResults=0', 'retrieval.numResults'],
    ['retrieval.queryType=BM25', 'retrieval.queryType'],
    ['temperature=hot', 'temperature'],
  ])('refuses %s', (pair, why) => {
    expect(() => changeChain(PRODUCT_DOCS_RAG, [pair])).toThrow(why)
  })
})
