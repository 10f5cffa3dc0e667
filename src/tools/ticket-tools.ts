// The tools over tickets: triage of one, corrections, the tickets of a period, and questions in words.
import type { Log } from '../core/log.ts'
import type { Sql } from '../platform/ports/sql.ts'
import type { WriteSql } from '../platform/ports/write-sql.ts'
import type { Posts } from '../store/port.ts'
import type { TicketDesk } from '../tickets/create-ticket-desk.ts'
import { createClassifyTicket } from './classify-ticket.ts'
import { createCorrectTicket } from './correct-ticket.ts'
import { type AnyTool, erase } from './define-tool.ts'
import { allowedTables, createQueryTickets } from './query-tickets.ts'
import { createRunQuery } from './run-query.ts'
import { createSummarizeTickets } from './summarize-tickets.ts'
import { createTicketCards, type TicketCards } from './ticket-cards.ts'

export interface TicketToolParts {
  desk: TicketDesk
  sql: Sql
  /** By a chat model, or `writeSqlByRules` where there is none that writes. */
  writeSql: WriteSql
  posts: Posts
  log: Log
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface TicketTools {
  /** For people and for the assistant. */
  tools: readonly AnyTool[]
  /** Those of them that are carried out once they were agreed to: whoever decides and runs has to find them. */
  approved: readonly AnyTool[]
  cards: TicketCards
}

export function createTicketTools(parts: TicketToolParts): TicketTools {
  const { desk, sql, writeSql, posts, log, wake } = parts
  const clock = parts.now ? { now: parts.now } : {}
  const classify = createClassifyTicket({ desk })
  const find = async (id: string) => (await classify.findCard?.(id)) ?? null
  const cards = createTicketCards({ posts, find, wake })
  const runQuery = createRunQuery({ sql, plan: desk.plan, tables: allowedTables(desk.plan), log })
  const approved = [erase(createSummarizeTickets({ desk, log })), erase(runQuery)]
  const tools = [
    erase(classify),
    erase(createCorrectTicket({ desk, cards })),
    erase(createQueryTickets({ sql, plan: desk.plan, writeSql, runQuery, ...clock })),
    ...approved,
  ]
  return { tools, approved, cards }
}
