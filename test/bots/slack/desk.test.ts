// Tickets in Slack: forms, charts, files and the message menu, through the real door and against the checks of Slack.
import { afterEach, describe, expect, test } from 'vitest'
import { renderSlackReply, withFrozenNote } from '../../../src/bots/slack/render-slack-blocks.ts'
import { type Block, type Button, type Form, toPlainReply } from '../../../src/core/reply.ts'
import { BARS, createDesk, FILE, FORM, LONG_BARS } from '../desk-tool.ts'
import { answers, createSlackRig, mention, type SlackRig, settled, speak, until } from './slack-rig.ts'

let rig: SlackRig | null = null
afterEach(async () => {
  await rig?.close()
  rig = null
})

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47])

async function open(blocks: Block[], more: { renderChart?: boolean } = {}) {
  const desk = createDesk(() => blocks)
  const drawn: string[] = []
  const renderChart = async (chart: { title: string }) => {
    drawn.push(chart.title)
    return PNG
  }
  const made = await createSlackRig(async () => 'An answer.', {
    tools: desk.tools,
    ...(more.renderChart === false ? {} : { bot: { renderChart } }),
  })
  rig = made
  return { rig: made, slack: made.slack, asked: desk.asked, drawn }
}

async function command(rig: SlackRig, name = '/tickets', fields: Record<string, string> = {}) {
  await rig.slack.sendCommand(rig.url, { command: name, text: 'yesterday', ...fields })
  return until(() => answers(rig.slack, fields.channel_id ?? 'C1')[0])
}

const typesOf = (blocks: readonly Record<string, unknown>[]) => blocks.map(({ type }) => type)

