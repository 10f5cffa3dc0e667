// What needs an approval never runs at the gate: it is planned, stored and waits, with one audit line whatever comes out.
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { approvalDesk } from './approval-desk.ts'

describe('the gate in front of a tool that needs an approval', () => {
  it('stores what is asked, shows its card and writes one line', async () => {
    const { ask, approvals, store, world } = approvalDesk()
    const outcome = await ask()
    const [stored] = await approvals.list({ limit: 9 })
    expect(outcome).toMatchObject({ kind: 'waiting', approval: stored?.id, says: { text: `Card ${stored?.id} open` } })
    expect(stored).toMatchObject({ tool: 'move-number', input: { to: 3 }, place: { thread: 'desk:one' } })
    expect(await store.audit.list({ limit: 9 })).toMatchObject([{ what: 'move-number', outcome: 'waiting' }])
    expect(world.runs).toBe(0)
  })

  it('passes on a refused plan with its evidence', async () => {
    const { ask, world, store } = approvalDesk()
    world.refuse = 'v3 fails the gate.'
    expect(await ask()).toEqual({
      kind: 'refused',
      why: 'v3 fails the gate.',
      says: { text: 'Evidence: v3 fails the gate.' },
    })
    expect(await store.audit.list({ limit: 9 })).toMatchObject([{ outcome: 'refused', detail: { why: world.refuse } }])
  })

  it('names the live request, its asker and how to see it', async () => {
    const { asked, ask, store } = approvalDesk()
    const id = await asked()
    const second = await ask('slack/T0/UBEN')
    expect(second).toMatchObject({
      kind: 'refused',
      why: `Only one request for number can be live at a time, so nothing was asked for. Request ${id} (move-number), asked by Ana (ana@acme.io) at 2026-11-23 09:00 UTC, waits for a decision until 2026-11-23 10:00 UTC. Write \`approval ${id}\` to see its card, or \`reject ${id}\` to end it: an approver may, and whoever asked.`,
    })
    expect((await store.audit.list({ limit: 9 })).map(({ outcome }) => outcome)).toEqual(['refused', 'waiting'])
  })

  it('says of a request that its asker alone decides on that the asker alone may end it', async () => {
    const { asked, ask } = approvalDesk({ rule: { who: { kind: 'asker' }, quorum: 1, selfDecides: true } })
    const id = await asked()
    const second = await ask('slack/T0/UBEN')
    expect(second).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(`\`reject ${id}\` to end it: only Ana`),
    })
    expect(second).not.toMatchObject({ why: expect.stringContaining('an approver may') })
  })

  it('says nothing of rejecting where it already runs', async () => {
    const { asked, ask, runner } = approvalDesk({
      rule: { who: { kind: 'asker' }, quorum: 0, selfDecides: true },
      carryOut: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const id = await asked()
    const second = await ask('slack/T0/UBEN')
    expect(second).toMatchObject({ kind: 'refused', why: expect.stringContaining(`\`approval ${id}\``) })
    expect(second).not.toMatchObject({ why: expect.stringContaining('reject') })
    await runner.drain()
  })

  it('lets exactly one of many requests at once through', async () => {
    const { ask, approvals } = approvalDesk()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask()))
    expect(outcomes.filter(({ kind }) => kind === 'waiting')).toHaveLength(1)
    expect(await approvals.list({ limit: 99 })).toHaveLength(1)
  })

  it('refuses where nobody is known, guests, and where there is no place for approvals', async () => {
    const { moveNumber, context, store } = approvalDesk()
    const { actor: _, ...nobody } = context('slack/T0/UANA')
    expect(await runTool(moveNumber, { to: 1 }, nobody)).toMatchObject({ kind: 'refused' })
    const guest = context('slack/T0/UANA', { user: { id: 'UANA', tenant: 'T0', external: true } })
    expect(await runTool(moveNumber, { to: 1 }, guest)).toMatchObject({ kind: 'refused' })
    const { approvals: __, ...nowhere } = context('slack/T0/UANA')
    expect(await runTool(moveNumber, { to: 1 }, nowhere)).toMatchObject({ kind: 'refused' })
    expect((await store.audit.list({ limit: 9 })).map(({ outcome }) => outcome)).toEqual([
      'refused',
      'refused',
      'refused',
    ])
  })

  it('says what broke in a plan, after the line', async () => {
    const { moveNumber, context, store } = approvalDesk()
    const side = moveNumber.approval
    if (!side) throw new Error('no side')
    const broken = { ...moveNumber, approval: { ...side, plan: () => Promise.reject(new Error('registry')) } }
    await expect(runTool(broken, { to: 1 }, context('slack/T0/UANA'))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    expect(await store.audit.list({ limit: 9 })).toMatchObject([{ outcome: 'failed' }])
  })
})

