// Kill -9 at every point of the saga, before and after: a fresh process brings alias, endpoint and record together.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { createSaga } from '../../src/promotion/saga.ts'
import { MOVE_LINES } from '../../src/promotion/saga-audit.ts'
import { SAGA_POINTS, type SagaPoint } from '../../src/promotion/saga-points.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { verifyAudit } from '../../src/store/sqlite/verify-audit.ts'
import { SCENARIOS, type Scenario, withFaults } from './kill-scenarios.ts'
import { agreeing, handsOf, MODEL, openPlatform, readWorld, seed } from './saga-rig.ts'

interface Kill {
  point: SagaPoint
  when: 'before' | 'after'
}

const AT_ONCE = 2
const script = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'lakedesk-kill-'))
/** Code once compiled is kept for the next process: there are hundreds. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') }
/** Every point that some process was killed at. */
const killedAt = new Set<SagaPoint>()
let kills = 0

function open(folder: string) {
  const store = openSqliteStore({ file: join(folder, 'store.db'), log: silentLog })
  return { store, platform: openPlatform(join(folder, 'platform.db')) }
}

async function prepare(folder: string, locked: boolean): Promise<void> {
  mkdirSync(folder)
  const { store, platform } = open(folder)
  await seed(platform)
  if (locked) await store.sagas.begin({ id: 'other', subject: `model:${MODEL}`, step: 'lock', state: {} })
  await platform.close()
  await store.close()
}

function copyOf(name: string): string {
  const folder = mkdtempSync(join(root, 'run-'))
  cpSync(join(root, name), folder, { recursive: true })
  return folder
}

/** What is reached by the move where nothing breaks it off. */
async function listKills(name: string, scenario: Scenario): Promise<Kill[]> {
  const { store, platform } = open(copyOf(name))
  const reached = new Map<string, Kill>()
  const { registry, serving } = platform
  const { sagas, audit } = store
  const parts = { registry, serving, sagas, audit, log: silentLog, pollMs: 1 }
  const saga = createSaga({
    ...withFaults(parts, scenario),
    onPoint: (point, when) => void reached.set(`${when} ${point}`, { point, when }),
  })
  const ending = await saga.run(scenario.move, handsOf({ recheck: async () => scenario.moved }))
  expect(ending.state).toBe(scenario.ends)
  await platform.close()
  await store.close()
  return [...reached.values()].filter(({ point }) => scenario.at.test(point))
}

/** Runs the move in a process; null where that was killed. */
function runChild(folder: string, name: string, kill?: Kill): Promise<unknown> {
  const args = ['--no-warnings', script, folder, name, ...(kill ? [kill.point, kill.when] : [])]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      if (!error) return resolve(JSON.parse(stdout))
      return error.signal === 'SIGKILL' ? resolve(null) : reject(new Error(stderr))
    })
  })
}

async function readAfter(folder: string) {
  const { store, platform } = open(folder)
  const world = await readWorld(platform)
  const lines = (await store.audit.list({ limit: 100 })).filter(({ what }) => MOVE_LINES.some((one) => one === what))
  const unfinished = (await store.sagas.unfinished()).map(({ id }) => id)
  const lock = await store.sagas.begin({ id: 'next', subject: `model:${MODEL}`, step: 'lock', state: {} })
  await platform.close()
  await store.close()
  const { broken } = await verifyAudit(join(folder, 'store.db'))
  return {
    world,
    lines: lines.map(({ what, detail }) => ({ what, to: detail.to })),
    unfinished,
    lock: lock.kind,
    broken,
  }
}

const ENDING = { done: 'move-champion', undone: 'undo-move', void: 'void-move', failed: 'stop-move' }

/** Dies at each of the kills, one process after the other; then a fresh process must end it well. */
async function dieAndResume(name: string, chain: readonly Kill[]): Promise<void> {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`no scenario ${name}`)
  const folder = copyOf(name)
  const where = `${name}, killed ${chain.map(({ point, when }) => `${when} ${point}`).join(', then ')}`
  for (const kill of chain) {
    expect(await runChild(folder, name, kill), `${where}: the process was not killed`).toBeNull()
    killedAt.add(kill.point)
    kills++
  }
  expect(await runChild(folder, name), where).toMatchObject({ state: scenario.ends })
  expect(await readAfter(folder), where).toEqual({
    world: scenario.crossed
      ? { ...agreeing('1'), alias: '2' }
      : agreeing(scenario.ends === 'done' ? scenario.move.to : '2'),
    lines: [{ what: ENDING[scenario.ends], to: scenario.move.to }],
    unfinished: scenario.locked ? ['other'] : [],
    lock: scenario.locked ? 'taken' : 'begun',
    broken: null,
  })
  rmSync(folder, { recursive: true })
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

beforeAll(async () => {
  for (const [name, { locked }] of Object.entries(SCENARIOS)) await prepare(join(root, name), locked)
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

describe('a process that is killed', () => {
  it.each(Object.entries(SCENARIOS))('at every point of %s', { timeout: 600_000 }, async (name, scenario) => {
    const list = await listKills(name, scenario)
    await inLanes(list, (kill) => dieAndResume(name, [kill]))
    const points = new Set(list.map(({ point }) => point))
    console.log(`${name}: ${points.size} points, killed ${list.length} times, ended as ${scenario.ends} every time`)
  })

  it('a second time while it resumes', { timeout: 600_000 }, async () => {
    const name = 'a promotion with canary'
    const first: Kill = { point: 'canary.update', when: 'after' }
    const again: Kill[] = (
      ['resume.alias', 'resume.describe', 'canary.poll', 'alias.write', 'end.write'] as const
    ).flatMap((point) => [
      { point, when: 'before' as const },
      { point, when: 'after' as const },
    ])
    await inLanes(again, (kill) => dieAndResume(name, [first, kill]))
  })

  it('has died at every point there is', () => {
    expect([...killedAt].sort()).toEqual([...SAGA_POINTS].sort())
    console.log(`${SAGA_POINTS.length} points, ${kills} kills`)
  })
})
