// The tools over tickets through the front door: a turn in, cards and messages out.
import { afterEach, describe, expect, it } from 'vitest'
import type { Block, Reply } from '../../src/core/reply.ts'
import { eventually } from '../conversation/approval-tools.ts'
import { action, command, message, scriptAgent, toAnswer } from '../conversation/setup.ts'
import { NEVER } from '../tickets/world.ts'
import { ana, ben, openTicketRoom, type TicketRoom } from './ticket-room.ts'

let room: TicketRoom
afterEach(() => room.close())

function blockOf<Kind extends Block['kind']>(reply: Reply | undefined, kind: Kind): Extract<Block, { kind: Kind }> {
  const found = reply?.blocks.find((block): block is Extract<Block, { kind: Kind }> => block.kind === kind)
  if (!found) throw new Error(`There is no ${kind} in ${JSON.stringify(reply)}`)
  return found
}

const press = (reply: Reply | undefined, label: string, user = ana) => {
  const button = reply?.buttons.find((each) => each.label === label)
  if (!button) throw new Error(`There is no button ${label} on ${JSON.stringify(reply?.buttons)}`)
  return action(button.action, button.value, { user })
}

const fill = (reply: Reply | undefined, inputs: Record<string, string>, user = ana) => {
  const form = blockOf(reply, 'form')
  const all = form.fields.map(({ id, value }): [string, string] => [`input_${id}`, inputs[id] ?? value])
  return action(form.action, { ...form.value, ...Object.fromEntries(all) }, { user })
}

