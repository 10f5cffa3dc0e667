// Tickets in Teams: forms, charts, files by consent, and the message menu, through the real door and against the stand-in's checks.
import { afterEach, describe, expect, it } from 'vitest'
import { toWords } from '../../../src/bots/teams/read-teams-extension.ts'
import { renderTeamsMessage } from '../../../src/bots/teams/render-teams-message.ts'
import { type Block, type Form, toPlainReply } from '../../../src/core/reply.ts'
import { BARS, createDesk, FILE, FORM, LONG_BARS } from '../desk-tool.ts'
import { type Setup, setup } from './setup.ts'

type Json = Record<string, unknown>

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

async function open(blocks: Block[]) {
  const desk = createDesk(() => blocks)
  running = await setup({ tools: desk.tools })
  return { ...running, asked: desk.asked }
}

const PERSONAL = 'a:user-1'

async function asked(blocks: Block[], where: { type?: 'personal' | 'groupChat' } = {}) {
  const opened = await open(blocks)
  await opened.teams.sendMessage(opened.url, { text: '/tickets yesterday', ...where })
  await opened.settled()
  const id = where.type === 'groupChat' ? '19:group@thread.v2' : PERSONAL
  const shown = () => opened.teams.conversation(id).messages
  return { ...opened, shown, message: shown()[0] }
}

function bodyOf(message: { activity: Json } | undefined): Json[] {
  const [card] = (message?.activity.attachments ?? []) as { content: { body: Json[] } }[]
  return card?.content.body ?? []
}

const refused = (given: Pick<Setup, 'teams'>) => given.teams.calls.filter(({ status }) => status >= 400)

describe('a form', () => {
  const saveOf = (body: Json[]) => {
    const inputs = body.find(({ id }) => id === 'form0-inputs')
    const [set] = ((inputs?.items ?? []) as Json[]).filter(({ type }) => type === 'ActionSet')
    return ((set?.actions ?? []) as Json[]).find(({ type }) => type === 'Action.Submit')
  }

  it('shows its values, and behind "Edit" inputs that hold them', async () => {
    const { message } = await asked([{ kind: 'form', ...FORM }])
    const body = bodyOf(message)
    expect(body.map(({ type }) => type)).toEqual(['TextBlock', 'FactSet', 'ActionSet', 'Container'])
    expect(body[1]?.facts).toContainEqual({ title: 'Category', value: 'billing' })
    expect(body[3]).toMatchObject({
      isVisible: false,
      items: [
        { type: 'Input.ChoiceSet', id: 'input_category', value: 'billing' },
        { type: 'Input.Text', id: 'input_error_code', value: '' },
        { type: 'Input.Text', id: 'input_summary', value: 'Charged twice.', isMultiline: true },
        { type: 'ActionSet' },
      ],
    })
  })

  it('hands in what a person made of them', async () => {
    const { teams, url, settled, message, asked: calls } = await asked([{ kind: 'form', ...FORM }])
    const inputs = { input_category: 'outage', input_error_code: '', input_summary: 'Site <at>down</at>' }
    const value = { ...(saveOf(bodyOf(message))?.data as Json), ...inputs }
    await teams.sendMessage(url, { more: { value, replyToId: message?.id } })
    await settled()
    expect(calls[1]?.input).toMatchObject({ id: 't-1', ...inputs })
  })

  it('keeps its values out of other buttons of the card', () => {
    const button = { action: 'approve', label: 'Approve', value: {} }
    const reply = toPlainReply('t', 'x', { blocks: [{ kind: 'form', ...FORM }], buttons: [button] })
    const [card] = renderTeamsMessage(reply)[0]?.attachments ?? []
    expect((card?.content as Json | undefined)?.actions).toMatchObject([{ title: 'Approve', associatedInputs: 'none' }])
  })

  it('is typed where it has 500 labels, and only shown where a value is too long', async () => {
    const fields: Form['fields'] = [
      {
        id: 'many',
        label: 'Many',
        value: 'label 3',
        options: Array.from({ length: 500 }, (_, i) => `label number ${i}`),
      },
      { id: 'huge', label: 'Huge', value: 'h'.repeat(200_000) },
      { id: 'strange', label: 'Strange', value: 'not listed', options: ['', 'a', 'a'] },
    ]
    const form: Block = { kind: 'form', ...FORM, fields }
    const all = await asked([form, form])
    expect(refused(all)).toEqual([])
    const items = (bodyOf(all.message).find(({ id }) => id === 'form0-inputs')?.items ?? []) as Json[]
    expect(items.map(({ id, type }) => [id, type]).slice(0, 2)).toEqual([
      ['input_many', 'Input.Text'],
      ['input_strange', 'Input.ChoiceSet'],
    ])
  })
})

