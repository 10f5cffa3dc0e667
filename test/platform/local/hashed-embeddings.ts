// Embeddings for tests of files: a fixed unit vector of 32 numbers for each text, without any meaning.
import { createHash } from 'node:crypto'
import type { TextEmbeddings } from '../../../src/platform/ports/models.ts'

export function createHashedEmbeddings(): TextEmbeddings {
  const embed = (text: string): number[] => {
    const bytes = [...createHash('sha256').update(text).digest()].map((byte) => byte - 127.5)
    const norm = Math.hypot(...bytes)
    return bytes.map((byte) => byte / norm)
  }
  return {
    name: 'hashed',
    dimension: 32,
    embedDocuments: async (texts) => texts.map(embed),
    embedQuery: async (text) => embed(text),
  }
}
