// What a run over tickets may spend: nothing in a person's name alone, and no more than the person agreed to.
import { afterEach, describe, expect, it } from 'vitest'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { toAddress } from '../../src/core/turn.ts'
import type { Sql } from '../../src/platform/ports/sql.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import type { TicketPlan } from '../../src/tickets/ticket-plan.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import type { AnyTool, ToolContext } from '../../src/tools/define-tool.ts'
import { createPassageBook } from '../../src/tools/passage-book.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { createTicketTools } from '../../src/tools/ticket-tools.ts'
import { nextTurn, people } from '../approvals/setup.ts'
import { recordLog } from '../conversation/setup.ts'
import { NEVER, openTicketWorld, type TicketWorld } from '../tickets/world.ts'

const SOME = [
  { id: 'T-1', at: '2026-11-21 08:00:00', text: 'I was charged twice' },
  { id: 'T-2', at: '2026-11-21 09:00:00', text: 'Where is my invoice for May?' },
  { id: 'T-3', at: '2026-11-21 10:00:00', text: 'the app crashes with TLY-500' },
]

let world: TicketWorld
afterEach(() => world.close())

/** The gate over the embedded tables, where each call has a price. `usd` null: none is configured. */
async function openDesk(
  options: { usd?: number | null; plan?: Partial<TicketPlan>; run?: (sql: Sql) => Sql['run'] } = {},
) {
  const price = { usd: options.usd === undefined ? 0.1 : options.usd }
  const toPriced = (calls: number) => (price.usd === null ? null : calls * price.usd)
  world = await openTicketWorld({
    ...(options.plan ? { plan: options.plan } : {}),
    wrap: (sql) => ({
      ...sql,
      run: options.run?.(sql) ?? sql.run,
      async estimate(statement, signal) {
        const estimate = await sql.estimate(statement, signal)
        return { ...estimate, total: { ...estimate.total, usd: toPriced(estimate.total.calls) } }
      },
    }),
  })
  await world.load(SOME)
  const { log } = recordLog()
  const { store } = world
  const now = () => world.clock.now
  const approvals = createApprovals({ store, people, now })
  const tickets = createTicketTools({
    ...{ desk: world.desk, sql: world.sql, posts: store.posts, log, now },
    wake: () => {},
    writeSql: async () => ({ sql: null, why: 'none' }),
  })
  const find = (name: string) => tickets.approved.find((tool) => tool.name === name)
  const decide = createDecideApproval({ approvals, find, now }) as AnyTool
  const tool = (name: string): AnyTool => {
    const found = tickets.tools.find((each) => each.name === name)
    if (!found) throw new Error(`no ${name}`)
    return found
  }
  const context = (more: Partial<ToolContext> = {}): ToolContext => ({
    ...{ turnId: nextTurn(), user: { id: 'UANA', tenant: 'T0' }, actor: people.toActor('slack/T0/UANA') },
    place: { channel: 'desk', address: toAddress('desk:one'), thread: 'desk:one' },
    ...{ signal: NEVER, audit: store.audit, passages: createPassageBook(), approvals },
    ...more,
  })
  const ask = (input: unknown, more: Partial<ToolContext> = {}, name = 'summarize-tickets') =>
    runTool(tool(name), input, context(more))
  const get = async (id: string): Promise<ApprovalRecord> => {
    const found = await approvals.get(id)
    if (!found) throw new Error(`no ${id}`)
    return found
  }
  return {
    ...{ approvals, ask, get, price },
    async asked(input: unknown, more: Partial<ToolContext> = {}, name = 'summarize-tickets') {
      const outcome = await ask(input, more, name)
      if (outcome.kind !== 'waiting') throw new Error(JSON.stringify(outcome))
      return get(outcome.approval)
    },
    card: (approval: ApprovalRecord) => find(approval.tool)?.approval?.card(approval) ?? { text: '' },
    press: (id: string) => runTool(decide, { approval: id, vote: 'approve' }, context()),
    /** As the runner carries it out. */
    async carryOut(id: string, onProgress: () => Promise<void> = async () => {}) {
      const approval = await get(id)
      const side = find(approval.tool)?.approval
      if (!side) throw new Error('no side')
      const labels: string[] = []
      const run = {
        approval,
        async progress(label: string) {
          labels.push(label)
          await onProgress()
        },
        whyNotRun: async () => null,
      }
      return { ...(await side.carryOut(approval.input, run, NEVER)), labels }
    },
  }
}

