// The record of Champion: what it was when, who moved it there, and what lies before it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { type ChampionRecord, createChampionRecord } from '../../src/promotion/champion.ts'
import { readMoment } from '../../src/promotion/champion-moment.ts'
import type { Move } from '../../src/promotion/saga-move.ts'
import { ALIAS, configOf, handsOf, MODEL, moveOf, openRig, type Rig } from './saga-rig.ts'

let rig: Rig
let clock: number
let record: ChampionRecord
let moves = 0

const now = () => clock

beforeEach(async () => {
  rig = await openRig({ now })
  clock = Date.parse('2026-11-01T10:00:00Z')
  record = createChampionRecord({ ...rig.store, registry: rig.platform.registry, now })
})

afterEach(() => rig.close())

/** Carries out a move from what is Champion now, at that time. */
async function move(to: string, at: string, change: Partial<Move> = {}): Promise<string> {
  clock = Date.parse(at)
  const from = await rig.platform.registry.getAlias(MODEL, ALIAS)
  const before = (await rig.platform.serving.describe('support-llm-endpoint'))?.config ?? null
  const after = configOf([to, 100])
  const ending = await rig.saga.run(
    moveOf({
      approval: `m${++moves}`,
      from,
      to,
      before: before && configOf(...(before.entities.map(({ version }) => [version, 100]) as [string, number][])),
      after,
      probe: [],
      ...change,
    }),
    handsOf(),
  )
  return ending.state
}

const rollback = (to: string, at: string) => move(to, at, { kind: 'rollback' })
const lines = async (what: string) => (await rig.store.audit.list({ limit: 100, what })).length

describe('what was Champion when', () => {
  it('tells who moved it, on which run and policy, and who approved', async () => {
    await record.current(MODEL, ALIAS)
    expect(await move('3', '2026-11-02T12:00:00Z')).toBe('done')
    expect(await move('1', '2026-11-05T12:00:00Z')).toBe('done')
    clock = Date.parse('2026-11-09T00:00:00Z')
    expect(await record.at(MODEL, ALIAS, '2026-11-02T12:00Z')).toMatchObject({
      kind: 'known',
      version: '3',
      note: null,
      by: {
        how: 'promotion',
        from: '2',
        run: 'run-3',
        policy: 'p01',
        asker: { principal: 'ana@x.com' },
        approvers: [{ principal: 'bo@x.com' }],
      },
    })
    expect(await record.at(MODEL, ALIAS, '2026-11-02T11:59:59Z')).toMatchObject({
      version: '2',
      by: { how: 'observed' },
    })
    expect(await record.at(MODEL, ALIAS, '2026-11-05T11:00Z')).toMatchObject({ version: '3' })
    expect(await record.at(MODEL, ALIAS, '2026-11-05')).toMatchObject({
      version: '1',
      shown: 'at the end of 2026-11-05 (UTC)',
      at: '2026-11-05T23:59:59.999Z',
    })
  })

  it('does not know what was before the first record, and says what it knows', async () => {
    await move('3', '2026-11-02T12:00:00Z')
    const early = await record.at(MODEL, ALIAS, '2026-11-01')
    expect(early).toMatchObject({ kind: 'unknown' })
    expect(early.kind === 'unknown' && early.why).toContain('the record begins at 2026-11-02 12:00 UTC')
    expect(early.kind === 'unknown' && early.why).toContain('Until then it was v2')
    const other = await record.at(MODEL, 'Challenger', '2026-11-01')
    expect(other.kind === 'unknown' && other.why).toContain('nothing about it is recorded yet')
  })

  it('leaves it with the old version where a move was undone, and shows the try in the history', async () => {
    await record.current(MODEL, ALIAS)
    expect(await move('3', '2026-11-02T12:00:00Z', { probe: [{ question: 'empty?' }] })).toBe('undone')
    expect(await record.at(MODEL, ALIAS, '2026-11-02T12:00Z')).toMatchObject({ version: '2' })
    expect(await record.history(MODEL, ALIAS, 10)).toMatchObject([
      { how: 'undone', version: '2', tried: '3' },
      { how: 'observed', version: '2' },
    ])
    expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: '2', by: { how: 'observed' } })
    expect(await lines('observe-champion')).toBe(1)
  })

  it('gives the newest of the history first, at most as many as asked', async () => {
    await move('3', '2026-11-02T12:00:00Z')
    await rollback('2', '2026-11-03T12:00:00Z')
    expect((await record.history(MODEL, ALIAS, 1)).map(({ how }) => how)).toEqual(['rollback'])
    expect((await record.history(MODEL, ALIAS, 9)).map(({ version }) => version)).toEqual(['2', '3'])
  })
})

