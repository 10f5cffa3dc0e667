// The contract of the parts that promotions rest on: approvals, sagas, posts, places, checkpoints and the chained audit.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toPlainReply } from '../../src/core/reply.ts'
import { toAddress } from '../../src/core/turn.ts'
import type { Place, Store } from '../../src/store/port.ts'
import { toApproval, toAuditLine } from './approvals.ts'
import type { CreateStore, StoreUnderTest } from './contract.ts'

export function describeApprovalStore(name: string, create: CreateStore): void {
  describe(`${name} keeps the contract of approvals and what goes with them`, () => {
    let under: StoreUnderTest
    let store: Store
    let time = Date.parse('2026-01-02T03:04:05.000Z')
    const lines = async () => (await store.audit.head()).lines

    beforeEach(async () => {
      under = await create(() => time)
      store = under.store
    })
    afterEach(() => under.remove())

    describe('audit', () => {
      it('moves its head with every line, and keeps it over a restart', async () => {
        expect(await store.audit.head()).toEqual({ lines: 0, hash: '0'.repeat(64) })
        await Promise.all([1, 2, 3].map((n) => store.audit.append(toAuditLine(n))))
        const head = await store.audit.head()
        expect(head).toMatchObject({ lines: 3, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
        store = await under.reopen()
        expect(await store.audit.head()).toEqual(head)
        await store.audit.append(toAuditLine(4))
        expect((await store.audit.head()).hash).not.toBe(head.hash)
        expect((await store.audit.list({ limit: 9 })).map(({ turnId }) => turnId)).toEqual(['t4', 't3', 't2', 't1'])
        expect((await store.audit.list({ limit: 1 }))[0]).toEqual({ ...toAuditLine(4), seq: 4 })
      })
    })

    describe('approvals', () => {
      it('come back whole, after a restart too', async () => {
        const vote = {
          principal: 'bo',
          identity: 'desk/acme/bo',
          vote: 'approve' as const,
          at: '2026-01-02T04:00:00.000Z',
          reason: 'why not',
          turnId: 't9',
        }
        const approval = toApproval('a1', {
          askedIn: 't8',
          result: { rows: [1] },
          votes: [vote],
          review: { principal: 'cy', identity: 'desk/acme/cy' },
        })
        expect(await store.approvals.create(approval, toAuditLine(1))).toEqual({ kind: 'created' })
        store = await under.reopen()
        expect(await store.approvals.get('a1')).toEqual(approval)
        expect(await store.approvals.get('a2')).toBeNull()
        expect(await lines()).toBe(1)
      })

      it.each(['open', 'approved', 'running'] as const)(
        'hold their subject while %s: a second is taken',
        async (state) => {
          const first = toApproval('a1', { state })
          await store.approvals.create(first, toAuditLine(1))
          const second = await store.approvals.create(toApproval('a2'), toAuditLine(2))
          expect(second).toEqual({ kind: 'taken', by: first })
          expect(await store.approvals.get('a2')).toBeNull()
          expect(await lines()).toBe(1)
          const other = toApproval('a3', { subject: 'model:other' })
          expect(await store.approvals.create(other, toAuditLine(3))).toEqual({ kind: 'created' })
        },
      )

      it('let go of their subject with every end', async () => {
        for (const [n, state] of (['done', 'undone', 'failed', 'rejected', 'expired', 'void'] as const).entries()) {
          const approval = toApproval(`a${n}`)
          expect(await store.approvals.create(approval, toAuditLine(n))).toEqual({ kind: 'created' })
          expect(await store.approvals.swap({ ...approval, state })).toBe(true)
        }
      })

      it('give one subject to one of many at once', async () => {
        const made = await Promise.all(
          Array.from({ length: 20 }, (_, n) => store.approvals.create(toApproval(`a${n}`), toAuditLine(n))),
        )
        expect(made.filter(({ kind }) => kind === 'created')).toHaveLength(1)
        expect(await lines()).toBe(1)
      })

      it('are swapped once per revision, with the audit line', async () => {
        const approval = toApproval('a1')
        await store.approvals.create(approval, toAuditLine(1))
        expect(await store.approvals.swap({ ...approval, state: 'approved' }, toAuditLine(2))).toBe(true)
        expect(await store.approvals.get('a1')).toEqual({ ...approval, state: 'approved', revision: 2 })
        expect(await store.approvals.swap({ ...approval, state: 'rejected' }, toAuditLine(3))).toBe(false)
        expect(await store.approvals.swap(toApproval('nope'), toAuditLine(4))).toBe(false)
        expect(await store.approvals.get('a1')).toMatchObject({ state: 'approved', revision: 2 })
        expect(await lines()).toBe(2)
      })

      it('have one winner among 50 swaps at once', async () => {
        const approval = toApproval('a1')
        await store.approvals.create(approval, toAuditLine(0))
        const won = await Promise.all(
          Array.from({ length: 50 }, (_, n) =>
            store.approvals.swap({ ...approval, state: 'approved', outcome: `by ${n}` }, toAuditLine(n)),
          ),
        )
        expect(won.filter(Boolean)).toHaveLength(1)
        expect((await store.approvals.get('a1'))?.outcome).toBe(`by ${won.indexOf(true)}`)
        expect(await lines()).toBe(2)
      })

      it('are listed newest first, by state, subject and tool', async () => {
        const day = (n: number) => ({ createdAt: `2026-01-0${n}T00:00:00.000Z` })
        await store.approvals.create(toApproval('a2', { subject: 's2', ...day(2) }), toAuditLine(1))
        await store.approvals.create(toApproval('a1', { subject: 's1', ...day(1), tool: 'other' }), toAuditLine(2))
        await store.approvals.create(toApproval('a3', { subject: 's1', ...day(3), state: 'done' }), toAuditLine(3))
        const ids = async (options: Omit<Parameters<typeof store.approvals.list>[0], 'limit'> = {}, limit = 9) =>
          (await store.approvals.list({ ...options, limit })).map(({ id }) => id)
        expect(await ids()).toEqual(['a2', 'a1'])
        expect(await ids({}, 1)).toEqual(['a2'])
        await store.approvals.swap({ ...toApproval('a1', { subject: 's1', tool: 'other', ...day(1) }), state: 'void' })
        await store.approvals.create(toApproval('a3', { subject: 's1', ...day(3) }), toAuditLine(3))
        expect(await ids({ subject: 's1' })).toEqual(['a3', 'a1'])
        expect(await ids({ states: ['void', 'done'] })).toEqual(['a1'])
        expect(await ids({ states: [] })).toEqual([])
        expect(await ids({ tool: 'other', subject: 's1' })).toEqual(['a1'])
      })
    })

    describe('sagas', () => {
      const saga = { id: 'a1', subject: 'model:m', step: 'begin', state: { from: 'v2', to: ['v3'] } }

      it('begin once and again, with what was saved kept', async () => {
        expect(await store.sagas.begin(saga)).toEqual({ kind: 'begun' })
        await store.sagas.save('a1', 'alias', { from: 'v2', at: 1 })
        expect(await store.sagas.begin(saga)).toEqual({ kind: 'begun' })
        store = await under.reopen()
        const startedAt = new Date(time).toISOString()
        const expected = {
          ...saga,
          step: 'alias',
          state: { from: 'v2', at: 1 },
          startedAt,
          endedAt: null,
          outcome: null,
        }
        expect(await store.sagas.get('a1')).toEqual(expected)
        expect(await store.sagas.unfinished()).toEqual([expected])
        expect(await store.sagas.get('a2')).toBeNull()
      })

      it('lock their subject until they end', async () => {
        const begun = await Promise.all(
          Array.from({ length: 10 }, (_, n) => store.sagas.begin({ ...saga, id: `a${n}` })),
        )
        expect(begun.filter(({ kind }) => kind === 'begun')).toHaveLength(1)
        expect(begun[1]).toMatchObject({ kind: 'taken', by: { id: 'a0', endedAt: null } })
        expect(await store.sagas.begin({ ...saga, id: 'b1', subject: 'model:n' })).toEqual({ kind: 'begun' })
        await store.sagas.end('a0', 'done', toAuditLine(1))
        expect(await store.sagas.begin({ ...saga, id: 'a1' })).toEqual({ kind: 'begun' })
        expect((await store.sagas.unfinished()).map(({ id }) => id)).toEqual(['b1', 'a1'])
      })

      it('end once, with one audit line, and cannot be begun or saved again', async () => {
        await store.sagas.begin(saga)
        time += 1000
        await store.sagas.end('a1', 'moved', toAuditLine(1))
        const ended = await store.sagas.get('a1')
        expect(ended).toMatchObject({ outcome: 'moved', endedAt: new Date(time).toISOString() })
        time += 1000
        await store.sagas.end('a1', 'other', toAuditLine(2))
        expect(await store.sagas.get('a1')).toEqual(ended)
        expect(await lines()).toBe(1)
        expect(await store.sagas.unfinished()).toEqual([])
        expect(await store.sagas.begin(saga)).toEqual({ kind: 'taken', by: ended })
        await expect(store.sagas.save('a1', 'late', {})).rejects.toMatchObject({ code: 'STORE_FAILED' })
        await expect(store.sagas.end('nope', 'x', toAuditLine(3))).rejects.toMatchObject({ code: 'STORE_FAILED' })
        expect(await lines()).toBe(1)
      })
    })

    describe('posts', () => {
      const post = (key: string, text = 'Card', subject: string | null = 'a1') => ({
        key,
        subject,
        channel: 'desk',
        address: toAddress('desk:1'),
        reply: toPlainReply('t1', text),
      })

      it('get a new revision for another reply alone', async () => {
        const first = await store.posts.put(post('p1'))
        const since = new Date(time).toISOString()
        expect(first).toEqual({ ...post('p1'), under: null, refs: [], revision: 1, shown: 0, attempts: 0, since })
        await store.posts.begin('p1')
        await store.posts.recordRef('p1', 'm1')
        // The same keys in another order are the same reply.
        const { turn, text, ...rest } = post('p1').reply
        const same = await store.posts.put({ ...post('p1'), reply: { turn, ...rest, text } })
        expect(same).toMatchObject({ revision: 1, attempts: 1, refs: ['m1'] })
        const next = await store.posts.put(post('p1', 'Card, approved'))
        expect(next).toMatchObject({ revision: 2, attempts: 0, refs: ['m1'], reply: { text: 'Card, approved' } })
        store = await under.reopen()
        expect(await store.posts.get('p1')).toEqual(next)
        expect(await store.posts.get('p2')).toBeNull()
      })

      it('are pending until their newest revision is shown', async () => {
        await store.posts.put(post('p1'))
        await store.posts.put(post('p2'))
        const keys = async () => (await store.posts.pending()).map(({ key }) => key)
        expect(await keys()).toEqual(['p1', 'p2'])
        await store.posts.begin('p1')
        await store.posts.put(post('p1', 'newer'))
        await store.posts.shown('p1', 1)
        expect(await keys()).toEqual(['p1', 'p2'])
        await store.posts.begin('p1')
        await store.posts.shown('p1', 2)
        await store.posts.shown('p1', 1)
        expect(await keys()).toEqual(['p2'])
        expect(await store.posts.get('p1')).toMatchObject({ shown: 2, attempts: 0 })
      })

      it('are given up until they get another reply', async () => {
        await store.posts.put(post('p1'))
        await store.posts.drop('p1')
        await store.posts.put(post('p1'))
        expect(await store.posts.pending()).toEqual([])
        await store.posts.put(post('p1', 'newer'))
        expect(await store.posts.pending()).toHaveLength(1)
      })

      it('keep their refs in order, each once, and are found by what they show', async () => {
        await store.posts.put(post('p1'))
        await store.posts.put(post('p2'))
        await store.posts.put(post('note', 'Note', null))
        await Promise.all(['m1', 'm2', 'm1'].map((ref) => store.posts.recordRef('p2', ref)))
        const found = await store.posts.ofSubject('a1')
        expect(found.map(({ key, refs }) => [key, refs])).toEqual([
          ['p1', []],
          ['p2', ['m1', 'm2']],
        ])
        for (const act of [
          store.posts.recordRef('nope', 'm'),
          store.posts.begin('nope'),
          store.posts.shown('nope', 1),
          store.posts.drop('nope'),
        ]) {
          await expect(act).rejects.toMatchObject({ code: 'STORE_FAILED' })
        }
      })
    })

    it('keeps places by topic, each thread once', async () => {
      const place = (n: number): Place => ({ channel: 'desk', address: toAddress(`desk:${n}`), thread: `thread-${n}` })
      for (const n of [2, 1]) await store.places.add('approvals', place(n))
      await store.places.add('approvals', { ...place(2), address: toAddress('desk:moved') })
      await store.places.add('reports', place(3))
      store = await under.reopen()
      expect(await store.places.list('approvals')).toEqual([{ ...place(2), address: 'desk:moved' }, place(1)])
      expect(await store.places.remove('approvals', 'thread-2')).toBe(true)
      expect(await store.places.remove('approvals', 'thread-2')).toBe(false)
      expect(await store.places.remove('approvals', 'thread-3')).toBe(false)
      expect(await store.places.list('approvals')).toEqual([place(1)])
      expect(await store.places.list('nothing')).toEqual([])
    })

    it('keeps checkpoints by job until they are dropped', async () => {
      await store.checkpoints.put('eval-1', 'case-2', { score: 0.5, rows: [1, null] })
      await store.checkpoints.put('eval-1', 'case-1', 'text')
      await store.checkpoints.put('eval-1', 'case-2', { score: 1 })
      await store.checkpoints.put('eval-2', 'case-1', null)
      store = await under.reopen()
      expect([...(await store.checkpoints.list('eval-1'))]).toEqual([
        ['case-2', { score: 1 }],
        ['case-1', 'text'],
      ])
      await store.checkpoints.drop('eval-1')
      expect((await store.checkpoints.list('eval-1')).size).toBe(0)
      expect([...(await store.checkpoints.list('eval-2'))]).toEqual([['case-1', null]])
    })
  })
}
