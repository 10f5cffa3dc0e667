// Looks a question up in the index and returns the passages an answer may use, numbered from 1.
import { LakedeskError } from '../core/errors.ts'
import type { Passage } from '../core/passage.ts'
import { terms, words } from '../core/text/analyze.ts'
import type { Filters, IndexHit, VectorIndex } from '../platform/ports/vector-index.ts'
import type { RagChain } from './chain.ts'

/** Characters of one query, at most: the limit of Databricks Vector Search. */
export const MAX_QUERY_CHARS = 32_764
const MAX_PER_PAGE = 3
const OVERFETCH = 4
/** The most that one HYBRID query gives. */
const MAX_HITS = 200
const DUPLICATE = 0.9

export interface RetrieveOptions {
  signal?: AbortSignal
  /** Added to the chain's own filters, which always win. */
  filters?: Filters
  /** Passages wanted; the chain's numResults where none is given. */
  limit?: number
}

export interface Retriever {
  /** Best first. Throws QUESTION_TOO_LONG, FILTER_INVALID, INDEX_*; an AbortError when the signal fired. */
  retrieve(query: string, options?: RetrieveOptions): Promise<Passage[]>
}

/**
 * Asks for more hits than wanted, drops near-duplicates (the same words and the same numbers: pages of two versions that
 * differ in a figure both stay), and keeps at most three passages of one page so that one long page cannot crowd out the rest.
 */
export function createRetriever(parts: { index: VectorIndex; chain: RagChain }): Retriever {
  const { index, chain } = parts
  return {
    async retrieve(query, options = {}) {
      options.signal?.throwIfAborted()
      const text = query.trim()
      if (text === '') return []
      if (text.length > MAX_QUERY_CHARS) throw tooLong(text.length)
      const limit = Math.max(1, options.limit ?? chain.retrieval.numResults)
      const hits = await index.querySimilar({
        text,
        numResults: Math.min(MAX_HITS, limit * OVERFETCH),
        queryType: chain.retrieval.queryType,
        scoreThreshold: chain.retrieval.scoreThreshold,
        ...withFilters({ ...options.filters, ...chain.retrieval.filters }),
      })
      options.signal?.throwIfAborted()
      return pick(hits, limit).map(toPassage)
    },
  }
}

function withFilters(filters: Filters): { filters?: Filters } {
  return Object.keys(filters).length > 0 ? { filters } : {}
}

function tooLong(length: number): LakedeskError {
  return new LakedeskError(
    'QUESTION_TOO_LONG',
    `The question has ${length.toLocaleString('en-US')} characters; a search takes at most ${MAX_QUERY_CHARS.toLocaleString('en-US')}. Shorten it to the part you want answered.`,
  )
}

function pick(hits: readonly IndexHit[], limit: number): IndexHit[] {
  const kept: { hit: IndexHit; fingerprint: Fingerprint }[] = []
  const perPage = new Map<string, number>()
  for (const hit of hits) {
    if (kept.length >= limit) break
    const count = perPage.get(hit.doc_id) ?? 0
    if (count >= MAX_PER_PAGE) continue
    const fingerprint = toFingerprint(hit.text)
    if (kept.some((other) => isDuplicate(other.fingerprint, fingerprint))) continue
    perPage.set(hit.doc_id, count + 1)
    kept.push({ hit, fingerprint })
  }
  return kept.map(({ hit }) => hit)
}

interface Fingerprint {
  terms: Set<string>
  numbers: string
}

function toFingerprint(text: string): Fingerprint {
  const numbers = words(text).filter((word) => /\p{N}/u.test(word))
  return { terms: new Set(terms(text)), numbers: [...new Set(numbers)].sort().join(' ') }
}

function isDuplicate(a: Fingerprint, b: Fingerprint): boolean {
  if (a.numbers !== b.numbers) return false
  let common = 0
  for (const term of a.terms) if (b.terms.has(term)) common++
  const union = a.terms.size + b.terms.size - common
  return union > 0 && common / union >= DUPLICATE
}

function toPassage(hit: IndexHit, at: number): Passage {
  return {
    n: at + 1,
    chunk_id: hit.chunk_id,
    doc_id: hit.doc_id,
    title: hit.title,
    url: hit.url,
    heading_path: hit.heading_path,
    text: hit.text,
    score: hit.score,
    doc_type: hit.doc_type,
    last_updated: hit.last_updated,
  }
}
