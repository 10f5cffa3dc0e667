// Random clicks: whoever presses what, from which account, in which order, how often and when, the rules of approval hold.
import { describe, expect, it } from 'vitest'
import type { Decided } from '../../src/approvals/decide.ts'
import { isSameName, nameKey } from '../../src/core/identity.ts'
import type { ApprovalRecord, ApprovalRule } from '../../src/store/port.ts'
import { createRandom, type Random } from './random.ts'
import { desk, HOUR, people, request } from './setup.ts'

const PEOPLE = ['ana@acme.io', 'ben@acme.io', 'cy@acme.io', 'dee@acme.io']
const ACCOUNTS = [
  ...['slack/T0/UANA', 'teams/acme/ana', 'slack/T0/UBEN', 'teams/acme/ben'],
  ...['teams/acme/cy', 'console/local/cy', 'slack/T0/UDEE', 'slack/T0/USTRANGER', 'teams/other/UANA'],
]

/** As another administrator might write it. */
const respell = (principal: string, chance: Random['chance']): string =>
  chance(0.3) ? ` ${principal.toUpperCase()}` : principal

/** How many could approve. */
const ableOf = ({ who, selfDecides }: ApprovalRule, asker: string): number =>
  who.kind === 'listed' ? who.principals.filter((each) => selfDecides || !isSameName(each, asker)).length : 3

function randomRule({ pick, chance }: Random): ApprovalRule {
  const who = chance(0.8)
    ? { kind: 'listed' as const, principals: PEOPLE.filter(() => chance(0.75)).map((each) => respell(each, chance)) }
    : { kind: 'asker' as const }
  return { who, quorum: pick([1, 1, 2, 2, 3]), selfDecides: chance(0.25) }
}

interface World {
  opened: ApprovalRecord
  /** Facts moved at some time, and who has the right on the platform. */
  moved: boolean
  rights: Set<string>
  outcomes: { decided: Decided; account: string }[]
  /** Every state that was stored, in order. */
  states: string[]
  final: ApprovalRecord
  /** When the clock stood where, at the approving swap. */
  approvedAt: number | null
}

async function play(seed: number, { approvals, clock, opened: open, vote }: ReturnType<typeof desk>): Promise<World> {
  const random = createRandom(seed)
  const asker = people.toActor(random.pick(ACCOUNTS.slice(0, 7)))
  let rule = randomRule(random)
  // What nobody could decide is not even stored.
  while (ableOf(rule, asker.principal) < rule.quorum) {
    const refused = await approvals.open(request({ asker, plan: { subject: `model:${seed}`, rule } }))
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('could never be decided') })
    rule = randomRule(random)
  }
  const forced = rule.quorum > 1 && !rule.selfDecides && random.chance(0.4) ? { forced: 'an outage' } : {}
  const opened = await open({ asker, plan: { subject: `model:${seed}`, rule, expiresAfterMs: 2 * HOUR, ...forced } })
  const world = { moved: false, rights: new Set(PEOPLE.filter(() => random.chance(0.85))) }
  const states: string[] = []
  let approvedAt: number | null = null
  const stop = approvals.watch((record) => {
    if (record.id !== opened.id) return
    states.push(record.state)
    if (record.state === 'approved') approvedAt = clock.now
  })
  const outcomes: World['outcomes'] = []
  const pause = async () => {
    for (let n = random.below(4); n > 0; n--) await new Promise((resolve) => setImmediate(resolve))
  }
  const click = async () => {
    const account = random.pick(ACCOUNTS)
    const seal = random.pick([undefined, opened.seal.slice(0, 16), opened.seal.slice(0, 16), 'f'.repeat(16)])
    await pause()
    const decided = await vote(opened.id, account, {
      vote: random.chance(0.93) ? 'approve' : 'reject',
      ...(seal === undefined ? {} : { seal }),
      mayDecide: async (principal) => {
        await pause()
        if (random.chance(0.05)) throw new Error('catalog')
        return world.rights.has(principal) ? true : `${principal} lacks the right.`
      },
      recheck: async () => {
        await pause()
        if (random.chance(0.05)) throw new Error('registry')
        return { kind: 'read', moved: world.moved ? [{ field: 'Champion', from: 'v2', to: 'v4' }] : [] }
      },
    })
    outcomes.push({ decided, account })
  }
  for (let round = 1 + random.below(4); round > 0; round--) {
    await Promise.all(Array.from({ length: 1 + random.below(9) }, click))
    if (random.chance(0.15)) clock.now += random.below(3) * HOUR
    if (random.chance(0.1)) world.moved = true
    if (random.chance(0.2)) await approvals.expire()
  }
  stop()
  const final = await approvals.get(opened.id)
  if (!final) throw new Error('lost')
  return { opened, ...world, outcomes, states, final, approvedAt }
}

function check({ opened, outcomes, states, final, rights, approvedAt }: World): void {
  const { rule, asker } = opened
  const approving = final.votes.filter(({ vote }) => vote === 'approve')
  const principals = approving.map(({ principal }) => principal)
  // A person counts once, whatever the account.
  expect(new Set(principals).size).toBe(principals.length)
  for (const { principal, identity } of approving) {
    if (!rule.selfDecides && rule.who.kind !== 'asker') expect(principal).not.toBe(asker.principal)
    if (rule.who.kind === 'listed') expect(rule.who.principals.map(nameKey)).toContain(principal)
    if (rule.who.kind === 'asker') expect(principal).toBe(asker.principal)
    expect(people.find(identity)?.principal).toBe(principal)
    expect(rights.has(principal)).toBe(true)
  }
  expect(principals.length).toBeLessThanOrEqual(rule.quorum)
  if (opened.forced !== null && final.state === 'approved') {
    expect(principals.filter((each) => each !== asker.principal).length).toBeGreaterThanOrEqual(2)
  }
  // Approved exactly where the quorum is full, and never after its time.
  if (final.state === 'approved') expect(principals.length).toBe(rule.quorum)
  else expect(principals.length).toBeLessThan(rule.quorum)
  if (approvedAt !== null) expect(approvedAt).toBeLessThan(Date.parse(opened.expiresAt))
  // One outcome: at most one click ended it, nothing followed the end, and what was told is what is stored.
  const ends = outcomes.filter(({ decided }) => decided.kind !== 'refused' && decided.kind !== 'voted')
  expect(ends.length).toBeLessThanOrEqual(1)
  expect(states.filter((state) => state !== 'open').length).toBeLessThanOrEqual(1)
  if (states.some((state) => state !== 'open')) expect(states.at(-1)).toBe(final.state)
  if (ends[0] && ends[0].decided.kind !== 'refused') expect(ends[0].decided.approval.state).toBe(final.state)
  const counted = outcomes.filter(({ decided }) => ['voted', 'approved'].includes(decided.kind))
  expect(counted.length).toBe(principals.length)
  for (const { decided } of outcomes) if (decided.kind === 'refused') expect(decided.why.length).toBeGreaterThan(20)
}

describe('random clicks', () => {
  it('never approve without the quorum of different people who may, and never end twice', async () => {
    const seen = new Map<string, number>()
    const games = desk()
    for (let seed = 1; seed <= 1_000; seed++) {
      const world = await play(seed, games)
      try {
        check(world)
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(world.final)}`, { cause: error })
      }
      seen.set(world.final.state, (seen.get(world.final.state) ?? 0) + 1)
    }
    // The games reach every end, so that none of the rules above holds for want of cases.
    await games.store.close()
    for (const state of ['open', 'approved', 'rejected', 'expired', 'void']) expect(seen.get(state)).toBeGreaterThan(20)
  }, 60_000)
})
