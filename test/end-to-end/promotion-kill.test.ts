// Kill -9 of the real server while approved promotions run: after the restart alias, endpoint, record and cards agree every time.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Faces, openFaces } from './promotion-faces.ts'
import { makePolicy, makePromotionSite, mustRun, type PromotionSite, readStanding } from './promotion-site.ts'
import { createRandom, eventually } from './served.ts'

const KILLS = 12
/** A little more than a promotion with this canary takes here. */
const SPAN_MS = 1000

let site: PromotionSite
let faces: Faces

beforeAll(async () => {
  site = await makePromotionSite(['v1', 'v3'])
  const canary = { percentage: 10, observeSeconds: 0.2 }
  const policy = makePolicy()
  site.setPolicy({ ...policy, rollout: { ...policy.rollout, canary } })
  faces = await openFaces(site)
  await faces.sayInTeams('approvals here', 'bo')
  await eventually(() => faces.teamsTexts().find((text) => text.includes('every approval card')), 'the channel')
}, 180_000)
afterAll(async () => {
  await faces.close()
  site.dispose()
})

const requestSchema = z.object({ id: z.string(), state: z.string() })

/** The newest request as it is stored, with its lines of the record. */
function newestRequest() {
  const database = new DatabaseSync(join(site.path, 'data', 'store.db'), { readOnly: true })
  try {
    const all = database.prepare('SELECT id, state FROM approvals ORDER BY created_at DESC LIMIT 1').get()
    const request = requestSchema.parse(all)
    const endings = database
      .prepare("SELECT what, outcome FROM audit WHERE turn_id IN ('approval:' || $id, 'approval ' || $id) ORDER BY seq")
      .all({ id: request.id })
    return { ...request, endings: endings.map((line) => Object.values(line).join(' ')) }
  } finally {
    database.close()
  }
}

describe('kill -9 after the approving click', () => {
  it(`leaves alias, endpoint, record and cards in agreement over ${KILLS} kills`, { timeout: 400_000 }, async () => {
    const random = createRandom(20261123)
    for (let i = 0; i < KILLS; i++) {
      const version = readStanding(site).alias === 1 ? 3 : 1
      await faces.command('/promote', `v${version}`, 'UANA')
      const { slack, teams } = await faces.cards(
        (text) => text.includes(`Promote product_docs_rag v${version} to Champion in place of v${4 - version}?`),
        `cards of v${version}`,
      )
      await faces.pressTeams(teams, i % 2 === 0 ? 'bo' : 'cy', 'Approve')
      // One in each part of the span, anywhere in it.
      const killedAfterMs = Math.round(((i + random()) * SPAN_MS) / KILLS)
      await sleep(killedAfterMs)
      const when = `the promotion killed after ${killedAfterMs} ms, which was ${newestRequest().state}`
      await faces.restart('SIGKILL')
      const ended = await faces.cards((text) => /(Done|Put back|Failed) on /.test(text), `the end of ${when}`)
      expect([ended.slack.ts, ended.teams.id]).toEqual([slack.ts, teams.id])
      expect([faces.slackButtons(ended.slack), faces.teamsButtons(ended.teams)], when).toEqual([[], []])
      expect(newestRequest(), when).toMatchObject({
        state: 'done',
        endings: ['move-champion done', 'end-approval done'],
      })
      expect(readStanding(site), when).toEqual({ alias: version, serves: [String(version)], moves: i + 1 })
    }
    const notes = () => faces.slack.messages('C1').filter(({ text }) => / is done\. Champion of /.test(text))
    await eventually(() => (notes().length === KILLS ? true : undefined), 'one note for each')
    await sleep(1000)
    expect([notes().length, faces.slackCards().length, faces.teamsCards().length]).toEqual([KILLS, KILLS, KILLS])
    await mustRun(site, 'audit verify')
  })
})
