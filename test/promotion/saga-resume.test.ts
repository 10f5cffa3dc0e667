// A move that a crash broke off goes on from its journal alone, also where nothing else of it can be read any more.
import { afterEach, describe, expect, it } from 'vitest'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createPeople } from '../../src/approvals/people.ts'
import type { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { resumeOrphans } from '../../src/promotion/saga-orphans.ts'
import type { SagaPoint } from '../../src/promotion/saga-points.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { carryOutMove } from '../../src/tools/move-champion.ts'
import { toApproval, toAuditLine } from '../store/approvals.ts'
import {
  ALIAS,
  agreeing,
  canary,
  configOf,
  type Doors,
  ENDPOINT,
  handsOf,
  MODEL,
  moveOf,
  openRig,
  type Rig,
} from './saga-rig.ts'

const open: Rig[] = []

async function rigOf(doors?: Doors): Promise<Rig> {
  const rig = await openRig(doors)
  open.push(rig)
  return rig
}

afterEach(async () => {
  for (const rig of open.splice(0)) await rig.close()
})

/** Runs the move until that point, where the process stops. */
async function breakOff(rig: Rig, at: SagaPoint, when: 'before' | 'after', move = moveOf()): Promise<void> {
  const stop = new AbortController()
  const saga = rig.create({
    onPoint(point, side) {
      if (point !== at || side !== when || stop.signal.aborted) return
      stop.abort(new Error('stopped'))
      throw new Error('stopped')
    },
  })
  await expect(saga.run(move, handsOf({ signal: stop.signal }))).rejects.toThrow('stopped')
}

describe('resume', () => {
  it('goes on from the journal alone, to the end that the move would have had', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'endpoint.describe', 'before')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '3' })
    const ending = await rig.create().resume('a7f3k2', handsOf())
    expect(ending).toMatchObject({ state: 'done', outcome: expect.stringContaining('is v3 now') })
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(await rig.lines()).toMatchObject([
      { what: 'move-champion', detail: { approvers: [{ principal: 'bo@x.com' }] } },
    ])
    expect(await rig.create().resume('a7f3k2', handsOf())).toEqual(ending)
    expect(await rig.lines()).toHaveLength(1)
  })

  it('goes on undoing what was being undone', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'undo.update', 'before', moveOf({ probe: [{ question: 'empty?' }] }))
    expect(await rig.create().resume('a7f3k2', handsOf())).toMatchObject({ state: 'undone' })
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('is null where no move was begun', async () => {
    const rig = await rigOf()
    expect(await rig.saga.resume('a7f3k2', handsOf())).toBeNull()
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('takes the facts into account as long as nothing was moved', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'alias.read', 'before')
    const ending = await rig.saga.resume('a7f3k2', handsOf({ recheck: async () => 'The request is gone.' }))
    expect(ending).toMatchObject({ state: 'void' })
    expect(await rig.store.sagas.unfinished()).toEqual([])
  })

  it('joins the run that is under way', async () => {
    const rig = await rigOf()
    const run = rig.saga.run(moveOf(), handsOf())
    expect(await rig.saga.resume('a7f3k2', handsOf())).toEqual(await run)
    expect(await rig.lines()).toHaveLength(1)
  })

  it('does nothing about a journal that cannot be read', async () => {
    const rig = await rigOf()
    await rig.store.sagas.begin({ id: 'a7f3k2', subject: `model:${MODEL}`, step: 'alias', state: { move: 1 } })
    await expect(rig.saga.resume('a7f3k2', handsOf())).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    expect(await rig.world()).toEqual(agreeing('2'))
  })
})

it('lists the moves that are not ended, and no operation of another kind', async () => {
  const rig = await rigOf()
  expect(await rig.saga.unfinished()).toEqual([])
  await breakOff(rig, 'alias.write', 'after')
  await rig.store.sagas.begin({ id: 'x', subject: 'job:1', step: 'one', state: {} })
  expect(await rig.create().unfinished()).toEqual(['a7f3k2'])
  await rig.create().resume('a7f3k2', handsOf())
  expect(await rig.saga.unfinished()).toEqual([])
})

describe('a request that cannot be read any more', () => {
  const unreadable = toApproval('a7f3k2', { state: 'running', evidence: { evidence: { kind: 'promotion' }, move: {} } })
  const carryOut = (rig: Rig) =>
    carryOutMove(
      { approval: unreadable, progress: async () => {}, whyNotRun: async () => null },
      new AbortController().signal,
      rig.create(),
      async () => ({ kind: 'facts', expects: unreadable.expects }),
    )

  it('is carried to its end where its move was begun', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'endpoint.describe', 'before')
    expect(await carryOut(rig)).toMatchObject({ state: 'done' })
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(await rig.store.sagas.unfinished()).toEqual([])
  })

  it('fails with nothing moved where it was not', async () => {
    const rig = await rigOf()
    const ending = await carryOut(rig)
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('nothing was moved')
    expect(await rig.world()).toEqual(agreeing('2'))
  })
})