describe('a chart', () => {
  it.each([
    ['bar', BARS, 'Chart.VerticalBar', { x: 'billing', y: 14 }],
    ['bar of many labels', LONG_BARS, 'Chart.HorizontalBar', { x: 'label 0', y: 0 }],
    ['pie', { ...BARS, type: 'pie' as const }, 'Chart.Pie', { legend: 'billing', value: 14 }],
    [
      'line',
      { ...BARS, type: 'line' as const },
      'Chart.Line',
      {
        legend: 'tickets',
        values: [
          { x: 'billing', y: 14 },
          { x: 'outage', y: 9 },
          { x: 'other', y: 0 },
        ],
      },
    ],
    [
      'grouped bar',
      { ...BARS, series: [...BARS.series, { name: 'urgent', values: [1, null, 2] }] },
      'Chart.VerticalBar.Grouped',
      { legend: 'tickets' },
    ],
  ])('of kind %s is that of Teams, with its numbers as facts for other clients', async (_, chart, type, first) => {
    const all = await asked([{ kind: 'chart', ...chart }])
    const element = bodyOf(all.message).find((one) => one.type === type)
    expect((element?.data as Json[] | undefined)?.[0]).toMatchObject(first)
    expect(JSON.stringify(element?.fallback)).toContain('█')
    expect(refused(all)).toEqual([])
  })

  it('of nothing but zeros is its facts', async () => {
    const { message } = await asked([{ kind: 'chart', ...BARS, series: [{ name: 'n', values: [0, null, 0] }] }])
    expect(bodyOf(message).map(({ type }) => type)).toEqual(['TextBlock', 'Container'])
  })
})

