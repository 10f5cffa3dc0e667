// A made corpus for latency: clustered unit vectors, and texts of words that are as unequal as those of a language.
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'
import type { IndexDocument } from '../../src/platform/ports/vector-index.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'

export const DIMENSION = 384
const CHUNKS_A_PAGE = 10
const WORDS_A_CHUNK = 80
const VOCABULARY = 60_000

export interface ClusterShape {
  name: string
  clusters: number
  /** Length of the noise around a centre of length 1. */
  noise: number
}

export const EASY: ClusterShape = { name: 'easy: 1,000 clusters, noise 0.5', clusters: 1000, noise: 0.5 }
export const HARD: ClusterShape = { name: 'hard: 200 broad clusters, noise 3x the centre', clusters: 200, noise: 3 }

export interface SyntheticCorpus {
  vectors: Float32Array
  queries: { text: string; vector: Float32Array }[]
  documents(): Generator<IndexDocument[]>
  /** Returns the given vector of each text: a source of data for measuring, no model. */
  embeddings: TextEmbeddings
}

export function createSyntheticCorpus(shape: ClusterShape, size: number, queryCount: number): SyntheticCorpus {
  const random = createSeededRandom(20_261_122)
  const centres = Array.from({ length: shape.clusters }, () => unit(random, 1))
  const draw = (): Float32Array => {
    const centre = centres[Math.floor(random.next() * centres.length)] ?? new Float32Array(DIMENSION)
    const noise = unit(random, shape.noise)
    return normalize(noise.map((value, i) => value + (centre[i] ?? 0)))
  }
  const vectors = new Float32Array(size * DIMENSION)
  for (let i = 0; i < size; i++) vectors.set(draw(), i * DIMENSION)
  const queries = Array.from({ length: queryCount }, (_, i) => ({
    text: `q${i}x ${zipfText(random, 6)}`,
    vector: draw(),
  }))
  const words = createSeededRandom(7)
  const byText = new Map(queries.map(({ text, vector }) => [text, vector]))
  // A chunk's text begins with its number, which is how its vector is found.
  const vectorOf = (text: string): Float32Array => {
    const known = byText.get(text)
    if (known) return known
    const at = Number(/chunk(\d+)n/.exec(text)?.[1]) * DIMENSION
    return vectors.subarray(at, at + DIMENSION)
  }
  return {
    vectors,
    queries,
    *documents() {
      for (let page = 0; page * CHUNKS_A_PAGE < size; page += 30) {
        const batch: IndexDocument[] = []
        for (let i = page; i < page + 30 && i * CHUNKS_A_PAGE < size; i++) batch.push(toDocument(i, size, words))
        yield batch
      }
    },
    embeddings: {
      name: 'given-vectors',
      dimension: DIMENSION,
      embedDocuments: async (texts) => texts.map(vectorOf),
      embedQuery: async (text) => vectorOf(text),
    },
  }
}

function toDocument(page: number, size: number, words: SeededRandom): IndexDocument {
  const first = page * CHUNKS_A_PAGE
  const count = Math.min(CHUNKS_A_PAGE, size - first)
  return {
    doc_id: `page-${page}`,
    title: zipfText(words, 4),
    url: `https://docs.example.com/page-${page}`,
    doc_type: page % 10 === 0 ? 'reference' : 'guide',
    last_updated: `202${page % 6}-0${1 + (page % 9)}-01`,
    content_hash: String(page),
    source: 'bench',
    chunks: Array.from({ length: count }, (_, ordinal) => ({
      chunk_id: `page-${page}-${ordinal}`,
      ordinal,
      text: `chunk${first + ordinal}n ${zipfText(words, WORDS_A_CHUNK)}`,
      heading_path: [],
    })),
  }
}

/** Words by Zipf's law: the n-th most frequent one is n times rarer than the first. */
function zipfText(random: SeededRandom, count: number): string {
  const words = Array.from({ length: count }, () => `w${Math.floor(VOCABULARY ** random.next())}`)
  return words.join(' ')
}

function unit(random: SeededRandom, length: number): Float32Array {
  const vector = normalize(Float32Array.from({ length: DIMENSION }, () => random.normal()))
  return vector.map((value) => value * length)
}

function normalize(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return vector.map((value) => value / norm)
}
