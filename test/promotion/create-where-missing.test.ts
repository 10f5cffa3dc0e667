// The first promotion of a model whose endpoint is not there yet: it is created by the move, once, or nothing is left behind.
import { afterEach, expect, it } from 'vitest'
import type { Serving } from '../../src/platform/ports/serving.ts'
import { createWhereMissing } from '../../src/promotion/create-where-missing.ts'
import { SAGA_POINTS } from '../../src/promotion/saga-points.ts'
import { configOf, handsOf, MODEL, moveOf, openRig, type Rig } from './saga-rig.ts'

const NEW = 'ticket-classifier'
const first = (to = '3') =>
  moveOf({
    ...{ alias: 'First', endpoint: NEW, from: null, to, before: null, after: configOf([to, 100]) },
    probe: [{ question: 'What is the limit?', expect: `version ${to}` }],
  })

let rig: Rig
afterEach(() => rig.close())

/** Counts what creates, and creates for that endpoint alone. */
function counting(created: string[]) {
  return (real: Serving): Serving => {
    const counted: Serving = {
      ...real,
      async create(name, config) {
        created.push(name)
        return real.create(name, config)
      },
    }
    return createWhereMissing(counted, new Set([NEW]))
  }
}

async function standing() {
  const endpoint = await rig.platform.serving.describe(NEW)
  const alias = await rig.platform.registry.getAlias(MODEL, 'First')
  return { alias, serves: endpoint?.config?.entities.map(({ version }) => version) ?? null }
}

it('reads as an endpoint without a config, and any other that is missing as missing', async () => {
  rig = await openRig()
  const serving = createWhereMissing(rig.platform.serving, new Set([NEW]))
  expect(await serving.describe(NEW)).toMatchObject({ name: NEW, config: null, pending: null, update: 'NOT_UPDATING' })
  expect(await serving.describe('other')).toBeNull()
  await expect(serving.updateConfig('other', configOf(['3', 100]))).rejects.toMatchObject({
    code: 'PLATFORM_NOT_FOUND',
  })
})

it('is created with the version that is promoted, and asked before it counts', async () => {
  const created: string[] = []
  rig = await openRig({ serving: counting(created) })
  const ended = await rig.saga.run(first(), handsOf())
  expect([ended.state, await standing(), created]).toEqual(['done', { alias: '3', serves: ['3'] }, [NEW]])
})

it('keeps no alias where the version cannot be loaded, and takes the next one', async () => {
  rig = await openRig({ serving: counting([]) })
  const ended = await rig.saga.run(first('4'), handsOf())
  expect([ended.state, await standing()]).toEqual(['undone', { alias: null, serves: null }])
  expect(ended.outcome).toContain('Version 4 holds no chain')
  const next = await rig.saga.run({ ...first('3'), approval: 'b8g4m3' }, handsOf())
  expect([next.state, await standing()]).toEqual(['done', { alias: '3', serves: ['3'] }])
})

it('comes to its end wherever the process dies, and is created once', async () => {
  const reached = new Set<string>()
  for (const when of ['before', 'after'] as const) {
    for (const point of SAGA_POINTS) {
      const created: string[] = []
      const drain = new AbortController()
      rig = await openRig({ serving: counting(created) })
      const stop = (now: string, at: string) => {
        if (now !== point || at !== when) return
        reached.add(point)
        drain.abort(new Error('draining'))
      }
      const dying = rig.create({ onPoint: stop }).run(first(), handsOf({ signal: drain.signal }))
      await dying.catch((error: unknown) => expect(String(error)).toContain('draining'))
      const ended = await rig.create().run(first(), handsOf())
      expect([point, ended.state, await standing(), created]).toEqual([
        point,
        'done',
        { alias: '3', serves: ['3'] },
        [NEW],
      ])
      if (point !== SAGA_POINTS.at(-1) || when === 'before') await rig.close()
    }
  }
  expect([...reached]).toEqual(
    expect.arrayContaining(['alias.write', 'endpoint.update', 'wait.poll', 'probe.ask', 'end.write']),
  )
})
