// The contract of what the store keeps of tickets: triaged ones, changed by compare and swap, and labelled rows.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LabelledEntry, Store } from '../../src/store/port.ts'
import type { CreateStore, StoreUnderTest } from './contract.ts'

const AT = '2026-01-02T03:04:05.000Z'

function toRow(more: Partial<LabelledEntry> = {}): LabelledEntry {
  return { task: 'category', text: 'I was charged twice', label: 'billing', by: 'ana', at: AT, source: 's1', ...more }
}

export function describeTicketStore(name: string, create: CreateStore): void {
  describe(`${name} keeps the contract of tickets`, () => {
    let under: StoreUnderTest
    let store: Store
    let time = Date.parse(AT)

    beforeEach(async () => {
      time = Date.parse(AT)
      under = await create(() => time)
      store = under.store
    })
    afterEach(() => under.remove())

    describe('triages', () => {
      it('come back as they were put, after a restart too', async () => {
        expect(await store.triages.create('t-1', { text: 'a "quoted" ✓', fields: { a: null } })).toBe(true)
        const entry = { id: 't-1', revision: 1, createdAt: AT, updatedAt: AT }
        const record = { text: 'a "quoted" ✓', fields: { a: null } }
        expect(await store.triages.get('t-1')).toEqual({ ...entry, record })
        store = await under.reopen()
        expect(await store.triages.get('t-1')).toEqual({ ...entry, record })
        expect(await store.triages.get('t-2')).toBeNull()
      })

      it('are created once', async () => {
        const made = await Promise.all([1, 2, 3, 4].map((n) => store.triages.create('t-1', { n })))
        expect(made).toEqual([true, false, false, false])
        expect((await store.triages.get('t-1'))?.record).toEqual({ n: 1 })
      })

      it('let one of many swaps of one revision win', async () => {
        await store.triages.create('t-1', { n: 0 })
        time += 1000
        const won = await Promise.all([1, 2, 3].map((n) => store.triages.update('t-1', 1, { n })))
        expect(won).toEqual([true, false, false])
        expect(await store.triages.get('t-1')).toEqual({
          id: 't-1',
          revision: 2,
          createdAt: AT,
          updatedAt: '2026-01-02T03:04:06.000Z',
          record: { n: 1 },
        })
        expect(await store.triages.update('t-9', 1, {})).toBe(false)
      })
    })

    describe('ledgers', () => {
      it('keep kinds apart, and list those created last first, after a restart too', async () => {
        const cases = store.ledger('cases')
        expect(await cases.create('c1', { n: 1 })).toBe(true)
        expect(await cases.create('c2', { n: 2 })).toBe(true)
        expect(await store.ledger('nights').create('c1', { other: true })).toBe(true)
        store = await under.reopen()
        expect((await store.ledger('cases').list(10)).map(({ id }) => id)).toEqual(['c2', 'c1'])
        expect((await store.ledger('cases').list(1)).map(({ id }) => id)).toEqual(['c2'])
        const entry = { id: 'c1', revision: 1, createdAt: AT, updatedAt: AT }
        expect(await store.ledger('nights').get('c1')).toEqual({ ...entry, record: { other: true } })
        expect(await store.ledger('mutes').get('c1')).toBeNull()
      })

      it('let one of many creations and swaps win', async () => {
        const nights = store.ledger('nights')
        const made = await Promise.all([1, 2, 3].map((n) => nights.create('n1', { n })))
        expect(made).toEqual([true, false, false])
        time += 1000
        const won = await Promise.all([1, 2, 3].map((n) => nights.update('n1', 1, { n })))
        expect(won).toEqual([true, false, false])
        expect(await nights.get('n1')).toMatchObject({ revision: 2, updatedAt: '2026-01-02T03:04:06.000Z' })
        expect(await nights.update('n9', 1, {})).toBe(false)
      })

      it('forget what is removed, once', async () => {
        const mutes = store.ledger('mutes')
        await mutes.create('m1', {})
        expect(await mutes.remove('m1')).toBe(true)
        expect(await mutes.remove('m1')).toBe(false)
        expect(await mutes.create('m1', { again: true })).toBe(true)
      })
    })

    describe('labelled rows', () => {
      it('come back by task, oldest first, after a restart too', async () => {
        await store.labelled.put(toRow())
        await store.labelled.put(toRow({ source: 's2', text: 'It crashes', label: 'technical' }))
        await store.labelled.put(toRow({ task: 'field:urgency', label: 'high' }))
        store = await under.reopen()
        expect(await store.labelled.list('category')).toEqual([
          toRow(),
          toRow({ source: 's2', text: 'It crashes', label: 'technical' }),
        ])
        expect(await store.labelled.list('field:urgency')).toHaveLength(1)
        expect(await store.labelled.list('other')).toEqual([])
      })

      it('are put once by task and source: the same again changes nothing, another label replaces', async () => {
        await store.labelled.put(toRow())
        await store.labelled.put(toRow())
        expect(await store.labelled.list('category')).toHaveLength(1)
        await store.labelled.put(toRow({ label: 'other', at: '2026-01-03T00:00:00.000Z' }))
        expect((await store.labelled.list('category')).map(({ label }) => label)).toEqual(['other'])
      })

      it('keep the newer word where an older one is written again', async () => {
        await store.labelled.put(toRow({ label: 'other', at: '2026-01-03T00:00:00.000Z' }))
        await store.labelled.put(toRow({ label: 'billing' }))
        expect((await store.labelled.list('category')).map(({ label }) => label)).toEqual(['other'])
      })

      it('give one row for a text, the newest, whatever its source', async () => {
        await store.labelled.put(toRow({ at: '2026-01-03T00:00:00.000Z' }))
        await store.labelled.put(toRow({ source: 's2', label: 'other' }))
        expect((await store.labelled.list('category')).map(({ label }) => label)).toEqual(['billing'])
        await store.labelled.put(toRow({ source: 's3', label: 'technical', at: '2026-01-03T00:00:00.000Z' }))
        expect((await store.labelled.list('category')).map(({ label }) => label)).toEqual(['technical'])
      })
    })
  })
}