describe('a form', () => {
  const press = (rig: SlackRig, message: { ts: string; blocks: Record<string, unknown>[] }, state: unknown) => {
    const actions = message.blocks.find(({ type }) => type === 'actions') ?? {}
    const [button] = actions.elements as Record<string, unknown>[]
    return rig.slack.sendAction(rig.url, {
      type: 'block_actions',
      trigger_id: `press-${rig.slack.nextTs()}`,
      team: { id: 'T1' },
      user: { id: 'UASKER', team_id: 'T1' },
      channel: { id: 'C1' },
      message: { ts: message.ts },
      container: { type: 'message', message_ts: message.ts, channel_id: 'C1' },
      actions: [{ ...button, block_id: actions.block_id, action_ts: '1790000000.000001' }],
      state,
    })
  }
  const valuesOf = (blocks: readonly Record<string, unknown>[], given: Record<string, string>) =>
    Object.fromEntries(
      blocks
        .filter(({ type }) => type === 'input')
        .map(({ block_id, element }) => {
          const { action_id, type } = element as { action_id: string; type: string }
          const value = given[action_id] ?? null
          const selected = { type, selected_option: value === null ? null : { value } }
          return [block_id, { [action_id]: type === 'static_select' ? selected : { type, value } }]
        }),
    )

  test('is inputs with their values and one primary button, and hands in what a person made of them', async () => {
    const { rig, asked } = await open([{ kind: 'form', ...FORM }])
    const message = await command(rig)
    expect(typesOf(message.blocks)).toEqual(['context', 'markdown', 'input', 'input', 'input', 'actions'])
    const inputs = message.blocks.filter(({ type }) => type === 'input').map(({ element }) => element)
    expect(inputs[0]).toMatchObject({ type: 'static_select', initial_option: { value: 'billing' } })
    expect(inputs[1]).not.toHaveProperty('initial_value')
    expect(inputs[2]).toMatchObject({ initial_value: 'Charged twice.', multiline: true })
    const changed = { input_category: 'outage', input_summary: 'The site was down. <!channel>' }
    await press(rig, message, { values: valuesOf(message.blocks, changed) })
    await until(() => asked[1])
    expect(asked[1]?.input).toEqual({ id: 't-1', message: message.ts, input_error_code: '', ...changed })
  })

  test('leaves out what stands in other inputs, and what nobody sent', async () => {
    const { rig, asked } = await open([{ kind: 'form', ...FORM }])
    const message = await command(rig)
    await press(rig, message, {
      values: { other: { input_category: { value: 'evil' } }, 'lakedesk-form:x:y': { z: { value: '1' } } },
    })
    await until(() => asked[1])
    await press(rig, message, undefined)
    await until(() => asked[2])
    for (const { input } of asked.slice(1)) expect(input).toEqual({ id: 't-1', message: message.ts })
  })

  test('gets new block ids when its values change, because Slack keeps what was typed into the old ones', () => {
    const idsOf = (form: Form) =>
      renderSlackReply(toPlainReply('t', 'x', { blocks: [{ kind: 'form', ...form }] }), 'edit')
        .flatMap(({ blocks }) => blocks)
        .flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]))
    const changed = { ...FORM, fields: FORM.fields.map((field) => ({ ...field, value: 'other' })) }
    expect(idsOf(FORM)).toEqual(idsOf(FORM))
    for (const id of idsOf(changed)) expect(idsOf(FORM)).not.toContain(id)
  })

  test('of 30 fields keeps category and summary, and says what is left out and how to correct it', () => {
    const fields: Form['fields'] = [
      FORM.fields[0],
      ...Array.from({ length: 28 }, (_, i) => ({ id: `f${i}`, label: `Field ${i}`, value: 'x' })),
      { id: 'summary', label: 'Summary', value: 'Charged twice.', multiline: true },
    ].flatMap((field) => field ?? [])
    const [message] = renderSlackReply(toPlainReply('t', 'x', { blocks: [{ kind: 'form', ...FORM, fields }] }), 'post')
    const labels = (message?.blocks ?? []).flatMap(({ type, label }) =>
      type === 'input' ? [(label as { text: string }).text] : [],
    )
    expect(labels).toHaveLength(20)
    expect([labels[0], labels.at(-1)]).toEqual(['Category', 'Summary'])
    const shown = JSON.stringify(message?.blocks)
    expect(shown).toMatch(/Not shown here: Field 18, .*Field 27\. .*correct t-1 category=outage/)
  })

  test('holds the limits of Slack with 500 labels, long labels, long values and 30 fields', async () => {
    const fields: Form['fields'] = [
      { id: 'many', label: 'Many', value: 'label 3', options: Array.from({ length: 500 }, (_, i) => `label ${i}`) },
      { id: 'long', label: 'L'.repeat(3000), value: 'x'.repeat(140), options: ['x'.repeat(140), 'y'.repeat(100)] },
      { id: 'longer', label: 'Longer', value: '', options: ['z'.repeat(200), 'a'] },
      { id: 'text', label: 'Text', value: 'v'.repeat(3000) },
      { id: 'huge', label: 'Huge', value: 'h'.repeat(200_000) },
      { id: 'strange', label: 'Strange', value: 'not listed', options: ['', 'a', 'a'] },
      ...Array.from({ length: 24 }, (_, i) => ({ id: `f${i}`, label: `F ${i}`, value: '' })),
    ]
    const { rig, slack } = await open([{ kind: 'form', ...FORM, fields }])
    const message = await command(rig)
    expect(message.blocks.length).toBeGreaterThan(20)
    expect(slack.callsOf('chat.postMessage').filter(({ error }) => error !== '')).toEqual([])
  })
})

describe('a card where the bot is no member', () => {
  const note = async (reply: { blocks?: Block[]; buttons?: Button[] }) => {
    const [message] = renderSlackReply(toPlainReply('t', 'x', reply), 'post')
    if (!message) throw new Error('no message')
    const { text, blocks } = withFrozenNote(message)
    return text === message.text ? null : [text, JSON.stringify(blocks.at(-1))]
  }

  test('says what a correction does, and nothing of promotions', async () => {
    for (const words of (await note({ blocks: [{ kind: 'form', ...FORM }] })) ?? ['none']) {
      expect(words).toMatch(/cannot be kept up to date.*A correction counts/)
      expect(words).not.toContain('promotions')
    }
  })

  test('says how to look at its request', async () => {
    const buttons = [{ action: 'approve', label: 'Run', value: { approval: 'a7f3k2' } }]
    for (const words of (await note({ buttons })) ?? ['none']) expect(words).toContain('approval a7f3k2')
  })

  test('without anything to press says nothing', async () => {
    expect(await note({})).toBeNull()
  })
})

