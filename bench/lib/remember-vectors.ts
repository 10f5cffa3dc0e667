// Embeds each text once and one by one, so that every method of a run compares the same vectors.
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'

export function rememberVectors(embeddings: TextEmbeddings): TextEmbeddings {
  const known = new Map<string, number[] | Float32Array>()
  const embedQuery = async (text: string) => {
    const vector = known.get(text) ?? (await embeddings.embedQuery(text))
    known.set(text, vector)
    return vector
  }
  return {
    ...embeddings,
    embedQuery,
    async embedDocuments(texts) {
      const vectors: (number[] | Float32Array)[] = []
      for (const text of texts) vectors.push(await embedQuery(text))
      return vectors
    },
  }
}
