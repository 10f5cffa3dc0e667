// Approvals over a real store: asked once, decided once by the right people, and every step on the record.
import { describe, expect, it } from 'vitest'
import { diffFacts } from '../../src/approvals/facts.ts'
import { digestOf } from '../../src/core/digest.ts'
import { desk, HOUR, listed, people, request } from './setup.ts'

const why = (outcome: { kind: string; why?: string }) => (outcome.kind === 'refused' ? outcome.why : outcome.kind)

describe('asking', () => {
  it('stores the request with one audit line, an id to type and a seal over what it covers', async () => {
    const { approvals, opened, store } = desk()
    const approval = await opened()
    expect(approval.id).toMatch(/^[2-9a-hj-km-np-z]{6}$/)
    expect(approval.seal).toMatch(/^[0-9a-f]{64}$/)
    expect(await approvals.get(approval.id)).toEqual(approval)
    expect(await store.audit.list({ limit: 9 })).toMatchObject([
      {
        actor: 'T0/UANA',
        what: 'request-promotion',
        outcome: 'waiting',
        detail: {
          approval: approval.id,
          principal: 'ana@acme.io',
          seal: approval.seal,
          evidence: digestOf({ verdict: 'pass' }),
        },
      },
    ])
  })

  it('gives the live request that holds the subject, and opens again once that has ended', async () => {
    const { approvals, opened, vote } = desk()
    const first = await opened()
    expect(await approvals.open(request())).toMatchObject({ kind: 'taken', by: { id: first.id } })
    await vote(first.id, 'slack/T0/UBEN', { vote: 'reject' })
    expect(await approvals.open(request())).toMatchObject({ kind: 'opened' })
  })

  it('finds its own request where the turn runs again after a crash', async () => {
    const { approvals, store } = desk()
    const asked = request()
    const first = await approvals.open(asked)
    expect(await approvals.open(asked)).toEqual(first)
    expect(await store.audit.list({ limit: 9 })).toHaveLength(1)
  })

  it('gives a turn that runs again what it asked for, also where that has ended, and only for the same input', async () => {
    const { approvals, opened } = desk()
    const rule = { who: { kind: 'asker' as const }, quorum: 0, selfDecides: true }
    const asked = request({ input: { period: 'yesterday' }, plan: { rule } })
    const first = await opened(asked)
    await approvals.start(first.id)
    await approvals.end(first.id, { state: 'done', outcome: 'Done.' })
    const again = await approvals.open({ ...asked, plan: { ...asked.plan, subject: 'another' } })
    expect(again).toMatchObject({ kind: 'opened', approval: { id: first.id, state: 'done' } })
    expect(await approvals.list({ limit: 9 })).toHaveLength(1)
    const other = await approvals.open({ ...asked, input: { period: 'today' } })
    expect(other).toMatchObject({ kind: 'opened', approval: { input: { period: 'today' } } })
    const second = await approvals.open({ ...asked, input: { period: 'last week' } })
    expect(second).toMatchObject({ kind: 'taken', by: { input: { period: 'today' } } })
    expect(await approvals.open({ ...asked, turnId: 'next' })).toMatchObject({ kind: 'taken' })
  })

  it('is approved at once where nobody has to approve', async () => {
    const rule = { who: { kind: 'asker' as const }, quorum: 0, selfDecides: true }
    expect(await desk().opened({ plan: { rule } })).toMatchObject({ state: 'approved', remindAt: null })
  })

  it('lets an account that is linked to nobody ask for what it decides alone, where the rule says so', async () => {
    const { approvals, vote } = desk()
    const rule = { who: { kind: 'asker' as const, anyAccount: true }, quorum: 1, selfDecides: true }
    const asker = people.toActor('slack/T0/UNEW')
    const opened = await approvals.open(request({ asker, plan: { rule } }))
    if (opened.kind !== 'opened') throw new Error(JSON.stringify(opened))
    expect(await vote(opened.approval.id, 'slack/T0/UBEN')).toMatchObject({ kind: 'refused' })
    expect(await vote(opened.approval.id, 'slack/T0/UNEW')).toMatchObject({ kind: 'approved' })
    const linkedOnly = { ...rule, who: { kind: 'asker' as const } }
    expect(why(await approvals.open(request({ asker, plan: { rule: linkedOnly } })))).toContain('linked to no person')
    const free = { ...linkedOnly, quorum: 0 }
    expect(why(await approvals.open(request({ asker, plan: { rule: free } })))).toContain('linked to no person')
    const byTwo = { ...rule, selfDecides: false }
    expect(why(await approvals.open(request({ asker, plan: { rule: byTwo } })))).toContain('linked to no person')
  })

  it('refuses rules by which nobody could tell one person from another', async () => {
    const { approvals, store } = desk()
    const forced = (rule: object) =>
      approvals.open(request({ plan: { forced: 'outage', rule: { ...listed('ben@acme.io', 'cy@acme.io'), ...rule } } }))
    expect(why(await forced({}))).toContain('two different people beside whoever asks')
    expect(why(await forced({ quorum: 2, selfDecides: true }))).toContain('cannot be approved by whoever asks')
    expect((await forced({ quorum: 2 })).kind).toBe('opened')
    const stranger = people.toActor('slack/T0/UNEW')
    expect(why(await approvals.open(request({ asker: stranger })))).toContain('slack/T0/UNEW is linked to no person')
    expect(await store.approvals.list({ limit: 9 })).toHaveLength(1)
  })
})

