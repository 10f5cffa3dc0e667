// What a person reads where SQL on the command line was refused or stopped: the option that would allow it, and what is kept.
import { LakedeskError } from '../core/errors.ts'
import type { Sql } from '../platform/ports/sql.ts'
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
