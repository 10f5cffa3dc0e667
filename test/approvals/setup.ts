// What the approval tests share: a real store in memory, a clock to turn, people with several accounts, and requests.
import { type ApprovalRequest, createApprovals } from '../../src/approvals/create-approvals.ts'
import type { Decision } from '../../src/approvals/decide.ts'
import { createPeople } from '../../src/approvals/people.ts'
import { silentLog } from '../../src/core/log.ts'
import { toAddress } from '../../src/core/turn.ts'
import type { ApprovalRule } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

export const START = Date.UTC(2026, 10, 23, 9)
export const HOUR = 3_600_000

export const people = createPeople([
  { principal: 'ana@acme.io', name: 'Ana', identities: ['slack/T0/UANA', 'teams/acme/ana'] },
  { principal: 'ben@acme.io', name: 'Ben', identities: ['slack/T0/UBEN', 'teams/acme/ben'] },
  { principal: 'cy@acme.io', identities: ['teams/acme/cy', 'console/local/cy'] },
  { principal: 'dee@acme.io', name: 'Dee', identities: ['slack/T0/UDEE'] },
])

export const listed = (...principals: string[]): ApprovalRule => ({
  who: { kind: 'listed', principals },
  quorum: 1,
  selfDecides: false,
})

let turns = 0

export const nextTurn = () => `turn-${++turns}`

export function request(
  more: Partial<Omit<ApprovalRequest, 'plan'>> & { plan?: Partial<ApprovalRequest['plan']> } = {},
): ApprovalRequest {
  const { plan, ...rest } = more
  return {
    tool: 'request-promotion',
    input: { version: '3' },
    asker: people.toActor('slack/T0/UANA'),
    place: { channel: 'desk', address: toAddress('desk:one'), thread: 'desk:one' },
    turnId: nextTurn(),
    ...rest,
    plan: {
      subject: 'model:ml_catalog.rag_apps.product_docs_rag',
      evidence: { verdict: 'pass' },
      expects: { Champion: 'v2', endpoint: 'v2 100%' },
      rule: listed('ben@acme.io', 'cy@acme.io'),
      expiresAfterMs: 24 * HOUR,
      remindAfterMs: 4 * HOUR,
      ...plan,
    },
  }
}

/** The service over a real store, at a clock of its own. */
export function desk() {
  const clock = { now: START }
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const approvals = createApprovals({ store, people, now: () => clock.now })
  const opened = async (more: Parameters<typeof request>[0] = {}) => {
    const outcome = await approvals.open(request(more))
    if (outcome.kind !== 'opened') throw new Error(`not opened: ${JSON.stringify(outcome)}`)
    return outcome.approval
  }
  const vote = (id: string, identity: string, more: Partial<Decision> = {}) =>
    approvals.decide({
      id,
      vote: 'approve',
      actor: people.toActor(identity),
      at: new Date(clock.now).toISOString(),
      turnId: nextTurn(),
      mayDecide: async () => true,
      recheck: async () => ({ kind: 'read', moved: [] }),
      ...more,
    })
  return { store, approvals, clock, opened, vote }
}
