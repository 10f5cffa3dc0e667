// Tickets through the real server: triaged from a menu, corrected on the card, and a day of them with chart and file, on every face.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GROUP, isDone, isTriage, openTicketFaces, shown, type TicketFaces, triageOn } from './tickets-faces.ts'
import { makeTicketSite, readCsv, readStore, sizeOfPng, type TicketSite, yesterday } from './tickets-site.ts'

let site: TicketSite
let faces: TicketFaces

beforeAll(async () => {
  site = await makeTicketSite('sample')
  faces = await openTicketFaces(site.env)
}, 180_000)
afterAll(async () => {
  await faces.close()
  site.dispose()
})

const cardIn = (channel: string, thread: string) => shown(() => faces.inSlack(channel, thread), isTriage, 'the card')

function typesOf(blocks: readonly Record<string, unknown>[]): unknown[] {
  return blocks.map(({ type }) => type)
}

describe('"Triage this thread"', { timeout: 400_000 }, () => {
  it('in Slack reads the whole thread and puts the card with its form in that thread, once for three deliveries', async () => {
    const root = faces.slack.say('C1', 'We see two charges of 149 EUR for March', { user: 'UKIM' })
    const reply = faces.slack.say('C1', 'The invoice is INV-2026-0031, please refund one, PAY-402', {
      user: 'ULOU',
      thread: root,
    })
    const menu = { trigger_id: 'menu.same', action_ts: faces.slack.nextTs() }
    const message = { ts: reply, thread_ts: root }
    const sent = [await faces.shortcut('C1', message, 'UANA', menu)]
    for (const retry of [1, 2]) sent.push(await faces.shortcut('C1', message, 'UANA', menu, { retry }))
    expect(sent.map(({ status }) => status)).toEqual([200, 200, 200])
    const card = await cardIn('C1', root)
    expect(card.thread_ts).toBe(root)
    expect(card.text).toContain('billing')
    expect(typesOf(card.blocks).filter((type) => type === 'input')).toHaveLength(5)
    expect(JSON.stringify(card.blocks)).toContain('PAY-402')
    await sleep(1500)
    expect(faces.inSlack('C1', root)).toHaveLength(1)
    expect(faces.inSlack('C1').filter(({ thread_ts }) => thread_ts === undefined)).toEqual([])
    const [stored] = readStore(
      site,
      `SELECT record ->> 'text' AS text FROM triages WHERE id = '${triageOn(card.text)}'`,
    )
    expect(stored?.text).toMatch(/two charges of 149 EUR[\s\S]*INV-2026-0031/)
  })

  it('in Teams puts the card in that conversation, once for two deliveries', async () => {
    const html = '<p>I cannot sign in, <b>AUTH-118</b> says that I am deactivated</p>'
    const sent = await Promise.all([1, 2].map(() => faces.menuInTeams(html, 'bo', GROUP, { id: 'f:menu-1' })))
    for (const answer of sent) expect(answer).toMatchObject({ status: 200, body: { task: { type: 'message' } } })
    const card = await shown(() => faces.inTeams(GROUP), isTriage, 'the card in Teams')
    expect(card.text).toContain('account')
    expect(JSON.stringify(card.activity)).toContain('AUTH-118')
    expect(JSON.stringify(card.activity)).toContain('input_category')
    await sleep(1500)
    expect(faces.inTeams(GROUP)).toHaveLength(1)
  })
})

