// Full text in memory: the same scores however the chunks came in, and as BM25 gives them.
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../bench/lib/seeded-random.ts'
import {
  type ChunkTerms,
  createPostings,
  packTerms,
  toWeightByte,
  unpackTerms,
} from '../../../src/platform/local/index/postings.ts'

const random = createSeededRandom(5)
const CHUNKS = Array.from({ length: 3000 }, (): ChunkTerms => {
  const terms = [...new Set(Array.from({ length: 30 }, () => Math.floor(400 ** random.next())))]
  const weights = terms.map(() => toWeightByte(1 + Math.floor(random.next() * 5)))
  return {
    terms: Uint32Array.from(terms),
    weights: Uint8Array.from(weights),
    length: 20 + Math.floor(random.next() * 50),
  }
})
const all = new Uint8Array(CHUNKS.length).fill(1)

describe('Postings', () => {
  it('score the same whether chunks came at once or one by one between searches', () => {
    const atOnce = createPostings()
    const oneByOne = createPostings()
    for (const [slot, chunk] of CHUNKS.entries()) {
      atOnce.add(slot, chunk)
      oneByOne.add(slot, chunk)
      if (slot % 10 === 0) oneByOne.search([1, 7], { alive: all, eligible: all }).best(3)
    }
    for (const terms of [[1], [7, 90, 200], [399, 3, 12, 12], [5000], []]) {
      const expected = atOnce.search(terms, { alive: all, eligible: all }).best(50)
      expect(oneByOne.search(terms, { alive: all, eligible: all }).best(50)).toEqual(expected)
    }
  })

  it('follow the formula of BM25', () => {
    const postings = createPostings()
    const two = { terms: Uint32Array.of(4), weights: Uint8Array.of(toWeightByte(2)), length: 10 }
    postings.add(0, two)
    postings.add(1, { terms: Uint32Array.of(5), weights: Uint8Array.of(toWeightByte(1)), length: 30 })
    const view = { alive: Uint8Array.of(1, 1), eligible: Uint8Array.of(1, 1) }
    const idf = Math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    const expected = (idf * 2 * 2.2) / (2 + 1.2 * (1 - 0.75 + (0.75 * 10) / 20))
    const scores = postings.search([4, 4], view)
    expect(scores.best(5)).toEqual([{ slot: 0, score: expect.closeTo(expected, 10) }])
    expect(scores.scoreOf(1)).toBe(0)
  })

  it('count only living chunks, and return only eligible ones', () => {
    const some = all.map((_, slot) => (slot % 3 === 0 ? 1 : 0))
    const full = createPostings()
    const living = createPostings()
    let next = 0
    for (const [slot, chunk] of CHUNKS.entries()) {
      full.add(slot, chunk)
      if (some[slot] === 1) living.add(next++, chunk)
    }
    const ofLiving = living.search([1, 30], { alive: all, eligible: all }).best(20)
    const ofFull = full.search([1, 30], { alive: some, eligible: some }).best(20)
    expect(ofFull.map(({ slot, score }) => ({ slot: slot / 3, score }))).toEqual(ofLiving)
    const eligible = all.map((_, slot) => (slot === 6 || slot === 9 ? 1 : 0))
    const kept = full.search([1, 2, 3, 4], { alive: some, eligible }).best(20)
    expect(kept.every(({ slot }) => slot === 6 || slot === 9)).toBe(true)
  })

  it('survive being packed', () => {
    for (const chunk of [
      ...CHUNKS.slice(0, 20),
      { terms: new Uint32Array(0), weights: new Uint8Array(0), length: 0 },
    ]) {
      expect(unpackTerms(packTerms(chunk))).toEqual(chunk)
    }
  })
})
