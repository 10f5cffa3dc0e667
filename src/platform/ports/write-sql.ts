// The port of what turns a question in words into one SELECT: what is asked of it, and the proposal that comes back.
import type { SqlTable } from './sql.ts'

export interface SqlQuestion {
  question: string
  /** What may be read. */
  tables: readonly SqlTable[]
  /** ISO date of today in UTC. */
  today: string
  rowLimit: number
  /** Why the last proposal was not taken, with it, so that it can be mended. */
  refused?: { sql: string; why: string }
}

/** `sql` is null where the tables hold no answer; `why` then says so in a sentence. */
export interface SqlProposal {
  sql: string | null
  why: string
}

/** By a chat model, or by rules. What comes back is only a proposal: whoever runs it parses and checks it first. */
export type WriteSql = (question: SqlQuestion, signal: AbortSignal) => Promise<SqlProposal>