describe('a chart', () => {
  test("is Slack's own where the numbers fit it, without an upload", async () => {
    const { rig, slack, drawn } = await open([{ kind: 'chart', ...BARS }])
    const message = await command(rig)
    expect(message.blocks.find(({ type }) => type === 'data_visualization')).toMatchObject({
      title: 'Tickets of yesterday by category',
      chart: {
        type: 'bar',
        series: [
          {
            name: 'tickets',
            data: [
              { label: 'billing', value: 14 },
              { label: 'outage', value: 9 },
              { label: 'other', value: 0 },
            ],
          },
        ],
        axis_config: { categories: ['billing', 'outage', 'other'], y_label: 'tickets' },
      },
    })
    expect(drawn).toEqual([])
    expect(slack.callsOf('files.getUploadURLExternal')).toEqual([])
  })

  test('is an uploaded picture where they do not, with its numbers for who cannot see it', async () => {
    const { rig, slack } = await open([{ kind: 'chart', ...LONG_BARS }])
    const message = await command(rig)
    const image = message.blocks.find(({ type }) => type === 'image')
    expect(image?.slack_file).toEqual({ id: 'F1' })
    expect(String(image?.alt_text)).toContain('label 29: 29')
    expect(slack.world.uploads.get('F1')).toMatchObject({ complete: true, shared: [], bytes: Buffer.from(PNG) })
  })

  test('waits for a picture that Slack does not know everywhere yet, and shows text where it never does', async () => {
    const { rig, slack } = await open([{ kind: 'chart', ...LONG_BARS }])
    slack.fail({ method: 'chat.postMessage', error: 'invalid_blocks', times: 2 })
    const message = await command(rig)
    expect(typesOf(message.blocks)).toContain('image')
    slack.fail({ method: 'chat.postMessage', error: 'invalid_blocks', times: 4 })
    await command(rig, '/tickets', { channel_id: 'C2' })
    const second = answers(slack, 'C2')[0]
    expect(typesOf(second?.blocks ?? [])).toEqual(['context', 'markdown', 'rich_text'])
    expect(JSON.stringify(second?.blocks)).toContain('label 29')
  })

  test.each([
    ['no renderer', { renderChart: false }, null],
    ['no right to upload', {}, { method: 'files.getUploadURLExternal', error: 'missing_scope' }],
    ['a broken upload', {}, { method: 'upload', status: 500, times: 3 }],
  ] as const)('is text with %s', async (_, options, fault) => {
    const { rig, slack } = await open([{ kind: 'chart', ...LONG_BARS }], options)
    if (fault) slack.fail({ ...fault })
    const message = await command(rig)
    expect(typesOf(message.blocks)).toEqual(['context', 'markdown', 'rich_text'])
  })

  test.each([
    ['gaps', { ...BARS, series: [{ name: 'n', values: [1, null, 2] }] }],
    ['two labels that are one once cut', { ...BARS, labels: [`${'x'.repeat(30)}1`, `${'x'.repeat(30)}2`, 'c'] }],
    ['a pie with an empty slice', { ...BARS, type: 'pie' as const }],
    ['seven slices', { ...LONG_BARS, type: 'pie' as const }],
  ])('is a picture with %s, which Slack would refuse or show falsely', async (_, chart) => {
    const { rig } = await open([{ kind: 'chart', ...chart }])
    expect(typesOf((await command(rig)).blocks)).toContain('image')
  })

  test('is the first two of four as charts of Slack, and pictures from then on', async () => {
    const charts = [1, 2, 3, 4].map((n): Block => ({ kind: 'chart', ...BARS, title: `Chart ${n}` }))
    const { rig, drawn } = await open(charts)
    const types = typesOf((await command(rig)).blocks)
    expect(types.slice(2)).toEqual(['data_visualization', 'data_visualization', 'image', 'image'])
    expect(drawn).toEqual(['Chart 3', 'Chart 4'])
  })

  test('is uploaded once, however often its message is tried', async () => {
    const { rig, slack, drawn } = await open([{ kind: 'chart', ...LONG_BARS }])
    slack.fail({ method: 'chat.postMessage', error: 'is_inactive' })
    const message = await command(rig)
    expect(typesOf(message.blocks)).toContain('image')
    expect(drawn).toHaveLength(1)
    expect(slack.world.uploads.size).toBe(1)
  })
})

