// Kill -9 of the real server while approved promotions run: after the restart alias, endpoint, record and cards agree every time.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Faces, openFaces } from './promotion-faces.ts'
import { makePolicy, makePromotionSite, mustRun, type PromotionSite, readStanding } from './promotion-site.ts'
import { createRandom, eventually } from './served.ts'

/** A little more than a promotion with this canary takes here, or its way forth and back. */
const SPAN_MS = 1000
const CANARY = { percentage: 10, observeSeconds: 0.2 }

let base: PromotionSite
let site: PromotionSite
let faces: Faces

beforeAll(async () => {
  base = await makePromotionSite(['v1', 'v3'])
}, 180_000)
afterAll(() => base.dispose())

/** A server on a copy of the folder, with this rollout; approvers have every card shown in Teams. */
async function open(rollout: Record<string, unknown>): Promise<void> {
  site = base.copy()
  const policy = makePolicy()
  site.setPolicy({ ...policy, rollout: { ...policy.rollout, ...rollout } })
  faces = await openFaces(site)
  await faces.sayInTeams('approvals here', 'bo')
  await eventually(() => faces.teamsTexts().find((text) => text.includes('every approval card')), 'the channel')
}

async function close(): Promise<void> {
  await faces.close()
  site.dispose()
}

const requestSchema = z.object({ id: z.string(), state: z.string(), outcome: z.string().nullable() })

/** The newest request as it is stored, with the lines of the record that end it. */
function newestRequest() {
  const database = new DatabaseSync(join(site.path, 'data', 'store.db'), { readOnly: true })
  try {
    const row = database
      .prepare("SELECT id, state, record ->> 'outcome' AS outcome FROM approvals ORDER BY created_at DESC LIMIT 1")
      .get()
    const request = requestSchema.parse(row)
    const endings = database
      .prepare("SELECT what, outcome FROM audit WHERE turn_id IN ('approval:' || $id, 'approval ' || $id) ORDER BY seq")
      .all({ id: request.id })
    return { ...request, endings: endings.map((line) => Object.values(line).join(' ')) }
  } finally {
    database.close()
  }
}

interface Killed {
  /** What the version is that was to be promoted. */
  version: number
  /** For messages of the test. */
  when: string
  /** What the request was when the server died. */
  state: string
}

/** Asks in Slack, approves in Teams, kills the server after so long, starts it again and waits for the end on both cards. */
async function promoteAndKill(killedAfterMs: number, approver: string): Promise<Killed> {
  const version = readStanding(site).alias === 1 ? 3 : 1
  const question = `Promote product_docs_rag v${version} to Champion in place of v${4 - version}?`
  await faces.command('/promote', `v${version}`, 'UANA')
  const { slack, teams } = await faces.cards((text) => text.includes(question), question)
  await faces.pressTeams(teams, approver, 'Approve')
  await sleep(killedAfterMs)
  const { state, outcome } = newestRequest()
  const when = `the promotion killed after ${killedAfterMs} ms, which was ${state} (${outcome})`
  await faces.restart('SIGKILL')
  const ended = await faces.cards((text) => /(Done|Put back|Failed) on |Void:/.test(text), `the end of ${when}`)
  expect([ended.slack.ts, ended.teams.id], when).toEqual([slack.ts, teams.id])
  // What was put back offers to ask again; nothing is left to decide.
  const labels = [...faces.slackButtons(ended.slack), ...faces.teamsButtons(ended.teams)].map((one) =>
    JSON.stringify(one),
  )
  expect(
    labels.filter((label) => /approve|reject/i.test(label)),
    when,
  ).toEqual([])
  return { version, when, state }
}

/** Moments of the span from a fixed seed: one in each part of it, anywhere in that part. */
function pickMoments(count: number, seed: number): number[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => Math.round(((i + random()) * SPAN_MS) / count))
}

/** One card on each face and one note for each request, and they stay that many. */
async function expectOneMessageEach(count: number): Promise<void> {
  const notes = () => faces.slack.messages('C1').filter(({ text }) => text.startsWith('Request ')).length
  await eventually(() => (notes() >= count ? true : undefined), 'a note for each')
  await sleep(1000)
  expect([notes(), faces.slackCards().length, faces.teamsCards().length]).toEqual([count, count, count])
}

describe('kill -9 after the approving click', { timeout: 400_000 }, () => {
  it('of promotions that go well: each is done once, whenever the server died', async () => {
    await open({ canary: CANARY })
    const moments = pickMoments(9, 20261123)
    const killed: Killed[] = []
    for (const [i, moment] of moments.entries()) {
      const { version, when, state } = await promoteAndKill(moment, i % 2 === 0 ? 'bo' : 'cy')
      killed.push({ version, when, state })
      expect(newestRequest(), when).toMatchObject({
        state: 'done',
        endings: ['move-champion done', 'end-approval done'],
      })
      expect(readStanding(site), when).toEqual({ alias: version, serves: [String(version)], moves: i + 1 })
    }
    expect(killed.filter(({ state }) => state === 'running').length).toBeGreaterThan(2)
    await expectOneMessageEach(moments.length)
    await mustRun(site, 'audit verify')
    await close()
  })

  it('of promotions whose probe fails: each is put back once, whenever the server died', async () => {
    await open({ canary: CANARY, probe: [{ question: 'How long are backups kept?', expect: 'what no page says' }] })
    const moments = pickMoments(6, 20261124)
    for (const moment of moments) {
      const { when } = await promoteAndKill(moment, 'bo')
      expect(newestRequest(), when).toMatchObject({
        state: 'undone',
        endings: ['undo-move failed', 'end-approval failed'],
      })
      expect(readStanding(site), when).toEqual({ alias: 1, serves: ['1'], moves: 0 })
    }
    await expectOneMessageEach(moments.length)
    await mustRun(site, 'audit verify')
    await close()
  })
})