describe('a card', () => {
  it('of 20 long tickets, a chart and a form stays within 28 KB and says what it left out', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => [
      `T-${i}`,
      'billing',
      'x <at>all</at> '.repeat(12),
      'y'.repeat(120),
      'high',
    ])
    const all = await asked([
      { kind: 'table', columns: ['Ticket', 'Category', 'Product', 'Summary', 'Urgency'], rows },
      { kind: 'chart', ...LONG_BARS },
      { kind: 'form', ...FORM },
    ])
    expect(refused(all)).toEqual([])
    expect(JSON.stringify(all.message?.activity)).toContain('more rows are not shown')
    expect(JSON.stringify(all.message?.activity)).not.toMatch(/<\/?at/)
  })

  const days = (count: number, series: number): Block => ({
    kind: 'chart',
    type: 'line',
    title: 'Tickets by day',
    unit: 'tickets',
    labels: Array.from({ length: count }, (_, i) => `day-${String(i).padStart(3, '0')}`),
    series: Array.from({ length: series }, (_, j) => ({
      name: `category ${j}`,
      values: Array.from({ length: count }, (_, i) => i + j),
    })),
  })
  const sizeOf = (activity: unknown) => Buffer.byteLength(JSON.stringify(activity))
  const chartOf = (blocks: Block[]) => {
    const [message] = renderTeamsMessage(toPlainReply('t', 'x', { blocks }))
    expect(sizeOf(message)).toBeLessThanOrEqual(27_000)
    const content = message?.attachments?.[0]?.content as { body: Json[] } | undefined
    const note = content?.body.find(({ text }) => String(text).includes('mean of'))?.text
    const chart = content?.body.find(({ type }) => type === 'Chart.Line') as { data: { values: Json[] }[] } | undefined
    return { points: chart?.data[0]?.values ?? [], mean: Number(/mean of (\d+) values/.exec(String(note))?.[1] ?? 1) }
  }

  it.each([30, 60, 120, 1_000])('with lines over %i days shrinks them and says so', (count) => {
    const rows = Array.from({ length: 20 }, (_, i) => [`T-${i}`, 'billing', 'a product', 'y'.repeat(120)])
    const table: Block = { kind: 'table', columns: ['Ticket', 'Category', 'Product', 'Summary'], rows }
    const { points, mean } = chartOf([days(count, 6), table])
    expect(points.length).toBeGreaterThanOrEqual(8)
    expect(points.length).toBe(Math.ceil(count / mean))
  })

  it('with merged points shows their mean at the first label, which stays a date', () => {
    const { points, mean } = chartOf([days(120, 8), days(120, 8)])
    expect(mean).toBeGreaterThan(1)
    expect(points[1]?.x).toBe(`day-${String(mean).padStart(3, '0')}`)
    expect(points[0]).toEqual({ x: 'day-000', y: (mean - 1) / 2 })
  })

  it('with more bars than it holds shows the first ones and says how many there are', () => {
    const bars = { ...LONG_BARS, labels: Array.from({ length: 500 }, (_, i) => `a rather long label ${i}`) }
    const chart: Block = { kind: 'chart', ...bars, series: [{ name: 'n', values: bars.labels.map((_, i) => i + 1) }] }
    const [message] = renderTeamsMessage(toPlainReply('t', 'x', { blocks: [chart, chart, chart] }))
    expect(sizeOf(message)).toBeLessThanOrEqual(27_000)
    expect(JSON.stringify(message)).toMatch(/the first \d+ of 500/)
  })

  it.each<[string, Block[]]>([
    ['ten charts', Array.from({ length: 10 }, () => days(120, 8))],
    [
      'a hundred long fields',
      [{ kind: 'fields', fields: Array.from({ length: 100 }, () => ({ label: 'a', value: '界'.repeat(3_000) })) }],
    ],
    [
      'forty inputs with choices',
      [
        {
          kind: 'form',
          ...FORM,
          fields: Array.from({ length: 40 }, (_, i) => ({
            id: `f${i}`,
            label: `Field ${i}`,
            value: 'v'.repeat(2_000),
            options: Array.from({ length: 60 }, (__, j) => `option number ${j}`),
          })),
        },
      ],
    ],
    ['a file of long lines', Array.from({ length: 40 }, () => ({ kind: 'file', ...FILE, text: '█'.repeat(5_000) }))],
    ['a table of long cells', [{ kind: 'table', columns: ['a', 'b'], rows: [['界'.repeat(20_000), 'x']] }]],
  ])('of %s is never larger than Teams takes, and says what is missing', (_, blocks) => {
    const button = { action: 'approve', label: 'Approve', value: { id: '1' } }
    for (const text of ['x', 'A sentence. '.repeat(3_000)]) {
      const messages = renderTeamsMessage(toPlainReply('t', text, { blocks, buttons: [button] }))
      const cards = messages.filter(({ attachments }) => attachments)
      expect(cards).toHaveLength(1)
      for (const card of cards) expect(sizeOf(card)).toBeLessThanOrEqual(27_000)
      expect(JSON.stringify(cards)).toContain('"Approve"')
    }
  })

  it('shows words of a ticket as they are', () => {
    const hostile = '<at>all</at> [click](https://evil.example) **bold** `code` <https://evil.example>'
    const blocks: Block[] = [
      { kind: 'form', ...FORM, fields: [{ id: 'a', label: hostile, value: hostile, options: ['b'] }] },
      { kind: 'chart', ...BARS, title: hostile, labels: [hostile, 'b', 'c'] },
      { kind: 'file', ...FILE, text: hostile },
    ]
    const [message] = renderTeamsMessage(toPlainReply('t', 'x', { blocks }))
    // What stands in an input must come back as it was.
    const strip = (key: string, value: unknown) => (key === 'value' && value === hostile ? undefined : value)
    const shown = JSON.stringify(message, strip)
    expect(shown).not.toMatch(/<\/?at|<https?:/)
    // Titles of charts and labels of inputs are plain text in Teams; what is Markdown there is escaped.
    const literal = (key: string, value: unknown) =>
      ['label', 'title', 'x', 'choices'].includes(key) && !Array.isArray(value) ? undefined : strip(key, value)
    expect(JSON.stringify(message, literal)).not.toMatch(/[^\\]\[click|[^\\*]\*\*bold/)
  })
})

