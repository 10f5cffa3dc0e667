// Answers one checked query from the loaded index and the file.
import type { DatabaseSync } from 'node:sqlite'
import { assertNever } from '../../../core/assert-never.ts'
import { terms } from '../../../core/text/analyze.ts'
import type { IndexHit, QueryType } from '../../ports/vector-index.ts'
import { fuseRankings } from './fuse-rankings.ts'
import { type LoadedIndex, toVector } from './loaded-index.ts'
import type { ParsedFilters } from './parse-filters.ts'
import type { ScoredSlot } from './top-list.ts'

/** Chunks whose exact distance is computed after the quantised scan: enough that none of the best 10 is missed. */
const RESCORE = 200
/** Length of the two rankings that HYBRID joins. */
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
      return rankByVector(db, loaded, search, numResults, eligible)
    case 'FULL_TEXT':
      return rankByText(loaded, search.text, numResults, eligible)
    case 'HYBRID': {
      const text = rankByText(loaded, search.text, HYBRID_DEPTH, eligible)
      return fuseRankings(text, rankByVector(db, loaded, search, HYBRID_DEPTH, eligible))
    }
    default:
      return assertNever(queryType)
  }
}

function rankByText(loaded: LoadedIndex, text: string, count: number, eligible: Uint8Array): ScoredSlot[] {
  const numbers = loaded.toTermNumbers(terms(text))
  return loaded.postings.search(numbers, count, { alive: loaded.alive, eligible })
}

/** Scores are 1/(1+d²) with the Euclidean distance d of unit vectors, so d² = 2 - 2 cos, as Databricks reports them. */
function rankByVector(
  db: DatabaseSync,
  loaded: LoadedIndex,
  search: Search,
  count: number,
  eligible: Uint8Array,
): ScoredSlot[] {
  const query = search.vector
  if (!query) throw new Error('A vector search needs a vector')
  const candidates = loaded.vectors.search(query, Math.max(RESCORE, Math.ceil(count * 1.2)), eligible)
  const select = db.prepare('SELECT vector FROM vectors WHERE chunk_no = ?')
  const exact: ScoredSlot[] = []
  for (const slot of candidates) {
    const row = select.get(loaded.chunkNo(slot))
    if (!row) continue
    const cosine = dot(query, toVector(row.vector, query.length))
    exact.push({ slot, score: 1 / (1 + Math.max(0, 2 - 2 * cosine)) })
  }
  return exact.sort((a, b) => b.score - a.score || a.slot - b.slot).slice(0, count)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
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
