// What the tests of tickets share: the embedded tables with the offline rules, the sample's tickets or a few own ones, and a desk.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalSql } from '../../src/platform/local/sql/create-local-sql.ts'
import { createOfflineClassifier } from '../../src/platform/offline/ai/classify.ts'
import { createOfflineEngine } from '../../src/platform/offline/ai/create-offline-engine.ts'
import type { AiAnswer, AiCall, AiEngine } from '../../src/platform/ports/ai-functions.ts'
import { readObjects, type Sql, type SqlStatement } from '../../src/platform/ports/sql.ts'
import { CATEGORY_TASK, fieldTask } from '../../src/platform/ports/taught-rows.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createTicketDesk } from '../../src/tickets/create-ticket-desk.ts'
import { type TicketPlan, ticketPlanSchema } from '../../src/tickets/ticket-plan.ts'

/** The tests' today: 2026-11-22, 09:30 UTC. */
export const NOW = Date.parse('2026-11-22T09:30:00.000Z')

export interface Ticket {
  id: string | number | null
  at: string
  text: string | null
}

/** The same rules as in the product; `answer` replaces single answers, `calls` remembers what was asked. */
export interface EngineTap {
  calls: AiCall[]
  answer?: (call: AiCall) => AiAnswer | Error | null
}

function tap(engine: AiEngine, taps: EngineTap): AiEngine {
  return {
    ...engine,
    batch: engine.batch,
    price: engine.price,
    refresh: async (signal) => tap(await engine.refresh(signal), taps),
    async answer(calls, signal) {
      taps.calls.push(...calls)
      const fixed = calls.map((call) => taps.answer?.(call) ?? null)
      const broken = fixed.find((each) => each instanceof Error)
      if (broken instanceof Error) throw broken
      const answers = await engine.answer(calls, signal)
      return answers.map((each, i) => {
        const own = fixed[i]
        return own && !(own instanceof Error) ? own : each
      })
    },
  }
}

export interface TicketWorld {
  store: Store
  sql: Sql
  plan: TicketPlan
  desk: ReturnType<typeof createTicketDesk>
  taps: EngineTap
  clock: { now: number }
  /** Replaces the ticket table. */
  load(tickets: readonly Ticket[]): Promise<void>
  /** Rows of a statement of our own. */
  rows(text: string, mode?: SqlStatement['mode']): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

const embeddings = createOfflineEmbeddings({ cacheFolder: join(tmpdir(), 'lakedesk-test-embeddings') })
export const NEVER = new AbortController().signal

/** Only what a test needs of a plan differs from the built-in one. */
export async function openTicketWorld(
  options: { plan?: Partial<TicketPlan>; store?: Store; wrap?: (sql: Sql) => Sql } = {},
): Promise<TicketWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-tickets-'))
  const clock = { now: NOW }
  const store = options.store ?? openSqliteStore({ file: ':memory:', log: silentLog, now: () => clock.now })
  const plan = ticketPlanSchema.parse(options.plan ?? {})
  const taps: EngineTap = { calls: [] }
  const engine = createOfflineEngine({
    createClassifier: () => createOfflineClassifier({ embeddings }),
    embeddings,
    examples: async () => {
      const tasks = [CATEGORY_TASK, ...Object.keys(plan.fields).map(fieldTask)]
      return (await Promise.all(tasks.map((task) => store.labelled.list(task)))).flat()
    },
  })
  const local = createLocalSql({
    ...{ folder, log: silentLog, engine: tap(engine, taps), now: () => new Date(clock.now) },
    rate: { concurrency: 16, perMinute: null },
  })
  const sql = options.wrap?.(local) ?? local
  const desk = createTicketDesk({ sql, store, plan, log: silentLog, now: () => clock.now })
  return {
    ...{ store, sql, plan, desk, taps, clock },
    async load(tickets) {
      const file = join(folder, 'tickets.jsonl')
      const lines = tickets.map(({ id, at, text }) =>
        JSON.stringify({ [plan.id]: id, [plan.created]: at, [plan.text]: text, channel: 'email' }),
      )
      writeFileSync(file, `${lines.join('\n')}\n`)
      await local.load(file, { table: plan.table, replace: true, signal: NEVER })
    },
    rows: async (text, mode = 'read') => readObjects(await local.run({ text, mode }, NEVER)),
    async close() {
      await local.close()
      if (!options.store) await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
