// What was approved is carried out once, through failures and restarts, while every copy of the card follows.
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { toPlainReply } from '../../src/core/reply.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { approvalDesk, placeOf } from './approval-desk.ts'

async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 2))
}

const ended = (desk: ReturnType<typeof approvalDesk>, id: string) =>
  eventually(async () => (await desk.approvals.get(id))?.closedAt != null)

describe('the runner', () => {
  it('carries out what was approved and tells the thread where it was asked', async () => {
    const desk = approvalDesk()
    await desk.runner.start()
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    await ended(desk, id)
    await desk.runner.drain()
    expect(desk.world.runs).toBe(1)
    expect(await desk.approvals.get(id)).toMatchObject({ state: 'done', outcome: 'Moved.' })
    const note = await desk.store.posts.get(`note:${id}:done`)
    expect(note).toMatchObject({ address: 'desk:one', reply: { outcome: 'done' } })
    expect(note?.reply.text).toContain('Moved.')
    expect(desk.world.woken).toBeGreaterThan(0)
  })

  it('is settled when nothing runs and the cards are stored as well, which comes after the end', async () => {
    let finish = () => {}
    const waits = new Promise<void>((resolve) => {
      finish = resolve
    })
    const desk = approvalDesk({ carryOut: () => waits.then(() => ({ state: 'done', outcome: 'Moved.' })) })
    const { note } = desk.cards
    desk.cards.note = async (...of) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      await note(...of)
    }
    await desk.runner.start()
    const id = await desk.asked()
    await desk.runner.settled()
    await desk.vote(id, 'slack/T0/UBEN')
    let isSettled = false
    const settled = desk.runner.settled([id]).then(() => {
      isSettled = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isSettled).toBe(false)
    finish()
    await ended(desk, id)
    expect(await desk.store.posts.get(`note:${id}:done`)).toBeNull()
    await settled
    expect((await desk.store.posts.get(`note:${id}:done`))?.reply.text).toContain('Moved.')
    await desk.runner.drain()
  })

  it('posts what an operation says in the end in the thread where it was asked, once, also where it ends again after a crash', async () => {
    const file = { kind: 'file' as const, name: 'rows.csv', mediaType: 'text/csv', text: 'a,b\n' }
    let endings = 0
    const desk = approvalDesk({
      carryOut: async () => ({
        state: 'done',
        outcome: 'Moved.',
        says: { text: `Ending ${++endings}.`, blocks: [file] },
      }),
    })
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    await ended(desk, id)
    await desk.runner.drain()
    const post = await desk.store.posts.get(`ending:${id}`)
    expect(post).toMatchObject({ address: 'desk:one', revision: 1, reply: { text: 'Ending 1.', blocks: [file] } })
    // As after a crash between the message and the end of the request: it ends once more.
    const approval = await desk.approvals.get(id)
    if (!approval) throw new Error('gone')
    await desk.cards.say(approval, { text: 'Ending 2.' })
    expect(await desk.store.posts.get(`ending:${id}`)).toEqual(post)
  })

  it('tries again what broke off, shows that, and never runs it twice at once', async () => {
    let inside = 0
    let most = 0
    let tries = 0
    const desk = approvalDesk({
      async carryOut(run) {
        most = Math.max(most, ++inside)
        await run.progress('alias', 1, 4)
        await new Promise((resolve) => setTimeout(resolve, 5))
        inside--
        if (++tries < 3) throw new Error('network')
        return { state: 'done', outcome: 'Moved.', needsReview: true }
      },
    })
    const shown: string[] = []
    desk.approvals.watch(({ progress }) => void (progress && shown.push(progress.label)))
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    for (let n = 0; n < 20; n++) desk.runner.wake(id)
    await Promise.all([desk.runner.tick(), desk.runner.tick()])
    await ended(desk, id)
    await desk.runner.drain()
    expect({ tries, most }).toEqual({ tries: 3, most: 1 })
    expect(shown.filter((label) => label.startsWith('It broke off (INTERNAL)'))).toHaveLength(2)
    expect((await desk.approvals.get(id))?.review).toBe('pending')
    const reviewed = await runTool(desk.review, { approval: id }, desk.context('teams/acme/cy'))
    expect(reviewed).toMatchObject({ kind: 'done', value: { kind: 'reviewed' } })
  })

  it('ends as failed, with the reason, what has no journal and breaks off for too long', async () => {
    const desk = approvalDesk({
      giveUpMs: 30,
      carryOut: () => Promise.reject(new LakedeskError('PLATFORM_FAILED', 'The warehouse answers 500.')),
    })
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    await ended(desk, id)
    await desk.runner.drain()
    expect(await desk.approvals.get(id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/The warehouse answers 500\..*tried \d+ times/),
    })
    expect(desk.world.runs).toBeGreaterThan(2)
  })

  it('never gives up what has a journal, since nobody else knows how far it came', async () => {
    const desk = approvalDesk({
      ...{ giveUpMs: 5, journal: true },
      carryOut: () =>
        desk.world.runs > 8
          ? Promise.resolve({ state: 'undone', outcome: 'Put back.' })
          : Promise.reject(new LakedeskError('PLATFORM_FAILED', 'The warehouse answers 500.')),
    })
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    await ended(desk, id)
    await desk.runner.drain()
    expect(await desk.approvals.get(id)).toMatchObject({ state: 'undone' })
  })

  it('leaves running work at a stop, and takes it up at the next start', async () => {
    const desk = approvalDesk({
      carryOut: (_, signal) =>
        desk.world.runs > 1
          ? Promise.resolve({ state: 'undone', outcome: 'The probe failed.' })
          : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const id = await desk.asked()
    await desk.vote(id, 'slack/T0/UBEN')
    await eventually(async () => desk.world.runs === 1)
    await desk.runner.drain()
    expect((await desk.approvals.get(id))?.state).toBe('running')
    const next = desk.again()
    await next.start()
    await ended(desk, id)
    await next.drain()
    expect(desk.world.runs).toBe(2)
    expect(await desk.approvals.get(id)).toMatchObject({ state: 'undone', outcome: 'The probe failed.' })
    expect((await desk.store.posts.get(`note:${id}:undone`))?.reply.outcome).toBe('refused')
  })

  it('ends what nobody decided, and reminds once', async () => {
    const desk = approvalDesk()
    await desk.runner.start()
    await desk.store.places.add('approvals', placeOf('desk:approvers'))
    const id = await desk.asked()
    desk.clock.now += 600_000
    await desk.runner.tick()
    await desk.runner.tick()
    const reminders = (await desk.store.posts.pending()).filter(({ key }) => key.startsWith('remind:'))
    expect(reminders.map(({ address, revision }) => [address, revision])).toEqual([
      ['desk:one', 1],
      ['desk:approvers', 1],
    ])
    expect(reminders[0]?.reply.text).toContain('still waits for a decision')
    desk.clock.now += 3_000_000
    await desk.runner.tick()
    await desk.runner.drain()
    expect((await desk.approvals.get(id))?.state).toBe('expired')
    expect((await desk.store.posts.get(`note:${id}:expired`))?.reply.text).toContain('expired and changes nothing')
  })

  it('ends as failed what this program does not know any more', async () => {
    const desk = approvalDesk()
    const { approval } = await desk.opened('gone-tool')
    await desk.runner.start()
    await ended(desk, approval.id)
    await desk.runner.drain()
    expect(await desk.approvals.get(approval.id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('no tool gone-tool'),
    })
  })
})

describe('the cards', () => {
  it('stand in every subscribed place but where it was asked, and all follow', async () => {
    const desk = approvalDesk()
    await desk.store.places.add('approvals', placeOf('desk:one'))
    await desk.store.places.add('approvals', placeOf('teams:approvers'))
    await desk.runner.start()
    const id = await desk.asked()
    const key = 'turn:asked'
    const reply = toPlainReply('asked', `Card ${id} open`)
    await desk.store.posts.put({ key, subject: id, channel: 'desk', address: placeOf('desk:one').address, reply })
    await desk.cards.announce(id)
    await desk.cards.announce(id)
    const copies = await desk.store.posts.ofSubject(id)
    expect(copies.map(({ address }) => address).sort()).toEqual(['desk:one', 'teams:approvers'])
    await desk.vote(id, 'teams/acme/ben')
    await ended(desk, id)
    await desk.runner.drain()
    for (const copy of await desk.store.posts.ofSubject(id)) {
      expect(copy.reply).toMatchObject({ text: `Card ${id} done`, buttons: [], outcome: 'done' })
    }
    expect((await desk.store.posts.get(key))?.reply.turn).toBe('asked')
  })

  it('come to the newest state though many changes come at once', async () => {
    const desk = approvalDesk()
    const id = await desk.asked()
    await desk.cards.addCopy(id, placeOf('desk:two'), 'card:two')
    const work = Array.from({ length: 10 }, () => desk.cards.refresh(id))
    await desk.vote(id, 'slack/T0/UBEN', 'reject')
    await Promise.all([...work, desk.cards.refresh(id)])
    expect((await desk.store.posts.get('card:two'))?.reply.text).toBe(`Card ${id} rejected`)
  })
})
