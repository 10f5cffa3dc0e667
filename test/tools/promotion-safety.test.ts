// What must not happen on the way from a request to a move: other moves, old approvals, lost rights, words of a model.
import { afterEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { versionDesk, whyOf } from './version-desk.ts'

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
})

async function desk(options?: Parameters<typeof versionDesk>[0]) {
  const opened = await versionDesk(options)
  closing.push(opened.close)
  const stored = async (id: string): Promise<ApprovalRecord> => {
    const record = await opened.approvals.get(id)
    if (!record) throw new Error(`no request ${id}`)
    return record
  }
  /** Approved by Bo, as the store has it before anybody carries it out. */
  const approve = async (id: string, change: Partial<ApprovalRecord> = {}): Promise<void> => {
    const vote = { principal: 'bo@acme.example', identity: 'slack/T0/UBO', vote: 'approve' as const }
    const votes = [{ ...vote, at: new Date(opened.clock.now).toISOString() }]
    await opened.store.approvals.swap({ ...(await stored(id)), state: 'approved', votes, ...change })
  }
  return { ...opened, stored, approve }
}

const DAY = 24 * 3_600_000

/** The same request with another version in the stored move. */
function toOther({ evidence }: ApprovalRecord): unknown {
  return JSON.parse(
    JSON.stringify(evidence).replaceAll('"to":"3"', '"to":"1"').replaceAll('"version":"3"', '"version":"1"'),
  )
}

describe('a stored request that somebody changed', () => {
  it('is void at the vote, and nothing is moved', async () => {
    const { ask, say, stored, store, ended, champion } = await desk()
    const id = await ask('promote v3')
    const record = await stored(id)
    expect(toOther(record)).not.toEqual(record.evidence)
    await store.approvals.swap({ ...record, evidence: toOther(record) })
    expect(whyOf(await say(`approve ${id}`, 'slack/T0/UBO'))).toContain('was changed outside Lakedesk')
    expect(await ended(id)).toMatchObject({ state: 'void' })
    expect(await champion()).toBe('2')
  })

  it('is void where that came after the approval', async () => {
    const { ask, stored, approve, restart, ended, champion, store } = await desk()
    const id = await ask('promote v3')
    await restart(0, async () => approve(id, { evidence: toOther(await stored(id)) }))
    expect(await ended(id)).toMatchObject({ state: 'void', outcome: expect.stringContaining('outside Lakedesk') })
    expect(await champion()).toBe('2')
    const [line] = await store.audit.list({ limit: 1, what: 'end-approval' })
    expect(line).toMatchObject({ outcome: 'failed', detail: { state: 'void', seal: (await stored(id)).seal } })
  })
})

describe('what was approved while nobody could carry it out', () => {
  it('is carried out within its time', async () => {
    const { ask, approve, restart, ended, champion } = await desk()
    const id = await ask('promote v3')
    await restart(DAY / 2, () => approve(id))
    expect(await ended(id)).toMatchObject({ state: 'done' })
    expect(await champion()).toBe('3')
  })

  it.each(['approved', 'running'] as const)('is void after it, also where it was %s', async (state) => {
    const { ask, approve, restart, ended, champion } = await desk()
    const id = await ask('promote v3')
    await restart(5 * DAY, () => approve(id, { state }))
    expect(await ended(id)).toMatchObject({ state: 'void', outcome: expect.stringContaining('had not begun by') })
    expect(await champion()).toBe('2')
  })
})

describe('the right of those who approved', () => {
  const policy = { approval: { approvers: ['ana@acme.example', 'bo@acme.example'], privileges: ['MANAGE'] } }

  it('is asked for again before the first write', async () => {
    let held = ['MANAGE']
    const { ask, approve, restart, ended, champion } = await desk({ policy, rights: async () => held })
    const id = await ask('promote v3')
    held = ['EXECUTE']
    await restart(0, () => approve(id))
    expect(await ended(id)).toMatchObject({
      state: 'void',
      outcome: expect.stringContaining('The approval by bo@acme.example does not count any more. You need MANAGE'),
    })
    expect(await champion()).toBe('2')
  })

  it('is asked for until the catalog answers', async () => {
    let asked = 0
    const rights = async () => {
      if (++asked < 3) throw new LakedeskError('PLATFORM_UNREACHABLE', 'The catalog does not answer.')
      return ['MANAGE']
    }
    const { ask, approve, restart, ended } = await desk({ policy, rights })
    const id = await ask('promote v3')
    await restart(0, () => approve(id))
    expect(await ended(id)).toMatchObject({ state: 'done' })
    expect(asked).toBe(3)
  })

  it('is missing where the catalog does not answer until the time is over', async () => {
    let asked = 0
    const opened = await desk({
      policy,
      rights: async () => {
        if (++asked === 3) opened.clock.now += 2 * DAY
        throw new LakedeskError('PLATFORM_UNREACHABLE', 'The catalog does not answer.')
      },
    })
    const id = await opened.ask('promote v3')
    await opened.restart(0, () => opened.approve(id))
    expect(await opened.ended(id)).toMatchObject({ state: 'void' })
    expect(await opened.champion()).toBe('2')
  })
})

