// Facets and orders of a query: how often values stand in what was found, and results sorted by columns.
import { invalid } from '../wire.ts'
import { compare } from './compare.ts'
import type { Ranked } from './rank.ts'

/** Values of a facet where it does not say how many. */
const TOP = 10
const FACET = /^(?<column>\S+?)(?:\s+TOP\s+(?<top>\d+)|\s+BUCKETS\s+(?<buckets>\[.*\]))?$/is

/** Columns that the facets speak of. */
export const facetColumns = (facets: readonly string[]): string[] => facets.map((facet) => readFacet(facet).column)

/** Rows of column, value or range, and count. */
export function countFacets(facets: readonly string[], found: readonly Ranked[]): [string, string, number][] {
  return facets.flatMap((facet) => {
    const { column, top, buckets } = readFacet(facet)
    const values = found.map(({ row }) => row.values[column] ?? null)
    if (buckets)
      return buckets.map(([from, to]): [string, string, number] => {
        const inside = values.filter((value) => (compare(value, from) ?? -1) >= 0 && (compare(value, to) ?? 1) <= 0)
        return [column, `[${from},${to}]`, inside.length]
      })
    const counts = new Map<string, number>()
    for (const value of values) if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
    const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, top)
    return sorted.map(([value, count]): [string, string, number] => [column, value, count])
  })
}

function readFacet(facet: string): { column: string; top: number; buckets: [number, number][] | undefined } {
  const { column, top, buckets } = FACET.exec(facet.trim())?.groups ?? {}
  if (!column || top === '0')
    throw invalid(`The facet '${facet}' must be '<column>', '<column> TOP <n>' or '<column> BUCKETS [[from,to],...]'.`)
  return { column, top: Number(top ?? TOP), buckets: buckets ? readBuckets(facet, buckets) : undefined }
}

function readBuckets(facet: string, text: string): [number, number][] {
  try {
    const given: unknown = JSON.parse(text)
    if (Array.isArray(given) && given.every((one) => Array.isArray(one) && one.length === 2))
      return given.map(([from, to]: [unknown, unknown]) => [Number(from), Number(to)])
  } catch {
    // What is wrong is the same as below.
  }
  throw invalid(`The buckets of the facet '${facet}' must be a list of pairs of numbers.`)
}

/** `rating DESC`; nulls come last. */
export function readOrders(orders: readonly string[]): { column: string; sign: 1 | -1 }[] {
  return orders.map((order) => {
    const [, column, way = 'ASC'] = /^(\S+)(?:\s+(ASC|DESC))?$/i.exec(order.trim()) ?? []
    if (!column) throw invalid(`The sort column '${order}' must be '<column> ASC' or '<column> DESC'.`)
    return { column, sign: way.toUpperCase() === 'DESC' ? -1 : 1 }
  })
}

export function sortRanked(found: readonly Ranked[], orders: readonly { column: string; sign: 1 | -1 }[]): Ranked[] {
  return [...found].sort((a, b) => {
    for (const { column, sign } of orders) {
      const [left, right] = [a.row.values[column] ?? null, b.row.values[column] ?? null]
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1
        continue
      }
      const order = typeof right === 'object' ? 0 : (compare(left, right) ?? 0)
      if (order !== 0) return order * sign
    }
    return b.score - a.score
  })
}