const BIG = { rows: 1000, tokens: 1_000_000, usd: 100 }

describe('a run that a model asks for', () => {
  it.each([0.1, null])('waits for the word of the person where it costs something (%s dollars a call)', async (usd) => {
    const desk = await openDesk({ usd, plan: { budget: BIG } })
    const said = { via: 'model' as const, said: "summarize yesterday's tickets" }
    expect(await desk.asked({ period: 'yesterday' }, said)).toMatchObject({ state: 'open', rule: { quorum: 1 } })
  })

  it('begins at once where it is free, or where the person wrote the command', async () => {
    const desk = await openDesk({ usd: 0 })
    const said = { via: 'model' as const, said: "summarize yesterday's tickets" }
    expect(await desk.asked({ period: 'yesterday' }, said)).toMatchObject({ state: 'approved' })
    desk.price.usd = 0.01
    expect(await desk.asked({ period: 'yesterday' })).toMatchObject({ state: 'approved' })
  })

  it('is refused where the person did not speak of tickets', async () => {
    const desk = await openDesk({ usd: 0 })
    const refused = await desk.ask(
      { period: 'last 30 days' },
      { via: 'model', said: 'what does the guide say of CSV?' },
    )
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('`tickets last 30 days`') })
    expect(await desk.approvals.list({ limit: 9 })).toEqual([])
  })
})

describe('what was agreed to', () => {
  it('is void at the press where it grew by more than a tenth, naming from and to', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 } } })
    const { id, expects } = await desk.asked({ period: 'yesterday' })
    expect(expects).toMatchObject({ 'AI calls': '9', cost: 'US$ 0.90' })
    const more = Array.from({ length: 9 }, (_, n) => ({
      id: `N-${n}`,
      at: '2026-11-21 11:00:00',
      text: `New one ${n}`,
    }))
    await world.load([...SOME, ...more])
    const pressed = await desk.press(id)
    expect(pressed).toMatchObject({ kind: 'refused', why: expect.stringContaining('it is void') })
    expect((await desk.get(id)).outcome).toMatch(
      /AI calls moved from 9 to 36; cost moved from US\$ 0\.90 to US\$ 3\.60/,
    )
  })

  it('stands where it grew by little', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 } } })
    const { id } = await desk.asked({ period: 'yesterday' })
    desk.price.usd = 0.105
    expect(await desk.press(id)).toMatchObject({ value: { kind: 'approved' } })
  })

  const comeIn = () =>
    world.load([
      ...SOME,
      ...Array.from({ length: 20 }, (_, n) => ({
        ...{ id: `N-${n}`, at: '2026-11-21 11:00:00', text: `Quite another matter, number ${n}` },
      })),
    ])

  it('is not overspent where tickets came in before the run: nothing is asked', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 }, batch: 2 } })
    const { id } = await desk.asked({ period: 'yesterday' })
    await desk.press(id)
    await comeIn()
    const ending = await desk.carryOut(id)
    expect(ending).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('more than was agreed (9 calls for US$ 0.90'),
    })
    expect(world.taps.calls).toEqual([])
  })

  it('is not overspent where tickets come in during the run: it stops, and what is done is kept', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 }, batch: 2 } })
    const { id } = await desk.asked({ period: 'yesterday' })
    await desk.press(id)
    let come = false
    const ending = await desk.carryOut(id, async () => {
      if (come) return
      come = true
      await comeIn()
    })
    expect(ending).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/more than was agreed.*are done and kept/),
    })
    expect(world.taps.calls.length).toBeLessThanOrEqual(19)
    expect(world.taps.calls.length).toBeGreaterThan(6)
  })

  it('bounds the AI functions of a statement too', async () => {
    const desk = await openDesk()
    const sql = 'SELECT ticket_id, ai_summarize(ticket_text) AS s FROM raw_support_tickets'
    const { id, expects } = await desk.asked({ sql, question: '' }, {}, 'run-query')
    expect(expects).toMatchObject({ 'AI calls': '3', cost: 'US$ 0.30' })
    await desk.press(id)
    const more = Array.from({ length: 20 }, (_, n) => ({
      id: `N-${n}`,
      at: '2026-11-21 11:00:00',
      text: `Matter ${n}`,
    }))
    await world.load([...SOME, ...more])
    expect(await desk.carryOut(id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('agreed') })
    expect(world.taps.calls).toEqual([])
  })

  it('is the day that was yesterday when it was asked, also after midnight', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 } } })
    world.clock.now = Date.parse('2026-11-22T23:50:00.000Z')
    const { id } = await desk.asked({ period: 'yesterday' })
    world.clock.now = Date.parse('2026-11-23T00:10:00.000Z')
    expect(await desk.press(id)).toMatchObject({ value: { kind: 'approved' } })
    expect((await desk.carryOut(id)).outcome).toContain('3 tickets of yesterday (2026-11-21)')
  })
})

