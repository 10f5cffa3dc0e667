// A process that ends after any of its writes: the next one brings the night to its end, and its report is posted once.
import { afterEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/port.ts'
import { type NightlyRoom, openNightlyRoom, openNightlyWorld } from './nightly-room.ts'

let rooms: NightlyRoom[] = []
afterEach(async () => {
  for (const room of rooms) await room.close()
  rooms = []
})

/** Calls that change what is stored: a process may end between any two of them. */
const WRITES =
  /^(?:create|swap|update|put|append|add|remove|drop|begin|shown|recordRef|save|end|accept|ready|close|finish)$/

/** The store as a process sees it that is killed after so many writes: from then on nothing comes back. */
function mortal(store: Store, after: number): { store: Store; dead: Promise<void>; writes: () => number } {
  let writes = 0
  let kill = () => {}
  const dead = new Promise<void>((resolve) => {
    kill = resolve
  })
  const never = new Promise<never>(() => {})
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value === 'object' && value !== null) return wrap(value)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (name === 'ledger') return wrap(value.apply(target, args) as object)
          if (writes >= after) return never
          const isWrite = WRITES.test(String(name))
          if (isWrite) writes += 1
          const last = isWrite && writes >= after
          const result: unknown = value.apply(target, args)
          if (!last) return result
          // What was written stands; the process does not live to hear of it.
          void Promise.resolve(result).then(kill, kill)
          return never
        }
      },
    })
  return { store: wrap(store), dead, writes: () => writes }
}

const SLOT = '2026-11-11T07:00:05Z'

async function runNightWith(after: number) {
  const world = await openNightlyWorld()
  const first = await openNightlyRoom(world)
  await first.say('nightly at 07:00')
  await first.settle()
  await first.close()
  world.clock.now = Date.parse(SLOT)
  const posted: { key: string; retry: boolean }[] = []
  const onPost = ({ key, retry }: { key: string; retry: boolean }) => void posted.push({ key, retry })
  const killed = mortal(world.store, after)
  const second = openNightlyRoom(world, { store: killed.store, onPost })
  const untilDone = second.then((room) => room.settle())
  const died = await Promise.race([killed.dead.then(() => true), untilDone.then(() => false)])
  // The claim of a process that is gone ends after a minute.
  world.clock.now += 61_000
  const third = await openNightlyRoom(world, { onPost })
  rooms.push(third)
  await third.settle()
  await third.schedules.tick()
  await third.settle()
  const night = { nights: await third.report.history(), posts: posted.filter(({ key }) => key.startsWith('night:')) }
  await third.close()
  rooms = []
  const asked = await world.store.approvals.list({ tool: 'run-nightly', limit: 10 })
  return { ...night, asked, questions: world.asked.length, died, writes: killed.writes() }
}

/** All points at the ends, where requests and posts are written, and some between, where question follows question. */
function toPoints(writes: number): number[] {
  return Array.from({ length: writes }, (_, at) => at + 1).filter(
    (point) => point <= 25 || point > writes - 30 || point % 29 === 0,
  )
}

describe('killed after any write', () => {
  it('the night is measured to its end and posted once', async () => {
    const whole = await runNightWith(Number.POSITIVE_INFINITY)
    expect([whole.died, whole.questions, whole.posts]).toEqual([false, 40, [{ key: expect.any(String), retry: false }]])
    const askedTwice: number[] = []
    for (const after of toPoints(whole.writes)) {
      const { nights, asked, posts, questions } = await runNightWith(after)
      const place = `killed after ${after} of ${whole.writes} writes`
      expect(
        nights.map(({ date, verdict }) => [date, verdict]),
        place,
      ).toEqual([['2026-11-11', 'first']])
      expect(
        asked.map(({ state }) => state),
        place,
      ).toEqual(['done'])
      // The same message: a face that is asked again is told so, and looks for what the first try left.
      expect(new Set(posts.map(({ key }) => key)).size, place).toBe(1)
      for (const { retry } of posts.slice(1)) expect(retry, place).toBe(true)
      // Questions under way at the kill are asked again, and no others.
      if (questions > 40 + 8) askedTwice.push(after)
    }
    // Only between the end of an evaluation and the line that the night keeps of it.
    expect(askedTwice.length).toBeLessThanOrEqual(1)
  }, 120_000)
})
