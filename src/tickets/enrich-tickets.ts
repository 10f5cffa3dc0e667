// Enriches a period in batches, new rows only: what a batch brought is kept, and a run that broke off goes on by itself.
import { LakedeskError } from '../core/errors.ts'
import {
  type AiBudget,
  addUsage,
  NO_USAGE,
  readObjects,
  type SqlEstimate,
  type SqlUsage,
} from '../platform/ports/sql.ts'
import { readGuidance } from './guidance.ts'
import { drain, tableExists } from './run-statement.ts'
import {
  type Guidance,
  NO_GUIDANCE,
  toAllColumns,
  toCreateStatement,
  toEstimateStatement,
  toMergeStatement,
  toPendingCount,
  toProbeStatement,
} from './ticket-statements.ts'
import type { Period } from './triage.ts'
import type { DeskParts } from './triage-ticket.ts'

/** What a run over a period would take. */
export interface TicketEstimate {
  /** Tickets without a valid result. */
  pending: number
  total: SqlUsage
  /** False: the figures are upper bounds. */
  exact: boolean
  models: readonly string[]
}

export interface EnrichProgress {
  /** Tickets of this run with a result by now, and all that it found to do. */
  done: number
  total: number
}

export interface EnrichOptions {
  /** Stable over a crash, such as the id of the approval: what failed in this run is not tried again in it. */
  run: string
  signal: AbortSignal
  onProgress(progress: EnrichProgress): Promise<void>
  /**
   * What all its batches together may spend: above it SQL_BUDGET, before anything more is asked. Where the warehouse does not tell
   * what it spent, tickets that came in after the start are left for the next run.
   */
  budget?: AiBudget
}

export interface Enriched {
  /** Tickets that got a result, or an error of their own, in this call. */
  done: number
  usage: SqlUsage
}

/** Batches in a row after which as much is left as before: tickets may come in meanwhile, but not that fast. */
const MOST_IDLE = 5

export async function estimateTickets(period: Period, parts: DeskParts, signal: AbortSignal): Promise<TicketEstimate> {
  const { sql, plan } = parts
  const exists = await tableExists(parts, signal)
  const options = { period, run: '', exists }
  const pending = await countPending(toPendingCount(plan, options), parts, signal)
  if (pending === 0) return { pending, total: NO_USAGE, exact: true, models: [] }
  const estimate: SqlEstimate = await sql.estimate(toEstimateStatement(plan, options, await guide(parts)), signal)
  const models = [...new Set(estimate.sites.map(({ model }) => model))]
  return { pending, total: estimate.total, exact: estimate.exact, models }
}

/**
 * Throws SQL_*, MODEL_*, PLATFORM_* with every finished batch kept. What breaks on one ticket alone is found by halving its batch,
 * and stands as the error of its row.
 */
export async function enrichTickets(period: Period, options: EnrichOptions, parts: DeskParts): Promise<Enriched> {
  const { plan, log } = parts
  const { run, signal, onProgress } = options
  await prepareTable(parts, signal)
  const guidance = await guide(parts)
  const count = () => countPending(toPendingCount(plan, { period, run, exists: true }), parts, signal)
  const total = await count()
  const size = { now: plan.batch }
  let usage = NO_USAGE
  let left = total
  let idle = 0
  if (options.budget && total > 0)
    await checkTotal({ period, run, exists: true }, guidance, options.budget, parts, signal)
  let done = 0
  /** True where the budget cannot be counted down: then no more tickets than those it is for are done. */
  let untold = false
  await onProgress({ done, total })
  while (left > 0 && !(untold && done >= total)) {
    signal.throwIfAborted()
    const budget = options.budget && toRemaining(options.budget, usage)
    const limit = untold ? Math.min(size.now, total - done) : size.now
    const used = await mergeBatch({ period, run, guidance, limit, ...(budget ? { budget } : {}) }, size, parts, signal)
    const before = left
    left = await count()
    idle = used !== null && left >= before ? idle + 1 : 0
    if (idle >= MOST_IDLE) throw stuck(plan.enrichment, left)
    if (used !== null) {
      done += Math.min(limit, before)
      size.now = Math.min(plan.batch, size.now * 2)
      if (used === 'unknown') untold = options.budget !== undefined
      else usage = addUsage(usage, used)
    }
    // Tickets may come in meanwhile.
    await onProgress({ done, total: done + left })
  }
  log.info('Tickets were enriched', { period: period.words, tickets: done, calls: usage.calls })
  return { done, usage }
}