describe('what moved outside Lakedesk', () => {
  it('is recorded once when it is noticed, and makes the time before it doubtful', async () => {
    await move('3', '2026-11-02T12:00:00Z')
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    clock = Date.parse('2026-11-04T12:00:00Z')
    const seen = await Promise.all([record.current(MODEL, ALIAS), record.current(MODEL, ALIAS)])
    for (const one of seen) {
      expect(one).toMatchObject({ version: '1', since: '2026-11-04T12:00:00.000Z', by: { how: 'observed', from: '3' } })
    }
    expect(await lines('observe-champion')).toBe(1)
    const between = await record.at(MODEL, ALIAS, '2026-11-03')
    expect(between).toMatchObject({ kind: 'known', version: '3' })
    expect(between.kind === 'known' && between.note).toContain('between 2026-11-02 12:00 UTC and 2026-11-04 12:00 UTC')
    const after = await record.at(MODEL, ALIAS, '2026-11-04T12:00Z')
    expect(after.kind === 'known' && after.note).toContain('nobody knows by whom')
  })

  it('is told from a move that is under way', async () => {
    await record.current(MODEL, ALIAS)
    const seen: unknown[] = []
    const saga = rig.create({
      onPoint: async (point, when) => {
        if (point === 'endpoint.describe' && when === 'before') seen.push(await record.current(MODEL, ALIAS))
      },
    })
    await saga.run(moveOf(), handsOf())
    expect(seen[0]).toEqual({ version: '3', since: null, by: null, moving: true })
    expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: '3', moving: false, by: { how: 'promotion' } })
    expect(await lines('observe-champion')).toBe(1)
  })

  it('is known from a move that was stopped by it', async () => {
    await record.current(MODEL, ALIAS)
    const saga = rig.create({
      onPoint: async (point, when) => {
        if (point === 'alias.read' && when === 'before') await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
      },
    })
    clock += 1000
    expect((await saga.run(moveOf(), handsOf())).state).toBe('failed')
    expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: '1', by: { how: 'stopped', tried: '3' } })
    expect(await lines('observe-champion')).toBe(1)
  })

  it('is not guessed at where the registry does not answer', async () => {
    const down = new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer.')
    const blind = createChampionRecord({ ...rig.store, registry: { getAlias: () => Promise.reject(down) }, now })
    await expect(blind.current(MODEL, ALIAS)).rejects.toBe(down)
    await expect(blind.current(MODEL, ALIAS)).rejects.toBe(down)
    expect(await lines('observe-champion')).toBe(0)
  })

  it('also tells an alias that was deleted', async () => {
    await record.current(MODEL, ALIAS)
    await rig.platform.registry.deleteAlias(MODEL, ALIAS)
    clock += 1000
    expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: null, by: { how: 'observed', from: '2' } })
    expect(await record.current(MODEL, 'Challenger')).toEqual({ version: null, since: null, by: null, moving: false })
    expect(await lines('observe-champion')).toBe(2)
  })
})

