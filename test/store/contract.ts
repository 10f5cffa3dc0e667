// The contract of every store driver: what the conversation core relies on, whatever keeps it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toPlainReply } from '../../src/core/reply.ts'
import { toAddress } from '../../src/core/turn.ts'
import { CLAIM_TTL_MS, type ConversationMessage, type Store } from '../../src/store/port.ts'
import { toTurn } from './turns.ts'

export interface StoreUnderTest {
  store: Store
  /** Closes the store and opens it again over the same data. */
  reopen(): Promise<Store>
  /** Closes what is open and removes the data. */
  remove(): Promise<void>
}

/** `now` is the clock that the driver must use, in milliseconds since 1970. */
export type CreateStore = (now: () => number) => Promise<StoreUnderTest>

function toMessage(thread: string, n: number, role: 'user' | 'assistant' = 'user'): ConversationMessage {
  return { thread, role, text: `text ${n}`, turnId: `t${n}`, at: '2026-01-02T03:04:05.000Z' }
}

export function describeStore(name: string, create: CreateStore): void {
  describe(`${name} keeps the contract of a store`, () => {
    let under: StoreUnderTest
    let store: Store
    let time = Date.parse('2026-01-02T03:04:05.000Z')

    beforeEach(async () => {
      under = await create(() => time)
      store = under.store
    })
    afterEach(() => under.remove())

    describe('claims', () => {
      it('are given once', async () => {
        expect(await store.claims.claim(['a'])).toBe(true)
        expect(await store.claims.claim(['a'])).toBe(false)
      })

      it('come all or none', async () => {
        await store.claims.claim(['b'])
        expect(await store.claims.claim(['a', 'b', 'c'])).toBe(false)
        expect(await store.claims.claim(['a', 'c'])).toBe(true)
      })

      it('have one winner among many at once', async () => {
        const won = await Promise.all(Array.from({ length: 50 }, (_, n) => store.claims.claim([`own-${n}`, 'same'])))
        expect(won.filter(Boolean)).toHaveLength(1)
      })

      it('end after their life, and are swept', async () => {
        await store.claims.claim(['short'], 1000)
        await store.claims.claim(['long'])
        expect(CLAIM_TTL_MS).toBeGreaterThanOrEqual(24 * 60 * 60 * 1000)
        expect(await store.claims.sweep()).toBe(0)
        time += 1000
        expect(await store.claims.sweep()).toBe(1)
        time += CLAIM_TTL_MS - 1001
        expect(await store.claims.claim(['long'])).toBe(false)
        time += 1
        expect(await store.claims.claim(['long'])).toBe(true)
      })

      it('survive a restart', async () => {
        await store.claims.claim(['a'])
        store = await under.reopen()
        expect(await store.claims.claim(['a'])).toBe(false)
      })
    })

    describe('inbox', () => {
      it('gives back what it took, after a restart too', async () => {
        expect(await store.inbox.accept(toTurn(1))).toBe('accepted')
        const entry = { turn: toTurn(1), state: 'received', attempts: 0, acceptedAt: new Date(time).toISOString() }
        expect(await store.inbox.get('t1')).toEqual(entry)
        store = await under.reopen()
        expect(await store.inbox.get('t1')).toEqual(entry)
        expect(await store.inbox.get('t2')).toBeNull()
      })

      it('takes a turn of each kind', async () => {
        const { kind: _, text: __, ...common } = toTurn(1)
        await store.inbox.accept({ ...common, kind: 'command', name: 'ask', text: 'x' })
        await store.inbox.accept({
          ...common,
          id: 't2',
          keys: ['k'],
          kind: 'action',
          action: 'feedback',
          value: { a: 'b' },
        })
        expect((await store.inbox.unfinished()).map(({ turn }) => turn.kind)).toEqual(['command', 'action'])
      })

      it.each([
        ['the same turn', toTurn(1)],
        ['the same event key', toTurn(2, { keys: ['event-1', 'message-2'] })],
        ['the same message key', toTurn(2, { keys: ['event-2', 'message-1'] })],
        ['the same id', toTurn(1, { keys: ['event-3', 'message-3'] })],
      ])('tells a duplicate by %s, and claims nothing for it', async (_, again) => {
        await store.inbox.accept(toTurn(1))
        expect(await store.inbox.accept(again)).toBe('duplicate')
        expect(await store.inbox.unfinished()).toHaveLength(1)
        const fresh = again.keys.filter((key) => !toTurn(1).keys.includes(key))
        expect(await store.claims.claim(fresh)).toBe(true)
      })

      it('accepts one of many copies at once', async () => {
        const verdicts = await Promise.all([1, 2, 3, 4].map(() => store.inbox.accept(toTurn(1))))
        expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1)
      })

      it('knows a turn it answered although its claims are over', async () => {
        await store.inbox.accept(toTurn(1))
        await store.inbox.finish('t1')
        time += CLAIM_TTL_MS + 1
        expect(await store.inbox.accept(toTurn(1))).toBe('duplicate')
      })

      it('lists what is unfinished in the order it came', async () => {
        for (const n of [3, 1, 2]) await store.inbox.accept(toTurn(n))
        await store.inbox.begin('t1')
        await store.inbox.finish('t3')
        store = await under.reopen()
        expect((await store.inbox.unfinished()).map(({ turn, state }) => [turn.id, state])).toEqual([
          ['t1', 'running'],
          ['t2', 'received'],
        ])
      })

      it('counts how often work began', async () => {
        await store.inbox.accept(toTurn(1))
        expect(await store.inbox.begin('t1')).toMatchObject({ attempts: 1, state: 'running' })
        expect(await store.inbox.begin('t1')).toMatchObject({ attempts: 2, turn: toTurn(1) })
        await expect(store.inbox.begin('nope')).rejects.toMatchObject({ code: 'STORE_FAILED' })
      })
    })

    describe('outbox', () => {
      const reply = toPlainReply('t1', 'An answer', { footer: 'small print', refused: true })
      const open = () => store.outbox.open('t1', 'desk', toAddress('desk:1'))
      beforeEach(async () => {
        await store.inbox.accept(toTurn(1))
      })

      it('opens once and counts the tries', async () => {
        const first = await open()
        expect(first).toEqual({
          turnId: 't1',
          channel: 'desk',
          address: 'desk:1',
          state: 'open',
          refs: [],
          reply: null,
          attempts: 1,
          since: new Date(time).toISOString(),
        })
        time += 5000
        expect(await open()).toEqual({ ...first, attempts: 2 })
        expect(await store.outbox.get('t2')).toBeNull()
      })

      it('keeps the refs in order, each once', async () => {
        await open()
        await Promise.all(['m1', 'm2', 'm1'].map((ref) => store.outbox.recordRef('t1', ref)))
        store = await under.reopen()
        expect((await open()).refs).toEqual(['m1', 'm2'])
        await expect(store.outbox.recordRef('nope', 'm')).rejects.toMatchObject({ code: 'STORE_FAILED' })
      })

      it('finds the turn that a message answered, within its thread', async () => {
        await open()
        await store.outbox.recordRef('t1', 'part:0:m%1')
        await store.outbox.recordRef('t1', 'm2')
        store = await under.reopen()
        expect(await store.outbox.findTurn('thread-1', 'm%1')).toBe('t1')
        expect(await store.outbox.findTurn('thread-1', 'm2')).toBe('t1')
        expect(await store.outbox.findTurn('thread-1', 'm%')).toBeNull()
        expect(await store.outbox.findTurn('thread-1', '1')).toBeNull()
        expect(await store.outbox.findTurn('thread-2', 'm2')).toBeNull()
      })

      it('knows the refs of the other turns of a thread', async () => {
        const other = { ...toTurn(2), thread: toTurn(1).thread }
        const elsewhere = { ...toTurn(3), thread: 'thread-elsewhere' }
        for (const turn of [other, elsewhere]) await store.inbox.accept(turn)
        await open()
        for (const id of ['t2', 't3']) await store.outbox.open(id, 'desk', toAddress('desk:1'))
        for (const id of ['t1', 't2', 't3']) await store.outbox.recordRef(id, `of ${id}`)
        await store.outbox.recordRef('t2', 'more of t2')
        await store.outbox.close('t2', 'sent')
        expect(await store.outbox.refsBeside('t1')).toEqual(['of t2', 'more of t2'])
        expect(await store.outbox.refsBeside('t2')).toEqual(['of t1'])
        expect(await store.outbox.refsBeside('t3')).toEqual([])
        expect(await store.outbox.refsBeside('nope')).toEqual([])
      })

      it('stores reply and messages together, and keeps them for the next try', async () => {
        await open()
        await store.outbox.ready('t1', reply, [toMessage('thread-1', 1), toMessage('thread-1', 2, 'assistant')])
        store = await under.reopen()
        expect(await store.outbox.get('t1')).toMatchObject({ state: 'ready', reply, attempts: 1 })
        expect(await open()).toMatchObject({ state: 'ready', reply, attempts: 2 })
        expect(await store.conversations.recent('thread-1', 5)).toHaveLength(2)
      })

      it('takes one reply per turn', async () => {
        await open()
        await store.outbox.ready('t1', reply, [toMessage('thread-1', 1)])
        const second = store.outbox.ready('t1', toPlainReply('t1', 'Another'), [toMessage('thread-1', 2)])
        await expect(second).rejects.toMatchObject({ code: 'STORE_FAILED' })
        await expect(store.outbox.ready('nope', reply, [])).rejects.toMatchObject({ code: 'STORE_FAILED' })
        expect((await store.outbox.get('t1'))?.reply).toEqual(reply)
        expect(await store.conversations.recent('thread-1', 5)).toHaveLength(1)
      })

      it.each(['sent', 'dead'] as const)('closes as %s and finishes the turn with it', async (state) => {
        await open()
        await store.outbox.ready('t1', reply, [])
        await store.outbox.close('t1', state)
        expect(await store.outbox.get('t1')).toMatchObject({ state })
        expect(await store.inbox.get('t1')).toMatchObject({ state: 'done' })
        expect(await store.inbox.unfinished()).toEqual([])
      })
    })

    describe('a turn that is put back', () => {
      it('is unfinished as before, and the attempt is not counted', async () => {
        await store.inbox.accept(toTurn(1))
        await store.inbox.begin('t1')
        await store.inbox.begin('t1')
        await store.inbox.putBack('t1')
        expect(await store.inbox.get('t1')).toMatchObject({ state: 'received', attempts: 1 })
        expect(await store.inbox.unfinished()).toHaveLength(1)
      })
    })

    describe('conversations', () => {
      it('knows a thread from its first accepted turn on', async () => {
        expect(await store.conversations.knows('thread-1')).toBe(false)
        await store.inbox.accept(toTurn(1))
        expect(await store.conversations.knows('thread-1')).toBe(true)
        store = await under.reopen()
        expect(await store.conversations.knows('thread-1')).toBe(true)
        expect(await store.conversations.knows('thread-2')).toBe(false)
      })

      it('knows no thread by a press of a button alone', async () => {
        const { text: _, ...rest } = toTurn(1)
        await store.inbox.accept({ ...rest, kind: 'action', action: 'feedback', value: {} })
        expect(await store.conversations.knows('thread-1')).toBe(false)
      })

      it('gives the newest messages of that thread, oldest first', async () => {
        await store.inbox.accept(toTurn(1))
        await store.outbox.open('t1', 'desk', toAddress('desk:1'))
        const mine = [1, 2, 3].map((n) => ({ ...toMessage('thread-1', n), user: 'ann' }))
        await store.outbox.ready('t1', toPlainReply('t1', 'x'), [...mine, toMessage('other', 9)])
        expect(await store.conversations.recent('thread-1', 2)).toEqual(mine.slice(1))
        expect(await store.conversations.recent('thread-3', 2)).toEqual([])
      })
    })

    describe('what is long done', () => {
      const DAY = 86_400_000
      async function answer(n: number): Promise<void> {
        await store.inbox.accept(toTurn(n))
        await store.outbox.open(`t${n}`, 'desk', toAddress(`desk:${n}`))
        await store.outbox.recordRef(`t${n}`, `ref-${n}`)
        await store.outbox.ready(`t${n}`, toPlainReply(`t${n}`, 'x'.repeat(1000)), [])
      }

      it('loses its words 30 days after, and nothing that somebody may still need', async () => {
        await answer(1)
        await store.outbox.close('t1', 'sent')
        await answer(2)
        time += 29 * DAY
        await answer(3)
        await store.outbox.close('t3', 'sent')
        await store.claims.sweep()
        expect((await store.outbox.get('t1'))?.reply).not.toBeNull()
        time += DAY + 1
        await store.claims.sweep()
        expect(await store.outbox.get('t1')).toMatchObject({ state: 'sent', reply: null, refs: ['ref-1'] })
        expect(await store.inbox.get('t1')).toMatchObject({ state: 'done', turn: { ...toTurn(1), text: '' } })
        expect(await store.outbox.findTurn('thread-1', 'ref-1')).toBe('t1')
        // Neither what is not done, nor what is younger.
        expect(await store.inbox.get('t2')).toMatchObject({ turn: toTurn(2) })
        expect((await store.outbox.get('t2'))?.reply).not.toBeNull()
        expect((await store.inbox.get('t3'))?.turn).toEqual(toTurn(3))
        expect((await store.outbox.get('t3'))?.reply).not.toBeNull()
        // An id is never taken twice, however old.
        expect(await store.inbox.accept(toTurn(1))).toBe('duplicate')
        await store.outbox.close('t2', 'dead')
        store = await under.reopen()
        await store.claims.sweep()
        expect(await store.outbox.get('t2')).toMatchObject({ state: 'dead', reply: null })
      })

      it('keeps what a button holds', async () => {
        const { text: _, ...rest } = toTurn(1)
        const press = { ...rest, kind: 'action' as const, action: 'approve', value: { approval: 'a1' } }
        await store.inbox.accept(press)
        await store.inbox.finish('t1')
        time += 31 * DAY
        await store.claims.sweep()
        expect((await store.inbox.get('t1'))?.turn).toEqual(press)
      })

      it('is swept a little at a time, until all of it is', async () => {
        await Promise.all(Array.from({ length: 1200 }, (_, n) => store.inbox.accept(toTurn(n))))
        await Promise.all(Array.from({ length: 1200 }, (_, n) => store.inbox.finish(`t${n}`)))
        time += 31 * DAY
        await store.claims.sweep()
        expect((await store.inbox.get('t1199'))?.turn).toMatchObject({ text: expect.stringContaining('Question') })
        for (let sweep = 0; sweep < 3; sweep++) await store.claims.sweep()
        expect((await store.inbox.get('t0'))?.turn).toMatchObject({ text: '' })
        expect((await store.inbox.get('t1199'))?.turn).toMatchObject({ text: '' })
      })
    })

    describe('audit', () => {
      it('lists the newest first, by what was done', async () => {
        const line = { at: '2026-01-02T03:04:05.000Z', actor: 'acme/ann', turnId: 't1', outcome: 'done' as const }
        for (const what of ['search-docs', 'give-feedback', 'search-docs']) {
          await store.audit.append({ ...line, what, detail: { query: `"it's"`, hits: [1, { n: 2 }] } })
        }
        expect((await store.audit.list({ limit: 2 })).map(({ what }) => what)).toEqual(['search-docs', 'give-feedback'])
        const searches = await store.audit.list({ limit: 9, what: 'search-docs' })
        expect(searches).toHaveLength(2)
        expect(searches[0]).toEqual({
          ...line,
          seq: 3,
          what: 'search-docs',
          detail: { query: `"it's"`, hits: [1, { n: 2 }] },
        })
      })

      it('numbers the lines in the order they came, whatever their times, and lists those after a number', async () => {
        const line = { actor: 'acme/ann', turnId: 't1', outcome: 'done' as const, detail: {} }
        for (const [hour, what] of [
          ['12', 'a-a'],
          ['09', 'b-b'],
          ['11', 'a-a'],
        ] as const) {
          await store.audit.append({ ...line, at: `2026-01-02T${hour}:00:00.000Z`, what })
        }
        const list = async (options: { what?: string; after?: number }) =>
          (await store.audit.list({ limit: 9, ...options })).map(({ seq }) => seq)
        expect(await list({})).toEqual([3, 2, 1])
        expect(await list({ after: 1 })).toEqual([3, 2])
        expect(await list({ what: 'a-a', after: 1 })).toEqual([3])
        expect(await list({ what: 'a-a', after: 3 })).toEqual([])
        store = await under.reopen()
        expect(await list({ after: 2 })).toEqual([3])
      })
    })

    it('keeps what was asked for before it was closed, and refuses afterwards', async () => {
      const accepted = store.inbox.accept(toTurn(1))
      const closed = store.close()
      expect(await accepted).toBe('accepted')
      await closed
      await expect(store.inbox.accept(toTurn(2))).rejects.toMatchObject({ code: 'STORE_FAILED' })
      await expect(store.inbox.unfinished()).rejects.toMatchObject({ code: 'STORE_FAILED' })
      store = await under.reopen()
      expect(await store.inbox.unfinished()).toHaveLength(1)
    })
  })
}