describe('a move whose request is gone or has ended', () => {
  const take = (rig: Rig, signal = new AbortController().signal) =>
    resumeOrphans({ saga: rig.create(), approvals: rig.store.approvals, log: silentLog }, signal)

  it.each([
    ['is gone', null],
    ['has failed', 'failed'],
  ] as const)('is brought to its end where the request %s', async (_, state) => {
    const rig = await rigOf()
    if (state) await rig.store.approvals.create(toApproval('a7f3k2', { state }), toAuditLine(1))
    await breakOff(rig, 'endpoint.describe', 'before')
    expect([...(await take(rig))]).toMatchObject([['a7f3k2', { state: 'done' }]])
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(await rig.store.sagas.unfinished()).toEqual([])
    expect((await take(rig)).size).toBe(0)
  })

  it('begins nothing: it is void where nothing was moved', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'recheck.read', 'before')
    const ending = (await take(rig)).get('a7f3k2')
    expect(ending).toMatchObject({ state: 'void', outcome: expect.stringContaining('The request a7f3k2 is gone.') })
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it.each(['approved', 'running'] as const)('is not touched while the request is %s', async (state) => {
    const rig = await rigOf()
    await rig.store.approvals.create(toApproval('a7f3k2', { state }), toAuditLine(1))
    await breakOff(rig, 'endpoint.describe', 'before')
    expect((await take(rig)).size).toBe(0)
    expect(await rig.store.sagas.unfinished()).toHaveLength(1)
  })

  it('is taken up by the runner at its start, and by none that stops', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'endpoint.describe', 'before')
    const { store } = rig
    const runnerOf = (tickMs: number) =>
      createApprovedRunner({
        approvals: createApprovals({ store, people: createPeople([]) }),
        cards: createCards({ store, find: () => undefined, wake: () => {} }),
        find: () => undefined,
        log: silentLog,
        tickMs,
        orphans: (signal) => resumeOrphans({ saga: rig.create(), approvals: store.approvals, log: silentLog }, signal),
      })
    const stopped = runnerOf(1)
    await stopped.drain()
    await stopped.tick()
    expect(await rig.saga.unfinished()).toEqual(['a7f3k2'])
    const runner = runnerOf(60_000)
    await runner.start()
    await expect.poll(() => rig.saga.unfinished()).toEqual([])
    await runner.drain()
    expect(await rig.world()).toEqual(agreeing('3'))
  })

  it('is left for later, and does not hold up the others, where its journal cannot be read', async () => {
    const rig = await rigOf()
    await rig.store.sagas.begin({ id: 'bad', subject: 'model:other', step: 'alias', state: {} })
    await breakOff(rig, 'endpoint.describe', 'before')
    expect([...(await take(rig)).keys()]).toEqual(['a7f3k2'])
    expect(await rig.saga.unfinished()).toEqual(['bad'])
  })

  it('is left for the next start where the process stops', async () => {
    const rig = await rigOf()
    await breakOff(rig, 'endpoint.describe', 'before')
    expect((await take(rig, AbortSignal.abort())).size).toBe(0)
    expect(await rig.saga.unfinished()).toEqual(['a7f3k2'])
  })
})

