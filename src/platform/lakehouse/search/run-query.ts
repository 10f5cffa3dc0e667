// Answers queries of an index: ranks, reorders, filters, and hands out pages.
import type { Embed } from '../foundation/create-foundation.ts'
import { invalid, text, type Values } from '../wire.ts'
import { countFacets, sortRanked } from './facets.ts'
import { allValues } from './index-data.ts'
import type { Row } from './index-rows.ts'
import { fuse, nearness, type Ranked, rankByText, rankByVector } from './rank.ts'
import { type Query, readQuery } from './read-query.ts'
import { vectorColumnOf } from './read-spec.ts'
import type { SearchIndexes } from './search-indexes.ts'
import type { EndpointType, StoredIndex } from './stored.ts'

export interface QueryParts {
  indexes: Pick<SearchIndexes, 'requireOnline' | 'rowsOf'>
  endpointType(endpoint: string): EndpointType
  embedWith(endpoint: string): Embed | undefined
}

/** Results of one page, and of those that a reranker sees; how many rows each side of HYBRID gives. */
const PAGE = 1000
const RERANKED = 50
const FUSED = 200
/** Characters that a reranker reads of a row. */
const RERANK_TEXT = 2000
/** Queries whose further pages can be asked for. */
const REMEMBERED = 100

interface Remembered {
  index: string
  rows: unknown[][]
  manifest: Values
}

export function createQueries({ indexes, endpointType, embedWith }: QueryParts) {
  const remembered = new Map<string, Remembered>()

  async function embed({ vectors, name }: StoredIndex, query: Query): Promise<number[]> {
    if (query.vector) return query.vector
    const model = vectors.kind === 'managed' ? embedWith(vectors.queryEndpoint) : undefined
    const [vector] = (await model?.([query.text])) ?? []
    if (!vector) throw invalid(`Index ${name} has no embedding model endpoint that could embed query_text.`)
    return vector
  }

  async function rank(index: StoredIndex, query: Query): Promise<Ranked[]> {
    const rows = indexes.rowsOf(index).all()
    const { filter } = query
    const eligible = filter ? rows.filter(({ values }) => filter.test(values)) : rows
    const byText = () => rankByText(rows, new Set(eligible), query.text, query.queryColumns)
    if (query.type === 'FULL_TEXT') return byText()
    const byVector = rankByVector(eligible, await embed(index, query))
    return query.type === 'ANN' ? byVector : fuse([byVector, byText()], FUSED)
  }

  /** Reads the columns of the best again, with the question beside them. Without an embedding model the order stays. */
  async function rerank(index: StoredIndex, query: Query, found: Ranked[]): Promise<[Ranked[], Values]> {
    const started = performance.now()
    const best = found.slice(0, RERANKED)
    const model = index.vectors.kind === 'managed' ? embedWith(index.vectors.endpoint) : undefined
    if (!model || query.text === '') {
      const why = model ? 'there is no query_text' : 'the index has no embedding model endpoint'
      return [found, { warnings: [{ code: 'RERANKER_SKIPPED', message: `Results are not reranked: ${why}.` }] }]
    }
    const texts = best.map(({ row }) => textOf(row, query.rerank))
    const [question = [], ...vectors] = await model([query.text, ...texts])
    const again = best.map(({ row }, nth) => ({ row, score: nearness(vectors[nth] ?? [], question) }))
    again.sort((a, b) => b.score - a.score)
    return [[...again, ...found.slice(RERANKED)], { reranker_time: Math.round(performance.now() - started) }]
  }

  async function run(name: string, args: Values): Promise<Values> {
    const index = await indexes.requireOnline(name)
    const query = readQuery(args, index, endpointType(index.endpoint))
    const ranked = (await rank(index, query)).filter(({ score }) => score >= query.threshold)
    const [reranked, debug] = query.rerank.length > 0 ? await rerank(index, query, ranked) : [ranked, undefined]
    const sorted = query.orders.length > 0 ? sortRanked(reranked, query.orders) : reranked
    const columns = [...query.columns.map((column) => columnOf(index, column)), { name: 'score', type_text: 'double' }]
    const manifest = { column_count: columns.length, columns, ...facetManifest(query) }
    const rows = sorted.slice(0, query.limit).map(({ row, score }) => {
      const values = allValues(index, row)
      return [...query.columns.map((column) => values[column] ?? null), score]
    })
    const facet_array = countFacets(query.facets, ranked)
    return {
      ...page({ index: name, rows, manifest }, 0),
      ...(query.facets.length > 0 ? { facet_result: { facet_row_count: facet_array.length, facet_array } } : {}),
      ...(debug ? { debug_info: debug } : {}),
    }
  }

  function page(result: Remembered, from: number, token: string = crypto.randomUUID()): Values {
    const data_array = result.rows.slice(from, from + PAGE)
    const hasMore = from + PAGE < result.rows.length
    if (hasMore) {
      remembered.set(token, result)
      const [oldest] = remembered.keys()
      if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    }
    return {
      manifest: result.manifest,
      result: { row_count: data_array.length, data_array },
      // Always there: the Python client takes it without looking.
      next_page_token: hasMore ? `${token}.${from + PAGE}` : '',
    }
  }

  return {
    run,
    /** Everything at once, as the newer API gives it. */
    async runWhole(name: string, args: Values): Promise<Values> {
      const { next_page_token, ...first } = await run(name, args)
      const token = String(next_page_token)
      if (token === '') return first
      const rows = remembered.get(token.split('.')[0] ?? '')?.rows ?? []
      return { ...first, result: { row_count: rows.length, data_array: rows } }
    },
    next(name: string, args: Values): Values {
      const [token = '', from = ''] = text(args, 'page_token').split('.')
      const result = remembered.get(token)
      if (result?.index !== name || !/^\d+$/.test(from)) throw invalid('Invalid page token.')
      return page(result, Number(from), token)
    },
  }
}

const facetManifest = ({ facets }: Query): Values =>
  facets.length === 0
    ? {}
    : {
        facet_column_count: 3,
        facet_columns: ['facet_column_name', 'value_or_range', 'count'].map((name) => ({ name })),
      }

function columnOf(index: StoredIndex, column: string) {
  const isVector = column === vectorColumnOf(index.vectors)
  const type_text = isVector ? 'array<float>' : (index.columns.find(({ name }) => name === column)?.type ?? 'string')
  return { name: column, type_text }
}

function textOf({ values }: Row, columns: readonly string[]): string {
  const texts = columns.map((column) => values[column] ?? null).filter((value) => value !== null)
  return texts.map(String).join('\n').slice(0, RERANK_TEXT)
}
