// Latency of the local index at 100,000 chunks, beside an exact scan of a Float32Array in the same run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog } from '../src/core/log.ts'
import { createLocalIndex } from '../src/platform/local/index/local-index.ts'
import type { IndexHit, IndexQuery, VectorIndex } from '../src/platform/ports/vector-index.ts'
import { scanExactly } from './lib/exact-scan.ts'
import { describeMachine } from './lib/machine.ts'
import { mean, median, percentile } from './lib/percentile.ts'
import { type ClusterShape, createSyntheticCorpus, EASY, HARD, type SyntheticCorpus } from './lib/synthetic-corpus.ts'
import { toTable } from './lib/table.ts'

const TOP = 10
const KINDS: Record<string, Partial<IndexQuery>> = {
  'vector (ANN)': { queryType: 'ANN' },
  'full text': { queryType: 'FULL_TEXT' },
  hybrid: { queryType: 'HYBRID' },
  'vector, filter keeps 10%': { queryType: 'ANN', filters: { doc_type: 'reference' } },
  'hybrid, filter keeps about half': { queryType: 'HYBRID', filters: { 'last_updated >=': '2023-01-01' } },
}

interface Timed {
  times: number[]
  hits: IndexHit[][]
}

async function timeQueries(index: VectorIndex, corpus: SyntheticCorpus, query: Partial<IndexQuery>): Promise<Timed> {
  const timed: Timed = { times: [], hits: [] }
  for (const [i, { text }] of corpus.queries.entries()) {
    const started = performance.now()
    const hits = await index.querySimilar({ text, numResults: TOP, ...query })
    // The first few compile and warm the caches.
    if (i >= 10) timed.times.push(performance.now() - started)
    timed.hits.push(hits)
  }
  return timed
}

function timeScan(corpus: SyntheticCorpus): { times: number[]; rows: number[][] } {
  const times: number[] = []
  const rows: number[][] = []
  for (const [i, { vector }] of corpus.queries.entries()) {
    const started = performance.now()
    rows.push(scanExactly(corpus.vectors, vector, TOP))
    if (i >= 10) times.push(performance.now() - started)
  }
  return { times, rows }
}

/** Share of the exact best ten that the index returned. */
function recallOf(hits: readonly IndexHit[][], exact: readonly number[][]): number {
  const toRow = (hit: IndexHit): number => Number(/chunk(\d+)n/.exec(hit.text)?.[1])
  return mean(
    exact.map((rows, i) => rows.filter((row) => (hits[i] ?? []).some((hit) => toRow(hit) === row)).length / TOP),
  )
}

async function build(index: VectorIndex, corpus: SyntheticCorpus): Promise<number> {
  const started = performance.now()
  for (const documents of corpus.documents()) await index.upsert(documents)
  return (performance.now() - started) / 1000
}

async function measureShape(shape: ClusterShape, size: number, queries: number): Promise<void> {
  const corpus = createSyntheticCorpus(shape, size, queries)
  const folder = mkdtempSync(path.join(tmpdir(), 'lakedesk-bench-'))
  const index = createLocalIndex({ file: path.join(folder, 'index.db'), embeddings: corpus.embeddings, log: silentLog })
  try {
    const buildSeconds = await build(index, corpus)
    const { bytes, chunks } = await index.describe()
    const before = process.memoryUsage().rss
    const opened = performance.now()
    await index.querySimilar({ text: corpus.queries[0]?.text ?? '', queryType: 'ANN' })
    const openSeconds = (performance.now() - opened) / 1000
    const memory = (process.memoryUsage().rss - before) / 2 ** 20
    const exact = timeScan(corpus)
    console.log(`\n${chunks} chunks x 384, ${shape.name}, ${exact.times.length} queries, top ${TOP}`)
    await printLatency(index, corpus, exact)
    console.log(
      `Built in ${buildSeconds.toFixed(1)} s without embedding; ${(bytes / 2 ** 20).toFixed(0)} MB on disk; first query loads in ${openSeconds.toFixed(2)} s and takes ${memory.toFixed(0)} MB of memory.`,
    )
  } finally {
    await index.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function printLatency(index: VectorIndex, corpus: SyntheticCorpus, exact: ReturnType<typeof timeScan>) {
  const base = median(exact.times)
  const toRow = (name: string, times: readonly number[], recall: string): string[] => {
    const p50 = median(times)
    return [name, p50.toFixed(2), percentile(times, 0.99).toFixed(2), (p50 / base).toFixed(2), recall]
  }
  const rows = [toRow('exact Float32Array scan', exact.times, '1.000')]
  for (const [name, query] of Object.entries(KINDS)) {
    const { times, hits } = await timeQueries(index, corpus, query)
    const recall = name === 'vector (ANN)' ? recallOf(hits, exact.rows).toFixed(3) : ''
    rows.push(toRow(name, times, recall))
  }
  console.log(toTable(['query', 'p50 ms', 'p99 ms', 'p50 to scan', 'recall@10'], rows))
}

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '100000' }, queries: { type: 'string', default: '210' } },
})
console.log(`Latency of the local index. ${describeMachine()}`)
for (const shape of [EASY, HARD]) await measureShape(shape, Number(values.chunks), Number(values.queries))
