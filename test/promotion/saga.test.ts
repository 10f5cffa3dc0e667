// The saga through its front door: alias and endpoint arrive together, or both are back where they were.
import { afterEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
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

const unreachable = () => new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer.')

describe('a move that works', () => {
  it('moves alias and endpoint, tells the steps, and records who, what and on which evidence', async () => {
    const rig = await rigOf()
    const labels: string[] = []
    const ending = await rig.saga.run(moveOf(), handsOf({ progress: (label) => void labels.push(label) }))
    expect(ending.state).toBe('done')
    expect(ending.outcome).toBe(
      `Champion of ${MODEL} is v3 now (before: v2), and support-llm-endpoint answers with v3.`,
    )
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(labels).toEqual([
      'Reading the facts again',
      'Alias Champion to v3',
      'support-llm-endpoint: new version',
      'Waiting until support-llm-endpoint is ready',
      'Asking the golden questions',
    ])
    const [line, ...others] = await rig.lines()
    expect(others).toEqual([])
    expect(line).toMatchObject({
      actor: 'T0/U0ANA',
      what: 'move-champion',
      turnId: 'approval:a7f3k2',
      outcome: 'done',
      detail: {
        kind: 'promotion',
        model: MODEL,
        alias: ALIAS,
        endpoint: ENDPOINT,
        from: '2',
        to: '3',
        approval: 'a7f3k2',
        run: 'run-3',
        policy: 'p01',
        seal: 'seal-1',
        forced: null,
        asker: { principal: 'ana@x.com' },
        approvers: [{ principal: 'bo@x.com' }],
      },
    })
    expect(await rig.store.sagas.unfinished()).toEqual([])
  })

  it('lets a canary take its share and asks it directly before the alias moves', async () => {
    const seen: string[] = []
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          seen.push(`update ${config.routes.map(({ percentage }) => percentage).join('/')}`)
          return real.updateConfig(name, config)
        },
        async invoke(name, records, options) {
          seen.push(`ask ${options?.entity ?? 'all'}`)
          return real.invoke(name, records, options)
        },
      }),
      registry: (real) => ({
        ...real,
        async setAlias(...args) {
          seen.push(`alias ${args[2]}`)
          return real.setAlias(...args)
        },
      }),
    })
    const ending = await rig.saga.run(moveOf({ canary }), handsOf())
    expect(ending.state).toBe('done')
    expect(await rig.world()).toEqual(agreeing('3'))
    const asks = seen.filter((what) => what === 'ask rag-3').length
    expect(asks).toBeGreaterThanOrEqual(2)
    expect(seen).toEqual(['update 90/10', ...Array(asks).fill('ask rag-3'), 'alias 3', 'update 100', 'ask all'])
  })

  it('creates an alias that did not exist, and takes it away again where the probe fails', async () => {
    const rig = await rigOf()
    await rig.platform.registry.deleteAlias(MODEL, ALIAS)
    const failed = await rig.saga.run(
      moveOf({ from: null, probe: [{ question: 'What?', expect: 'banana' }] }),
      handsOf(),
    )
    expect(failed.state).toBe('undone')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: null })
    const done = await rig.saga.run(moveOf({ approval: 'b', from: null }), handsOf())
    expect(done.state).toBe('done')
    expect(await rig.world()).toEqual(agreeing('3'))
  })

  it('leaves an endpoint alone that serves the version already', async () => {
    let updates = 0
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(...args) {
          updates++
          return real.updateConfig(...args)
        },
      }),
    })
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    const ending = await rig.saga.run(
      moveOf({ from: '1', to: '2', before: configOf(['2', 100]), probe: [] }),
      handsOf(),
    )
    expect(ending.state).toBe('done')
    expect(updates).toBe(0)
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('waits while the endpoint is busy, then goes on', async () => {
    let refusals = 3
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(...args) {
          if (refusals-- > 0) throw new LakedeskError('ENDPOINT_BUSY', 'It is being updated.')
          return real.updateConfig(...args)
        },
      }),
    })
    expect((await rig.saga.run(moveOf(), handsOf())).state).toBe('done')
    expect(refusals).toBe(-1)
    expect(await rig.world()).toEqual(agreeing('3'))
  })

  it('does not take `ready` for arrived: the alias of a swap under way is not called done', async () => {
    const states: string[] = []
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async describe(name) {
          const endpoint = await real.describe(name)
          states.push(`${endpoint?.ready} ${endpoint?.update}`)
          return endpoint
        },
        async invoke(...args) {
          states.push('asked')
          return real.invoke(...args)
        },
      }),
    })
    await rig.saga.run(moveOf(), handsOf())
    expect(states).toContain('true IN_PROGRESS')
    expect(states[states.indexOf('asked') - 1]).toBe('true NOT_UPDATING')
    expect(states.lastIndexOf('true IN_PROGRESS')).toBeLessThan(states.indexOf('asked'))
  })
})

