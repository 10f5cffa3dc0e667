// Embeds short texts once each: units of the same passages come back turn after turn.
import { LakedeskError } from '../../core/errors.ts'
import { EMBEDDING_BATCH, type TextEmbeddings } from '../ports/models.ts'

export type Vector = number[] | Float32Array

export interface Embedder {
  /** One unit vector per text, in order. Rejects with EMBEDDINGS_FAILED, or the signal's reason. */
  texts(texts: readonly string[], signal?: AbortSignal): Promise<Vector[]>
  question(text: string, signal?: AbortSignal): Promise<Vector>
}

/** Characters beyond which no embedding model of this size reads on: a unit is cut there for comparing, never for quoting. */
const COMPARED = 1200
const KEPT = 6000

/** Similarity of two unit vectors, between -1 and 1. */
export function cosine(a: Vector, b: Vector): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function failed(cause: unknown): LakedeskError {
  if (cause instanceof LakedeskError) return cause
  const hint = 'Check the embedding model with `lakedesk doctor` and ask again.'
  return new LakedeskError(
    'EMBEDDINGS_FAILED',
    `The question could not be compared with the documentation. ${hint}`,
    cause,
  )
}

export function createEmbedder(embeddings: TextEmbeddings): Embedder {
  const known = new Map<string, Vector>()
  const keep = (text: string, vector: Vector) => {
    if (known.size >= KEPT) for (const oldest of [...known.keys()].slice(0, KEPT / 4)) known.delete(oldest)
    known.set(text, vector)
  }
  return {
    async texts(texts, signal) {
      const cut = texts.map((text) => text.slice(0, COMPARED) || ' ')
      const found = new Map<string, Vector>()
      const missing: string[] = []
      for (const text of new Set(cut)) {
        const vector = known.get(text)
        if (vector === undefined) missing.push(text)
        else found.set(text, vector)
      }
      for (let at = 0; at < missing.length; at += EMBEDDING_BATCH) {
        signal?.throwIfAborted()
        const batch = missing.slice(at, at + EMBEDDING_BATCH)
        const vectors = await embeddings.embedDocuments(batch).catch((cause: unknown) => Promise.reject(failed(cause)))
        for (const [i, text] of batch.entries()) {
          const vector = vectors[i]
          if (vector === undefined) throw failed(new Error(`expected ${batch.length} vectors, got ${vectors.length}`))
          keep(text, vector)
          found.set(text, vector)
        }
      }
      signal?.throwIfAborted()
      return cut.map((text) => found.get(text) ?? [])
    },
    async question(text, signal) {
      signal?.throwIfAborted()
      return embeddings
        .embedQuery(text.slice(0, COMPARED) || ' ')
        .catch((cause: unknown) => Promise.reject(failed(cause)))
    },
  }
}
