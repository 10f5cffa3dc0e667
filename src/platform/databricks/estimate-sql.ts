// What the AI functions of a statement would take on a warehouse: rows and lengths are counted there, and no model is asked.
import { z } from 'zod'
import type { AiFunctionName, AiPrice } from '../ports/ai-functions.ts'
import type { SqlEstimate, SqlRow, SqlSite, SqlStatement, SqlUsage } from '../ports/sql.ts'
import { type CountStatement, toCountStatements } from '../sql/count-statement.ts'
import { toUsd } from '../sql/estimate-result.ts'
import type { ReadStatement } from '../sql/statement.ts'

/** Roughly, of English text. */
const CHARACTERS_PER_TOKEN = 4
/** Of the prompt that Databricks puts around the arguments of a task function; roughly. */
const PROMPT_TOKENS = 100
/** Of one answer, at most in the ordinary case; null: as long as what is given. */
const ANSWER_TOKENS: Readonly<Record<AiFunctionName, number | null>> = {
  ai_classify: 20,
  ai_extract: 200,
  ai_summarize: 100,
  ai_query: 500,
  ai_analyze_sentiment: 5,
  ai_similarity: 0,
  ai_gen: 500,
  ai_fix_grammar: null,
  ai_mask: null,
  ai_translate: null,
}

const figuresSchema = z.array(z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]))

export interface Counting {
  /** The only row of a statement that reads. */
  runOne(statement: SqlStatement): Promise<SqlRow>
  price: AiPrice | null
}

/** Every row is a call: Databricks keeps no answers. Throws SQL_INVALID where nothing can be counted, and as `run` does. */
export async function estimateSql(
  read: ReadStatement,
  parameters: SqlStatement['parameters'],
  { runOne, price }: Counting,
): Promise<SqlEstimate> {
  const counts = read.sites.length > 0 ? toCountStatements(read) : []
  const sites: SqlSite[] = []
  for (const count of counts) {
    const row = await runOne({ text: count.text, ...(parameters ? { parameters } : {}) })
    addSites(sites, count, figuresSchema.parse(row), price)
  }
  return { sites, total: toTotal(sites, price), exact: counts.every(({ exact }) => exact) }
}

function addSites(sites: SqlSite[], count: CountStatement, figures: readonly number[], price: AiPrice | null): void {
  for (const [nth, { site, fixed, endpoint }] of count.sites.entries()) {
    const [rows = 0, distinct = 0, characters = 0] = figures.slice(nth * 3, nth * 3 + 3)
    const given = Math.ceil((characters + rows * fixed) / CHARACTERS_PER_TOKEN)
    const inputTokens = given + (site.function === 'ai_query' ? 0 : rows * PROMPT_TOKENS)
    const answer = ANSWER_TOKENS[site.function]
    const outputTokens = answer === null ? given : rows * answer
    const tokens = { inputTokens, outputTokens }
    const model = endpoint ?? 'Databricks'
    sites[site.id] = {
      ...{ function: site.function, model, rows, distinct, cached: 0, calls: rows },
      ...{ ...tokens, usd: toUsd(tokens, rows, price) },
    }
  }
}

function toTotal(sites: readonly SqlSite[], price: AiPrice | null): SqlUsage {
  const sum = (field: 'rows' | 'distinct' | 'calls' | 'inputTokens' | 'outputTokens'): number =>
    sites.reduce((total, site) => total + site[field], 0)
  const tokens = { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') }
  const calls = sum('calls')
  return { rows: sum('rows'), distinct: sum('distinct'), cached: 0, calls, ...tokens, usd: toUsd(tokens, calls, price) }
}