describe('a move that fails', () => {
  it('puts both back where a golden question is not answered as expected, and names it', async () => {
    const rig = await rigOf()
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'What?', expect: 'banana' }] }), handsOf())
    expect(ending).toEqual({
      state: 'undone',
      outcome:
        'The promotion of v3 failed at the step probe: "What?" was answered without "banana": "Version 3 says that the limit is 42.". Put back: support-llm-endpoint serves v2, alias Champion points at v2.',
    })
    expect(await rig.world()).toEqual(agreeing('2'))
    expect(await rig.lines()).toMatchObject([
      { what: 'undo-move', outcome: 'failed', detail: { step: 'probe', from: '2', to: '3' } },
    ])
    expect(await rig.store.sagas.unfinished()).toEqual([])
  })

  it('takes an empty answer for none', async () => {
    const rig = await rigOf()
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('"empty?" was answered with nothing')
  })

  it('puts the alias back where the update fails, with the platform’s own words', async () => {
    const rig = await rigOf()
    const ending = await rig.saga.run(moveOf({ to: '4', after: configOf(['4', 100]), probe: [] }), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('The update of support-llm-endpoint failed')
    expect(ending.outcome).toContain('Version 4 holds no chain')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('never moves the alias where the canary does not load', async () => {
    let writes = 0
    const rig = await rigOf({
      registry: (real) => ({
        ...real,
        async setAlias(...args) {
          writes++
          return real.setAlias(...args)
        },
      }),
    })
    const config = configOf(['2', 90], ['4', 10])
    const ending = await rig.saga.run(
      moveOf({ to: '4', after: configOf(['4', 100]), canary: { ...canary, config } }),
      handsOf(),
    )
    expect(ending.outcome).toContain('failed at the step canary')
    expect(writes).toBe(0)
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('changes nothing where the registry is down before the first write', async () => {
    const rig = await rigOf({
      registry: (real) => ({ ...real, getAlias: () => Promise.reject(unreachable()) }),
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toBe(
      'The promotion of v3 failed at the step alias: The registry does not answer. Nothing was changed.',
    )
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('takes an alias that was written by a call that timed out for perhaps written', async () => {
    let lost = true
    const rig = await rigOf({
      registry: (real) => ({
        ...real,
        async setAlias(...args) {
          await real.setAlias(...args)
          if (lost) {
            lost = false
            throw unreachable()
          }
        },
      }),
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('failed at the step alias')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('takes an update that was lost on the way back for perhaps begun', async () => {
    let lost = true
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(...args) {
          await real.updateConfig(...args)
          if (lost) {
            lost = false
            throw unreachable()
          }
        },
      }),
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('takes back an update that arrives only after the call for it has timed out', async () => {
    let looks = -1
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          if (config.entities[0]?.version !== '3') return real.updateConfig(name, config)
          looks = 0
          throw unreachable()
        },
        async describe(name) {
          if (looks >= 0 && ++looks === 5) await real.updateConfig(name, configOf(['3', 100]))
          return real.describe(name)
        },
      }),
    })
    expect((await rig.saga.run(moveOf(), handsOf())).state).toBe('undone')
    expect(looks).toBeGreaterThan(5)
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('bears single looks that fail while it waits', async () => {
    let looks = 0
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async describe(name) {
          if (looks++ === 2) throw unreachable()
          return real.describe(name)
        },
      }),
    })
    expect((await rig.saga.run(moveOf(), handsOf())).state).toBe('done')
    expect(looks).toBeGreaterThan(3)
  })

  it('says that an undo is not complete while the platform is down, and completes it when called again', async () => {
    let down = false
    let clock = Date.now()
    const rig = await rigOf({
      now: () => clock,
      sleep: async () => {
        clock += 10_000
      },
      registry: (real) => ({
        ...real,
        async getAlias(...args) {
          if (down) throw unreachable()
          return real.getAlias(...args)
        },
      }),
      serving: (real) => ({
        ...real,
        async invoke() {
          down = true
          throw unreachable()
        },
      }),
    })
    const failed = rig.saga.run(moveOf(), handsOf())
    await expect(failed).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' })
    await expect(failed).rejects.toThrow('the undo is NOT complete')
    expect(await rig.store.sagas.unfinished()).toMatchObject([{ id: 'a7f3k2', step: 'undoing' }])
    expect(await rig.lines()).toEqual([])
    down = false
    const ending = await rig.create().run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('failed at the step probe')
    expect(await rig.world()).toEqual(agreeing('2'))
    expect(await rig.lines()).toHaveLength(1)
  })

  it('ends an undo within the run where the platform comes back in time', async () => {
    let failures = 4
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          if (config.entities[0]?.version === '2' && failures-- > 0) throw unreachable()
          return real.updateConfig(name, config)
        },
      }),
    })
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('undone')
    expect(failures).toBe(-1)
    expect(await rig.world()).toEqual(agreeing('2'))
  })
})