describe('a file', () => {
  const consent = (id: string, message: { activity: Json }, action: string, uploadUrl: string, more: Json = {}) => {
    const [card] = (message.activity.attachments ?? []) as { content: { acceptContext: Json } }[]
    const uploadInfo = {
      contentUrl: 'https://x-my.sharepoint.com/tickets.csv',
      name: 'tickets.csv',
      uploadUrl,
      uniqueId: 'u-1',
      fileType: 'csv',
    }
    const value = { type: 'fileUpload', action, context: card?.content.acceptContext, uploadInfo, ...more }
    return { type: 'invoke', name: 'fileConsent/invoke', replyToId: id, value }
  }
  const contentTypes = (messages: readonly { activity: Json }[]) =>
    messages.map(
      ({ activity }) =>
        (activity.attachments as { contentType: string }[] | undefined)?.[0]?.contentType
          .split('.')
          .slice(-2)
          .join('.') ?? 'text',
    )

  it('is offered in a one-to-one chat, and handed over once the person agrees', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    expect(contentTypes(all.shown())).toEqual(['text', 'file.consent'])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    expect(JSON.stringify(offer.activity)).not.toContain('t-2,outage')
    const more = consent(offer.id, offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
    expect(await all.teams.sendMessage(all.url, { more })).toEqual({ status: 200, body: {} })
    expect(all.teams.drive.get('tickets.csv')).toBe(FILE.text)
    expect(contentTypes(all.shown())).toEqual(['text', 'file.info'])
    await all.teams.sendMessage(all.url, { more })
    expect(contentTypes(all.shown())).toEqual(['text', 'file.info'])
  })

  it('is read back from the store, so that a restart between offer and consent does no harm', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    const again = await setup({
      standIn: {},
      store: () => all.store,
      bot: {
        openIdMetadataUrl: all.teams.metadataUrl,
        loginUrl: all.teams.loginUrl,
      },
    })
    try {
      const more = consent(offer.id, offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
      expect((await all.teams.sendMessage(again.url, { more })).status).toBe(200)
      expect(all.teams.drive.get('tickets.csv')).toBe(FILE.text)
    } finally {
      await again.close()
    }
  })

  it('that is declined goes, and is put nowhere', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    await all.teams.sendMessage(all.url, { more: consent(offer.id, offer, 'decline', `${all.teams.driveUrl}x`) })
    expect(all.teams.drive.size).toBe(0)
    expect(contentTypes(all.shown())).toEqual(['text'])
  })

  it('that the store of Teams refuses can be asked for again with the same button', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    all.teams.driveFaults.push(507)
    const more = consent(offer.id, offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
    await all.teams.sendMessage(all.url, { more })
    expect(all.shown().at(-1)?.text).toContain('could not be saved (HTTP 507)')
    await all.teams.sendMessage(all.url, { more })
    expect(all.teams.drive.get('tickets.csv')).toBe(FILE.text)
  })

  it('that broke on the way is said so, and the same button tries again', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    const real = all.store.outbox.get
    let lookups = 0
    Object.assign(all.store.outbox, {
      get: async (turn: string) => {
        lookups += 1
        if (lookups <= 2) throw new Error('the disk is full')
        return real(turn)
      },
    })
    const more = consent(offer.id, offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
    await all.teams.sendMessage(all.url, { more })
    await all.teams.sendMessage(all.url, { more })
    expect(lookups).toBe(2)
    expect(all.shown().at(-1)?.text).toMatch(/could not be handed over.*Press the button again/)
    await all.teams.sendMessage(all.url, { more })
    expect(all.teams.drive.get('tickets.csv')).toBe(FILE.text)
    expect(contentTypes(all.shown())).toContain('file.info')
  })

  it('that was handed over is not handed over again where only the question could not be taken away', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    all.teams.fail({ on: 'delete', status: 400, code: 'Odd' })
    const more = consent(offer.id, offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
    await all.teams.sendMessage(all.url, { more })
    await all.teams.sendMessage(all.url, { more })
    expect(contentTypes(all.shown()).filter((type) => type === 'file.info')).toHaveLength(1)
  })

  it.each([
    'http://127.0.0.1:9/x',
    'https://evil.example/x',
    'https://sharepoint.com.evil.example/x',
    'file:///etc/passwd',
    'no url',
  ])('is never put at %s', async (uploadUrl) => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    expect((await all.teams.sendMessage(all.url, { more: consent(offer.id, offer, 'accept', uploadUrl) })).status).toBe(
      200,
    )
    expect(contentTypes(all.shown())).not.toContain('file.info')
  })

  it('is not handed to somebody else who names it, nor one that is not there', async () => {
    const all = await asked([{ kind: 'file', ...FILE }])
    const [, offer] = all.shown()
    if (!offer) throw new Error('no offer')
    const more = consent('1', offer, 'accept', `${all.teams.driveUrl}tickets.csv`)
    await all.teams.sendMessage(all.url, { user: 'mallory', more })
    const unknown = { ...more, value: { ...(more.value as Json), context: { key: 'turn:no', digest: 'x' } } }
    await all.teams.sendMessage(all.url, { more: unknown })
    expect(all.teams.drive.size).toBe(0)
    expect(all.teams.conversation('a:mallory').messages.at(-1)?.text).toContain('no longer kept')
  })

  it('is its first lines in a group, and says where to get it', async () => {
    const all = await asked([{ kind: 'file', ...FILE }], { type: 'groupChat' })
    expect(all.shown()).toHaveLength(1)
    expect(all.message?.text).toContain('one-to-one chat')
    expect(all.message?.text).toContain('t-2,outage')
    expect(refused(all)).toEqual([])
  })

  it('is offered once where showing the reply had to be tried again', async () => {
    const opened = await open([{ kind: 'file', ...FILE }])
    opened.teams.fail({ on: 'update', status: 400, code: 'Odd' })
    await opened.teams.sendMessage(opened.url, { text: '/tickets yesterday' })
    await opened.settled()
    expect(contentTypes(opened.teams.conversation(PERSONAL).messages)).toEqual(['text', 'file.consent'])
  })
})