describe('triage in chat', () => {
  it('answers with a card that is complete in words and editable in place', async () => {
    room = await openTicketRoom()
    const reply = await room.say(command('triage', 'I was charged twice for March, error PAY-402', { user: ana }))
    expect(reply).toMatchObject({ outcome: 'done', footer: expect.stringContaining('Answered by offline-rules') })
    expect(reply.text).toMatch(/is \*\*billing\*\*.*charged twice.*Error code: PAY-402/s)
    const form = blockOf(reply, 'form')
    expect(form.fields.map(({ id }) => id)).toEqual([
      'category',
      'product_name',
      'error_code',
      'urgency_level',
      'summary',
    ])
    expect(form.fields[0]).toMatchObject({ value: 'billing', options: Object.keys(room.world.plan.labels) })
    expect(form.command).toMatch(/^correct t-[0-9a-f]{10} category=billing$/)
  })

  it('rewrites the card where it was corrected, and says who did', async () => {
    room = await openTicketRoom()
    const turn = command('triage', 'I was charged twice', { user: ana })
    const card = await room.say(turn)
    const told = await room.say(fill(card, { category: 'other', product_name: 'Checkout' }, ben))
    expect(told).toMatchObject({ onlyTo: 'ben', outcome: 'done', text: expect.stringContaining('category is "other"') })
    const renewed = await eventually(() => {
      const shown = room.cardOf(turn.id)
      return shown?.text.includes('Category corrected') ? shown : null
    })
    expect(renewed.text).toMatch(/is \*\*other\*\*.*Category corrected from "billing" to "other" by ben at \d{4}/s)
    expect(renewed.text).not.toContain('Summary corrected')
    expect(blockOf(renewed, 'form').fields[0]?.value).toBe('other')
  })

  it('says of a corrected card whose word it is, each value once, and not how sure the model was', async () => {
    room = await openTicketRoom()
    room.world.taps.answer = (call) =>
      call.function === 'ai_classify'
        ? { value: ['technical'], confidence: 0.31, error: null, usage: { inputTokens: 0, outputTokens: 0 } }
        : null
    const turn = command('triage', 'I was charged twice, error PAY-402', { user: ana })
    const card = await room.say(turn)
    expect(card.footer).toContain('unsure (31%)')
    expect(card.text).toContain('Please choose the category')
    const told = await room.say(fill(card, { category: 'billing', error_code: 'PAY-403' }, ben))
    expect(told.text).toContain('Tickets like it are classified and read with that in mind from now on.')
    const renewed = await eventually(() => {
      const shown = room.cardOf(turn.id)
      return shown?.text.includes('Category corrected') ? shown : null
    })
    expect(renewed.footer).toMatch(/^Answered by offline-rules · category and error code corrected by ben/)
    expect(renewed.footer).not.toMatch(/unsure|31/)
    expect(renewed.text.match(/PAY-403/g)).toHaveLength(1)
  })

  it('names who corrected each part in the line that every face shows', async () => {
    room = await openTicketRoom()
    const turn = command('triage', 'I was charged twice for March', { user: ana })
    const id = blockOf(await room.say(turn), 'form').value.triage
    const footerAfter = async (changes: string, user: typeof ana) => {
      const before = room.cardOf(turn.id)?.footer
      await room.say(command('correct', `${id} ${changes}`, { user }))
      return eventually(() => {
        const footer = room.cardOf(turn.id)?.footer
        return footer === before ? null : footer
      })
    }
    // The category is still the word of the model, and how sure that was stays.
    expect(await footerAfter('urgency_level=low', ana)).toMatch(
      /^Answered by offline-rules · \w+ \(\d+%\) · urgency level corrected by ana · free$/i,
    )
    expect(await footerAfter('category=other summary="Charged twice"', ana)).toMatch(
      /^Answered by offline-rules · urgency level, category and summary corrected by ana · free$/i,
    )
    expect(await footerAfter('product_name=Till', ben)).toMatch(
      / · urgency level, category and summary corrected by ana; product name by ben · free$/i,
    )
    // The newest word counts.
    expect(await footerAfter('category=technical', ben)).toMatch(
      / · urgency level and summary corrected by ana; product name and category by ben · free$/i,
    )
  })

  it('leaves the choice open where no category fits', async () => {
    room = await openTicketRoom()
    room.world.taps.answer = (call) =>
      call.function === 'ai_classify'
        ? { value: [], confidence: 0.1, error: null, usage: { inputTokens: 0, outputTokens: 0 } }
        : null
    const card = await room.say(command('triage', 'I was charged twice', { user: ana }))
    const form = blockOf(card, 'form')
    expect(form.fields[0]?.value).toBe('')
    expect(form.command).toMatch(/^correct t-[0-9a-f]{10} category=\.\.\.$/)
    expect(card.footer).not.toContain('%')
    expect(card.text).toContain('Please choose one')
  })

  it('keeps what somebody else corrected meanwhile, though the form showed the old value', async () => {
    room = await openTicketRoom()
    const card = await room.say(command('triage', 'I was charged twice', { user: ana }))
    await Promise.all([
      room.say(fill(card, { category: 'other' }, ana)),
      room.say(fill(card, { product_name: 'Till' }, ben)),
    ])
    const id = blockOf(card, 'form').value.triage ?? ''
    expect(await room.world.desk.find(id)).toMatchObject({ category: 'other', fields: { product_name: 'Till' } })
    expect((await room.world.desk.find(id))?.corrections).toHaveLength(2)
  })

  it('classifies the next like ticket as it was corrected', async () => {
    room = await openTicketRoom()
    const text = 'The zebra report of our depot shows the wrong stripes'
    const card = await room.say(command('triage', text, { user: ana }))
    const before = blockOf(card, 'form').fields[0]?.value
    const wanted = before === 'billing' ? 'account_access' : 'billing'
    const id = blockOf(card, 'form').value.triage
    const told = await room.say(message(`correct ${id} category=${wanted}`, { user: ben }))
    expect(told).toMatchObject({ outcome: 'done' })
    const next = await room.say(
      command('triage', 'The zebra report of our other depot shows wrong stripes', { user: ana }),
    )
    expect(blockOf(next, 'form').fields[0]?.value).toBe(wanted)
  })

  it('reads the thread where no text is given, without what the bot wrote', async () => {
    const at = '2026-01-01T00:00:00.000Z'
    room = await openTicketRoom({
      history: [
        { role: 'user', text: 'I cannot sign in', name: 'Kim', at },
        { role: 'assistant', text: 'Reset your invoice', at },
        { role: 'user', text: 'Two-factor code is refused', name: 'Lou', at },
      ],
    })
    const reply = await room.say(message('triage', { user: ana }))
    const id = blockOf(reply, 'form').value.triage ?? ''
    expect(await room.world.desk.find(id)).toMatchObject({
      text: 'Kim: I cannot sign in\n\nLou: Two-factor code is refused',
    })
    expect(reply.text).toContain('**account_access**')
  })

  it('says that it may not read the thread, and what helps', async () => {
    room = await openTicketRoom({ history: 'refused' })
    const reply = await room.say(command('triage', '', { user: ana }))
    expect(reply).toMatchObject({ outcome: 'refused', text: expect.stringContaining('may not read this thread') })
    expect(reply.text).toContain('Invite me')
  })

  it('says what to write where there is nothing, and what a correction may be', async () => {
    room = await openTicketRoom()
    const nothing = await room.say(command('triage', '', { user: ana }))
    expect(nothing).toMatchObject({ outcome: 'refused', text: expect.stringContaining('There is no text to triage') })
    const card = await room.say(command('triage', 'I was charged twice', { user: ana }))
    const id = blockOf(card, 'form').value.triage
    const wrong = await room.say(command('correct', `${id} category=hacked`, { user: ana }))
    expect(wrong).toMatchObject({ outcome: 'refused', text: expect.stringContaining('billing, technical') })
    for (const text of ['', 't-1', 't-12345678 nothing', `${id} category=billing category=other`]) {
      expect(await room.say(command('correct', text, { user: ana }))).toMatchObject({ outcome: 'refused' })
    }
    const unknown = await room.say(
      action('correct-ticket', { triage: 't-0', input_category: 'billing' }, { user: ana }),
    )
    expect(unknown.text).toContain('no triaged ticket')
  })

  it('takes a field back where its value is left empty, and never a category', async () => {
    room = await openTicketRoom()
    const card = await room.say(command('triage', 'I was charged twice, error PAY-402', { user: ana }))
    const id = blockOf(card, 'form').value.triage ?? ''
    const told = await room.say(command('correct', `${id} error_code= product_name=Till`, { user: ana }))
    expect(told).toMatchObject({ outcome: 'done', text: expect.stringContaining('error code is empty') })
    expect(await room.world.desk.find(id)).toMatchObject({ fields: { error_code: null, product_name: 'Till' } })
    const kept = await room.say(command('correct', `${id} category=`, { user: ana }))
    expect(kept).toMatchObject({ outcome: 'refused', text: expect.stringContaining('cannot be empty. Choose one') })
    expect(await room.world.desk.find(id)).toMatchObject({ category: 'billing' })
  })

  it('shows the card beside the answer where the assistant triaged, and rewrites it too', async () => {
    let id = ''
    const { agent } = scriptAgent(async () => toAnswer('It is billing.', { approvals: [id] }))
    room = await openTicketRoom({ agent })
    const triaged = await room.world.desk.triage({ text: 'I was charged twice', where: 'x' }, NEVER)
    if (triaged.kind === 'triaged') id = triaged.triage.id
    await room.say(message('what is this?', { user: ana }))
    const card = await eventually(() => room.shown.find(({ delivery }) => delivery.key.startsWith(`card:${id}`)))
    await room.say(fill(card.reply, { category: 'technical' }, ben))
    const renewed = await eventually(() =>
      room.shown.findLast(
        ({ delivery, reply }) => delivery.key === card.delivery.key && reply.text.includes('corrected'),
      ),
    )
    expect(renewed.reply.text).toContain('is **technical**')
  })

  it('is not for people from outside, and leaves no text of a ticket in the audit', async () => {
    room = await openTicketRoom()
    const secret = 'My card number is 4111 and I was charged twice'
    const outside = await room.say(command('triage', secret, { user: { ...ana, external: true } }))
    expect(outside).toMatchObject({ outcome: 'refused' })
    const card = await room.say(command('triage', secret, { user: ana }))
    await room.say(fill(card, { product_name: 'Secret till' }))
    const lines = JSON.stringify(await room.world.store.audit.list({ limit: 20 }))
    expect(lines).toContain('classify-ticket')
    expect(lines).toContain('correct-ticket')
    expect(lines).not.toContain('4111')
    expect(lines).not.toContain('Secret till')
  })
})