describe('an endpoint of several models', () => {
  it('keeps the others, and names them where it tells the traffic', async () => {
    const rig = await rigOf()
    const { registry, serving } = rig.platform
    await registry.createVersion({ model: 'other', source: 'x', runId: null })
    const beside = (version: string) => {
      const { entities, routes } = configOf([version, 60])
      const other = { name: 'other-1', model: 'other', version: '1', settings: {} }
      return { entities: [...entities, other], routes: [...routes, { entity: 'other-1', percentage: 40 }] }
    }
    await serving.updateConfig(ENDPOINT, beside('2'))
    while ((await rig.world()).updating);
    const ending = await rig.saga.run(moveOf({ before: beside('2'), after: beside('3'), probe: [] }), handsOf())
    expect(ending.outcome).toContain('answers with rag-3 v3 60%, other-1 v1 40%')
    expect((await rig.world()).served).toBe('3:60,other-1:40')
  })
})

describe('waits that have an end', () => {
  it('gives up on an endpoint that stays busy, and puts the alias back', async () => {
    let clock = Date.now()
    const rig = await rigOf({
      now: () => clock,
      sleep: async (ms) => {
        clock += ms + 1000
      },
      serving: (real) => ({
        ...real,
        updateConfig: () => Promise.reject(new LakedeskError('ENDPOINT_BUSY', 'It is being updated.')),
      }),
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('is still being updated by something else after 1 minutes')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('gives up on an update that never arrives, and does not call the undo complete while it runs', async () => {
    let clock = Date.now()
    let stuck = true
    const rig = await rigOf({
      now: () => clock,
      sleep: async (ms) => {
        clock += ms + 1000
      },
      serving: (real) => ({
        ...real,
        async describe(name) {
          const endpoint = await real.describe(name)
          const config = configOf(['2', 100])
          const pending = configOf(['3', 100])
          return stuck && endpoint?.config?.entities[0]?.version === '3'
            ? { ...endpoint, update: 'IN_PROGRESS', config, pending }
            : endpoint
        },
      }),
    })
    await expect(rig.saga.run(moveOf(), handsOf())).rejects.toThrow(
      /does not serve v3 after 1 minutes.*the undo is NOT complete/s,
    )
    expect(await rig.lines()).toEqual([])
    stuck = false
    expect((await rig.saga.run(moveOf(), handsOf())).state).toBe('undone')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('does not wait for ever for an update that the platform took and dropped', async () => {
    const rig = await rigOf({ serving: (real) => ({ ...real, updateConfig: async () => {} }) })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('did not take the update and still serves v2')
  })

  it('takes a cancelled update for a failure', async () => {
    let cancelled = false
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          cancelled = config.entities[0]?.version === '3'
          if (!cancelled) await real.updateConfig(name, config)
        },
        async describe(name) {
          const endpoint = await real.describe(name)
          return endpoint && cancelled ? { ...endpoint, update: 'UPDATE_CANCELED', message: 'stopped by Cy' } : endpoint
        },
      }),
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('The update of support-llm-endpoint was cancelled: stopped by Cy.')
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it.each(['UPDATE_FAILED', 'UPDATE_CANCELED'] as const)('end at the first look that tells of %s', async (update) => {
    let clock = 0
    let looks = 0
    let sent = false
    const polls: number[] = []
    let failedAt: number | null = null
    const rig = await rigOf({
      now: () => clock,
      pollMs: 5000,
      sleep: async (ms) => {
        clock += ms
      },
      onPoint: (point, when) => {
        if (point === 'wait.poll' && when === 'after') polls.push(clock)
        if (point === 'undo.journal' && when === 'before') failedAt = clock
      },
      serving: (real) => ({
        ...real,
        async updateConfig() {
          sent = true
        },
        // The update runs for three looks, and is told as ended badly ever after.
        async describe(name) {
          const endpoint = await real.describe(name)
          if (!endpoint || !sent) return endpoint
          const pending = configOf(['3', 100])
          if (++looks <= 3) return { ...endpoint, update: 'IN_PROGRESS', pending }
          return { ...endpoint, update, message: 'no capacity' }
        },
      }),
    })
    const ending = await rig.saga.run(moveOf({ waitMinutes: 20 }), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('no capacity. Put back:')
    expect(polls).toEqual([0, 5000, 10_000, 15_000])
    expect(failedAt).toBe(15_000)
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('says that there is no such endpoint, with nothing changed but what is put back', async () => {
    const rig = await rigOf()
    const ending = await rig.saga.run(moveOf({ endpoint: 'nowhere', probe: [] }), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('There is no serving endpoint nowhere')
    expect(await rig.world()).toEqual(agreeing('2'))
  })
})

describe('an undo that cannot be', () => {
  it('stops where the version to go back to was taken away, and says what is found', async () => {
    const gone = new LakedeskError('PLATFORM_REFUSED', 'There is no version 2.')
    const rig = await rigOf({
      serving: (real) => ({
        ...real,
        async updateConfig(name, config) {
          if (config.entities[0]?.version === '2') throw gone
          return real.updateConfig(name, config)
        },
      }),
    })
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain(
      'could not be put back: There is no version 2. The move had failed at the step probe',
    )
    expect(ending.outcome).toContain('alias Champion points at v3, support-llm-endpoint serves v3')
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(await rig.lines()).toMatchObject([{ what: 'stop-move', detail: { found: { alias: '3' } } }])
  })

  it('does not claim to have emptied an endpoint that had no config', async () => {
    const rig = await rigOf()
    const first = configOf(['4', 100])
    await rig.platform.serving.create('new', first)
    for (let i = 0; i < 3; i++) await rig.platform.serving.describe('new')
    const ending = await rig.saga.run(
      moveOf({ endpoint: 'new', before: null, probe: [{ question: 'empty?' }] }),
      handsOf(),
    )
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('new had no config before and cannot be emptied')
  })
})

describe('facts that moved', () => {
  it('ends void with nothing written, naming what moved', async () => {
    const rig = await rigOf()
    const ending = await rig.saga.run(moveOf(), handsOf({ recheck: async () => 'Champion moved from v2 to v1.' }))
    expect(ending).toEqual({
      state: 'void',
      outcome: 'Nothing was changed: Champion moved from v2 to v1. Ask again.',
    })
    expect(await rig.world()).toEqual(agreeing('2'))
    expect(await rig.lines()).toMatchObject([{ what: 'void-move', outcome: 'refused' }])
  })

  it('stops at an alias that somebody else moved, and overwrites nothing', async () => {
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point === 'alias.read' && when === 'before') await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
      },
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('alias Champion points at v1, which this move has not set')
    expect(ending.outcome).toContain('a person must look')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
    expect(await rig.lines()).toMatchObject([{ what: 'stop-move', detail: { found: { alias: '1', endpoint: 'v2' } } }])
  })

  it('stops at an endpoint that somebody else updates meanwhile, and overwrites nothing', async () => {
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point === 'alias.write' && when === 'after') {
          await rig.platform.serving.updateConfig(ENDPOINT, configOf(['1', 100]))
        }
      },
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('support-llm-endpoint serves v1, which this move has not set')
    expect(await rig.world()).toEqual({ alias: '2', served: '1:100', updating: false })
  })

  it('does not overwrite settings of the endpoint that somebody else changed', async () => {
    const bigger = configOf(['2', 100])
    const entities = bigger.entities.map((entity) => ({ ...entity, settings: { workload_size: 'Large' } }))
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point !== 'alias.write' || when !== 'after') return
        await rig.platform.serving.updateConfig(ENDPOINT, { ...bigger, entities })
      },
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('with other settings')
    expect((await rig.platform.serving.describe(ENDPOINT))?.config?.entities).toEqual(entities)
  })

  it('does not undo over somebody else’s change', async () => {
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point === 'undo.journal' && when === 'after') await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
      },
    })
    const ending = await rig.saga.run(moveOf({ probe: [{ question: 'empty?' }] }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('The move had failed at the step probe')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
  })

  it('notices a change between the probe and the end', async () => {
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point === 'probe.ask' && when === 'after') await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
      },
    })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('alias Champion points at v1, support-llm-endpoint serves v3')
    expect(ending.outcome).toContain('Put back: support-llm-endpoint serves v2.')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
  })
})

