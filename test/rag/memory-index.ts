// An index in memory for tests: keeps the port's promises, and ranks by the share of query terms a chunk holds.
import { terms } from '../../src/core/text/analyze.ts'
import type { IndexDocument, IndexHit, VectorIndex } from '../../src/platform/ports/vector-index.ts'

export interface MemoryIndex extends VectorIndex {
  readonly documents: Map<string, IndexDocument>
}

export function createMemoryIndex(): MemoryIndex {
  const documents = new Map<string, IndexDocument>()
  const vectors = new Set<string>()
  return {
    documents,
    async upsert(incoming, options = {}) {
      const result = { documents: 0, chunks: 0, embedded: 0, removedChunks: 0 }
      for (const document of incoming) {
        options.signal?.throwIfAborted()
        const before = new Map(documents.get(document.doc_id)?.chunks.map((chunk) => [chunk.chunk_id, chunk.text]))
        for (const chunk of document.chunks) {
          if (before.get(chunk.chunk_id) !== chunk.text) result.chunks++
          if (!vectors.has(chunk.text)) result.embedded++
          vectors.add(chunk.text)
          before.delete(chunk.chunk_id)
        }
        result.removedChunks += before.size
        result.documents++
        documents.set(document.doc_id, document)
        options.onProgress?.(result.chunks)
      }
      return result
    },
    async remove(ids) {
      return ids.filter((id) => documents.delete(id)).length
    },
    async listDocuments(source) {
      const listed = [...documents.values()].filter((document) => source === undefined || document.source === source)
      return new Map(listed.map((document) => [document.doc_id, document.content_hash]))
    },
    async querySimilar({ text, numResults = 10, scoreThreshold = 0, filters = {} }) {
      const wanted = new Set(terms(text))
      const hits: IndexHit[] = []
      for (const document of documents.values()) {
        if (Object.entries(filters).some(([column, value]) => Reflect.get(document, column) !== value)) continue
        const { chunks, content_hash: _hash, source: _source, ...fields } = document
        for (const chunk of chunks) {
          const held = new Set(terms(chunk.text))
          const score = [...wanted].filter((term) => held.has(term)).length / Math.max(1, wanted.size)
          if (score > scoreThreshold) hits.push({ ...fields, ...chunk, score })
        }
      }
      return hits.sort((a, b) => b.score - a.score).slice(0, numResults)
    },
    async describe() {
      const chunks = [...documents.values()].reduce((sum, document) => sum + document.chunks.length, 0)
      return { documents: documents.size, chunks, dimension: 0, embeddings: 'terms', bytes: 0 }
    },
    async close() {},
  }
}
