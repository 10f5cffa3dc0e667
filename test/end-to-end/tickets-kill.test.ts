// Kill -9 of the real server while it works on tickets: nothing is asked, paid, corrected, shown or attached a second time.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Env } from '../cli/run-cli.ts'
import { eventually } from './served.ts'
import { isDone, isTriage, openTicketFaces, shown, type TicketFaces, triageOn } from './tickets-faces.ts'
import { countAsked, makeTickets, startTicketModel, type TicketModel } from './tickets-model.ts'
import { makeTicketSite, readCsv, readStore, select, type TicketSite, yesterday } from './tickets-site.ts'

const COUNT = 24
const AT_ONCE = 4
const CALLS = COUNT * 3
const FILE = `tickets-${yesterday()}.csv`

let base: TicketSite
beforeAll(async () => {
  base = await makeTicketSite(makeTickets(COUNT))
}, 120_000)
afterAll(() => base.dispose())

interface Scene {
  site: TicketSite
  faces: TicketFaces
  endpoint: TicketModel
}

/** Plays in a folder of its own, beside others. */
async function play(plan: object, env: Env, scene: (of: Scene) => Promise<void>): Promise<void> {
  const site = base.copy()
  site.describe(plan)
  const endpoint = await startTicketModel(() => ({ delayMs: 120 }))
  const faces = await openTicketFaces({ ...site.env, ...endpoint.env, ...env })
  try {
    await scene({ site, faces, endpoint })
  } finally {
    await faces.close()
    await endpoint.close()
    site.dispose()
  }
}

describe('in the middle of a run over a day', { timeout: 400_000 }, () => {
  const killWhen = (happened: (of: Scene) => boolean, what: string): Promise<void> =>
    play({ batch: 6 }, { LAKEDESK_AI_CONCURRENCY: String(AT_ONCE) }, async (of) => {
      await of.faces.command('/tickets', 'yesterday', 'UANA')
      await eventually(() => (happened(of) ? true : undefined), what, 120_000)
      await of.faces.restart('SIGKILL')
      await expectOneEnd(of)
    })

  /** The card ends once, the file is attached once, and of the questions only those under way were asked again. */
  async function expectOneEnd({ site, faces, endpoint }: Scene): Promise<void> {
    const card = await shown(() => faces.inSlack('C1'), isDone, 'the end of the run', 180_000)
    expect(card.text).toContain(`${COUNT} tickets of yesterday`)
    expect(card.text).toContain(`billing ${COUNT}`)
    const file = await eventually(() => faces.files(FILE)[0], 'the file', 120_000)
    const rows = readCsv(file.bytes ?? Buffer.from(''))
    expect(rows.map(({ ticket_id }) => ticket_id).sort()).toEqual(
      makeTickets(COUNT)
        .map(({ id }) => id)
        .sort(),
    )
    for (const { error, summary } of rows) expect([error, summary]).toEqual(['', expect.stringContaining('In short')])
    await sleep(2000)
    expect(faces.inSlack('C1').filter(({ text }) => isDone(text))).toHaveLength(1)
    expect(faces.files(FILE).flatMap(({ shared }) => shared)).toHaveLength(1)
    expect(readStore(site, 'SELECT state, tool FROM approvals')).toEqual([{ state: 'done', tool: 'summarize-tickets' }])
    const counts = [...countAsked(endpoint.asked)]
    expect(counts).toHaveLength(CALLS)
    const again = counts.filter(([, times]) => times > 1)
    expect(again.length, JSON.stringify(again)).toBeLessThanOrEqual(AT_ONCE)
    expect(endpoint.asked.length).toBe(CALLS + again.length)
    // Only then can another process read the tables.
    await faces.served().stop('SIGTERM')
    const results = await select(
      site,
      'SELECT count(*) AS results, count(DISTINCT ticket_id) AS tickets FROM ticket_enrichment',
    )
    expect(results).toEqual([{ results: COUNT, tickets: COUNT }])
  }

  it.concurrent.each([3, 45, CALLS])('after %i questions to the model', (questions) =>
    killWhen(({ endpoint }) => endpoint.asked.length >= questions, `${questions} questions`),
  )

  it.concurrent('while the file is on its way', () =>
    killWhen(({ faces }) => faces.slack.callsOf('files.getUploadURLExternal').length > 0, 'the upload'))
})

describe('right after somebody pressed', { timeout: 400_000 }, () => {
  it.concurrent('"Triage this thread": the card comes once, whenever the server died', () =>
    play({}, {}, async ({ site, faces }) => {
      for (const afterMs of [0, 60, 200, 450]) {
        const ts = faces.slack.say('C1', `Invoice of ${afterMs} was charged twice`, { user: 'UKIM' })
        await faces.shortcut('C1', { ts, thread_ts: ts }, 'UANA', {})
        await sleep(afterMs)
        await faces.restart('SIGKILL')
        await shown(() => faces.inSlack('C1', ts), isTriage, `the card after ${afterMs} ms`, 180_000)
        await sleep(1000)
        expect(faces.inSlack('C1', ts), `after ${afterMs} ms`).toHaveLength(1)
      }
      const counts = readStore(site, 'SELECT count(*) AS triages FROM triages')
      expect(counts).toEqual([{ triages: 4 }])
    }))

  it.concurrent('"Save corrections": the correction counts once and the card shows it, whenever the server died', () =>
    play({}, {}, async ({ site, faces }) => {
      await faces.command('/triage', 'Invoice 77 was charged twice', 'UANA', { channel_id: 'C2' })
      const card = await shown(() => faces.inSlack('C2'), isTriage, 'the card')
      const id = triageOn(card.text)
      const labels = ['other', 'technical', 'account_access', 'feature_request']
      for (const [i, afterMs] of [0, 30, 80, 200].entries()) {
        const label = labels[i] ?? ''
        const now = faces.inSlack('C2').find(({ ts }) => ts === card.ts) ?? card
        await faces.pressSlack(now, 'UBO', 'correct-ticket', { category: label })
        await sleep(afterMs)
        await faces.restart('SIGKILL')
        const isShown = (text: string) => text.replaceAll('\\', '').includes(`to "${label}" by BO`)
        await shown(() => faces.inSlack('C2'), isShown, `the correction after ${afterMs} ms`, 180_000)
        const [row] = readStore(
          site,
          `SELECT json_array_length(record, '$.corrections') AS corrections, record ->> 'category' AS category FROM triages WHERE id = '${id}'`,
        )
        expect(row, `after ${afterMs} ms`).toEqual({ corrections: i + 1, category: label })
      }
      expect(faces.inSlack('C2').filter(({ text }) => isTriage(text))).toHaveLength(1)
      const labelled = readStore(site, "SELECT count(*) AS rows FROM labelled WHERE task = 'category'")
      expect(labelled).toEqual([{ rows: 1 }])
    }))
})
