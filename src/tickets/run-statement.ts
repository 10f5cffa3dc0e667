// Runs statements whose rows nobody reads, and asks whether the table of results is there.
import { LakedeskError } from '../core/errors.ts'
import type { Sql, SqlResult } from '../platform/ports/sql.ts'
import type { TicketPlan } from './ticket-plan.ts'
import { toProbeStatement } from './ticket-statements.ts'

/** Reads a result to its end. */
export async function drain(running: Promise<SqlResult>): Promise<void> {
  for await (const _ of (await running).pages);
}

export async function tableExists(
  { sql, plan }: { sql: Sql; plan: TicketPlan },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await drain(sql.run(toProbeStatement(plan), signal))
    return true
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'SQL_INVALID') return false
    throw error
  }
}
