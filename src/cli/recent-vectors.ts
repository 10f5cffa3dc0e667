// Embeddings that know the texts of a moment ago: two readers of one text, such as the rules and a trained classifier, embed it once.
import type { TextEmbeddings } from '../platform/ports/models.ts'

/** About 1.5 MB of vectors of 384 numbers. */
const KEPT = 1024

/** Only texts that are embedded alone are known again: in company a quantised model gives other vectors. */
export function withRecentVectors(embeddings: TextEmbeddings): TextEmbeddings {
  const known = new Map<string, Promise<number[] | Float32Array>>()
  const one = (text: string): Promise<number[] | Float32Array> => {
    const found = known.get(text) ?? embeddings.embedQuery(text)
    known.delete(text)
    known.set(text, found)
    // What failed is tried anew.
    found.catch(() => known.delete(text))
    if (known.size > KEPT) for (const oldest of [...known.keys()].slice(0, KEPT / 4)) known.delete(oldest)
    return found
  }
  return {
    name: embeddings.name,
    dimension: embeddings.dimension,
    embedQuery: one,
    async embedDocuments(texts) {
      const [only] = texts
      return texts.length === 1 && only !== undefined ? [await one(only)] : embeddings.embedDocuments(texts)
    },
  }
}
