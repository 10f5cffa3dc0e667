// Builds the desk of tickets over SQL and the store, and the tools over it.
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { proposeSql } from '../platform/ai/write-sql.ts'
import type { ChampionSource } from '../platform/offline/ai/champion.ts'
import type { Sql } from '../platform/ports/sql.ts'
import { CATEGORY_TASK, fieldTask } from '../platform/ports/taught-rows.ts'
import type { WriteSql } from '../platform/ports/write-sql.ts'
import type { Store } from '../store/port.ts'
import { createTicketDesk } from '../tickets/create-ticket-desk.ts'
import { writeSqlByRules } from '../tickets/query-rules.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { createTicketTools, type TicketTools } from '../tools/ticket-tools.ts'
import { buildNamed } from './build-models.ts'
import { lazySql } from './lazy-sql.ts'

const SQL_TOKENS = 1024

export interface BuiltTickets extends TicketTools {
  /** The tables that they read: the same for all that read tables, since the embedded ones are opened once. */
  sql: Sql
  close(): Promise<void>
}

export interface TicketOptions {
  settings: Settings
  plan: TicketPlan
  store: Store
  log: Log
  /** The promoted ticket classifier, which answers ai_classify. Default: that of the platform of the settings, opened for reading alone. */
  champion?: ChampionSource
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
}

/** By the chat model of the settings; the offline one quotes and writes nothing, so rules take its place. */
function buildWriteSql({ settings, log, plan }: TicketOptions): WriteSql {
  const { model, data } = settings
  if (model.name === 'offline') return async (question) => writeSqlByRules(question, plan)
  const chat = buildNamed(model.name, { temperature: 0, maxTokens: SQL_TOKENS }, { settings: model, data, log })
  return (question, signal) => proposeSql(chat, question, signal)
}

/** Nothing is opened before somebody asks about tickets. */
export function buildTickets(options: TicketOptions): BuiltTickets {
  const { settings, plan, store, log, wake, champion } = options
  const tasks = [CATEGORY_TASK, ...Object.keys(plan.fields).map(fieldTask)]
  const examples = async () => (await Promise.all(tasks.map((task) => store.labelled.list(task)))).flat()
  const sql = lazySql({ settings, log, examples, ...(champion ? { champion } : {}) })
  const desk = createTicketDesk({ sql, store, plan, log })
  const writeSql = buildWriteSql(options)
  const tools = createTicketTools({ desk, sql, writeSql, posts: store.posts, log, wake })
  return { ...tools, sql, close: () => sql.close() }
}