describe('a file', () => {
  test('is shared in the thread of the answer, as it is', async () => {
    const { rig, slack } = await open([{ kind: 'file', ...FILE }])
    const message = await command(rig)
    await settled(rig)
    const upload = slack.world.uploads.get('F1')
    expect(upload).toMatchObject({ name: 'tickets.csv', shared: [{ channel: 'C1', thread: message.ts }] })
    expect(upload?.bytes?.toString()).toBe(FILE.text)
  })

  test.each([
    ['the completion got no answer', { method: 'files.completeUploadExternal', drop: 'after' }],
    ['the completion was never taken', { method: 'files.completeUploadExternal', drop: 'before' }],
    ['Slack had the bot wait', { method: 'files.completeUploadExternal', retryAfter: 1 }],
    ['the upload broke once', { method: 'upload', status: 500 }],
  ] as const)('is attached once where %s', async (_, fault) => {
    const { rig, slack } = await open([{ kind: 'file', ...FILE }])
    slack.fail({ ...fault })
    await command(rig)
    await settled(rig)
    const shared = [...slack.world.uploads.values()].flatMap((upload) => upload.shared)
    expect(shared).toHaveLength(1)
    expect(answers(slack, 'C1')).toHaveLength(1)
  })

  test('that Slack refuses is told in the thread, once, and the answer stands', async () => {
    const { rig, slack } = await open([{ kind: 'file', ...FILE }])
    slack.fail({ method: 'files.getUploadURLExternal', error: 'missing_scope' })
    await command(rig)
    await settled(rig)
    const said = answers(slack, 'C1').map(({ text }) => text)
    expect(said).toHaveLength(2)
    expect(said[1]).toMatch(/tickets\.csv could not be attached.*files:write/)
  })

  test.each(['not_in_channel', 'posting_to_channel_denied'])(
    'that Slack refuses with %s after a try of an unknown outcome is told in the thread, once',
    async (error) => {
      const { rig, slack } = await open([{ kind: 'file', ...FILE }])
      slack.fail({ method: 'files.completeUploadExternal', drop: 'before' })
      slack.fail({ method: 'files.completeUploadExternal', error })
      await command(rig)
      await settled(rig)
      const said = answers(slack, 'C1').map(({ text }) => text)
      expect(said).toHaveLength(2)
      expect(said[1]).toContain(`tickets.csv could not be attached, because Slack did not take it (${error})`)
    },
  )

  test('is said to go into the thread, which is true before it is there', async () => {
    const { rig } = await open([{ kind: 'file', ...FILE }])
    const message = await command(rig)
    expect(JSON.stringify(message.blocks)).toContain('tickets.csv goes into the thread')
    await settled(rig)
  })

  test('in a channel without the bot is told through the response address', async () => {
    const { rig, slack } = await open([{ kind: 'file', ...FILE }])
    slack.world.outside.add('C9')
    const response_url = `${slack.apiUrl.replace('/api/', '')}/response/C9`
    await slack.sendCommand(rig.url, { command: '/tickets', text: 'yesterday', channel_id: 'C9', response_url })
    const { message } = await until(() => slack.world.responses[1])
    expect(message).toMatchObject({ response_type: 'in_channel' })
    expect(String(message.text)).toMatch(/tickets\.csv could not be attached.*member of this channel/)
    await settled(rig)
    expect(slack.world.responses).toHaveLength(2)
  })

  test('for one person alone is not shared into the channel', async () => {
    const { rig, slack } = await open([{ kind: 'file', ...FILE }])
    await rig.slack.sendAction(rig.url, {
      ...{ type: 'block_actions', trigger_id: 'x1', team: { id: 'T1' }, user: { id: 'UASKER', team_id: 'T1' } },
      ...{ channel: { id: 'C1' }, message: { ts: '1790000000.000100' } },
      actions: [{ action_id: 'lakedesk:correct', value: '{"id":"t-1"}' }],
    })
    await until(() => slack.ephemeral('C1', 'UASKER')[0])
    await settled(rig)
    expect(slack.world.uploads.size).toBe(0)
    expect(JSON.stringify(slack.ephemeral('C1', 'UASKER'))).toContain('direct message')
  })
})

describe('an answer of the agent', () => {
  test('ends its stream with chart and form, and shares its file in the thread, once', async () => {
    const made = await createSlackRig(
      async (_, emit) => {
        const text = await speak('There were 23 tickets yesterday, most of them about billing.', emit, 5)
        return {
          text,
          blocks: [
            { kind: 'chart', ...BARS },
            { kind: 'chart', ...LONG_BARS },
            { kind: 'file', ...FILE },
          ],
        }
      },
      { bot: { renderChart: async () => PNG } },
    )
    rig = made
    const asked = mention(made.slack, 'How many tickets were there?')
    await made.slack.sendEvent(made.url, asked)
    await until(() => answers(made.slack, 'C1')[0])
    await settled(made)
    const [answer, ...others] = answers(made.slack, 'C1')
    expect(others).toEqual([])
    expect(typesOf(answer?.blocks ?? []).slice(0, 2)).toEqual(['data_visualization', 'image'])
    const shared = [...made.slack.world.uploads.values()].flatMap((upload) => upload.shared)
    expect(shared).toEqual([{ channel: 'C1', thread: asked.ts }])
  })
})

