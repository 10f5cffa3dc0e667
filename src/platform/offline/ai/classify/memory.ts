// Embeds each text once: labels come back with every batch, and tickets with every correction.
import { LakedeskError } from '../../../../core/errors.ts'
import type { TextEmbeddings } from '../../../ports/models.ts'
import type { Vector } from './vectors.ts'

const KEPT = 20_000

export type Embed = (texts: readonly string[], signal?: AbortSignal) => Promise<Vector[]>

/**
 * Unit vectors in order, `together` texts to a call. Quantised models give a text another vector in other company (cosine .98 to .99 with the offline
 * model), so only one by one does an answer depend on its own text alone. Rejects with EMBEDDINGS_FAILED, or the reason of the signal.
 */
export function rememberEmbeddings(embeddings: TextEmbeddings, together: number): Embed {
  const known = new Map<string, Vector>()
  return async (texts, signal) => {
    const found = new Map<string, Vector>()
    const missing: string[] = []
    for (const text of new Set(texts)) {
      const vector = known.get(text)
      if (vector === undefined) missing.push(text)
      else found.set(text, vector)
    }
    for (let at = 0; at < missing.length; at += together) {
      signal?.throwIfAborted()
      const batch = missing.slice(at, at + together)
      const vectors = await embeddings.embedDocuments(batch).catch((cause: unknown) => {
        if (cause instanceof LakedeskError) throw cause
        throw new LakedeskError(
          'EMBEDDINGS_FAILED',
          'The texts could not be compared. Check the embedding model with `lakedesk doctor`.',
          cause,
        )
      })
      for (const [i, text] of batch.entries()) {
        const vector = vectors[i]
        if (vector === undefined)
          throw new LakedeskError('EMBEDDINGS_FAILED', 'The embedding model returned too few vectors.')
        found.set(text, vector)
        if (known.size >= KEPT) for (const oldest of [...known.keys()].slice(0, KEPT / 4)) known.delete(oldest)
        known.set(text, vector)
      }
    }
    signal?.throwIfAborted()
    return texts.map((text) => found.get(text) ?? [])
  }
}
