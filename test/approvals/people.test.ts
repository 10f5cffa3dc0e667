// Who counts as one person: whatever the case, the account or the day, nobody approves their own request or counts twice.
import { describe, expect, it } from 'vitest'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createPeople, type People } from '../../src/approvals/people.ts'
import { silentLog } from '../../src/core/log.ts'
import { parsePolicy } from '../../src/promotion/policy.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { HOUR, listed, nextTurn, request, START } from './setup.ts'

const at = new Date(START).toISOString()
const why = (outcome: { kind: string; why?: string }) => (outcome.kind === 'refused' ? outcome.why : outcome.kind)

/** One store under a list of people, and under another one later. */
function under(before: People, after: People = before) {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const by = (people: People) => {
    const approvals = createApprovals({ store, people, now: () => START })
    const vote = (id: string, identity: string) =>
      approvals.decide({
        ...{ id, vote: 'approve' as const, actor: people.toActor(identity), at, turnId: nextTurn() },
        mayDecide: async () => true,
        recheck: async () => ({ kind: 'read' as const, moved: [] }),
      })
    const ask = (identity: string, principals: string[], quorum = 1) => {
      const rule = { ...listed(...principals), quorum }
      return approvals.open(request({ asker: people.toActor(identity), plan: { rule, expiresAfterMs: HOUR } }))
    }
    const asked = async (...args: Parameters<typeof ask>) => {
      const outcome = await ask(...args)
      if (outcome.kind !== 'opened') throw new Error(JSON.stringify(outcome))
      return outcome.approval.id
    }
    return { approvals, vote, ask, asked }
  }
  return { ...by(before), later: by(after) }
}

const spelled = createPeople([
  { principal: 'Ana@x.com', identities: ['slack/T/UANA'] },
  { principal: 'ana@x.com', identities: ['teams/t/aad-ana'] },
  { principal: 'Jos\u00e9@x.com', identities: ['slack/T/UJOSE'] },
  { principal: 'JOSE\u0301@X.COM', identities: ['teams/t/aad-jose'] },
  { principal: 'bo@x.com', identities: ['slack/T/UBO'] },
])

describe('names that differ in case alone', () => {
  it('are one person, under the first spelling', () => {
    expect(spelled.toActor('teams/t/AAD-ana')).toEqual({ principal: 'Ana@x.com', identity: 'teams/t/AAD-ana' })
    expect(spelled.find('teams/t/aad-jose')).toBe(spelled.find('slack/T/UJOSE'))
    const entries = [{ principal: 'ana@x.com', identities: ['slack/T/UANA'] }]
    expect(() => createPeople([...entries, { principal: 'bo@x.com', identities: ['slack/T/uana'] }])).toThrow(
      'belongs to both ana@x.com and bo@x.com',
    )
  })

  it('approve neither their own request nor twice', async () => {
    const { asked, vote } = under(spelled)
    const id = await asked('slack/T/UANA', ['ana@X.com', 'bo@x.com', 'jos\u00e9@x.com'], 2)
    expect(why(await vote(id, 'teams/t/aad-ana'))).toContain('You asked for this yourself')
    expect(await vote(id, 'slack/T/UJOSE')).toMatchObject({ kind: 'voted', missing: 1 })
    expect(why(await vote(id, 'teams/t/aad-jose'))).toContain('a person counts once')
    expect(await vote(id, 'slack/T/UBO')).toMatchObject({ kind: 'approved' })
  })

  it('make one approver in the policy, shown as written first', () => {
    const policy = { approval: { approvers: [' Ana@x.com ', 'ana@x.com', 'bo@x.com'], quorum: 2 } }
    expect(parsePolicy(policy, 'p').approval.approvers).toEqual(['Ana@x.com', 'bo@x.com'])
    expect(() => parsePolicy({ approval: { approvers: ['  '] } }, 'p')).toThrow('approval.approvers.0')
  })
})

describe('a request that nobody could decide', () => {
  it('is not even stored', async () => {
    const { ask, approvals } = under(spelled)
    expect(why(await ask('slack/T/UANA', ['Ana@x.com', 'ANA@x.com', 'unlinked@x.com']))).toContain(
      'One person beside you must approve this, and approval.approvers in the policy names nobody who could',
    )
    expect(why(await ask('slack/T/UANA', ['bo@x.com'], 2))).toContain('names 1 who could')
    expect(why(await ask('slack/T/UNEW', ['bo@x.com']))).toContain('linked to no person')
    expect(await approvals.list({ limit: 9 })).toEqual([])
  })
})

describe('people who are linked otherwise between ask, click and run', () => {
  const old = createPeople([
    { principal: 'ana-old@x.com', identities: ['slack/T/UANA'] },
    { principal: 'ana@x.com', identities: ['teams/t/aad-ana'] },
    { principal: 'bo@x.com', identities: ['slack/T/UBO'] },
    { principal: 'cy@x.com', identities: ['slack/T/UCY'] },
  ])
  const today = createPeople([
    { principal: 'ana@x.com', identities: ['slack/T/UANA', 'teams/t/aad-ana'] },
    { principal: 'bo@x.com', identities: ['slack/T/UBO', 'slack/T/UCY'] },
    { principal: 'cy@x.com', identities: ['teams/t/aad-cy'] },
  ])

  it('do not approve what they asked for under another name', async () => {
    const { asked, later } = under(old, today)
    const id = await asked('slack/T/UANA', ['ana@x.com', 'bo@x.com'])
    expect(why(await later.vote(id, 'teams/t/aad-ana'))).toContain('You asked for this yourself')
  })

  it('fill no quorum with two accounts that turned out to be one person', async () => {
    const { asked, vote, later } = under(old, today)
    const id = await asked('slack/T/UANA', ['bo@x.com', 'cy@x.com'], 2)
    expect(await vote(id, 'slack/T/UCY')).toMatchObject({ kind: 'voted' })
    expect(why(await later.vote(id, 'slack/T/UBO'))).toContain('a person counts once')
  })

  it('count by the list of today when it is carried out', async () => {
    const { asked, vote, approvals, later } = under(old, today)
    const id = await asked('slack/T/UANA', ['bo@x.com', 'cy@x.com'], 2)
    await vote(id, 'slack/T/UCY')
    expect(await vote(id, 'slack/T/UBO')).toMatchObject({ kind: 'approved' })
    const approval = await approvals.get(id)
    if (!approval) throw new Error('lost')
    expect(await approvals.whyNotRun(approval, async () => true)).toBeNull()
    expect(await later.approvals.whyNotRun(approval, async () => true)).toContain('1 of its approvals count')
  })
})