describe('Triage this thread', () => {
  const shortcut = (rig: SlackRig, message: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    rig.slack.sendAction(rig.url, {
      type: 'message_action',
      callback_id: 'triage_thread',
      trigger_id: `menu-${String(message.ts)}`,
      action_ts: '1790000000.123456',
      response_url: `${rig.slack.apiUrl.replace('/api/', '')}/response/C1`,
      team: { id: 'T1', domain: 'lake' },
      user: { id: 'UASKER', name: 'asker', team_id: 'T1' },
      channel: { id: 'C1', name: 'support' },
      message: { type: 'message', user: 'UWRITER', ...message },
      ...more,
    })

  test('gives a message without replies as its text, and the card comes under it', async () => {
    const { rig, slack, asked } = await open([{ kind: 'form', ...FORM }])
    const ts = slack.say('C1', 'I was charged &lt;twice&gt; in &amp; out', { user: 'UWRITER' })
    expect((await shortcut(rig, { ts, text: 'I was charged &lt;twice&gt; in &amp; out' })).status).toBe(200)
    await until(() => answers(slack, 'C1', ts)[0])
    expect(asked[0]?.input).toEqual({ command: 'triage', text: 'I was charged <twice> in & out' })
    expect(answers(slack, 'C1').every(({ thread_ts }) => thread_ts === ts)).toBe(true)
  })

  test.each(['the first message', 'a reply'])('of %s of a thread reads the thread', async (which) => {
    const { rig, slack, asked } = await open([{ kind: 'form', ...FORM }])
    const root = slack.say('C1', 'The export fails with E-1042', { user: 'UWRITER' })
    const reply = slack.say('C1', 'It began this morning', { user: 'UOTHER', thread: root })
    const ts = which === 'a reply' ? reply : root
    await shortcut(rig, { ts, thread_ts: root, text: 'whatever' }, { action_ts: slack.nextTs() })
    await until(() => answers(slack, 'C1', root)[0])
    expect(asked[0]?.input).toEqual({ command: 'triage', text: '' })
    expect(asked[0]?.earlier.map(({ text }) => text)).toEqual(['The export fails with E-1042', 'It began this morning'])
  })

  test('of 80 messages reads the first one too', async () => {
    const { rig, slack, asked } = await open([])
    const root = slack.say('C1', 'The complaint', { user: 'UWRITER' })
    for (let n = 1; n < 80; n += 1) slack.say('C1', `said ${n}`, { thread: root, user: 'UWRITER' })
    await shortcut(rig, { ts: root, thread_ts: root, text: 'whatever' }, { action_ts: slack.nextTs() })
    await until(() => answers(slack, 'C1', root)[0])
    expect(asked[0]?.earlier).toHaveLength(80)
    expect(asked[0]?.earlier[0]?.text).toBe('The complaint')
    // Who wrote matters only where several did.
    expect(slack.callsOf('users.info').filter(({ args }) => args.user === 'UWRITER')).toEqual([])
  })

  test.each([
    ['as they call themselves', null, ['Kim', 'Ana Maier', 'Kim']],
    ['by number where Slack does not say', 'missing_scope', ['person 1', 'person 2', 'person 1']],
  ])('names the people of a thread %s, never by their ids', async (_, error, names) => {
    const { rig, slack, asked } = await open([])
    slack.world.people.set('UCUST', { profile: { display_name: 'Kim' } })
    slack.world.people.set('USUPPORT', { profile: { display_name: '', real_name: 'Ana Maier' } })
    // Who asks is known by then.
    await command(rig)
    if (error) slack.fail({ method: 'users.info', error, times: 9 })
    const root = slack.say('C1', 'It fails', { user: 'UCUST' })
    slack.say('C1', 'Since when?', { user: 'USUPPORT', thread: root })
    slack.say('C1', 'Today', { user: 'UCUST', thread: root })
    await shortcut(rig, { ts: root, thread_ts: root, text: 'whatever' }, { action_ts: slack.nextTs() })
    const [, triage] = await until(() => asked[1] && asked)
    expect(triage?.earlier.map(({ name }) => name)).toEqual(names)
    expect(JSON.stringify(triage?.earlier)).not.toMatch(/UCUST|USUPPORT/)
  })

  test('that is delivered again is one turn, and is acknowledged each time', async () => {
    const { rig, slack, asked } = await open([])
    const ts = slack.say('C1', 'Help', {})
    for (const retry of [0, 1, 2]) expect((await shortcut(rig, { ts, text: 'Help' }, { retry })).status).toBe(200)
    await until(() => answers(slack, 'C1', ts)[0])
    await settled(rig)
    expect(asked).toHaveLength(1)
    expect(answers(slack, 'C1')).toHaveLength(1)
  })

  test('does not make the bot a part of the thread: it stays quiet when people go on', async () => {
    const { rig, slack, asked } = await open([])
    const ts = slack.say('C1', 'Help', {})
    await shortcut(rig, { ts, text: 'Help' })
    await until(() => answers(slack, 'C1', ts)[0])
    const later = {
      type: 'message',
      channel: 'C1',
      channel_type: 'channel',
      user: 'UOTHER',
      text: 'I know this one',
      thread_ts: ts,
    }
    await slack.sendEvent(rig.url, { ...later, ts: slack.nextTs(), parent_user_id: 'UASKER' })
    await settled(rig)
    expect(asked).toHaveLength(1)
    expect(rig.questions).toEqual([])
    expect(answers(slack, 'C1')).toHaveLength(1)
  })

  test('of a channel without the bot is answered through the response address', async () => {
    const { rig, slack } = await open([{ kind: 'chart', ...BARS }])
    slack.world.outside.add('C1')
    await shortcut(rig, { ts: '1790000000.000001', text: 'Help' })
    const { message } = await until(() => slack.world.responses[0])
    expect(message).toMatchObject({ response_type: 'in_channel', text: 'Here it is.' })
    expect(message).not.toHaveProperty('plain')
  })

  test('of another app, or malformed, is acknowledged and ignored', async () => {
    const { rig, asked } = await open([])
    const bodies = [{ callback_id: 'other' }, { message: {} }, { channel: null }]
    for (const more of bodies) expect((await shortcut(rig, { ts: '1.1', text: 'x' }, more)).status).toBe(200)
    await settled(rig)
    expect(asked).toEqual([])
  })
})

describe('words of a ticket', () => {
  const HOSTILE = '<!channel> <@U1> <https://evil.example|click> *bold* `code` &lt;!here&gt; ```'

  test('never become markup in a form, a chart, a file name or a table', () => {
    const blocks: Block[] = [
      {
        kind: 'form',
        ...FORM,
        submit: HOSTILE,
        fields: [{ id: 'a', label: HOSTILE, value: HOSTILE, options: [HOSTILE, 'b'] }],
      },
      {
        kind: 'chart',
        ...BARS,
        title: HOSTILE,
        unit: HOSTILE,
        labels: [HOSTILE, 'b'],
        series: [{ name: HOSTILE, values: [1, 2] }],
      },
      { kind: 'chart', ...LONG_BARS, title: HOSTILE, labels: Array.from({ length: 30 }, (_, i) => `${HOSTILE}${i}`) },
      { kind: 'file', ...FILE },
    ]
    const [message] = renderSlackReply(toPlainReply('t', 'x', { blocks }), 'post', new Map([[2, 'F1']]))
    // What stands in an input is no text of the message, and must come back as it was.
    const strip = (key: string, value: unknown) => (key === 'initial_value' || key === 'value' ? undefined : value)
    for (const shown of [message?.blocks, message?.plain, message?.text]) {
      expect(JSON.stringify(shown, strip)).not.toMatch(/<[@#!]|<https?:/)
    }
  })

  test('of 200,000 characters keep every limit', async () => {
    const long = '<!channel> &'.repeat(17_000)
    const { rig, slack } = await open([
      { kind: 'fields', fields: [{ label: 'Text', value: long }] },
      { kind: 'form', ...FORM, fields: [{ id: 'summary', label: 'Summary', value: long }, ...FORM.fields.slice(0, 1)] },
      { kind: 'chart', ...BARS, labels: [long, 'b', 'c'], title: long },
      { kind: 'table', columns: ['text'], rows: Array.from({ length: 200 }, () => [long.slice(0, 1000)]) },
    ])
    await command(rig)
    expect(slack.callsOf('chat.postMessage').map(({ error }) => error)).toEqual([''])
  })
})