describe('moves that meet', () => {
  it('gives the same ending to the same move, at once and later, and does it once', async () => {
    const rig = await rigOf()
    const [one, two] = await Promise.all([rig.saga.run(moveOf(), handsOf()), rig.saga.run(moveOf(), handsOf())])
    const three = await rig.create().run(moveOf(), handsOf())
    expect(one.state).toBe('done')
    expect(two).toEqual(one)
    expect(three).toEqual(one)
    expect(await rig.lines()).toHaveLength(1)
  })

  it('lets the second of two moves wait for the first, and read the facts after it', async () => {
    const rig = await rigOf()
    const recheck = async () =>
      (await rig.platform.registry.getAlias(MODEL, ALIAS)) === '2' ? null : 'Champion is not v2 any more.'
    const endings = await Promise.all([
      rig.saga.run(moveOf({ approval: 'one' }), handsOf({ recheck })),
      rig.saga.run(moveOf({ approval: 'two', to: '1', after: configOf(['1', 100]), probe: [] }), handsOf({ recheck })),
    ])
    expect(endings.map(({ state }) => state).sort()).toEqual(['done', 'void'])
    const world = await rig.world()
    expect(world).toEqual(agreeing(world.alias ?? ''))
    expect((await rig.lines()).map(({ what }) => what).sort()).toEqual(['move-champion', 'void-move'])
  })

  it('gives up after the wait where another move keeps the lock, and says which', async () => {
    let clock = Date.now()
    const rig = await rigOf({
      now: () => clock,
      sleep: async () => {
        clock += 30_000
      },
    })
    await rig.store.sagas.begin({ id: 'other', subject: `model:${MODEL}`, step: 'lock', state: {} })
    const ending = await rig.saga.run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('other')
    expect(await rig.world()).toEqual(agreeing('2'))
    expect(await rig.lines()).toMatchObject([{ what: 'stop-move', outcome: 'failed' }])
  })
})