const SOME = [
  { id: 'T-1', at: '2026-11-21 08:00:00', text: 'I was charged twice' },
  { id: 'T-2', at: '2026-11-21 09:00:00', text: 'Where is my invoice for May?' },
  { id: 'T-3', at: '2026-11-21 10:00:00', text: '=cmd|calc the app crashes with TLY-500' },
  { id: 'T-4', at: '2026-11-19 10:00:00', text: 'Please add a dark mode' },
]

describe('the tickets of a period in chat', () => {
  const ended = (turn: string) =>
    eventually(() => {
      const card = room.cardOf(turn)
      return card && card.outcome !== 'waiting' ? card : null
    })

  it('run at once where that is free, and end with a table, a chart and a file', async () => {
    room = await openTicketRoom()
    await room.world.load(SOME)
    const turn = command('tickets', '', { user: ana })
    await room.say(turn)
    const card = await ended(turn.id)
    expect(card.text).toContain('3 tickets of yesterday (2026-11-21)')
    expect(blockOf(card, 'table').rows).toContainEqual(['billing', '2', '67%'])
    expect(blockOf(card, 'chart')).toMatchObject({ type: 'bar', unit: 'tickets' })
    const said = await eventually(() =>
      room.shown.find(({ reply }) => reply.blocks.some(({ kind }) => kind === 'file')),
    )
    const file = blockOf(said.reply, 'file')
    expect(file).toMatchObject({ name: 'tickets-2026-11-21.csv', mediaType: 'text/csv' })
    expect(file.text).toContain("'=cmd|calc")
    expect(file.text.trim().split('\r\n')).toHaveLength(4)
    expect(blockOf(said.reply, 'table').rows).toHaveLength(3)
  })

  it('are asked for above the budget, with the estimate, and pressed by the asker alone', async () => {
    room = await openTicketRoom({ plan: { budget: { rows: 2, tokens: 1000, usd: 1 }, batch: 2 } })
    await room.world.load(SOME)
    const turn = command('tickets', 'last 7 days', { user: ana })
    const asked = await room.say(turn)
    expect(asked).toMatchObject({ outcome: 'waiting' })
    expect(asked.text).toMatch(
      /4 tickets without a result yet.*12 calls.*above the budget of 2 tickets.*starts when Ana/s,
    )
    expect(blockOf(asked, 'fields').fields).toContainEqual({ label: 'New tickets', value: '4' })
    expect(room.world.taps.calls).toEqual([])
    expect(await room.say(press(asked, 'Run', ben))).toMatchObject({ outcome: 'refused' })
    await room.say(press(asked, 'Run'))
    const card = await ended(turn.id)
    expect(card.text).toContain('4 tickets of the last 7 days')
    expect(blockOf(card, 'chart')).toMatchObject({
      type: 'line',
      labels: Array.from({ length: 7 }, (_, n) => `2026-11-${16 + n}`),
    })
  })

  it('of another word are refused with how to write it; a question that begins so is asked', async () => {
    room = await openTicketRoom()
    await room.world.load(SOME)
    expect(await room.say(command('tickets', 'soon', { user: ana }))).toMatchObject({ outcome: 'refused' })
    expect((await room.say(message('tickets are not syncing, why?', { user: ana }))).text).toContain('Answer to')
  })

  it('of a day without any say so', async () => {
    room = await openTicketRoom()
    await room.world.load(SOME)
    const turn = command('tickets', '2026-11-01', { user: ana })
    await room.say(turn)
    expect((await ended(turn.id)).text).toContain('There are no tickets of 2026-11-01')
  })
})