describe('the tickets of yesterday', { timeout: 400_000 }, () => {
  const name = `tickets-${yesterday()}.csv`
  let rows: Record<string, string>[] = []

  it('in Slack are counts, a chart and the file of all of them, once for three deliveries', async () => {
    const fields = { channel_id: 'C2', trigger_id: 'trigger-same' }
    const sent = await Promise.all([1, 2, 3].map(() => faces.command('/tickets', 'yesterday', 'UANA', fields)))
    expect(sent.map(({ status }) => status)).toEqual([200, 200, 200])
    const card = await shown(() => faces.inSlack('C2'), isDone, 'the end of the run', 180_000)
    const files = () => faces.files(name)
    await shown(
      () => files().map(() => ({ text: name })),
      () => true,
      'the file',
    )
    await sleep(1500)
    const [file] = files()
    expect(files()).toHaveLength(1)
    expect(file?.shared).toHaveLength(1)
    expect(file?.shared[0]?.channel).toBe('C2')
    rows = readCsv(file?.bytes ?? Buffer.from(''))
    const [, count = '', told = ''] = /^(\d+) tickets of yesterday[^:]*: ([^.]+)\./.exec(card.text) ?? []
    expect(rows).toHaveLength(Number(count))
    expect(rows.length).toBeGreaterThan(10)
    const counted = Object.fromEntries(told.split(', ').map((part) => [part.split(' ')[0], Number(part.split(' ')[1])]))
    for (const [category, tickets] of Object.entries<number>(counted))
      expect(
        rows.filter((row) => row.category === category),
        category,
      ).toHaveLength(tickets)
    expect(rows.every(({ created = '' }) => created.startsWith(yesterday()))).toBe(true)
    const chart = card.blocks.find(({ type }) => type === 'data_visualization') as
      | { chart: { series: { data: { label: string; value: number }[] }[] } }
      | undefined
    expect(Object.fromEntries((chart?.chart.series[0]?.data ?? []).map(({ label, value }) => [label, value]))).toEqual(
      counted,
    )
    expect(readStore(site, "SELECT id FROM approvals WHERE tool = 'summarize-tickets'")).toHaveLength(1)
    expect(faces.inSlack('C2').filter(({ text }) => isDone(text))).toHaveLength(1)
  })

  it('in Teams are the same counts and chart, and the same file once the person agrees to it, also for three deliveries', async () => {
    await Promise.all(
      [1, 2, 3].map(() => faces.sayInTeams('/tickets yesterday', 'bo', 'a:bo', { id: '1770000009999' })),
    )
    const card = await shown(() => faces.inTeams('a:bo'), isDone, 'the end of the run in Teams', 180_000)
    expect(card.text).toContain(`${rows.length} tickets of yesterday`)
    expect(JSON.stringify(card.activity)).toMatch(/"type":"Chart\.\w*Bar","data":\[\{"x":"\w+","y":\d+\}/)
    const isOffer = ({ activity }: { activity: Record<string, unknown> }) =>
      JSON.stringify(activity).includes('file.consent')
    const offer = await shown(
      () => faces.inTeams('a:bo').filter(isOffer),
      () => true,
      'the offer of the file',
    )
    expect(await faces.acceptFile('a:bo', offer, 'bo', name)).toMatchObject({ status: 200 })
    expect(readCsv(Buffer.from(faces.teams.drive.get(name) ?? ''))).toEqual(rows)
    expect(faces.teams.calls.filter(({ status }) => status >= 400)).toEqual([])
    expect(faces.inTeams('a:bo').filter(({ text }) => isDone(text))).toHaveLength(1)
    expect(readStore(site, "SELECT id FROM approvals WHERE tool = 'summarize-tickets'")).toHaveLength(2)
  })

  it('in the terminal are the same, with a picture and a file in the data folder', async () => {
    const result = await site.run(['tickets', 'yesterday', '--as', 'cy'])
    expect(result.err).toBe('')
    expect(result).toMatchObject({ code: 0 })
    expect(result.out).toContain(`${rows.length} tickets of yesterday`)
    expect(result.out).toMatch(/billing +\d+ +█+/)
    const [file] = site.saved('.csv')
    expect(readCsv(file?.bytes ?? Buffer.from(''))).toEqual(rows)
    const [picture] = site.saved('.png')
    const { width, height } = sizeOfPng(picture?.bytes ?? Buffer.from(''))
    expect(width).toBeGreaterThan(800)
    expect(height).toBeGreaterThan(400)
    expect(picture?.bytes.length).toBeGreaterThan(10_000)
  })
})