describe('a canary that is observed', () => {
  it('is asked again and again until its time is over, and is undone where it begins to fail', async () => {
    let clock = Date.now()
    let asked = 0
    const rig = await rigOf({
      now: () => clock,
      sleep: async (ms) => {
        clock += ms
      },
      serving: (real) => ({
        ...real,
        async invoke(name, records, options) {
          if (++asked > 6) return [{ answer: 'I do not know.' }]
          return real.invoke(name, records, options)
        },
      }),
    })
    const began = clock
    const ending = await rig.saga.run(moveOf({ canary: { ...canary, observeSeconds: 600 } }), handsOf())
    expect(ending.state).toBe('undone')
    expect(ending.outcome).toContain('failed at the step canary')
    expect(asked).toBe(7)
    expect(clock - began).toBeGreaterThanOrEqual(360_000)
    expect(clock - began).toBeLessThan(600_000)
    expect(await rig.world()).toEqual(agreeing('2'))
  })

  it('stops where somebody else changes the endpoint meanwhile, and leaves the alias', async () => {
    const rig = await rigOf({
      onPoint: async (point, when) => {
        if (point !== 'canary.observe-journal' || when !== 'after') return
        await rig.platform.serving.updateConfig(ENDPOINT, configOf(['1', 100]))
      },
    })
    const ending = await rig.saga.run(moveOf({ canary }), handsOf())
    expect(ending.state).toBe('failed')
    expect(ending.outcome).toContain('changed by somebody else')
    while ((await rig.world()).updating);
    expect(await rig.world()).toEqual({ alias: '2', served: '1:100', updating: false })
  })

  it('goes on with the time that is left after a restart', async () => {
    let clock = Date.now()
    let rounds = 0
    const drain = new AbortController()
    const rig = await rigOf({
      now: () => clock,
      sleep: async (ms) => {
        clock += ms
      },
      onPoint: (point, when) => {
        if (point !== 'canary.observe-poll' || when !== 'after') return
        if (++rounds === 4) drain.abort(new Error('draining'))
      },
    })
    const move = moveOf({ canary: { ...canary, observeSeconds: 600 } })
    await expect(rig.saga.run(move, handsOf({ signal: drain.signal }))).rejects.toThrow('draining')
    expect((await rig.create().run(move, handsOf())).state).toBe('done')
    expect(rounds).toBe(10)
    expect(await rig.world()).toEqual(agreeing('3'))
  })
})