describe('deciding', () => {
  it('needs as many different people as the rule says', async () => {
    const { opened, vote, approvals } = desk()
    const { id } = await opened({ plan: { rule: { ...listed('ben@acme.io', 'cy@acme.io'), quorum: 2 } } })
    expect(await vote(id, 'slack/T0/UBEN')).toMatchObject({ kind: 'voted', missing: 1 })
    expect(why(await vote(id, 'teams/acme/ben'))).toContain('You approved request')
    expect(await vote(id, 'console/local/cy')).toMatchObject({ kind: 'approved' })
    const stored = await approvals.get(id)
    expect(stored?.state).toBe('approved')
    expect(stored?.votes.map(({ principal, identity }) => [principal, identity])).toEqual([
      ['ben@acme.io', 'slack/T0/UBEN'],
      ['cy@acme.io', 'console/local/cy'],
    ])
  })

  it('tells the second who was first and when', async () => {
    const { opened, vote } = desk()
    const { id } = await opened()
    await vote(id, 'slack/T0/UBEN')
    expect(why(await vote(id, 'teams/acme/cy'))).toBe(
      `Request ${id} was already approved by Ben (ben@acme.io) at 2026-11-23 09:00 UTC and is about to run.`,
    )
  })

  it('refuses a bystander, the asker from any account, and strangers', async () => {
    const { opened, vote, approvals } = desk()
    const { id } = await opened()
    expect(why(await vote(id, 'slack/T0/UDEE'))).toContain('These may: ben@acme.io, cy@acme.io.')
    expect(why(await vote(id, 'slack/T0/UNEW'))).toContain('linked to no person')
    const own = await opened({ plan: { subject: 'model:own', rule: listed('ana@acme.io', 'ben@acme.io') } })
    expect(why(await vote(own.id, 'teams/acme/ana'))).toContain('You asked for this yourself')
    expect(why(await vote('zzzzzz', 'slack/T0/UBEN'))).toContain('There is no request zzzzzz')
    for (const each of [id, own.id]) {
      expect(await approvals.get(each)).toMatchObject({ state: 'open', votes: [], revision: 1 })
    }
  })

  it('lets the asker decide where the rule says so, and withdraw in any case', async () => {
    const { opened, vote } = desk()
    const { id } = await opened({ plan: { rule: { who: { kind: 'asker' }, quorum: 1, selfDecides: true } } })
    expect(why(await vote(id, 'slack/T0/UBEN'))).toContain('Only Ana (ana@acme.io)')
    expect(await vote(id, 'teams/acme/ana')).toMatchObject({ kind: 'approved' })
    const other = await opened({ plan: { subject: 'model:other' } })
    expect(await vote(other.id, 'slack/T0/UANA', { vote: 'reject' })).toMatchObject({
      kind: 'rejected',
      approval: { state: 'rejected', outcome: 'Withdrawn by Ana (ana@acme.io).' },
    })
  })

  it('takes a missing right and a broken check for a no', async () => {
    const { opened, vote, approvals } = desk()
    const { id } = await opened()
    expect(why(await vote(id, 'slack/T0/UBEN', { mayDecide: async () => 'You lack MANAGE.' }))).toBe('You lack MANAGE.')
    const broken = () => Promise.reject(new Error('catalog down'))
    expect(why(await vote(id, 'slack/T0/UBEN', { mayDecide: broken }))).toContain('could not be checked')
    expect(why(await vote(id, 'slack/T0/UBEN', { recheck: broken }))).toContain('could not be read')
    expect((await approvals.get(id))?.revision).toBe(1)
  })

  it('refuses the card of another state of things', async () => {
    const { opened, vote } = desk()
    const { id, seal } = await opened()
    expect(why(await vote(id, 'slack/T0/UBEN', { seal: 'f'.repeat(16) }))).toContain('That card is not the one')
    expect(why(await vote(id, 'slack/T0/UBEN', { seal: '' }))).toContain('That card is not the one')
    expect(await vote(id, 'slack/T0/UBEN', { seal: seal.slice(0, 16) })).toMatchObject({ kind: 'approved' })
  })

  it('is void where a fact moved, and names it', async () => {
    const { opened, vote, approvals } = desk()
    const { id, expects } = await opened()
    const moved = diffFacts(expects, { ...expects, Champion: 'v4' })
    expect(await vote(id, 'slack/T0/UBEN', { recheck: async () => ({ kind: 'read', moved }) })).toMatchObject({
      kind: 'void',
      why: 'Champion moved from v2 to v4.',
    })
    expect(await approvals.get(id)).toMatchObject({
      state: 'void',
      outcome: 'Champion moved from v2 to v4.',
      votes: [],
    })
  })

  it('expires at its time, not a click later', async () => {
    const { opened, vote, clock, approvals } = desk()
    const { id } = await opened()
    clock.now += 24 * HOUR - 1
    const slow = vote(id, 'slack/T0/UBEN', {
      recheck: async () => {
        clock.now += 1
        return { kind: 'read', moved: [] }
      },
    })
    expect(why(await slow)).toContain('expired at 2026-11-24 09:00 UTC')
    expect((await approvals.get(id))?.state).toBe('expired')
    expect(why(await vote(id, 'teams/acme/cy'))).toContain('expired at')
  })

  it('writes one line for each attempt, also for those that were refused', async () => {
    const { opened, vote, store } = desk()
    const { id } = await opened()
    await vote(id, 'slack/T0/UDEE')
    await vote('nosuch', 'slack/T0/UBEN')
    await vote(id, 'slack/T0/UBEN', { reason: 'looks right' })
    await vote(id, 'teams/acme/cy')
    const lines = await store.audit.list({ limit: 9, what: 'decide-approval' })
    expect(lines.map(({ outcome }) => outcome)).toEqual(['refused', 'done', 'refused', 'refused'])
    expect(lines[1]?.detail).toMatchObject({
      approval: id,
      principal: 'ben@acme.io',
      identity: 'slack/T0/UBEN',
      reason: 'looks right',
      result: 'approved',
    })
  })

  it('ends a click that runs again after a crash as it ended first, with no second line', async () => {
    const { opened, vote, store, approvals } = desk()
    const { id } = await opened()
    expect(await vote(id, 'slack/T0/UBEN', { turnId: 'click' })).toMatchObject({ kind: 'approved' })
    await approvals.start(id)
    expect(await vote(id, 'slack/T0/UBEN', { turnId: 'click' })).toMatchObject({ kind: 'approved' })
    expect(await store.audit.list({ limit: 9, what: 'decide-approval' })).toHaveLength(1)
  })

  it('gives 50 clicks at once one outcome and 49 sentences', async () => {
    const { opened, vote, store } = desk()
    const { id } = await opened()
    const clicks = Array.from({ length: 50 }, (_, n) =>
      vote(id, n % 2 ? 'slack/T0/UBEN' : 'teams/acme/cy', { vote: n % 3 ? 'approve' : 'reject' }),
    )
    const outcomes = await Promise.all(clicks)
    const refused = outcomes.filter(({ kind }) => kind === 'refused')
    expect(refused).toHaveLength(49)
    for (const each of refused) expect(why(each)).toMatch(/was already (approved|rejected) by .+ at 2026-11-23/)
    expect(await store.audit.list({ limit: 99, what: 'decide-approval' })).toHaveLength(50)
  })
})

