// Every call of the saga to the outside is a named point of its own, and every name is reached.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { createSaga } from '../../src/promotion/saga.ts'
import { SAGA_POINTS, type SagaPoint } from '../../src/promotion/saga-points.ts'
import { SCENARIOS, withFaults } from './kill-scenarios.ts'
import { handsOf, MODEL, openRig } from './saga-rig.ts'

/** Runs a scenario with doors that let nothing pass that was not announced; gives what was announced. */
async function watch(name: string, broken?: SagaPoint): Promise<Set<SagaPoint>> {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`no scenario ${name}`)
  const rig = await openRig()
  if (scenario.locked) await rig.store.sagas.begin({ id: 'other', subject: `model:${MODEL}`, step: 'lock', state: {} })
  const seen = new Set<SagaPoint>()
  const drain = new AbortController()
  const trespasses: string[] = []
  let announced: SagaPoint | null = null
  const guard = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (announced === null) trespasses.push(String(key))
          announced = null
          return Reflect.apply(value, target, args)
        }
      },
    })
  const { registry, serving } = rig.platform
  const { sagas, audit } = rig.store
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const parts = guard({ sleep })
  const outside = withFaults({ registry, serving, sagas, audit }, scenario)
  const saga = createSaga({
    registry: guard(outside.registry),
    serving: guard(outside.serving),
    sagas: guard(outside.sagas),
    audit: guard(outside.audit),
    sleep: (ms) => parts.sleep(ms),
    log: silentLog,
    pollMs: 1,
    onPoint(point, when) {
      if (when === 'after') return
      seen.add(point)
      announced = point
      if (point === broken) drain.abort(new Error('draining'))
    },
  })
  const hands = guard(handsOf({ recheck: async () => scenario.moved }))
  const run = saga.run(scenario.move, {
    ...handsOf(),
    signal: drain.signal,
    recheck: hands.recheck,
    progress: hands.progress,
  })
  if (broken) await expect(run).rejects.toThrow('draining')
  if (broken)
    await createSaga({
      ...rig.platform,
      sagas,
      audit,
      log: silentLog,
      pollMs: 1,
      onPoint: (point) => void seen.add(point),
    }).run(scenario.move, handsOf())
  else expect((await run).state).toBe(scenario.ends)
  expect(trespasses).toEqual([])
  await rig.close()
  return seen
}

it('announces every call, and reaches every name, in moves that arrive, are undone, end void, wait and resume', async () => {
  const seen = new Set<SagaPoint>()
  for (const name of Object.keys(SCENARIOS)) for (const point of await watch(name)) seen.add(point)
  for (const point of await watch('a promotion with canary', 'alias.write')) seen.add(point)
  expect([...seen].sort()).toEqual([...SAGA_POINTS].sort())
  expect(new Set(SAGA_POINTS).size).toBe(SAGA_POINTS.length)
})

it('reaches nothing outside but within a point', () => {
  const root = new URL('../../src/promotion/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(saga.*|wait|probe|steps\/.*)\.ts$/.test(name.replaceAll('\\', '/')),
  )
  expect(files.length).toBeGreaterThan(10)
  const calls = files.flatMap((name) => {
    const text = readFileSync(new URL(name, root), 'utf8')
    const found = text.matchAll(/\b(?:registry|serving|sagas|audit|hands)\.(\w+)\(|\bsleep\(/g)
    return [...found].map(({ index, 0: call }) => ({ name, call, before: text.slice(index - 120, index) }))
  })
  expect(calls.length).toBeGreaterThan(15)
  // `requireEndpoint` is the one read that its callers wrap, and what is unfinished is no part of a move.
  const apart = ['serving.describe(', 'sagas.unfinished(']
  const bare = calls.filter(({ before, call }) => !before.includes('point(') && !apart.includes(call))
  expect(bare).toEqual([])
})