describe('a process that stops or starts', () => {
  it('stops between two steps when the process drains, and goes on at the next start', async () => {
    const drain = new AbortController()
    const rig = await rigOf({
      onPoint: (point, when) => {
        if (point === 'alias.write' && when === 'after') drain.abort(new Error('draining'))
      },
    })
    await expect(rig.saga.run(moveOf(), handsOf({ signal: drain.signal }))).rejects.toThrow('draining')
    expect(await rig.store.sagas.unfinished()).toMatchObject([{ step: 'alias' }])
    expect(await rig.lines()).toEqual([])
    const ending = await rig.create({ onPoint: () => {} }).run(moveOf(), handsOf())
    expect(ending.state).toBe('done')
    expect(await rig.world()).toEqual(agreeing('3'))
    expect(await rig.lines()).toHaveLength(1)
  })

  it('stops after a restart where somebody else moved the alias meanwhile', async () => {
    const drain = new AbortController()
    const rig = await rigOf({
      onPoint: (point, when) => {
        if (point === 'alias.write' && when === 'after') drain.abort(new Error('draining'))
      },
    })
    await expect(rig.saga.run(moveOf(), handsOf({ signal: drain.signal }))).rejects.toThrow('draining')
    await rig.platform.registry.setAlias(MODEL, ALIAS, '1')
    const ending = await rig.create({ onPoint: () => {} }).run(moveOf(), handsOf())
    expect(ending.state).toBe('failed')
    expect(await rig.world()).toEqual({ ...agreeing('2'), alias: '1' })
  })

  it('decides nothing where the journal cannot be written', async () => {
    const rig = await rigOf()
    const full = new LakedeskError('STORE_FULL', 'The disk is full.')
    const { sagas } = rig.store
    let broken = false
    const saga = rig.create({
      sagas: {
        ...sagas,
        async save(...args) {
          if (!broken) return sagas.save(...args)
          // The disk has room again at once: even so this run knows less than the next.
          broken = false
          throw full
        },
      },
      onPoint: (point) => {
        if (point === 'alias.write') broken = true
      },
    })
    await expect(saga.run(moveOf(), handsOf())).rejects.toBe(full)
    expect((await rig.world()).alias).toBe('3')
    expect((await rig.create().run(moveOf(), handsOf())).state).toBe('done')
    expect(await rig.world()).toEqual(agreeing('3'))
  })

  it('goes on where the card cannot be shown', async () => {
    const rig = await rigOf()
    const progress = () => Promise.reject(new Error('no channel'))
    expect((await rig.saga.run(moveOf(), handsOf({ progress }))).state).toBe('done')
  })
})
