// Plain questions as SQL by rules: what each becomes, what it counts over real rows, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlTable } from '../../src/platform/ports/sql.ts'
import { writeSqlByRules } from '../../src/tickets/query-rules.ts'
import { NEVER, openTicketWorld, type TicketWorld } from './world.ts'

describe('a question in words', () => {
  let world: TicketWorld
  let tables: readonly SqlTable[]

  beforeAll(async () => {
    world = await openTicketWorld()
    await world.load([
      { id: 'T-1', at: '2026-11-21 08:00:00', text: 'I was charged twice, please refund me. PAY-402' },
      { id: 'T-2', at: '2026-11-21 09:00:00', text: 'My invoice for May is missing' },
      { id: 'T-3', at: '2026-11-20 09:00:00', text: 'The app crashes with TLY-500' },
      { id: 'T-4', at: '2026-11-10 09:00:00', text: "It's urgent: I cannot sign in, my password is not taken" },
    ])
    const period = world.desk.period('last 30 days')
    if (typeof period === 'string') throw new Error(period)
    await world.desk.enrich(period, { run: 'r', signal: NEVER, onProgress: async () => {} })
    tables = await world.sql.listTables(NEVER)
  })
  afterAll(() => world.close())

  const write = (question: string) =>
    writeSqlByRules({ question, tables, today: '2026-11-22', rowLimit: 200 }, world.plan)

  async function run(question: string): Promise<Record<string, unknown>[]> {
    const { sql, why } = write(question)
    if (sql === null) throw new Error(why)
    return world.rows(sql)
  }

  it.each([
    ['How many tickets are there?', 4],
    ['how many billing tickets yesterday?', 2],
    ['How many billing tickets did we get yesterday?', 2],
    ['how many account access tickets last week', 1],
    ['number of tickets on 2026-11-20', 1],
    ['how many tickets between 2026-11-01 and 2026-11-15?', 1],
    ['how many tickets contain "refund"?', 1],
    [`how many tickets contain "it's urgent"`, 1],
    ['how many tickets with error code "PAY-402"', 1],
    ['how many tickets with PAY-402 this month?', 1],
    ['how many tickets came in since 2026-11-20?', 3],
    ['how many tickets were corrected?', 0],
    ['how many tickets in channel "email" yesterday', 2],
    [`how many tickets contain "x' OR 1=1 --"`, 0],
    ['how many tickets contain "back\\slash"', 0],
    ['How many billing issues did we get last week?', 0],
    ['How many billing issues did we get this week?', 2],
    ['Are there any urgent tickets?', 1],
    ['how many customer complaints yesterday', 2],
    ['How many feature requests did we get this month?', 0],
    ['how many tickets were technical this month', 1],
    ['how many tickets about the invoice did we get this month?', 1],
    ['how many new tickets yesterday', 2],
    ['How many tickets have we received?', 4],
    ['number of high urgency tickets this month', 1],
    ['how many tickets are about billing this month?', 2],
    ['how many tickets mention PAY-402?', 1],
    ['how many tickets about invoices this month?', 1],
    ['how many technical issues were reported this month', 1],
    ['Hey, how many tickets this month?', 4],
    ['how many tickets where channel is email', 4],
    ['how many tickets where urgency is high', 1],
  ])('%s', async (question, tickets) => {
    expect(await run(question)).toMatchObject([{ tickets }])
  })

  it('tells how many tickets have no result yet, where the answer rests on results', async () => {
    await world.rows("DELETE FROM ticket_enrichment WHERE ticket_id = 'T-2'", 'own')
    expect(await run('how many billing tickets yesterday?')).toEqual([{ tickets: 1, not_classified_yet: 1 }])
    expect(await run('tickets by category yesterday')).toContainEqual({ category: '(not classified yet)', tickets: 1 })
    await world.rows("DELETE FROM ticket_enrichment WHERE ticket_id = 'T-3'", 'own')
    const ranking = [
      { error_code: 'PAY-402', tickets: 1 },
      { error_code: '(not classified yet)', tickets: 2 },
    ]
    expect(await run('top 1 error codes')).toEqual(ranking)
    // As a card shows it and runs it: written anew from its tree.
    const shown = await world.sql.read({ text: write('top 1 error codes').sql ?? '', mode: 'read' })
    expect(await world.rows(shown.text)).toEqual(ranking)
    expect(await run('top error codes in billing this month')).toEqual(ranking)
    expect(await run('top 1 categories this month')).toEqual([
      { category: 'account_access', tickets: 1 },
      { category: '(not classified yet)', tickets: 2 },
    ])
    expect(await run('tickets per channel')).toEqual([{ channel: 'email', tickets: 4 }])
    const period = world.desk.period('last 30 days')
    if (typeof period === 'string') throw new Error(period)
    await world.desk.enrich(period, { run: 'again', signal: NEVER, onProgress: async () => {} })
    expect(await run('how many billing tickets yesterday?')).toEqual([{ tickets: 2, not_classified_yet: 0 }])
  })

  it('groups by category, day, field and column', async () => {
    expect(await run('tickets by category this month')).toEqual([
      { category: 'billing', tickets: 2 },
      { category: 'account_access', tickets: 1 },
      { category: 'technical', tickets: 1 },
    ])
    expect(await run('how many tickets per day last 7 days?')).toEqual([
      { day: '2026-11-20', tickets: 1 },
      { day: '2026-11-21', tickets: 2 },
    ])
    expect(await run('top 1 error codes')).toEqual([{ error_code: 'PAY-402', tickets: 1 }])
    expect(await run('tickets per channel')).toEqual([{ channel: 'email', tickets: 4 }])
    expect(await run('which category had the most tickets yesterday?')).toEqual([{ category: 'billing', tickets: 2 }])
  })

  it('lists the latest', async () => {
    expect(await run('show me the latest 2 tickets')).toMatchObject([{ ticket_id: 'T-2' }, { ticket_id: 'T-1' }])
    expect(await run('list billing tickets')).toHaveLength(2)
  })

  it.each([
    ['top 5 products this month', 'product_name'],
    ['Which product has the most complaints this month?', 'product_name'],
    ['latest 10 tickets with high urgency', "lower(e.urgency_level) = lower('high')"],
    ['tickets about login yesterday', "contains(lower(t.ticket_text), 'login')"],
    ['billing tickets last week', "lower(e.category) = lower('billing')"],
    ['What category do most tickets fall into?', 'GROUP BY'],
    ['show the 3 oldest tickets', 'ASC LIMIT 3'],
    ['please list the 10 most recent tickets', 'DESC LIMIT 10'],
    ['list all billing tickets', 'LIMIT 200'],
    ['the most recent billing complaint', 'DESC LIMIT 1'],
    ['latest tickets about billing', "lower(e.category) = lower('billing')"],
    ['break down tickets by product this month', 'GROUP BY e.product_name'],
    ['what product gets the most complaints?', 'GROUP BY e.product_name'],
  ])('writes %s', async (question, part) => {
    expect(write(question)).toMatchObject({ sql: expect.stringContaining(part), why: '' })
    await run(question)
  })

  it.each([
    ['How many open tickets do we have?', ['open']],
    ['how many of our tickets have problems', ['problems']],
    ['How many tickets need support?', ['need', 'support']],
    ['How many of my tickets were answered?', ['my', 'answered']],
    ['how many new tickets do we have', ['new']],
    ['how many recent tickets', ['recent']],
    ['How many tickets report questions?', ['report', 'questions']],
    ['How many frequent tickets are there?', ['frequent']],
    ['How many issues have open questions?', ['open', 'questions']],
    ['which product has the fewest tickets', ['fewest']],
    ['how many tickets did you get', ['you']],
    ['how many tickets are not billing', ['not']],
    ['how many tickets show this', ['show', 'this']],
    ['how many tickets do they have', ['they']],
    ['how many tickets where channel is not email', ['channel', 'not', 'email']],
    ['How many tickets have high or low urgency?', ['high']],
    ['how many billing and technical tickets yesterday', ['billing']],
    ['how many tickets yesterday and today', ['today']],
    ['how many tickets before 2026-11-01', ['before']],
    ['were there more billing tickets last week?', ['more']],
  ])('names the words that it would have passed over: %s', (question, words) => {
    const { sql, why } = write(question)
    expect(sql).toBeNull()
    for (const word of words) expect(why).toContain(`"${word}"`)
    for (const known of ['category (billing, technical', 'urgency_level (low, medium, high)', 'channel'])
      expect(why).toContain(known)
  })

  it.each([
    'how many angry tickets yesterday?',
    'how many tickets will come tomorrow',
    'drop all tickets',
    'why are tickets late?',
    'tickets',
    'how many parrots',
    'what is a ticket',
    'what is the total',
  ])('refuses what it does not fully understand: %s', (question) => {
    expect(write(question)).toMatchObject({ sql: null, why: expect.stringContaining('top 5 products') })
  })

  it('says that nothing is classified yet', () => {
    const none = tables.filter(({ name }) => name !== 'ticket_enrichment')
    const asked = { question: 'how many billing tickets?', tables: none, today: '2026-11-22', rowLimit: 9 }
    expect(writeSqlByRules(asked, world.plan)).toMatchObject({
      sql: null,
      why: expect.stringContaining('classified yet'),
    })
  })

  it('writes only what the guard takes', async () => {
    const allowed = ['raw_support_tickets', 'ticket_enrichment']
    for (const question of [
      'how many billing tickets yesterday',
      'top 3 products',
      'latest 5 tickets',
      'tickets per week',
    ]) {
      const { sql } = write(question)
      expect((await world.sql.read({ text: sql ?? '', mode: 'read', tables: allowed })).writes).toBeNull()
    }
  })
})