describe('Triage this thread', () => {
  const menu = (payload: Json, name = 'composeExtension/fetchTask', more: Json = {}) => ({
    type: 'invoke',
    name,
    value: {
      commandId: 'triage_thread',
      commandContext: 'message',
      messagePayload: { id: '1790000000001', ...payload },
      ...more,
    },
  })
  const html = (content: string) => ({ body: { contentType: 'html', content } })

  it.each(['composeExtension/fetchTask', 'composeExtension/submitAction'])(
    'answers %s at once and posts the card in the chat',
    async (name) => {
      const { teams, url, settled, asked: calls } = await open([{ kind: 'form', ...FORM }])
      const more = menu(
        html(
          '<p>I was charged <b>twice</b> &amp; <at id="0">Bob</at> too</p><script>x()</script><div>Second<br>line</div>',
        ),
        name,
      )
      const answer = await teams.sendMessage(url, { type: 'groupChat', more })
      expect(answer).toMatchObject({ status: 200, body: { task: { type: 'message' } } })
      await settled()
      expect(calls[0]?.input).toEqual({ command: 'triage', text: 'I was charged twice & Bob too\n\nSecond\nline' })
      expect(teams.conversation('19:group@thread.v2').messages).toHaveLength(1)
    },
  )

  it('posts under the post of a channel whose reply it was pressed on', async () => {
    const { teams, url, settled } = await open([])
    const conversation = '19:channel@thread.tacv2'
    await teams.sendMessage(url, {
      type: 'channel',
      conversation,
      more: menu({ replyToId: '1780000000009', ...html('x') }),
    })
    await teams.sendMessage(url, {
      type: 'channel',
      conversation,
      more: menu({ id: '1780000000010', replyToId: '', ...html('y') }),
    })
    await settled()
    expect(teams.conversation(`${conversation};messageid=1780000000009`).messages).toHaveLength(1)
    expect(teams.conversation(`${conversation};messageid=1780000000010`).messages).toHaveLength(1)
  })

  it('that is sent twice is one turn', async () => {
    const { teams, url, settled, asked: calls } = await open([])
    const send = (id?: string) =>
      teams.sendMessage(url, { type: 'groupChat', ...(id ? { id } : {}), more: menu(html('x')) })
    await Promise.all([send('7'), send('7'), send()])
    await settled()
    expect(calls).toHaveLength(1)
  })

  it('of an unknown command, or without a message, is answered and does nothing', async () => {
    const { teams, url, settled, asked: calls } = await open([])
    for (const value of [{ commandId: 'other', messagePayload: { id: '1' } }, { commandId: 'triage_thread' }, null]) {
      const more = { type: 'invoke', name: 'composeExtension/submitAction', value }
      expect(await teams.sendMessage(url, { more })).toMatchObject({ status: 200, body: { task: { type: 'message' } } })
    }
    await settled()
    expect(calls).toEqual([])
  })

  it('reads words out of any HTML, however deep', () => {
    expect(toWords(`${'<div>'.repeat(5_000)}deep`)).toContain('deep')
    expect(toWords('<ul><li>one</li><li>two</li></ul>')).toBe('one\n\ntwo')
    expect(toWords('&lt;at&gt;all&lt;/at&gt; <img src=x onerror=y alt="a picture">')).toBe('<at>all</at> a picture')
    expect(toWords('x'.repeat(1_000_000)).length).toBeLessThanOrEqual(400_000)
  })
})
