// The ticket desk on a Databricks warehouse: one ticket, a period by MERGE of new rows only, a correction, the report.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineOf } from '../../../src/platform/lakehouse/sql-engine.ts'
import type { Sql } from '../../../src/platform/ports/sql.ts'
import type { Period } from '../../../src/tickets/triage.ts'
import { NEVER, openTicketWorld, type TicketWorld } from '../../tickets/world.ts'
import { type OpenSql, openSql } from './sql-under-test.ts'

describe('the ticket desk on a Databricks warehouse', () => {
  let open: OpenSql
  let world: TicketWorld
  let yesterday: Period

  beforeAll(async () => {
    let behind: Sql | undefined
    open = await openSql({
      run(asked) {
        if (!behind) throw new Error('The tables are not open yet.')
        return engineOf(behind).run(asked)
      },
    })
    world = await openTicketWorld({
      plan: { batch: 4 },
      wrap(local) {
        behind = local
        return open.sql
      },
    })
    const period = world.desk.period('yesterday')
    if (typeof period === 'string') throw new Error(period)
    yesterday = period
    const texts = ['I was charged twice for March', 'The app crashes with error TLY-500', 'I cannot sign in', null]
    const tickets = Array.from({ length: 10 }, (_, n) => {
      const text = texts[n % texts.length]
      return { id: `T-${n}`, at: '2026-11-21 08:00:00', text: text ? `${text} (${n})` : null }
    })
    await world.load(tickets)
  })
  afterAll(async () => {
    await world?.close()
    await open?.close()
  })

  const enrich = (run: string) => world.desk.enrich(yesterday, { run, signal: NEVER, onProgress: async () => {} })
  const merges = () => open.standIn.sql.submitted.filter(({ text }) => text.startsWith('MERGE'))

  it('triages one ticket, its text a parameter', async () => {
    const text = "I was charged twice for March, and the invoice isn't right: 'urgent'"
    const triaged = await world.desk.triage({ where: 'here', text }, NEVER)
    expect(triaged).toMatchObject({ kind: 'triaged', triage: { text, category: 'billing', errors: {} } })
    const sent = open.standIn.sql.submitted.find(({ text: statement }) => /ai_classify/i.test(statement))
    expect(sent?.text).not.toContain('charged')
    expect(sent?.parameters).toContainEqual({ name: 'ticket', value: text, type: 'STRING' })
  })

  it('estimates a period without asking, enriches it in batches, and pays once', async () => {
    world.taps.calls = []
    expect(await world.desk.estimate(yesterday, NEVER)).toMatchObject({ pending: 10, total: { calls: 24 } })
    expect(world.taps.calls).toEqual([])
    expect((await enrich('r1')).done).toBe(10)
    expect(merges().length).toBe(3)
    const asked = world.taps.calls.length
    expect(asked).toBeGreaterThan(0)
    expect((await enrich('r1')).done).toBe(0)
    expect(world.taps.calls.length).toBe(asked)
    const report = await world.desk.report(yesterday, NEVER)
    expect(report).toMatchObject({ total: 10, missing: 0, failed: 2 })
    expect(report.byCategory.find(({ category }) => category === 'billing')?.count).toBe(3)
  })

  it('keeps a budget though the warehouse does not tell what it spends: nothing above it, and no ticket that came in later', async () => {
    const tickets = (n: number) =>
      Array.from({ length: n }, (_, i) => ({
        ...{ id: `B-${i}`, at: '2026-11-21 09:00:00', text: i < 3 ? null : `Where is invoice ${i}?` },
      }))
    await world.load(tickets(8))
    const spend = (calls: number, onProgress = async () => {}) =>
      world.desk.enrich(yesterday, { run: `b${calls}`, signal: NEVER, onProgress, budget: { calls } })
    const before = merges().length
    await expect(spend(14)).rejects.toMatchObject({ code: 'SQL_BUDGET' })
    expect(merges().length).toBe(before)
    let come = false
    await spend(15, async () => {
      if (!come) await world.load(tickets(12))
      come = true
    })
    expect(merges().length).toBe(before + 2)
    expect(await world.desk.report(yesterday, NEVER)).toMatchObject({ total: 12, missing: 4 })
  })

  it('goes on after a MERGE whose reply was lost, and doubles no row', async () => {
    await world.load(
      Array.from({ length: 6 }, (_, n) => ({
        id: `N-${n}`,
        at: '2026-11-21 09:00:00',
        text: `An invoice is wrong ${n}`,
      })),
    )
    const before = merges().length
    const counts = ['POST /api/2.0/sql/statements', 'cut-after'] as const
    let lost = false
    const run = async (): Promise<void> => {
      await world.desk.enrich(yesterday, {
        run: 'r3',
        signal: NEVER,
        async onProgress() {
          // The next statement is a MERGE.
          if (!lost) open.standIn.fail(...counts)
          lost = true
        },
      })
    }
    await expect(run()).rejects.toThrow(/may have been taken/)
    expect(merges().length).toBe(before + 1)
    await run()
    const rows = await world.rows("SELECT ticket_id, category FROM ticket_enrichment WHERE ticket_id LIKE 'N-%'")
    expect(rows.length).toBe(6)
    expect(rows.every(({ category }) => category === 'billing')).toBe(true)
  })
})
