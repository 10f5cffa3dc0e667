// What a person reads where SQL on the command line was refused or stopped: the option that would allow it, and what is kept.
import { LakedeskError } from '../core/errors.ts'
import type { Sql, SqlResult } from '../platform/ports/sql.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import type { Terminal } from './ingest.ts'

const BUDGET_HINT =
  'To run it all the same add --yes; the limit is the budget in the file of LAKEDESK_TICKETS, or the built-in one.'
const WRITE_HINT = 'Or add --write, which allows CREATE TABLE ... AS SELECT.'

/** Whether --write would let it through. */
async function isCreate(text: string, sql: Sql): Promise<boolean> {
  try {
    return (await sql.read({ text, mode: 'create' })).writes !== null
  } catch (error) {
    if (error instanceof LakedeskError) return false
    throw error
  }
}

function addHint(error: LakedeskError, hint: string): LakedeskError {
  return new LakedeskError(error.code, `${error.userMessage} ${hint}`, error)
}

/** SQL_REFUSED and SQL_BUDGET with the option that lets the statement through; everything else as it is. */
export async function nameOption(
  error: unknown,
  text: string,
  sql: Sql,
  { write }: { write: boolean },
): Promise<unknown> {
  if (!(error instanceof LakedeskError)) return error
  if (error.code === 'SQL_BUDGET') return addHint(error, BUDGET_HINT)
  return error.code === 'SQL_REFUSED' && !write && (await isCreate(text, sql)) ? addHint(error, WRITE_HINT) : error
}

/** False, as a command answers that did not come to its end. */
export function tellStopped(terminal: Terminal): false {
  terminal.stderr.write('Stopped. What was answered is kept: the same command goes on there.\n')
  return false
}

const isSame = (one: string, other: string): boolean => one === other || one.endsWith(`.${other}`)

/** Throws SQL_REFUSED where a person's statement would replace what Lakedesk keeps itself: the tickets, or their results. */
export function refuseOwnTables(writes: string | null, { table, enrichment }: TicketPlan): void {
  const [target, tickets, results] = [writes ?? '', table.toLowerCase(), enrichment.toLowerCase()]
  if (writes === null || ![tickets, results].some((own) => isSame(target, own) || isSame(own, target))) return
  const isTickets = isSame(target, tickets) || isSame(tickets, target)
  const holds = isTickets ? 'the tickets' : 'the results of the tickets and what people corrected in them'
  const onPurpose = isTickets ? ' To replace the tickets load a file of them: lakedesk tickets load <file>.' : ''
  throw new LakedeskError(
    'SQL_REFUSED',
    `The table ${writes} holds ${holds}, so a statement may not replace it. Give the new table another name.${onPurpose}`,
  )
}

/** What went wrong in some rows alone, a line for each function. */
export function tellNotices({ notices }: Pick<SqlResult, 'notices'>, terminal: Terminal): void {
  for (const { function: name, rows, message } of notices) {
    terminal.stderr.write(`${name}, ${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}: ${message}\n`)
  }
}
