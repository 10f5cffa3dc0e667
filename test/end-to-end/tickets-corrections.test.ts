// What people say to a triaged ticket and to a statement, pressed on cards of the real server: who counts, how often, and what learns from it.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { eventually } from './served.ts'
import { GROUP, isTriage, openTicketFaces, shown, type TicketFaces, triageOn } from './tickets-faces.ts'
import { makeTicketSite, mustRun, readCsv, readStore, select, type TicketSite, yesterday } from './tickets-site.ts'

let sample: TicketSite
let site: TicketSite
let faces: TicketFaces

beforeAll(async () => {
  sample = await makeTicketSite('sample')
  site = sample.copy()
  faces = await openTicketFaces(site.env)
}, 180_000)
afterAll(async () => {
  await faces.close()
  site.dispose()
  sample.dispose()
})

const correctionsSchema = z.array(z.object({ part: z.string(), to: z.string().nullable(), by: z.string() }))

function correctionsOf(id: string) {
  const [row] = readStore(site, `SELECT record ->> 'corrections' AS corrections FROM triages WHERE id = '${id}'`)
  return correctionsSchema.parse(JSON.parse(String(row?.corrections)))
}

async function triageInSlack(text: string, channel: string): Promise<StoredMessage> {
  const before = faces.inSlack(channel).length
  expect((await faces.command('/triage', text, 'UANA', { channel_id: channel })).status).toBe(200)
  return shown(() => faces.inSlack(channel).slice(before), isTriage, `the card of ${text}`)
}

/** The label that the card proposes. */
function categoryOn(message: StoredMessage): string {
  const input = message.blocks.find(
    ({ element }) => (element as { action_id?: string })?.action_id === 'input_category',
  )
  const { initial_option } = (input?.element ?? {}) as { initial_option?: { value: string } }
  return initial_option?.value ?? ''
}

const another = (category: string): string => (category === 'billing' ? 'account_access' : 'billing')