describe('requests beside each other', () => {
  it('of one turn with different inputs are different requests', async () => {
    const desk = await openDesk({ usd: 0 })
    const turn = { turnId: nextTurn() }
    const [one, two] = [await desk.asked({ period: 'yesterday' }, turn), await desk.asked({ period: 'today' }, turn)]
    expect(one.id).not.toBe(two.id)
    const query = (sql: string) => desk.asked({ sql, question: 'x' }, turn, 'run-query')
    const first = await query('SELECT count(*) AS n FROM raw_support_tickets')
    const second = await query('SELECT ticket_id FROM raw_support_tickets')
    expect(second.id).not.toBe(first.id)
    expect((await query('SELECT ticket_id FROM raw_support_tickets')).id).toBe(second.id)
  })

  it('do not wait for what somebody else has not decided yet, and pay for a ticket once', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 }, batch: 1 } })
    const ben = { actor: people.toActor('slack/T0/UBEN') }
    const one = await desk.asked({ period: 'yesterday' })
    const two = await desk.asked({ period: 'yesterday' }, ben)
    expect([one.state, two.state]).toEqual(['open', 'open'])
    const ended = await Promise.all([desk.carryOut(one.id), desk.carryOut(two.id)])
    expect(ended.map(({ state }) => state)).toEqual(['done', 'done'])
    expect(world.taps.calls).toHaveLength(9)
    expect(ended[1]?.labels[0]).toMatch(/^Waiting/)
  })

  it('of a budget of nothing say so in dollars', async () => {
    const desk = await openDesk({ plan: { budget: { ...BIG, usd: 0 } } })
    const outcome = await desk.ask({ period: 'yesterday' })
    expect(JSON.stringify(outcome)).toContain('above the budget of US$ 0,')
    expect(JSON.stringify(outcome)).not.toContain('budget of free')
  })

  it('offer a long statement again only where Slack can carry it in a button', async () => {
    const desk = await openDesk({ usd: 0 })
    const buttons = async (sql: string) => {
      const { id } = await desk.asked({ sql, question: '' }, {}, 'run-query')
      await desk.approvals.decide({
        ...{
          id,
          vote: 'reject',
          actor: people.toActor('slack/T0/UANA'),
          at: new Date().toISOString(),
          turnId: nextTurn(),
        },
        mayDecide: async () => true,
        recheck: async () => ({ kind: 'read', moved: [] }),
      })
      return desk.card(await desk.get(id)).buttons ?? []
    }
    const quoted = (n: number) => `SELECT ticket_id FROM raw_support_tickets WHERE ticket_text = '${'"'.repeat(n)}'`
    expect(await buttons('SELECT count(*) AS n FROM raw_support_tickets')).toMatchObject([{ label: 'Ask again' }])
    for (const n of [700, 900, 1000, 1300, 1900]) {
      for (const { value } of await buttons(quoted(n))) expect(JSON.stringify(value).length).toBeLessThanOrEqual(2000)
    }
  })

  it('pass on that the platform does not answer', async () => {
    const desk = await openDesk({
      run: (sql) => async (statement, signal) => {
        if (/^MERGE/.test(statement.text)) throw new LakedeskError('PLATFORM_FAILED', 'It answers 500.')
        return sql.run(statement, signal)
      },
    })
    const { id } = await desk.asked({ period: 'yesterday' })
    await expect(desk.carryOut(id)).rejects.toThrow('It answers 500.')
    // The next in the queue is not held up by what broke off.
    await expect(desk.carryOut(id)).rejects.toThrow('It answers 500.')
  })
})
