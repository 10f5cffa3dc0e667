// The port of the index: documents in as chunks, passages out. Speaks Databricks Vector Search's words.

export type QueryType = 'ANN' | 'FULL_TEXT' | 'HYBRID'

/** Filter of Databricks Vector Search (standard endpoints): all keys must hold. See parse-filters for the grammar. */
export type Filters = Readonly<Record<string, unknown>>

/** One chunk, ready to index. `chunk_id` is stable across runs: a hash of document and position. */
export interface IndexChunk {
  chunk_id: string
  ordinal: number
  text: string
  heading_path: string[]
}

export interface IndexDocument {
  doc_id: string
  title: string
  url: string
  doc_type: string
  last_updated: string
  /** Hash of the source's bytes together with the chunking strategy: equal hash, nothing to do. */
  content_hash: string
  /** Where it came from: groups what one sync owns. */
  source: string
  chunks: IndexChunk[]
}

export interface IndexHit {
  chunk_id: string
  doc_id: string
  title: string
  url: string
  doc_type: string
  last_updated: string
  heading_path: string[]
  ordinal: number
  text: string
  /** ANN: 1/(1+d²) of unit vectors; FULL_TEXT: BM25; HYBRID: fused. Higher is better. */
  score: number
}

export interface IndexQuery {
  text: string
  /** Default 10; at most 10,000, for HYBRID 200. */
  numResults?: number
  /** Default HYBRID. */
  queryType?: QueryType
  filters?: Filters
  /** Hits below it are left out. Default 0. */
  scoreThreshold?: number
}

export interface UpsertResult {
  documents: number
  /** Chunks written because they are new or changed. */
  chunks: number
  /** Chunks whose text had to be embedded (unchanged text keeps its vector). */
  embedded: number
  removedChunks: number
}

export interface IndexFacts {
  documents: number
  chunks: number
  dimension: number
  embeddings: string
  bytes: number
}

export interface VectorIndex {
  /** Writes each document whole (its chunks, full text and vectors in one transaction), replacing what it had before. */
  upsert(
    documents: readonly IndexDocument[],
    options?: { signal?: AbortSignal; onProgress?: (chunks: number) => void },
  ): Promise<UpsertResult>
  remove(docIds: readonly string[]): Promise<number>
  /** doc_id -> content_hash of every document of a source (of all sources where none is given). */
  listDocuments(source?: string): Promise<Map<string, string>>
  /** Best first. Throws FILTER_INVALID, INDEX_MISSING, INDEX_CORRUPT. */
  querySimilar(query: IndexQuery): Promise<IndexHit[]>
  describe(): Promise<IndexFacts>
  close(): Promise<void>
}
