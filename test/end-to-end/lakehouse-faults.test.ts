// The tour under faults: in every round people ask, command and approve while the workspace fails at random; nothing wrong is told as right, nothing is lost, nothing done twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFaultsOf, KINDS, pick, type Random } from './lakehouse-faults.ts'
import { beginWave, learnTruth, type Truth, type Verdict, type Wave } from './lakehouse-faults-round.ts'
import { checkStanding, readRequests, settle } from './lakehouse-faults-standing.ts'
import { openTourFaces, type TourFaces } from './lakehouse-tour-faces.ts'
import {
  bringHouseTickets,
  DOCUMENTS,
  openTourSite,
  registerChain,
  serveFirst,
  TICKETS,
  type TourSite,
} from './lakehouse-tour-site.ts'
import { createRandom } from './served.ts'
import { isDone } from './tickets-faces.ts'
import { yesterday } from './tickets-site.ts'

/** Faults that must be met: some in every run of the tests, a thousand on demand. */
const WANTED = Number(process.env.LAKEDESK_TEST_FAULTS ?? 60)
const SEED = Number(process.env.LAKEDESK_TEST_SEED ?? 1)
const WAVES = 2
const RULES = 60
const WAVE_MS = 8_000
const LONGEST_MS = 15 * 60_000

let site: TourSite
let faces: TourFaces
let truth: Truth

beforeAll(async () => {
  site = await openTourSite()
  expect(await site.run(['ingest', site.docs])).toMatchObject({ code: 0 })
  const worse = ['--set', 'retrieval.numResults=1']
  for (const options of [[], worse, ['--set', 'retrieval.numResults=6']]) await registerChain(site, ...options)
  await serveFirst(site, '1')
  await bringHouseTickets(site)
  // Turns that wait for another try hold nobody up.
  faces = await openTourFaces(site, { LAKEDESK_CONCURRENCY: '64' })
  await (await faces.command('/tickets', 'yesterday')).shows(isDone, 'the tickets')
  for (const version of ['v1', 'v2', 'v3']) {
    const asked = await faces.command('/evaluate', version)
    await faces.pressSlack(await asked.shows(() => true, 'the card'), 'UANA', 'approve')
    await asked.shows((said) => said.includes('is done'), 'the evaluation')
  }
  truth = await learnTruth(faces)
}, 180_000)
afterAll(async () => {
  await faces?.close()
  await site?.close()
}, 180_000)

const tell = (line: string) => process.stdout.write(`  ${line}\n`)

describe('the tour under faults', () => {
  it(`meets ${WANTED} of them`, { timeout: LONGEST_MS }, async () => {
    const random = createRandom(SEED)
    const faults = createFaultsOf(site, random)
    const verdicts: Record<Verdict, number> = { right: 0, 'failure told': 0, refusal: 0 }
    let kills = 0
    for (let round = 1; faults.total() < WANTED; round++) {
      const began = Date.now()
      const when = `round ${round} of seed ${SEED}`
      const before = readRequests(site).length
      const waves: Wave[] = []
      await bringWork(String(round))
      for (let nth = 1; nth <= WAVES; nth++) {
        await faults.inject(RULES, 2)
        const wave = beginWave(faces, random, { version: pick(random, ['v1', 'v3']), ...chooseWork(random) }, truth)
        waves.push(wave)
        if (nth === 1 && random() < 0.5) {
          kills++
          await sleep(random() * 3000)
          await killAndStart()
        }
        await Promise.race([wave.asked, sleep(WAVE_MS)])
      }
      await Promise.all(waves.map(({ asked }) => asked))
      await settle(site, 5_000)
      const met = await faults.clear()
      expect(await settle(site), when).toEqual([])
      await voteAgain()
      expect(await settle(site), when).toEqual([])
      for (const verdict of waves.flatMap(({ judge }) => judge())) verdicts[verdict]++
      const requests = await checkStanding(site, when)
      tell(
        `${when}: ${met} faults, ${JSON.stringify(verdicts)}, ${requests.slice(before).map(({ tool, state }) => `${tool} ${state}`)}, ${Date.now() - began} ms`,
      )
    }
    tell(`${JSON.stringify(faults.met)}, ${kills} kills`)
    // A workspace under which nothing works any more would prove nothing.
    expect(verdicts.right).toBeGreaterThan(0)
    if (WANTED >= 1000) expect(Object.keys(faults.met).sort()).toEqual([...KINDS].sort())
  })
})

/** As a supervisor does: a server that cannot ask the workspace for its models at its start says so and ends, and is started again. */
async function killAndStart(): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await faces.restart('SIGKILL')
    } catch (error) {
      if (tries >= 20 || !/\((PLATFORM|ENDPOINT)_[A-Z]+\)/.test(String(error))) throw error
    }
  }
}

/** A vote that met a fault was not taken: the request is open still, and is decided on now. */
async function voteAgain(): Promise<void> {
  for (const { id, tool, state } of readRequests(site)) {
    if (state !== 'open') continue
    const isListed = ['request-promotion', 'start-training'].includes(tool)
    const again = await faces.command('/approve', id, isListed ? 'UBO' : 'UANA')
    await again.shows(() => true, 'an answer')
  }
}

/** New tickets of yesterday, and a new document. */
async function bringWork(name: string): Promise<void> {
  const ticket = (nth: number, text: string) =>
    `('F-${name}-${nth}', TIMESTAMP '${yesterday()} 09:0${nth}:00', '${text} ${name}')`
  await site.sql(
    `INSERT INTO ${TICKETS} (ticket_id, created_date, ticket_text) VALUES ${ticket(1, 'The invoice is wrong')}, ${ticket(2, 'My password is forgotten')}`,
  )
  await site.sql(
    `INSERT INTO ${DOCUMENTS} VALUES ('page-${name}', 'Page ${name}', '', 'guide', DATE '2026-11-01', 'Nothing of note stands here.')`,
  )
}

function chooseWork(random: Random) {
  const also = (['promote', 'tickets', 'evaluate', 'ingest', 'finetune'] as const).filter(() => random() < 0.6)
  return { questions: 8, triages: 2, also }
}
