// Retrieval quality of the local index, beside a plain BM25 and plain reciprocal rank fusion, on given test sets.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { silentLog } from '../src/core/log.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../src/platform/local/index/local-index.ts'
import type { TextEmbeddings } from '../src/platform/ports/models.ts'
import type { IndexDocument, QueryType, VectorIndex } from '../src/platform/ports/vector-index.ts'
import { chunkDocument } from '../src/rag/chunk/chunk-document.ts'
import { describeMachine } from './lib/machine.ts'
import { createPlainBm25 } from './lib/plain-bm25.ts'
import { findSets, measureRankings, type Quality, type RetrievalSet, readSet } from './lib/retrieval-set.ts'
import { toTable } from './lib/table.ts'

const DEFAULT_DATA = fileURLToPath(new URL('data', import.meta.url))
/** Chunks asked for, so that ten different documents are among them. */
const DEPTH = 100

function readFolders(): string[] {
  const { values } = parseArgs({ options: { data: { type: 'string', multiple: true } } })
  return values.data ?? process.env.LAKEDESK_BENCH_DATA?.split(path.delimiter) ?? [DEFAULT_DATA]
}

function toIndexDocument({ id, title, text }: RetrievalSet['documents'][number], source: string): IndexDocument {
  const chunks = chunkDocument({ doc_id: id, body: text, tree: null })
  const facts = { url: '', doc_type: 'page', last_updated: '2026-01-01', content_hash: id, source }
  return { doc_id: id, title, chunks, ...facts }
}

function toPlainTexts({ doc_id, title, chunks }: IndexDocument): { id: string; text: string }[] {
  return chunks.map(({ text }) => ({ id: doc_id, text: `${title}\n${text}` }))
}

async function rankAll(index: VectorIndex, set: RetrievalSet, queryType: QueryType): Promise<string[][]> {
  const rankings: string[][] = []
  for (const { text } of set.queries) {
    const hits = await index.querySimilar({ text, queryType, numResults: DEPTH })
    rankings.push([...new Set(hits.map((hit) => hit.doc_id))])
  }
  return rankings
}

/** Plain reciprocal rank fusion, k = 60, of two rankings of documents. */
function fuseByRank(a: readonly string[], b: readonly string[]): string[] {
  const scores = new Map<string, number>()
  for (const ranking of [a, b]) {
    for (const [rank, id] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (61 + rank))
  }
  return [...scores].sort((x, y) => y[1] - x[1]).map(([id]) => id)
}

async function measureSet(folder: string, embeddings: TextEmbeddings): Promise<void> {
  const set = readSet(folder)
  const scratch = mkdtempSync(path.join(tmpdir(), 'lakedesk-bench-'))
  const index = createLocalIndex({ file: path.join(scratch, 'index.db'), embeddings, log: silentLog })
  try {
    const documents = set.documents.map((document) => toIndexDocument(document, set.name))
    const started = Date.now()
    await index.upsert(documents)
    const seconds = (Date.now() - started) / 1000
    const plainPages = createPlainBm25(set.documents.map(({ id, title, text }) => ({ id, text: `${title}\n${text}` })))
    const plainChunks = createPlainBm25(documents.flatMap(toPlainTexts))
    const bm25Pages = set.queries.map(({ text }) => plainPages(text, DEPTH))
    const bm25Chunks = set.queries.map(({ text }) => plainChunks(text, DEPTH))
    const text = await rankAll(index, set, 'FULL_TEXT')
    const ann = await rankAll(index, set, 'ANN')
    const hybrid = await rankAll(index, set, 'HYBRID')
    const rrf = text.map((ranking, i) => fuseByRank(ranking, ann[i] ?? []))
    const { chunks } = await index.describe()
    console.log(`\n${set.name}: ${set.documents.length} documents, ${chunks} chunks, ${set.queries.length} queries`)
    printQuality(set, {
      'plain BM25, pages': bm25Pages,
      'plain BM25, chunks': bm25Chunks,
      FULL_TEXT: text,
      ANN: ann,
      'plain RRF, k 60': rrf,
      HYBRID: hybrid,
    })
    console.log(`Indexed in ${seconds.toFixed(1)} s.`)
  } finally {
    await index.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

function printQuality(set: RetrievalSet, rankings: Record<string, string[][]>): void {
  const measured = Object.entries(rankings).map(([name, ranking]) => ({ name, ...measureRankings(set, ranking) }))
  const bestOf = (prefix: string): number =>
    Math.max(...measured.filter((row) => row.name.startsWith(prefix)).map((row) => row.ndcg))
  const toRow = ({ name, ndcg, recall }: Quality & { name: string }): string[] => [
    name,
    ndcg.toFixed(3),
    recall.toFixed(3),
    (ndcg / bestOf('plain BM25')).toFixed(3),
    (ndcg / bestOf('plain RRF')).toFixed(3),
  ]
  console.log(toTable(['ranking', 'nDCG@10', 'recall@10', 'to best BM25', 'to RRF'], measured.map(toRow)))
}

const folders = readFolders()
const sets = folders.flatMap(findSets)
if (sets.length === 0) {
  console.error(`bench:retrieval did not run: no test set in ${folders.join(', ')}.
A set is a folder with corpus.jsonl {id, title, text}, queries.jsonl {id, text} and qrels.tsv (query, document, gain).
Give such folders, or a folder of them, with --data <folder> (repeatable) or LAKEDESK_BENCH_DATA.`)
  process.exitCode = 1
} else {
  console.log(`Retrieval quality of the local index. ${describeMachine()}`)
  const embeddings = createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') })
  console.log(`Embeddings ${embeddings.name}; one configuration for every set.`)
  for (const set of sets) await measureSet(set, embeddings)
}
