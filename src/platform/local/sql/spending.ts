// What a statement's AI functions cost so far, would cost, and may cost.
import type { AiAnswer, AiPrice } from '../../ports/ai-functions.ts'
import type { SqlUsage } from '../../ports/sql.ts'
import { toUsd } from '../../sql/estimate-result.ts'
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

/** What the statement would have come to once the calls of this pass are answered: sums over what is spent and what is missing. */
export function toForecast(count: PassCount, spent: Spent, price: AiPrice | null): SqlUsage {
  const usage = toUsage(count, spent, price)
  const missing = new Set(count.sites.flatMap((site) => [...site.missing]))
  const inputTokens = spent.inputTokens + sum(count, 'inputTokens')
  const outputTokens = spent.outputTokens + sum(count, 'outputTokens')
  const calls = usage.calls + missing.size
  const usd = toUsd({ inputTokens, outputTokens }, calls, price)
  // A budget of rows is one of rows, not of the functions on each.
  const rows = Math.max(0, ...count.sites.map((site) => site.rows))
  return { ...usage, rows, cached: usage.cached - missing.size, calls, inputTokens, outputTokens, usd }
}

function sum(count: PassCount, field: 'inputTokens' | 'outputTokens'): number {
  return count.sites.reduce((total, site) => total + site[field], 0)
}
