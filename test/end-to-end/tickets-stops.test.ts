// Runs over a day that do not go straight through: declined, failed on the way, stopped politely, asked for by two; and a chart too large for Slack's own.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Env } from '../cli/run-cli.ts'
import { eventually } from './served.ts'
import { isDone, openTicketFaces, shown, type TicketFaces } from './tickets-faces.ts'
import { countAsked, makeTickets, startTicketModel, type TicketModel } from './tickets-model.ts'
import { type GivenTicket, makeTicketSite, readStore, sizeOfPng, type TicketSite, yesterday } from './tickets-site.ts'

let site: TicketSite
let faces: TicketFaces
let endpoint: TicketModel

beforeEach(async () => {
  endpoint = await startTicketModel()
})
afterEach(async () => {
  await faces.close()
  await endpoint.close()
  site.dispose()
})

async function open(tickets: readonly GivenTicket[], plan: object = {}, env: Env = {}): Promise<void> {
  site = await makeTicketSite(tickets)
  site.describe(plan)
  faces = await openTicketFaces({ ...site.env, ...endpoint.env, ...env })
}

const ask = (user: string, channel: string) => faces.command('/tickets', 'yesterday', user, { channel_id: channel })
const said = (channel: string, holds: (text: string) => boolean, what: string, user = 'UANA') =>
  shown(() => [...faces.inSlack(channel), ...faces.slack.ephemeral(channel, user)], holds, what, 180_000)
const done = (channel: string) => said(channel, isDone, 'the end of the run')

describe('a run over a day', { timeout: 400_000 }, () => {
  it('that is declined asks the model nothing, and can be asked for again', async () => {
    const priced = { LAKEDESK_PRICE_INPUT: '5', LAKEDESK_PRICE_OUTPUT: '15' }
    await open(makeTickets(3), { budget: { rows: 2 } }, priced)
    await ask('UANA', 'C1')
    const card = await said('C1', (text) => text.includes('budget of 2 tickets'), 'the estimate')
    await faces.pressSlack(card, 'UANA', 'reject')
    await said('C1', (text) => /withdr|reject/i.test(text), 'that it was declined')
    await sleep(500)
    expect(endpoint.asked).toEqual([])
    await ask('UANA', 'C2')
    const again = await said('C2', (text) => text.includes('budget of 2 tickets'), 'the estimate again')
    await faces.pressSlack(again, 'UANA', 'approve')
    expect((await done('C2')).text).toContain('billing 3')
    expect(endpoint.asked).toHaveLength(9)
  })

  it('that the model breaks off keeps what is done, says so, and goes on at a press without asking it again', async () => {
    await open(makeTickets(10), { batch: 2 }, { LAKEDESK_AI_CONCURRENCY: '2' })
    const refused = { status: 401, body: { error: { message: 'the key was revoked' } } }
    endpoint.model.answer = () => (endpoint.asked.length > 16 ? refused : null)
    await ask('UANA', 'C1')
    const told = await said('C1', (text) => text.includes('are done and kept'), 'that it failed')
    expect(told.text).toMatch(/\b[24] tickets of 10 are done and kept/)
    const card = await shown(
      () => faces.inSlack('C1').filter(({ blocks }) => JSON.stringify(blocks).includes('lakedesk:summarize-tickets')),
      (text) => text.includes('are done and kept'),
      'the failed card',
    )
    const answered = [...countAsked(endpoint.asked.slice(0, 16)).keys()]
    const before = endpoint.asked.length
    endpoint.model.answer = () => null
    await faces.pressSlack(card, 'UANA', 'summarize-tickets')
    const end = await shown(() => faces.inSlack('C1'), isDoneOfDay, 'the end of the second run', 180_000)
    expect(end.text).toContain('billing 10')
    const since = [...countAsked(endpoint.asked.slice(before)).keys()]
    expect(since.filter((each) => answered.includes(each))).toEqual([])
    expect(since).toHaveLength(30 - answered.length)
  })

  it('goes on after the server was stopped politely, and asks the others once', async () => {
    await open(makeTickets(16), { batch: 4 }, { LAKEDESK_AI_CONCURRENCY: '4' })
    endpoint.model.answer = () => ({ delayMs: 100 })
    await ask('UANA', 'C1')
    await eventually(() => (endpoint.asked.length > 14 ? true : undefined), 'the first questions', 120_000)
    await faces.restart('SIGTERM')
    expect((await done('C1')).text).toContain('billing 16')
    await sleep(1500)
    expect(faces.inSlack('C1').filter(({ text }) => isDone(text))).toHaveLength(1)
    expect(faces.files(`tickets-${yesterday()}.csv`)).toHaveLength(1)
    const again = [...countAsked(endpoint.asked).values()].filter((times) => times > 1)
    expect(again.length).toBeLessThanOrEqual(4)
  })

  it('answers two people who ask at once, and pays for each ticket once', async () => {
    await open(makeTickets(6))
    endpoint.model.answer = () => ({ delayMs: 300 })
    await ask('UANA', 'C1')
    await eventually(() => (endpoint.asked.length > 0 ? true : undefined), 'the first question', 120_000)
    await ask('UBO', 'C2')
    await done('C1')
    await done('C2')
    expect(endpoint.asked).toHaveLength(18)
    expect(readStore(site, 'SELECT id FROM approvals')).toHaveLength(2)
  })

  it('with more categories than a chart of Slack holds is shown as an uploaded picture', async () => {
    const names = Array.from({ length: 22 }, (_, i) => `area_${String(i + 10)}`)
    const labels = Object.fromEntries(names.map((name) => [name, `questions about ${name}`]))
    endpoint.model.answer = ({ task, text }) =>
      task === 'classify' ? { text: JSON.stringify({ labels: [text.split(' ').at(-1)], sure: 1 }) } : null
    await open(
      names.map((name) => ({ id: name, text: `It is about ${name}` })),
      { labels },
    )
    await ask('UANA', 'C1')
    const card = await done('C1')
    const image = card.blocks.find(({ type }) => type === 'image')
    const upload = faces.slack.world.uploads.get(String((image?.slack_file as { id: string } | undefined)?.id))
    expect(upload).toMatchObject({ name: 'chart.png', complete: true, shared: [] })
    const { width, height } = sizeOfPng(upload?.bytes ?? Buffer.from(''))
    expect([width > 800, height > 400, width < 4000, height < 4000]).toEqual([true, true, true, true])
    expect(String(image?.alt_text)).toContain('area')
    const rendered = faces.slack
      .callsOf('files.getUploadURLExternal')
      .filter(({ args }) => args.filename === 'chart.png')
    expect(rendered).toHaveLength(1)
  })
})

/** The card that is started by a press says the day instead of "yesterday". */
function isDoneOfDay(text: string): boolean {
  return /^\d+ tickets of .*billing/.test(text)
}
