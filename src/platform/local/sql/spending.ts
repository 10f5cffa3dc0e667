// What a statement's AI functions cost so far, would cost, and may cost.
import { LakedeskError } from '../../../core/errors.ts'
import type { AiAnswer, AiPrice } from '../../ports/ai-functions.ts'
import type { AiBudget, SqlUsage } from '../../ports/sql.ts'
import type { PassCount } from './ai-lookups.ts'

/** What was asked for by this statement. */
export interface Spent {
  keys: Set<string>
  inputTokens: number
  outputTokens: number
}

export function createSpent(): Spent {
  return { keys: new Set(), inputTokens: 0, outputTokens: 0 }
}

export function addSpent(spent: Spent, key: string, { usage }: AiAnswer): void {
  spent.keys.add(key)
  spent.inputTokens += usage.inputTokens
  spent.outputTokens += usage.outputTokens
}

/** US dollars; null where no price is known and something was asked. */
export function toUsd(
  tokens: { inputTokens: number; outputTokens: number },
  calls: number,
  price: AiPrice | null,
): number | null {
  if (calls === 0) return 0
  if (price === null) return null
  return (tokens.inputTokens * price.input + tokens.outputTokens * price.output) / 1_000_000
}

/** Of a finished statement: what the last pass reached, and what was asked for on the way. */
export function toUsage(count: PassCount, spent: Spent, price: AiPrice | null): SqlUsage {
  const distinct = new Set(count.sites.flatMap((site) => [...site.distinct]))
  const asked = [...spent.keys].filter((key) => distinct.has(key)).length
  const calls = spent.keys.size
  const { inputTokens, outputTokens } = spent
  return {
    rows: count.sites.reduce((sum, { rows }) => sum + rows, 0),
    distinct: distinct.size,
    cached: distinct.size - asked,
    calls,
    inputTokens,
    outputTokens,
    usd: toUsd(spent, calls, price),
  }
}

export const NO_USAGE: SqlUsage = { rows: 0, distinct: 0, cached: 0, calls: 0, inputTokens: 0, outputTokens: 0, usd: 0 }

/** What the statement would have come to once the calls of this pass are answered: sums over what is spent and what is missing. */
export function toForecast(count: PassCount, spent: Spent, price: AiPrice | null): SqlUsage {
  const usage = toUsage(count, spent, price)
  const missing = new Set(count.sites.flatMap((site) => [...site.missing]))
  const inputTokens = spent.inputTokens + sum(count, 'inputTokens')
  const outputTokens = spent.outputTokens + sum(count, 'outputTokens')
  const calls = usage.calls + missing.size
  const usd = toUsd({ inputTokens, outputTokens }, calls, price)
  return { ...usage, cached: usage.cached - missing.size, calls, inputTokens, outputTokens, usd }
}

function sum(count: PassCount, field: 'inputTokens' | 'outputTokens'): number {
  return count.sites.reduce((total, site) => total + site[field], 0)
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