describe('what comes after', () => {
  it('runs, tells how far it is, ends once, and is reviewed by somebody else', async () => {
    const { opened, vote, approvals, store } = desk()
    const { id } = await opened()
    expect(await approvals.start(id)).toMatchObject({ kind: 'not' })
    await vote(id, 'slack/T0/UBEN')
    expect(await approvals.start(id)).toMatchObject({ kind: 'started', approval: { state: 'running' } })
    expect(await approvals.start(id)).toMatchObject({ kind: 'started' })
    expect(await approvals.progress(id, { label: 'alias', done: 1, total: 4 })).toMatchObject({ progress: { done: 1 } })
    const ending = { state: 'done' as const, outcome: 'v3 is Champion.', needsReview: true }
    expect(await approvals.end(id, ending)).toMatchObject({ state: 'done', review: 'pending', progress: null })
    expect(await approvals.end(id, { ...ending, state: 'failed' })).toBeNull()
    expect(await approvals.progress(id, { label: 'late', done: 1, total: 4 })).toBeNull()
    expect(await store.audit.list({ limit: 9, what: 'end-approval' })).toHaveLength(1)

    const review = (identity: string) => approvals.review(id, people.toActor(identity), 'turn-r')
    expect(why(await review('teams/acme/ana'))).toContain('somebody else has to review')
    expect(why(await review('slack/T0/UDEE'))).toContain('You may not review')
    expect(why(await review('teams/acme/ben'))).toContain('You approved this yourself')
    expect(await review('teams/acme/cy')).toMatchObject({
      kind: 'reviewed',
      approval: { review: { principal: 'cy@acme.io' } },
    })
    expect(why(await review('console/local/cy'))).toContain('cy@acme.io reviewed')
    expect(await store.audit.list({ limit: 9, what: 'review-approval' })).toHaveLength(5)
  })

  it('expires and reminds by the clock, each once', async () => {
    const { opened, approvals, clock, store } = desk()
    const { id } = await opened()
    const told: string[] = []
    const remind = () => approvals.remind(async (each) => void told.push(each.id))
    await remind()
    clock.now += 4 * HOUR
    await remind()
    await remind()
    expect(told).toEqual([id])
    expect(await approvals.expire()).toEqual([])
    clock.now += 20 * HOUR
    expect(await approvals.expire()).toMatchObject([{ id, state: 'expired' }])
    expect(await approvals.expire()).toEqual([])
    expect(await store.audit.list({ limit: 9, what: 'expire-approval' })).toHaveLength(1)
  })

  it('reminds again where telling failed', async () => {
    const { opened, approvals, clock } = desk()
    await opened()
    clock.now += 5 * HOUR
    await expect(approvals.remind(() => Promise.reject(new Error('store')))).rejects.toThrow('store')
    const told: string[] = []
    await approvals.remind(async (each) => void told.push(each.id))
    expect(told).toHaveLength(1)
  })

  it('tells every listener of every change', async () => {
    const { opened, approvals, vote } = desk()
    const seen: string[] = []
    const stop = approvals.watch(({ state }) => void seen.push(state))
    const { id } = await opened()
    await vote(id, 'slack/T0/UBEN', { vote: 'reject' })
    stop()
    await opened()
    expect(seen).toEqual(['open', 'rejected'])
  })
})

describe('facts', () => {
  it('are compared field by field', () => {
    expect(diffFacts({ a: '1', b: '2' }, { b: '3', c: '4' })).toEqual([
      { field: 'a', from: '1', to: 'absent' },
      { field: 'b', from: '2', to: '3' },
      { field: 'c', from: 'absent', to: '4' },
    ])
    expect(diffFacts({ a: '1' }, { a: '1' })).toEqual([])
  })
})