describe('a clock that steps back', () => {
  beforeEach(async () => {
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    expect(await move('2', '2026-11-02T12:00:00Z', { before: configOf(['2', 100]) })).toBe('done')
    expect(await move('3', '2026-11-02T11:30:00Z')).toBe('done')
  })

  it('does not change what follows on what: nothing is called moved outside, at whatever time it is looked', async () => {
    for (const at of ['11:30:00', '11:30:01', '11:59:00', '12:00:00', '13:00:00']) {
      clock = Date.parse(`2026-11-02T${at}Z`)
      expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: '3', by: { how: 'promotion', from: '2' } })
      expect(await record.previous(MODEL, ALIAS)).toBe('2')
    }
    expect(await lines('observe-champion')).toBe(0)
    expect((await record.history(MODEL, ALIAS, 9)).map(({ version }) => version)).toEqual(['3', '2'])
  })

  it('is told where the time that is asked about is not sure because of it', async () => {
    clock = Date.parse('2026-11-03T12:00:00Z')
    const within = await record.at(MODEL, ALIAS, '2026-11-02T11:45Z')
    expect(within).toMatchObject({ kind: 'known', version: '3' })
    expect(within.kind === 'known' && within.note).toContain('The clock was set back')
    expect(await record.at(MODEL, ALIAS, '2026-11-02T12:30Z')).toMatchObject({ version: '3', note: null })
  })

  it('records a real change from outside once', async () => {
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    clock = Date.parse('2026-11-02T11:00:00Z')
    for (let look = 0; look < 3; look++) {
      expect(await record.current(MODEL, ALIAS)).toMatchObject({ version: '1', by: { how: 'observed', from: '3' } })
      clock += 1000
    }
    expect(await lines('observe-champion')).toBe(1)
  })
})