describe('the decision at the gate', () => {
  it('plans again, counts the vote and writes one line', async () => {
    const { asked, vote, store, approvals } = approvalDesk()
    const id = await asked()
    expect(await vote(id, 'slack/T0/UBEN')).toMatchObject({ kind: 'done', value: { kind: 'approved' } })
    expect((await approvals.get(id))?.state).toBe('approved')
    expect(await store.audit.list({ limit: 9, what: 'decide-approval' })).toHaveLength(1)
  })

  it('voids what rests on facts that moved, naming field, from and to', async () => {
    const { asked, vote, world, approvals, store } = approvalDesk()
    const id = await asked()
    world.facts = { Champion: 'v4' }
    const outcome = await vote(id, 'slack/T0/UBEN')
    expect(outcome).toMatchObject({ kind: 'refused' })
    expect(outcome.kind === 'refused' && outcome.why).toContain('Champion moved from v2 to v4')
    expect((await approvals.get(id))?.state).toBe('void')
    expect(await store.audit.list({ limit: 9, what: 'decide-approval' })).toMatchObject([
      { outcome: 'refused', detail: { result: 'void', why: 'Champion moved from v2 to v4.' } },
    ])
  })

  it('voids what could not even be asked for any more', async () => {
    const { asked, vote, world, approvals } = approvalDesk()
    const id = await asked()
    world.refuse = 'The evaluation of v3 is too old.'
    expect(await vote(id, 'slack/T0/UBEN')).toMatchObject({ kind: 'refused' })
    expect(await approvals.get(id)).toMatchObject({ state: 'void', outcome: world.refuse })
  })

  it('does not count a vote where the facts cannot be read now, and leaves the request open', async () => {
    const { asked, vote, world, approvals } = approvalDesk()
    const id = await asked()
    world.broken = new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer.')
    const outcome = await vote(id, 'slack/T0/UBEN')
    expect(outcome.kind === 'refused' && outcome.why).toContain('The registry does not answer.')
    expect((await approvals.get(id))?.state).toBe('open')
    expect(await vote(id, 'slack/T0/UBEN', 'reject')).toMatchObject({ kind: 'done', value: { kind: 'rejected' } })
  })

  it('asks for the right at the click', async () => {
    const { asked, vote } = approvalDesk({ mayDecide: async (who) => `${who} lacks MANAGE on the model.` })
    expect(await vote(await asked(), 'teams/acme/ben')).toMatchObject({
      kind: 'refused',
      why: 'ben@acme.io lacks MANAGE on the model.',
    })
  })

  it('refuses nobody, and buttons without their values', async () => {
    const { asked, decide, context, store } = approvalDesk()
    const approval = await asked()
    const { actor: _, ...nobody } = context('slack/T0/UBEN')
    expect(await runTool(decide, { approval, vote: 'approve' }, nobody)).toMatchObject({ kind: 'refused' })
    expect(decide.actions?.approve?.({ approval })).toBeNull()
    expect(decide.actions?.approve?.({ approval, seal: 'abc' })).toEqual({ approval, seal: 'abc', vote: 'approve' })
    expect(await store.audit.list({ limit: 9, what: 'decide-approval' })).toHaveLength(1)
  })

  it('reads what people type', () => {
    const { decide } = approvalDesk()
    const [approve, reject] = decide.commands ?? []
    expect(approve?.toInput(' `A7F3K2` ')).toEqual({ input: { approval: 'a7f3k2', vote: 'approve' } })
    expect(reject?.toInput('a7f3k2 too slow')).toEqual({
      input: { approval: 'a7f3k2', vote: 'reject', reason: 'too slow' },
    })
    for (const text of ['', 'the budget', 'a7f3k2 please']) expect(typeof approve?.toInput(text)).toBe('string')
  })

  it('shows a card again as a copy that stays current, and says where there is none', async () => {
    const { asked, show, context } = approvalDesk()
    const approval = await asked()
    expect(await runTool(show, { approval }, context('slack/T0/UDEE'))).toMatchObject({ kind: 'waiting', approval })
    expect(await runTool(show, { approval: 'zzzzzz' }, context('slack/T0/UDEE'))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('There is no request zzzzzz'),
    })
  })
})
