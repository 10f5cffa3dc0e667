// Reads a retrieval test set from a folder, and measures rankings against it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const documentSchema = z.object({ id: z.coerce.string(), title: z.string().default(''), text: z.string() })
const querySchema = z.object({ id: z.coerce.string(), text: z.string() })
export type SetDocument = z.infer<typeof documentSchema>
export type SetQuery = z.infer<typeof querySchema>

export interface RetrievalSet {
  name: string
  documents: SetDocument[]
  /** Only those that have a relevant document. */
  queries: SetQuery[]
  /** Query id -> document id -> gain. */
  gains: Map<string, Map<string, number>>
}

const FILES = ['corpus.jsonl', 'queries.jsonl', 'qrels.tsv']

/** The folder itself where it is a set, else those of its folders that are. */
export function findSets(folder: string): string[] {
  if (!existsSync(folder)) return []
  const isSet = (at: string): boolean => FILES.every((file) => existsSync(path.join(at, file)))
  if (isSet(folder)) return [folder]
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((at) => statSync(at).isDirectory() && isSet(at))
    .sort()
}

export function readSet(folder: string): RetrievalSet {
  const gains = new Map<string, Map<string, number>>()
  for (const line of readFileSync(path.join(folder, 'qrels.tsv'), 'utf8').split('\n')) {
    const [query, document, gain] = line.trim().split('\t')
    if (query === undefined || document === undefined || !(Number(gain) > 0)) continue
    const ofQuery = gains.get(query) ?? new Map<string, number>()
    gains.set(query, ofQuery.set(document, Number(gain)))
  }
  return {
    name: path.basename(folder),
    documents: readLines(path.join(folder, 'corpus.jsonl'), documentSchema),
    queries: readLines(path.join(folder, 'queries.jsonl'), querySchema).filter(({ id }) => gains.has(id)),
    gains,
  }
}

function readLines<T>(file: string, schema: z.ZodType<T>): T[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '').map((line) => schema.parse(JSON.parse(line)))
}

export interface Quality {
  ndcg: number
  recall: number
}

/** Means over the queries of nDCG@10 (gain 2^g - 1) and recall@10 of rankings of document ids. */
export function measureRankings(set: RetrievalSet, rankings: readonly (readonly string[])[]): Quality {
  let ndcg = 0
  let recall = 0
  for (const [i, query] of set.queries.entries()) {
    const gains = set.gains.get(query.id) ?? new Map<string, number>()
    const top = (rankings[i] ?? []).slice(0, 10)
    const ideal = [...gains.values()].sort((a, b) => b - a).slice(0, 10)
    ndcg += discounted(top.map((id) => gains.get(id) ?? 0)) / discounted(ideal)
    recall += top.filter((id) => gains.has(id)).length / gains.size
  }
  return { ndcg: ndcg / set.queries.length, recall: recall / set.queries.length }
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, rank) => sum + (2 ** gain - 1) / Math.log2(rank + 2), 0)
}