function toRemaining({ calls, usd }: AiBudget, spent: SqlUsage): AiBudget {
  return {
    ...(calls === undefined ? {} : { calls: Math.max(0, calls - spent.calls) }),
    ...(usd === undefined ? {} : { usd: Math.max(0, usd - (spent.usd ?? 0)) }),
  }
}

/** Throws SQL_BUDGET. Asks no model. */
async function checkTotal(
  options: { period: Period; run: string; exists: boolean },
  guidance: Guidance,
  budget: AiBudget,
  { sql, plan }: DeskParts,
  signal: AbortSignal,
): Promise<void> {
  const { total } = await sql.estimate(toEstimateStatement(plan, options, guidance), signal)
  const { calls = Number.POSITIVE_INFINITY, usd = Number.POSITIVE_INFINITY } = budget
  if (total.calls <= calls && (total.usd ?? 0) <= usd) return
  const why = `The tickets of ${options.period.words} would take ${total.calls} calls by now, which is more than the limit of this run.`
  throw new LakedeskError('SQL_BUDGET', why)
}

function stuck(table: string, left: number): LakedeskError {
  return new LakedeskError(
    'SQL_FAILED',
    `${left} tickets stay without a result although their batch was written to ${table}. Check that nothing else deletes from that table, and try again.`,
  )
}

/** Null where the batch failed on some ticket and is to be tried in smaller parts; `unknown`: the warehouse does not tell what it took. */
async function mergeBatch(
  batch: { period: Period; run: string; guidance: Guidance; limit: number; budget?: AiBudget },
  size: { now: number },
  { sql, plan, log }: DeskParts,
  signal: AbortSignal,
): Promise<SqlUsage | 'unknown' | null> {
  try {
    const { budget } = batch
    const statement = { ...toMergeStatement(plan, batch), ...(budget ? { budget } : {}) }
    const result = await sql.run(statement, signal)
    await drain(Promise.resolve(result))
    return result.usage ?? 'unknown'
  } catch (error) {
    if (!(error instanceof LakedeskError) || !['AI_FUNCTION_FAILED', 'SQL_FAILED'].includes(error.code)) throw error
    signal.throwIfAborted()
    if (batch.limit > 1) {
      log.warn('A batch of tickets failed and is tried in smaller parts', { tickets: batch.limit, cause: error })
      size.now = Math.max(1, Math.floor(batch.limit / 2))
      return null
    }
    // Where the database itself is at fault this statement fails too, and the run with it.
    await drain(sql.run(toMergeStatement(plan, { ...batch, failure: error.userMessage }), signal))
    return NO_USAGE
  }
}

/** Throws TICKETS_INVALID where a table of that name has other columns. */
async function prepareTable({ sql, plan }: DeskParts, signal: AbortSignal): Promise<void> {
  await drain(sql.run(toCreateStatement(plan), signal))
  try {
    await drain(sql.run(toProbeStatement(plan, toAllColumns(plan)), signal))
  } catch (error) {
    if (!(error instanceof LakedeskError) || error.code !== 'SQL_INVALID') throw error
    const why = `The table ${plan.enrichment} does not have the columns that the results need (${toAllColumns(plan).join(', ')}). Name another table as \`enrichment\` in the file that describes the tickets, or add the columns.`
    throw new LakedeskError('TICKETS_INVALID', why, error)
  }
}

async function guide({ sql, store, plan }: DeskParts): Promise<Guidance> {
  return sql.learns ? NO_GUIDANCE : readGuidance(store.labelled, plan, null)
}

async function countPending(
  statement: ReturnType<typeof toPendingCount>,
  { sql }: DeskParts,
  signal: AbortSignal,
): Promise<number> {
  const [row] = await readObjects(await sql.run(statement, signal))
  return Number(row?.pending ?? 0)
}
