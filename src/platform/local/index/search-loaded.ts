// Answers one checked query from the loaded index and the file.
import type { DatabaseSync } from 'node:sqlite'
import { assertNever } from '../../../core/assert-never.ts'
import { terms } from '../../../core/text/analyze.ts'
import type { IndexHit, QueryType } from '../../ports/vector-index.ts'
import { dot, fuseRankings } from './fuse-rankings.ts'
import { type LoadedIndex, toVector } from './loaded-index.ts'
import type { ParsedFilters } from './parse-filters.ts'
import type { TextScores } from './postings.ts'
import type { ScoredSlot } from './top-list.ts'

/** Chunks whose exact distance is computed after the quantised scan: enough that none of the best 10 is missed. */
const RESCORE = 200
/** Length of the two rankings whose members HYBRID scores. */
const HYBRID_DEPTH = 200

export interface Search {
  text: string
  /** Null for FULL_TEXT. */
  vector: Float32Array | null
  queryType: QueryType
  numResults: number
  scoreThreshold: number
  filters: ParsedFilters | null
}

export function searchLoaded(db: DatabaseSync, loaded: LoadedIndex, search: Search): IndexHit[] {
  const eligible = loaded.select(search.filters)
  const ranking = rank(db, loaded, search, eligible)
  const best = ranking.filter(({ score }) => score >= search.scoreThreshold).slice(0, search.numResults)
  return readHits(db, loaded, best)
}

function rank(db: DatabaseSync, loaded: LoadedIndex, search: Search, eligible: Uint8Array): ScoredSlot[] {
  const { queryType, numResults } = search
  switch (queryType) {
    case 'ANN':
      return rankByVector(createVectorReader(db, loaded), loaded, search, numResults, eligible)
    case 'FULL_TEXT':
      return scoreText(loaded, search.text, eligible).best(numResults)
    case 'HYBRID':
      return rankByBoth(createVectorReader(db, loaded), loaded, search, eligible)
    default:
      return assertNever(queryType)
  }
}

function scoreText(loaded: LoadedIndex, text: string, eligible: Uint8Array): TextScores {
  const numbers = loaded.toTermNumbers(terms(text))
  return loaded.postings.search(numbers, { alive: loaded.alive, eligible })
}

/** Scores are 1/(1+d²) with the Euclidean distance d of unit vectors, so d² = 2 - 2 cos, as Databricks reports them. */
function rankByVector(
  vectorOf: VectorReader,
  loaded: LoadedIndex,
  { vector: query }: Search,
  count: number,
  eligible: Uint8Array,
): ScoredSlot[] {
  if (!query) throw new Error('A vector search needs a vector')
  const candidates = loaded.vectors.search(query, Math.max(RESCORE, Math.ceil(count * 1.2)), eligible)
  const exact = candidates.flatMap((slot) => {
    const vector = vectorOf(slot)
    return vector ? [{ slot, score: 1 / (1 + Math.max(0, 2 - 2 * dot(query, vector))) }] : []
  })
  return exact.sort((a, b) => b.score - a.score || a.slot - b.slot).slice(0, count)
}

function rankByBoth(vectorOf: VectorReader, loaded: LoadedIndex, search: Search, eligible: Uint8Array): ScoredSlot[] {
  const { vector: query } = search
  if (!query) throw new Error('A hybrid search needs a vector')
  const text = scoreText(loaded, search.text, eligible)
  const rankings = [text.best(HYBRID_DEPTH), rankByVector(vectorOf, loaded, search, HYBRID_DEPTH, eligible)]
  const slots = [...new Set(rankings.flat().map((entry) => entry.slot))]
  return fuseRankings(query, { slots, textScore: text.scoreOf, vector: vectorOf })
}

type VectorReader = (slot: number) => Float32Array | null

/** Reads exact vectors from the file, each once; null where the chunk is gone. */
function createVectorReader(db: DatabaseSync, loaded: LoadedIndex): VectorReader {
  const select = db.prepare('SELECT vector FROM vectors WHERE chunk_no = ?')
  const known = new Map<number, Float32Array | null>()
  return (slot) => {
    const before = known.get(slot)
    if (before !== undefined) return before
    const row = select.get(loaded.chunkNo(slot))
    const vector = row ? toVector(row.vector, loaded.dimension) : null
    known.set(slot, vector)
    return vector
  }
}

function readHits(db: DatabaseSync, loaded: LoadedIndex, ranking: readonly ScoredSlot[]): IndexHit[] {
  const select = db.prepare('SELECT * FROM chunks JOIN documents USING (doc_no) WHERE chunk_no = ?')
  return ranking.flatMap(({ slot, score }) => {
    const row = select.get(loaded.chunkNo(slot))
    // Another process may have removed it a moment ago.
    if (!row) return []
    const headings: unknown = JSON.parse(String(row.heading_path))
    return {
      chunk_id: String(row.chunk_id),
      doc_id: String(row.doc_id),
      title: String(row.title),
      url: String(row.url),
      doc_type: String(row.doc_type),
      last_updated: String(row.last_updated),
      heading_path: Array.isArray(headings) ? headings.map(String) : [],
      ordinal: Number(row.ordinal),
      text: String(row.text),
      score,
    }
  })
}