describe('a correction', { timeout: 400_000 }, () => {
  it('in Slack changes the card in place, names who, is one for three deliveries, and teaches', async () => {
    const card = await triageInSlack('The zebra report of our depot shows the wrong stripes', 'C1')
    const wanted = another(categoryOn(card))
    const same = { trigger_id: 't.correct-once' }
    for (const _ of [1, 2, 3]) await faces.pressSlack(card, 'UBO', 'correct-ticket', { category: wanted }, same)
    const corrected = (text: string) => text.includes('corrected from')
    const after = await shown(() => faces.inSlack('C1'), corrected, 'the corrected card')
    expect(after.ts).toBe(card.ts)
    expect(after.text).toMatch(/Category corrected from .* by BO at \d{4}-/)
    expect(categoryOn(after)).toBe(wanted)
    await sleep(500)
    expect(correctionsOf(triageOn(card.text))).toEqual([{ part: 'category', to: wanted, by: 'BO' }])
    expect(faces.slack.ephemeral('C1', 'UBO')).toHaveLength(1)
    const next = await triageInSlack('The zebra report of our other depot shows wrong stripes', 'C1')
    expect(categoryOn(next)).toBe(wanted)
  })

  it('in Teams does the same', async () => {
    await faces.menuInTeams('<p>The walrus export of the harbour misses its anchors</p>', 'bo', GROUP, { id: 'f:1' })
    const card = await shown(() => faces.inTeams(GROUP), isTriage, 'the card in Teams')
    const [proposed] = /(billing|technical|account_?access|feature_?request|other)/.exec(
      card.text.replaceAll('\\', ''),
    ) ?? ['other']
    const wanted = another(proposed)
    for (const _ of [1, 2, 3])
      await faces.pressTeams(GROUP, card, 'cy', 'correct-ticket', { category: wanted }, { id: 'f:press-1' })
    const after = await shown(
      () => faces.inTeams(GROUP),
      (text) => text.includes('corrected from'),
      'the corrected card',
    )
    expect(after.id).toBe(card.id)
    expect(after.text).toMatch(/Category corrected from .* by cy at \d{4}-/)
    await sleep(500)
    expect(correctionsOf(triageOn(card.text))).toEqual([{ part: 'category', to: wanted, by: 'cy' }])
    const next = await triageInSlack('The walrus export of the other harbour misses anchors', 'C2')
    expect(categoryOn(next)).toBe(wanted)
  })

  it('of two people at once of different parts keeps both, each with its name', async () => {
    const card = await triageInSlack('The giraffe screen of the till flickers with TLY-500', 'C3')
    const wanted = another(categoryOn(card))
    await Promise.all([
      faces.pressSlack(card, 'UANA', 'correct-ticket', { category: wanted }),
      faces.pressSlack(card, 'UCY', 'correct-ticket', { product_name: 'Giraffe till' }),
    ])
    const after = await shown(
      () => faces.inSlack('C3'),
      (text) => text.includes('ANA') && text.includes('CY'),
      'both names',
    )
    expect(categoryOn(after)).toBe(wanted)
    expect(JSON.stringify(after.blocks)).toContain('Giraffe till')
    const both = correctionsOf(triageOn(card.text)).map(({ part, to, by }) => [part, to, by])
    expect(both.sort()).toEqual([
      ['category', wanted, 'ANA'],
      ['product_name', 'Giraffe till', 'CY'],
    ])
  })

  it('to a label that is not in the list is refused, to that person alone, and changes nothing', async () => {
    const card = await triageInSlack('The lemur gate of the warehouse does not open', 'C4')
    await faces.pressSlack(card, 'UMALLORY', 'correct-ticket', { category: 'hacked' })
    const told = await eventually(() => faces.slack.ephemeral('C4', 'UMALLORY')[0], 'the refusal')
    expect(told.text).toContain('technical')
    expect(correctionsOf(triageOn(card.text))).toEqual([])
    expect(faces.inSlack('C4').find(({ ts }) => ts === card.ts)).toEqual(card)
  })

  it('of a ticket of the table stands in the report of its day, and survives the next run', async () => {
    const [ticket] = await select(
      site,
      `SELECT ticket_id AS id FROM raw_support_tickets WHERE CAST(created_date AS DATE) = DATE '${yesterday()}' ORDER BY created_date LIMIT 1`,
    )
    const id = String(ticket?.id)
    const card = await triageInSlack(`#${id}`, 'C5')
    const wanted = categoryOn(card) === 'feature_request' ? 'other' : 'feature_request'
    await faces.pressSlack(card, 'UBO', 'correct-ticket', { category: wanted })
    await shown(
      () => faces.inSlack('C5'),
      (text) => text.includes('corrected from'),
      'the corrected card',
    )
    await faces.command('/tickets', 'yesterday', 'UANA', { channel_id: 'C5' })
    const name = `tickets-${yesterday()}.csv`
    const file = await eventually(
      () => [...faces.slack.world.uploads.values()].find((upload) => upload.name === name && upload.complete),
      'the file',
      60_000,
    )
    const row = readCsv(file.bytes ?? Buffer.from('')).find(({ ticket_id }) => ticket_id === id)
    expect(row).toMatchObject({ category: wanted, corrected_by: expect.stringContaining('BO') })
  })
})

describe('in the terminal', { timeout: 400_000 }, () => {
  it('a quoted text is the ticket as it stands, and a quoted value of a correction is kept together', async () => {
    const text = 'The okapi shelf of "our" depot\nis empty'
    const { out } = await mustRun(site, ['triage', text, '--as', 'dee'])
    const id = triageOn(out)
    const [stored] = readStore(site, `SELECT record ->> 'text' AS text FROM triages WHERE id = '${id}'`)
    expect(stored).toEqual({ text })
    const told = await mustRun(site, ['correct', id, 'category=technical', 'product_name=Okapi shelf', '--as', 'dee'])
    expect(told.out).toContain('Okapi shelf')
    expect(correctionsOf(id)).toEqual([
      { part: 'category', to: 'technical', by: expect.stringContaining('dee') },
      { part: 'product_name', to: 'Okapi shelf', by: expect.stringContaining('dee') },
    ])
  })
})

