// What EXPLAIN answers, and the refusal of a statement that would cost more than it may.
import { LakedeskError } from '../../core/errors.ts'
import type { AiPrice } from '../ports/ai-functions.ts'
import type { AiBudget, SqlColumn, SqlEstimate, SqlResult, SqlRow, SqlUsage } from '../ports/sql.ts'

/** US dollars; 0 without calls, null where no price is known. */
export function toUsd(
  tokens: { inputTokens: number; outputTokens: number },
  calls: number,
  price: AiPrice | null,
): number | null {
  if (calls === 0) return 0
  if (price === null) return null
  return (tokens.inputTokens * price.input + tokens.outputTokens * price.output) / 1_000_000
}

const COLUMNS: SqlColumn[] = [
  { name: 'function', type: 'STRING' },
  { name: 'model', type: 'STRING' },
  ...['rows', 'distinct', 'cached', 'calls', 'input_tokens', 'output_tokens'].map((name) => ({ name, type: 'BIGINT' })),
  { name: 'usd', type: 'DOUBLE' },
]

/** A row per call in the text, and one for all; `total (at most)` where the figures are upper bounds. */
export function toEstimateResult({ sites, total, exact }: SqlEstimate): SqlResult {
  const rows = sites.map((site): SqlRow => [site.function, site.model, ...toFigures(site)])
  rows.push([exact ? 'total' : 'total (at most)', null, ...toFigures(total)])
  return { columns: COLUMNS, pages: onePage(rows), truncated: false, notices: [], usage: null }
}

async function* onePage(rows: readonly SqlRow[]): AsyncGenerator<readonly SqlRow[]> {
  yield rows
}

function toFigures(usage: SqlUsage): SqlRow {
  const { rows, distinct, cached, calls, inputTokens, outputTokens, usd } = usage
  return [rows, distinct, cached, calls, inputTokens, outputTokens, usd]
}

/** Throws SQL_BUDGET with the estimate and the limit that it breaks. A limit in US dollars does not hold where no price is known. */
export function checkBudget(forecast: SqlUsage, budget: AiBudget | undefined): void {
  if (!budget || forecast.calls === 0) return
  const tokens = forecast.inputTokens + forecast.outputTokens
  const { rows, calls, usd } = forecast
  const broken = [
    over(rows, budget.rows, 'rows'),
    over(calls, budget.calls, 'calls'),
    over(tokens, budget.tokens, 'tokens'),
    over(usd ?? 0, budget.usd, 'US dollars'),
  ].filter((text) => text !== null)
  if (broken.length === 0) return
  const cost = usd === null ? 'no price is configured' : `${formatUsd(usd)} US dollars`
  const message = `The AI functions of this statement would take ${format(rows)} rows, ${format(calls)} calls and about ${format(tokens)} tokens (${cost}). That is more than the limit of ${broken.join(' and of ')}. Select fewer rows, or raise the limit.`
  throw new LakedeskError('SQL_BUDGET', message)
}

function over(value: number, limit: number | undefined, unit: string): string | null {
  return limit !== undefined && value > limit ? `${format(limit)} ${unit}` : null
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 })
}

function formatUsd(usd: number): string {
  return usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: usd < 0.01 ? 6 : 2 })
}