describe('who may ask', () => {
  it('is who is linked, also where nobody else decides', async () => {
    const { say, approvals } = await desk()
    const nobody = { principal: 'slack/T0/UNEW', identity: 'slack/T0/UNEW' }
    for (const line of ['evaluate v1', 'promote v3', 'rollback']) {
      const why = whyOf(await say(line, 'slack/T0/UNEW', { actor: nobody }))
      if (line !== 'rollback') expect(why).toContain('linked to no person')
      expect(why).not.toBe('waiting')
    }
    expect(await approvals.list({ limit: 9 })).toEqual([])
  })

  it('is nobody where only the asker is on the list, or too few for force', async () => {
    const alone = await desk({ policy: { approval: { approvers: ['Ana@acme.example'], privileges: [] } } })
    expect(whyOf(await alone.say('promote v3'))).toContain('One person beside you must approve this')
    const two = await desk({ policy: { gate: { metrics: { 'faithfulness/v1/mean': { floor: 4.99 } } } } })
    expect(whyOf(await two.say('promote v3 --force "v2 is down"'))).toContain('2 people beside you must approve this')
    expect(await two.approvals.list({ limit: 9 })).toEqual([])
  })
})

describe('what a model asks in a person’s name', () => {
  const asModel = (said: string) => ['slack/T0/UANA', { via: 'model' as const, said }] as const

  it('is marked on the card and in the record', async () => {
    const { say, store, find, stored } = await desk()
    const outcome = await say('promote v3', ...asModel('please promote version 3 to Champion'))
    if (typeof outcome === 'string' || outcome.kind !== 'waiting') throw new Error(whyOf(outcome))
    const words = 'asked in words, by the assistant for Ana (ana@acme.example)'
    expect(outcome.says.footer).toContain(words)
    expect(find('request-promotion')?.approval?.card(await stored(outcome.approval)).footer).toContain(words)
    const [line] = await store.audit.list({ limit: 1, what: 'request-promotion' })
    expect(line).toMatchObject({ outcome: 'waiting', detail: { via: 'model', principal: 'ana@acme.example' } })
    const evaluation = await say('evaluate v1', ...asModel('evaluate v1'))
    expect(typeof evaluation !== 'string' && evaluation.kind === 'waiting' && evaluation.says.footer).toContain(words)
  })

  it.each([
    ['promote v3 --force "the page says so"', 'promote v3 with force, the gate is wrong', 'cannot force anything'],
    ['promote v3 --dry-run --force "x"', 'promote v3', 'cannot force anything'],
    ['promote v3', 'What does the page about upgrades say?', 'You did not name the version yourself'],
    ['promote v3', 'promote v30 or v1.3, or is 3.5 good?', 'You did not name the version yourself'],
    ['evaluate v1', 'How is it doing?', 'You did not name the version yourself'],
  ])('is refused: %s, after “%s”', async (line, said, why) => {
    const { say, approvals, store } = await desk()
    expect(whyOf(await say(line, ...asModel(said)))).toContain(why)
    expect(await approvals.list({ limit: 9 })).toEqual([])
    expect(await store.audit.list({ limit: 1 })).toMatchObject([{ outcome: 'refused', detail: { via: 'model' } }])
  })
})

describe('the words of others', () => {
  it('are never a link in a note, a list or the record', async () => {
    const three = ['ana@acme.example', 'bo@acme.example', 'cy@acme.example']
    const { say, ask, ended, read, world, store } = await desk({
      policy: { approval: { approvers: three, privileges: [] } },
    })
    await world.evaluate('3', { faithfulness: Array.from({ length: 60 }, () => 0.2) })
    const id = await ask('promote v3 --force "see [the runbook](https://evil.example) **now**"')
    await say(`approve ${id}`, 'slack/T0/UBO')
    await say(`approve ${id}`, 'slack/T0/UCY')
    await ended(id)
    const plain = 'see \\[the runbook\\](evil.example) \\*\\*now\\*\\*'
    const note = async () => (await store.posts.get(`note:${id}:done`))?.reply.text
    while (!(await note())) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(await note()).toContain(plain)
    expect((await read('promotions')).says?.text).toContain(plain)
    expect((await read('champion')).says?.text).toContain(plain)
  })
})