describe('the reading of the record', () => {
  it('reads each line once, also with several readers, and knows what others add', async () => {
    let read = 0
    const audit = {
      append: rig.store.audit.append,
      async list(options: { limit: number; what?: string; after?: number }) {
        const found = await rig.store.audit.list(options)
        read += found.length
        // Readers overlap: each goes on only after the others have asked.
        await new Promise((resolve) => setTimeout(resolve, 1))
        return found
      },
    }
    const create = () => createChampionRecord({ ...rig.store, audit, registry: rig.platform.registry, now })
    const [one, other] = [create(), create()]
    await one.current(MODEL, ALIAS)
    for (const [day, to] of ['3', '1', '2', '3'].entries()) {
      await move(to, `2026-11-0${day + 2}T12:00:00Z`)
      const histories = await Promise.all([1, 2, 3].map(() => one.history(MODEL, ALIAS, 99)))
      const seen = await Promise.all([one.current(MODEL, ALIAS), other.current(MODEL, ALIAS)])
      for (const history of histories) expect(history).toHaveLength(day + 2)
      for (const champion of seen) expect(champion).toMatchObject({ version: to, by: { how: 'promotion' } })
    }
    expect(await lines('observe-champion')).toBe(1)
    expect(await create().history(MODEL, ALIAS, 99)).toHaveLength(5)
    read = 0
    for (let look = 0; look < 20; look++) await Promise.all([one.current(MODEL, ALIAS), one.previous(MODEL, ALIAS)])
    expect(read).toBe(0)
  })

  it('says at every look that a line cannot be read, and shows nothing without it', async () => {
    await record.current(MODEL, ALIAS)
    const line = { at: '2026-11-02T12:00:00.000Z', actor: 'a/b', turnId: 't', outcome: 'done' as const }
    await rig.store.audit.append({ ...line, what: 'move-champion', detail: { model: MODEL } })
    await move('3', '2026-11-03T12:00:00Z')
    for (let look = 0; look < 2; look++) {
      await expect(record.history(MODEL, ALIAS, 9)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })
})

describe('the way back', () => {
  it('knows none before anything was recorded', async () => {
    expect(await record.previous(MODEL, ALIAS)).toBeNull()
    await record.current(MODEL, ALIAS)
    expect(await record.previous(MODEL, ALIAS)).toBeNull()
  })

  it('goes two steps back with two rollbacks, and never forward to what was rolled back', async () => {
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    await move('2', '2026-11-02T12:00:00Z', { before: configOf(['2', 100]) })
    await move('3', '2026-11-03T12:00:00Z')
    expect(await record.previous(MODEL, ALIAS)).toBe('2')
    expect(await rollback('2', '2026-11-04T12:00:00Z')).toBe('done')
    expect(await record.previous(MODEL, ALIAS)).toBe('1')
    expect(await rollback('1', '2026-11-05T12:00:00Z')).toBe('done')
    expect(await record.previous(MODEL, ALIAS)).toBeNull()
    await move('3', '2026-11-06T12:00:00Z')
    expect(await record.previous(MODEL, ALIAS)).toBe('1')
  })

  it('passes over moves that were undone', async () => {
    await record.current(MODEL, ALIAS)
    await move('1', '2026-11-02T12:00:00Z')
    await move('3', '2026-11-03T12:00:00Z', { probe: [{ question: 'empty?' }] })
    expect(await record.previous(MODEL, ALIAS)).toBe('2')
  })

  it('never is the version that is current: an alias that was deleted and set again lies on what was before', async () => {
    await record.current(MODEL, ALIAS)
    for (const set of [
      () => rig.platform.registry.deleteAlias(MODEL, ALIAS),
      () => rig.platform.registry.setAlias(MODEL, ALIAS, '2'),
    ]) {
      await set()
      clock += 1000
      await record.current(MODEL, ALIAS)
    }
    expect(await record.previous(MODEL, ALIAS)).toBeNull()
    await move('3', '2026-11-03T12:00:00Z')
    expect(await record.previous(MODEL, ALIAS)).toBe('2')
  })

  it('counts a move from outside as a step forward', async () => {
    await record.current(MODEL, ALIAS)
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    clock += 1000
    await record.current(MODEL, ALIAS)
    expect(await record.previous(MODEL, ALIAS)).toBe('2')
  })
})

describe('a time as people write it', () => {
  const today = Date.parse('2026-11-10T15:30:00Z')

  it.each([
    ['2026-11-01', '2026-11-01T23:59:59.999Z', 'at the end of 2026-11-01 (UTC)'],
    ['2026-11-10', '2026-11-10T15:30:00.000Z', 'on 2026-11-10 up to now (UTC)'],
    ['2026-11-01T10:00Z', '2026-11-01T10:00:00.000Z', 'at 2026-11-01 10:00 UTC'],
    [' 2026-11-01 10:00 ', '2026-11-01T10:00:00.000Z', 'at 2026-11-01 10:00 UTC'],
    ['2026-11-01T10:00:30+02:00', '2026-11-01T08:00:30.000Z', 'at 2026-11-01 08:00:30 UTC'],
    ['2024-02-29', '2024-02-29T23:59:59.999Z', 'at the end of 2024-02-29 (UTC)'],
  ])('reads %s', (text, at, shown) => {
    expect(readMoment(text, today)).toEqual({ kind: 'moment', at, shown })
  })

  it.each([
    ['banana', 'is no date'],
    ['', 'is no date'],
    ['01.11.2026', 'is no date'],
    ['2026-02-30', 'There is no 2026-02-30 in the calendar'],
    ['2026-13-01', 'There is no 2026-13-01 in the calendar'],
    ['2026-11-01T25:00Z', 'no time of day'],
    ['2026-11-11', 'lies in the future'],
    ['2026-11-10T15:31Z', 'lies in the future'],
  ])('answers "%s" with what is wrong and how to write it', async (text, why) => {
    const moment = readMoment(text, today)
    expect(moment.kind === 'invalid' && moment.why).toContain(why)
    expect(moment.kind === 'invalid' && moment.why).toContain('Write a date such as 2026-11-01')
    clock = today
    expect(await record.at(MODEL, ALIAS, text)).toEqual(moment)
  })
})
