// What a person agreed to spend on AI functions: in words that are compared at the click, and as the limit of the run.
import { LakedeskError } from '../core/errors.ts'
import type { AiBudget } from '../platform/ports/sql.ts'
import { countOf } from './ticket-blocks.ts'
import { toDollars } from './ticket-card.ts'

export interface AgreedCost {
  calls: number
  /** US dollars; null where no price is configured. */
  usd: number | null
}

/** An estimate may grow by a tenth, or by these where they are more, and still be what was agreed to. */
const GROWTH = 0.1
const MORE_CALLS = 10
const MORE_USD = 0.01

/** What the run may spend at most. */
export function toLimit({ calls, usd }: AgreedCost): AiBudget {
  return {
    calls: Math.max(Math.floor(calls * (1 + GROWTH)), calls + MORE_CALLS),
    ...(usd === null ? {} : { usd: Math.max(usd * (1 + GROWTH), usd + MORE_USD) }),
  }
}

/** Facts of a request. `agreed`: what its card shows; an estimate that stays within its limit reads the same. */
export function expectCost(now: AgreedCost, agreed?: AgreedCost): Record<string, string> {
  const { calls, usd } = agreed && isWithin(now, agreed) ? agreed : now
  return {
    'AI calls': calls.toLocaleString('en-US'),
    cost: usd === null ? 'unknown, since no price is configured' : toSum(usd),
  }
}

function isWithin(now: AgreedCost, agreed: AgreedCost): boolean {
  const limit = toLimit(agreed)
  if ((now.usd === null) !== (agreed.usd === null)) return false
  return now.calls <= (limit.calls ?? 0) && (now.usd ?? 0) <= (limit.usd ?? 0)
}

/** A sum of money, also where it is none. */
export function toSum(usd: number): string {
  return usd === 0 ? 'US$ 0' : toDollars(usd)
}

/** The sentence for a run that would have spent more; null where the error is another. */
export function whyAboveAgreed(error: unknown, agreed: AgreedCost): string | null {
  if (!(error instanceof LakedeskError) || error.code !== 'SQL_BUDGET') return null
  const sum = agreed.usd === null ? '' : ` for ${toSum(agreed.usd)}`
  return `It would take more than was agreed (${countOf(agreed.calls, 'call')}${sum}, and a tenth more), so it stopped before spending that.`
}