describe('an option that a command does not have', { timeout: 400_000 }, () => {
  it.each([
    ['triage', 'I was charged twice'],
    ['query', 'SELECT 1'],
    ['tickets', 'yesterday'],
    ['evaluate', 'v1'],
  ])('is no part of the text of %s: nothing is done', async (name, text) => {
    const before = readStore(site, 'SELECT id FROM triages UNION ALL SELECT id FROM approvals')
    const told = await site.run([name, text, '--dry-run', '--as', 'dee'])
    expect(told).toMatchObject({ code: 1, err: expect.stringContaining(`no --dry-run of ${name}`) })
    expect(readStore(site, 'SELECT id FROM triages UNION ALL SELECT id FROM approvals')).toEqual(before)
  })
})

describe('a question in words', { timeout: 400_000 }, () => {
  it('about results that are not there yet says what to do first', async () => {
    const fresh = sample.copy()
    const told = await fresh.run(['query', 'how many billing tickets yesterday', '--as', 'ana'])
    expect(told).toMatchObject({ code: 1, out: expect.stringContaining('Write "tickets yesterday" first') })
    fresh.dispose()
  })

  it('shows its statement, runs once for the asker however often it is pressed, and for nobody else', async () => {
    await mustRun(site, ['tickets', 'yesterday', '--as', 'ana'])
    await faces.command('/query', 'how many billing tickets yesterday', 'UANA', { channel_id: 'C6' })
    const card = await shown(
      () => [...faces.inSlack('C6'), ...faces.slack.ephemeral('C6', 'UANA')],
      (text) => /select/i.test(text),
      'the statement',
    )
    expect(card.text).toMatch(/count_if\(/i)
    await faces.pressSlack(card, 'USTRANGER', 'approve')
    const told = await eventually(() => faces.slack.ephemeral('C6', 'USTRANGER')[0], 'the refusal')
    expect(told.text).toContain('Only')
    expect(faces.inSlack('C6').map(({ text }) => text)).toEqual([card.text])
    const same = { trigger_id: 't.run-once' }
    await Promise.all([1, 2, 3].map(() => faces.pressSlack(card, 'UANA', 'approve', {}, same)))
    const cardNow = () => faces.inSlack('C6').filter(({ ts }) => ts === card.ts)
    const done = await shown(cardNow, (text) => /tickets: \d+/.test(text.replaceAll('\\', '')), 'the number')
    const [counted] = await select(
      site,
      `SELECT count(*) AS tickets FROM raw_support_tickets AS t JOIN ticket_enrichment AS e ON e.ticket_id = t.ticket_id WHERE e.category = 'billing' AND CAST(t.created_date AS DATE) = DATE '${yesterday()}'`,
    )
    expect(done.text).toMatch(new RegExp(`tickets: ${counted?.tickets}\\b`))
    expect(Number(counted?.tickets)).toBeGreaterThan(0)
    expect(readStore(site, "SELECT state FROM approvals WHERE tool = 'run-query'")).toEqual([{ state: 'done' }])
  })

  it.each([
    'DELETE FROM ticket_enrichment',
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    'SELECT 1; DROP TABLE raw_support_tickets',
  ])('that is the statement %s is refused, and nothing is shown to run', async (statement) => {
    const channel = `C-${statement.length}`
    await faces.command('/query', statement, 'UANA', { channel_id: channel })
    const said = await eventually(
      () =>
        faces.slack.ephemeral(channel, 'UANA')[0] ??
        faces.inSlack(channel)[0] ??
        faces.slack.world.responses
          .filter((each) => each.channel === channel)
          .map(({ message }) => ({ text: String(message.text), blocks: [] }))[0],
      'the refusal',
    )
    expect(JSON.stringify(said.blocks)).not.toContain('approve')
    expect(readStore(site, "SELECT state FROM approvals WHERE tool = 'run-query'")).toHaveLength(1)
  })
})
