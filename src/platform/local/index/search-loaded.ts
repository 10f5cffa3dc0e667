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
const RESCORE = 100
/** Least length of the two rankings whose members HYBRID scores. */
const HYBRID_DEPTH = 100

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
      return rankByVector(db, loaded, search, eligible)
    case 'FULL_TEXT':
      return scoreText(loaded, search.text, eligible).best(numResults)
    case 'HYBRID':
      return rankByBoth(db, loaded, search, eligible)
    default:
      return assertNever(queryType)
  }
}

function scoreText(loaded: LoadedIndex, text: string, eligible: Uint8Array): TextScores {
  const numbers = loaded.toTermNumbers(terms(text))
  return loaded.postings.search(numbers, { alive: loaded.alive, eligible })
}

/** Scores are 1/(1+d²) with the Euclidean distance d of unit vectors, so d² = 2 - 2 cos, as Databricks reports them. */
function rankByVector(db: DatabaseSync, loaded: LoadedIndex, search: Search, eligible: Uint8Array): ScoredSlot[] {
  const { vector: query, numResults } = search
  if (!query) throw new Error('A vector search needs a vector')
  const candidates = loaded.vectors.search(query, Math.max(RESCORE, Math.ceil(numResults * 1.2)), eligible)
  const scored: ScoredSlot[] = []
  for (const [slot, vector] of readVectors(db, loaded, candidates)) {
    scored.push({ slot, score: 1 / (1 + Math.max(0, 2 - 2 * dot(query, vector))) })
  }
  return scored.sort((a, b) => b.score - a.score || a.slot - b.slot)
}

function rankByBoth(db: DatabaseSync, loaded: LoadedIndex, search: Search, eligible: Uint8Array): ScoredSlot[] {
  const { vector: query, numResults } = search
  if (!query) throw new Error('A hybrid search needs a vector')
  const text = scoreText(loaded, search.text, eligible)
  const depth = Math.max(HYBRID_DEPTH, numResults)
  const byText = text.best(depth).map((entry) => entry.slot)
  const slots = [...new Set([...byText, ...loaded.vectors.search(query, depth, eligible)])]
  return fuseRankings(query, { vectors: readVectors(db, loaded, slots), textScore: text.scoreOf })
}

/** Exact vectors from the file, by slot; those whose chunk is gone are missing. */
function readVectors(db: DatabaseSync, loaded: LoadedIndex, slots: readonly number[]): Map<number, Float32Array> {
  const slotOf = new Map(slots.map((slot) => [loaded.chunkNo(slot), slot]))
  const select = db.prepare('SELECT chunk_no, vector FROM vectors WHERE chunk_no IN (SELECT value FROM json_each(?))')
  const vectors = new Map<number, Float32Array>()
  for (const row of select.iterate(JSON.stringify([...slotOf.keys()]))) {
    const slot = slotOf.get(Number(row.chunk_no))
    if (slot !== undefined) vectors.set(slot, toVector(row.vector, loaded.dimension))
  }
  return vectors
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