describe('a write that was on its way when the process died', () => {
  /** The first update does not arrive until that many looks after the restart. */
  async function rigWithLateWrite(looks: number) {
    let late: (() => Promise<void>) | null = null
    let left = Number.POSITIVE_INFINITY
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          if (late) return real.updateConfig(name, config)
          late = () => real.updateConfig(name, config)
          throw new Error('killed while the request was on its way')
        },
        async describe(name) {
          // A platform that is at an update already refuses it.
          if (--left === 0) await late?.().catch((error: LakedeskError) => expect(error.code).toBe('ENDPOINT_BUSY'))
          return real.describe(name)
        },
      }),
    })
    const stop = new AbortController()
    const saga = rig.create({
      onPoint: (point) => void (point === 'canary.update' && stop.abort(new Error('killed'))),
    })
    await expect(saga.run(moveOf({ canary }), handsOf({ signal: stop.signal }))).rejects.toThrow('killed')
    left = looks
    return rig
  }

  it.each([2, 3, 4])('is taken back where the facts moved and it arrives at look %i', async (looks) => {
    const rig = await rigWithLateWrite(looks)
    const ending = await rig.create().run(moveOf({ canary }), handsOf({ recheck: async () => 'The policy moved.' }))
    expect(ending).toEqual({
      state: 'undone',
      outcome:
        'The promotion of v3 failed at the step recheck: The policy moved. Put back: support-llm-endpoint serves v2.',
    })
    while ((await rig.world()).updating);
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('does not hold up a move whose facts stand', async () => {
    const rig = await rigWithLateWrite(3)
    expect((await rig.create().run(moveOf({ canary }), handsOf())).state).toBe('done')
    expect(await rig.world()).toEqual(agreeing('3'))
  })

  it('is waited for also where it was to the alias', async () => {
    let looks = -1
    const rig = await rigOf({
      registry: (real) => ({
        ...real,
        async setAlias(model, alias, version) {
          if (version === '2' || looks >= 0) return real.setAlias(model, alias, version)
          looks = 0
          throw new Error('lost on its way')
        },
        async getAlias(model, alias) {
          if (looks >= 0 && ++looks === 3) await real.setAlias(model, alias, '3')
          return real.getAlias(model, alias)
        },
      }),
    })
    expect((await rig.saga.run(moveOf(), handsOf())).state).toBe('undone')
    expect(looks).toBeGreaterThan(3)
    expect(await rig.world()).toEqual(agreeing('2'))
  })
})

describe('somebody else’s change', () => {
  const crossAt = (at: SagaPoint, change: (rig: Rig) => Promise<void>): Promise<Rig> => {
    let crossed = false
    const rig: Promise<Rig> = rigOf({
      onPoint: async (point, when) => {
        if (point !== at || when !== 'after' || crossed) return
        crossed = true
        await change(await rig)
        while ((await (await rig).world()).updating);
      },
    })
    return rig
  }
  const endpointTo1 = ({ platform }: Rig) => platform.serving.updateConfig(ENDPOINT, configOf(['1', 100]))
  const aliasTo1 = ({ platform }: Rig) => platform.registry.setAlias(MODEL, ALIAS, '1')

  it('of the endpoint stays, and the alias that was moved goes back', async () => {
    const rig = await crossAt('alias.write', endpointTo1)
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending).toEqual({
      state: 'failed',
      outcome:
        'The promotion of v3 stopped: support-llm-endpoint serves v1, which this move has not set (it was v2, and becomes v3). Put back: alias Champion points at v2. Found now: alias Champion points at v2, support-llm-endpoint serves v1. What others changed was not overwritten; a person must look.',
    })
    expect(await rig.world()).toEqual({ alias: '2', served: '1:100', updating: false })
    expect(await rig.lines()).toMatchObject([
      {
        what: 'stop-move',
        detail: { step: 'endpoint', putBack: ['alias Champion points at v2'], found: { alias: '2' } },
      },
    ])
  })

  it('of the alias stays, and the canary is taken back', async () => {
    const rig = await crossAt('canary.ask', aliasTo1)
    const ending = await rig.saga.run(moveOf({ canary }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('alias Champion points at v1, which this move has not set')
    expect(ending.outcome).toContain('Put back: support-llm-endpoint serves v2.')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
  })

  it('of the alias stays where the undo meets it, and the endpoint goes back', async () => {
    const rig = await crossAt('undo.journal', aliasTo1)
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('The move had failed at the step probe')
    expect(ending.outcome).toContain('Put back: support-llm-endpoint serves v2.')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
  })

  it('of both stays, and nothing is claimed to be put back', async () => {
    const rig = await crossAt('undo.journal', async (one) => {
      await aliasTo1(one)
      await endpointTo1(one)
    })
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).not.toContain('Put back')
    expect(ending.outcome).toContain('alias Champion points at v1, which')
    expect(ending.outcome).toContain('support-llm-endpoint serves v1, which')
    expect(await rig.world()).toEqual(agreeing('1'))
  })

  it('is remembered over a crash in the middle of putting the rest back', async () => {
    const rig = await crossAt('alias.write', endpointTo1)
    const stop = new AbortController()
    const saga = rig.create({
      onPoint: async (point, when) => {
        if (point === 'alias.write' && when === 'after') await endpointTo1(rig)
        if (point === 'undo.write-alias' && when === 'after') stop.abort(new Error('stopped'))
        if (stop.signal.aborted) throw new Error('stopped')
      },
    })
    await expect(saga.run(moveOf(), handsOf({ signal: stop.signal }))).rejects.toThrow('stopped')
    const ending = await rig.create({ onPoint: () => {} }).resume('a7f3k2', handsOf())
    expect(ending).toMatchObject({ state: 'failed', outcome: expect.stringContaining('Put back: alias Champion') })
    expect(await rig.world()).toEqual({ alias: '2', served: '1:100', updating: false })
  })
})
