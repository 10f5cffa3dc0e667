// Checks a query of the index at the door: the limits of Databricks Vector Search hold for every driver.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { IndexQuery, QueryType } from './vector-index.ts'

const MAX_RESULTS = 10_000
const MAX_HYBRID_RESULTS = 200
/** Characters of query text that Databricks Vector Search takes. */
const MAX_QUERY_TEXT = 32_764

const querySchema = z.object({
  text: z.string().trim().min(1, 'The query text is empty').max(MAX_QUERY_TEXT),
  numResults: z.number().int().min(1).max(MAX_RESULTS).default(10),
  queryType: z.enum(['ANN', 'FULL_TEXT', 'HYBRID']).default('HYBRID'),
  scoreThreshold: z.number().default(0),
})

export interface CheckedQuery {
  text: string
  numResults: number
  queryType: QueryType
  scoreThreshold: number
}

/** Without its filters. Throws QUERY_INVALID. */
export function readQuery(query: IndexQuery): CheckedQuery {
  const parsed = querySchema.safeParse(query)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new LakedeskError('QUERY_INVALID', `The search query is not valid. ${faults.join('; ')}.`, parsed.error)
  }
  const { queryType, numResults } = parsed.data
  if (queryType === 'HYBRID' && numResults > MAX_HYBRID_RESULTS) {
    const message = `A HYBRID query returns at most ${MAX_HYBRID_RESULTS} results, but ${numResults} were asked for.`
    throw new LakedeskError('QUERY_INVALID', message)
  }
  return parsed.data
}