describe('a question about tickets in chat', () => {
  it('is shown as SQL first, and runs when the asker agrees', async () => {
    room = await openTicketRoom()
    await room.world.load(SOME)
    const turn = command('query', 'how many tickets yesterday?', { user: ana })
    const asked = await room.say(turn)
    expect(asked).toMatchObject({ outcome: 'waiting' })
    expect(asked.text).toMatch(/how many tickets yesterday.*raw_support_tickets.*asks no model.*```sql\nSELECT/is)
    await room.say(press(asked, 'Run'))
    const card = await eventually(() => {
      const shown = room.cardOf(turn.id)
      return shown?.outcome === 'done' ? shown : null
    })
    expect(card.text).toContain('tickets: 3.')
    expect(blockOf(card, 'table')).toEqual({ kind: 'table', columns: ['tickets'], rows: [['3']] })
  })

  it('charts a label with a number, and attaches what a card cannot hold', async () => {
    room = await openTicketRoom()
    await room.world.load(
      Array.from({ length: 30 }, (_, n) => ({
        id: `T-${n}`,
        at: `2026-11-${10 + (n % 5)} 08:00:00`,
        text: `Ticket ${n}`,
      })),
    )
    const byDay = command('query', 'tickets by day', { user: ana })
    await room.say(press(await room.say(byDay), 'Run'))
    const card = await eventually(() => room.cardOf(byDay.id)?.blocks.find(({ kind }) => kind === 'chart'))
    expect(card).toMatchObject({
      type: 'line',
      labels: ['2026-11-10', '2026-11-11', '2026-11-12', '2026-11-13', '2026-11-14'],
    })
    const all = command('query', 'SELECT ticket_id, ticket_text FROM raw_support_tickets ORDER BY ticket_id', {
      user: ana,
    })
    await room.say(press(await room.say(all), 'Run'))
    const said = await eventually(() =>
      room.shown.find(({ reply }) => reply.blocks.some(({ kind }) => kind === 'file')),
    )
    expect(blockOf(said.reply, 'file').text.trim().split('\r\n')).toHaveLength(31)
  })

  it.each([
    'DROP TABLE raw_support_tickets',
    'DELETE FROM raw_support_tickets',
    'SELECT 1; DROP TABLE raw_support_tickets',
    "SELECT * FROM read_csv('/etc/passwd')",
    'SELECT * FROM information_schema.tables',
    'SELECT /* hi */ * FROM secrets',
    'INSERT INTO raw_support_tickets SELECT * FROM raw_support_tickets',
    'update raw_support_tickets set ticket_text = 1',
  ])('is refused where it does more than read: %s', async (sql) => {
    room = await openTicketRoom()
    await room.world.load(SOME)
    expect(await room.say(command('query', sql, { user: ana }))).toMatchObject({ outcome: 'refused', onlyTo: 'ana' })
    expect(await room.world.rows('SELECT count(*) AS n FROM raw_support_tickets')).toEqual([{ n: 4 }])
  })

  it('lets a model mend its statement once, and never runs what the guard refuses', async () => {
    const proposals = [
      'DROP TABLE raw_support_tickets',
      'SELECT count(*) AS n FROM raw_support_tickets',
      'DROP TABLE x',
      'DROP TABLE x',
    ]
    const refused: (string | undefined)[] = []
    room = await openTicketRoom({
      writeSql: async (question) => {
        refused.push(question.refused?.sql)
        return { sql: proposals.shift() ?? null, why: '' }
      },
    })
    await room.world.load(SOME)
    expect((await room.say(command('query', 'how many?', { user: ana }))).text).toContain('COUNT(*) AS n')
    expect(refused).toEqual([undefined, 'DROP TABLE raw_support_tickets'])
    expect(await room.say(command('query', 'how many?', { user: ana }))).toMatchObject({ outcome: 'refused' })
  })

  it('leaves sentences that only begin like it to the documentation', async () => {
    room = await openTicketRoom()
    expect((await room.say(message('query parameters of the API', { user: ana }))).text).toContain('Answer to')
  })
})
