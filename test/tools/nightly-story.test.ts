// Ten nights through the conversation: answers vary as they do, and get worse for real on night 6; that night alone is announced.
import { afterEach, describe, expect, it } from 'vitest'
import { createSeeded } from '../../src/core/seeded.ts'
import { type NightlyRoom, openNightlyRoom, openNightlyWorld } from './nightly-room.ts'

let room: NightlyRoom
afterEach(() => room.close())

const NIGHTS = 10
const BAD = 6
const dateOf = (night: number) => `2026-11-${String(10 + night).padStart(2, '0')}`

/** Questions differ, answers of one question vary, and on the bad night a third of them go wrong. */
function answersOf(seed: number) {
  const random = createSeeded(seed)
  const state = { night: 0 }
  const answer = (question: string) => {
    const n = Number(/\d+/.exec(question)?.[0])
    const usual = 0.7 + (0.25 * ((n * 37) % 10)) / 10
    const isBad = state.night === BAD && n % 3 === 0
    const value = (isBad ? 0.15 : usual) + (random.next() - 0.5) * 0.16
    return Math.min(1, Math.max(0, value))
  }
  return { state, answer }
}

describe('ten nights with a regression on night 6', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'announces that night and no other (seed %i)',
    async (seed) => {
      const { state, answer } = answersOf(seed)
      const world = await openNightlyWorld({ answers: answer })
      room = await openNightlyRoom(world)
      await room.say('nightly at 07:00 Europe/Berlin')
      await room.settle()
      for (let night = 1; night <= NIGHTS; night++) {
        state.night = night
        await room.at(`${dateOf(night)}T06:00:00Z`)
      }
      const nights = (await room.report.history()).toReversed()
      expect(nights.map(({ date }) => date)).toEqual(Array.from({ length: NIGHTS }, (_, at) => dateOf(at + 1)))
      expect(nights.flatMap(({ verdict }, at) => (verdict === 'regression' ? [at + 1] : []))).toEqual([BAD])

      const posts = room.posts()
      expect(posts).toHaveLength(NIGHTS)
      const bad = posts[BAD - 1]
      expect(bad?.text.split('\n').length).toBeLessThanOrEqual(12)
      expect(bad?.text).toMatch(/correctness/)
      expect(bad?.blocks.map(({ kind }) => kind)).toEqual(['chart', 'table'])
      expect(bad?.buttons.map(({ action }) => action)).toEqual(['nightly-again', 'ask-rollback'])
      // A quiet night is one line and nothing else.
      const quiet = posts.filter((_, at) => nights[at]?.verdict === 'holds' && nights[at]?.failing.length === 0)
      expect(quiet.length).toBeGreaterThan(NIGHTS / 2)
      for (const post of quiet) expect([post.text.split('\n').length, post.blocks]).toEqual([1, []])
      // The worst questions stand in the thread of that night's post.
      const cases = room.below()
      expect(cases.length).toBeGreaterThanOrEqual(3)
      for (const { reply } of cases.slice(0, 3))
        expect(reply.buttons.map(({ action }) => action)).toEqual(['assign-case', 'mute-case'])
      for (const { reply } of cases.slice(0, 3)) expect(reply.text).toContain('](https://mlflow.example/traces/')
    },
    60_000,
  )
})
