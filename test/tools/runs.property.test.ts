// Random weather for the runner: double wakes, ticks, failures, restarts in the middle. It runs once at a time and ends once.
import { describe, expect, it } from 'vitest'
import type { ApprovedEnding } from '../../src/tools/define-tool.ts'
import { createRandom } from '../approvals/random.ts'
import { approvalDesk } from './approval-desk.ts'

const STATES = ['done', 'undone', 'failed', 'void'] as const

async function play(seed: number) {
  const { below, chance, pick } = createRandom(seed)
  const state = pick(STATES)
  let inside = 0
  let most = 0
  let ends = 0
  const breathe = async () => {
    for (let n = below(4); n > 0; n--) await new Promise((resolve) => setImmediate(resolve))
  }
  const desk = approvalDesk({
    async carryOut(run, signal): Promise<ApprovedEnding> {
      most = Math.max(most, ++inside)
      try {
        for (let step = 0; step < 3; step++) {
          await breathe()
          signal.throwIfAborted()
          if (chance(0.2)) throw new Error('network')
          await run.progress(`step ${step}`, step, 3)
        }
        ends++
        return { state, outcome: `Ended as ${state}.` }
      } finally {
        inside--
      }
    },
  })
  let runner = desk.runner
  const id = await desk.asked()
  const votes = ['slack/T0/UBEN', 'teams/acme/ben', 'teams/acme/cy'].map((who) => desk.vote(id, who))
  while (!(await desk.approvals.get(id))?.closedAt) {
    const what = pick(['wake', 'wake', 'tick', 'restart', 'wait'] as const)
    if (what === 'wake') runner.wake(id)
    if (what === 'tick') await runner.tick()
    if (what === 'wait') await breathe()
    if (what === 'restart' && chance(0.4)) {
      await runner.drain()
      runner = desk.again()
      await runner.start()
    }
  }
  await Promise.all(votes)
  await desk.cards.refresh(id)
  await runner.drain()
  const lines = await desk.store.audit.list({ limit: 99, what: 'end-approval' })
  const approved = (await desk.store.audit.list({ limit: 99, what: 'decide-approval' })).filter(
    ({ detail }) => detail.result === 'approved',
  )
  const final = await desk.approvals.get(id)
  const note = await desk.store.posts.get(`note:${id}:${state}`)
  await desk.store.close()
  return { state, most, ends, final, lines, approved, note }
}

describe('random runs', () => {
  it('carry out one at a time, end once, and leave one note', async () => {
    for (let seed = 1; seed <= 120; seed++) {
      const { state, most, ends, final, lines, approved, note } = await play(seed)
      expect({ seed, most, ends, final: final?.state, lines: lines.length, approved: approved.length }).toEqual({
        ...{ seed, most: 1, ends: 1, final: state, lines: 1, approved: 1 },
      })
      expect(note?.reply.text).toContain(`Ended as ${state}.`)
    }
  }, 60_000)
})
