// What was decided on is what is carried out: a stored request that was changed, or is too old, is void.
import { describe, expect, it } from 'vitest'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { desk, HOUR, listed } from './setup.ts'

const changes: [string, Partial<ApprovalRecord>][] = [
  ['tool', { tool: 'request-rollback' }],
  ['input', { input: { version: '1' } }],
  ['expects', { expects: { Champion: 'v1', endpoint: 'v2 100%' } }],
  ['evidence', { evidence: { verdict: 'fail' } }],
  ['rule', { rule: { ...listed('ben@acme.io', 'cy@acme.io'), selfDecides: true } }],
  ['forced', { forced: 'an outage' }],
]

async function approved(open = desk()) {
  const { id } = await open.opened()
  await open.vote(id, 'slack/T0/UBEN')
  const approval = await open.approvals.get(id)
  if (approval?.state !== 'approved') throw new Error('not approved')
  return { ...open, approval, why: open.approvals.whyNotRun }
}

describe('the seal', () => {
  it.each(changes)('voids a vote where %s was changed in the store', async (_, change) => {
    const { opened, vote, store, approvals } = desk()
    const approval = await opened()
    await store.approvals.swap({ ...approval, ...change })
    expect(await vote(approval.id, 'slack/T0/UBEN')).toMatchObject({
      kind: 'void',
      why: expect.stringContaining('was changed outside Lakedesk'),
    })
    expect(await approvals.get(approval.id)).toMatchObject({ state: 'void', votes: [] })
    expect(await store.audit.list({ limit: 1 })).toMatchObject([{ outcome: 'refused', detail: { result: 'void' } }])
  })

  it.each(changes)('stops the run where %s was changed after the approval', async (_, change) => {
    const { approval, store, why, approvals } = await approved()
    expect(await why(approval, async () => true)).toBeNull()
    await store.approvals.swap({ ...approval, ...change })
    const changed = await approvals.get(approval.id)
    expect(changed && (await why(changed, async () => true))).toContain('was changed outside Lakedesk')
  })

  it('fits what the store gives back, also where fields are missing or no numbers', async () => {
    const { opened, vote } = desk()
    const { id } = await opened({ plan: { evidence: { a: undefined, b: [undefined, 1.5], c: Number.NaN } } })
    expect(await vote(id, 'slack/T0/UBEN')).toMatchObject({ kind: 'approved' })
  })
})

describe('what was approved and did not begin', () => {
  it('may begin until its time is over, and not a moment later', async () => {
    const { clock, approval, why } = await approved()
    clock.now += 24 * HOUR
    expect(await why(approval, async () => true)).toBeNull()
    clock.now += 1
    expect(await why(approval, async () => true)).toContain('had not begun by 2026-11-24 09:00 UTC')
  })

  it('may begin within an hour after a vote that came at the last moment', async () => {
    const { clock, opened, vote, approvals } = desk()
    const { id } = await opened()
    clock.now += 24 * HOUR - 1
    await vote(id, 'slack/T0/UBEN')
    const approval = await approvals.get(id)
    if (!approval) throw new Error('lost')
    clock.now += HOUR
    expect(await approvals.whyNotRun(approval, async () => true)).toBeNull()
    clock.now += 1
    expect(await approvals.whyNotRun(approval, async () => true)).toContain('had not begun by')
  })

  it('does not begin where an approver lost the right, and tells where nobody knows', async () => {
    const { approval, why } = await approved()
    expect(await why(approval, async () => 'You need MANAGE.')).toBe(
      'The approval by Ben (ben@acme.io) does not count any more. You need MANAGE.',
    )
    await expect(why(approval, () => Promise.reject(new Error('catalog')))).rejects.toThrow('catalog')
  })
})
