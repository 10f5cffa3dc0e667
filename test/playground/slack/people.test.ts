// People of the playground's Slack before a bare Bolt app, over HTTP and over a socket: everything they do arrives in Slack's form.
import { createServer } from 'node:http'
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { afterEach, describe, expect, test } from 'vitest'
import { createSlackPeople, type SlackPeople } from '../../../src/playground/slack/slack-people.ts'
import type { SlackStandIn, SlackStandInOptions } from '../../../src/playground/slack/slack-stand-in.ts'
import { openWorkspace, plain, TOKEN, withHomeTab } from './workspace.ts'

interface Played {
  slack: SlackStandIn
  people: SlackPeople
  app: App
  url: string
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function play(
  via: 'http' | 'socket',
  build: (app: App) => void,
  options: SlackStandInOptions = {},
): Promise<Played> {
  const slack = await openWorkspace({ workspace: withHomeTab(true), ...options })
  closers.push(() => slack.close())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/slack/events`
  const quiet = { logLevel: LogLevel.ERROR }
  const receiver =
    via === 'http'
      ? new HTTPReceiver({ signingSecret: slack.signingSecret, ...quiet })
      : new SocketModeReceiver({
          appToken: 'xapp-1',
          ...quiet,
          installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
        })
  const app = new App({ receiver, token: TOKEN, clientOptions: { slackApiUrl: slack.apiUrl }, ...quiet })
  build(app)
  await app.start(port)
  closers.push(() => app.stop())
  const people = createSlackPeople(slack, { ...(via === 'http' ? { eventsUrl: url } : {}), retryMs: [10, 20, 30] })
  closers.push(async () => people.end())
  return { slack, people, app, url }
}

const BLOCKS = [
  { type: 'section', block_id: 'words', text: plain('Choose') },
  {
    type: 'actions',
    block_id: 'row',
    elements: [
      { type: 'button', action_id: 'go', text: plain('Go'), value: 'v3' },
      {
        ...{ type: 'static_select', action_id: 'pick' },
        options: ['a', 'b'].map((value) => ({ text: plain(value.toUpperCase()), value })),
      },
      { type: 'overflow', action_id: 'more', options: [{ text: plain('Later'), value: 'later' }] },
      { type: 'datepicker', action_id: 'day', initial_date: '2026-11-22' },
    ],
  },
  {
    type: 'context_actions',
    block_id: 'thumbs',
    elements: [
      {
        ...{ type: 'feedback_buttons', action_id: 'feedback' },
        positive_button: { text: plain('Good'), value: 'up' },
        negative_button: { text: plain('Bad'), value: 'down' },
      },
    ],
  },
  {
    ...{ type: 'input', block_id: 'note', label: plain('Note'), optional: true },
    element: { type: 'plain_text_input', action_id: 'text', initial_value: 'as before' },
  },
]

describe.each(['http', 'socket'] as const)('over %s', (via) => {
  test('a mention is heard as a mention and as a message; typed signs, names and addresses become Slack’s', async () => {
    const heard: unknown[] = []
    const { people, slack } = await play(via, (app) => {
      app.event('app_mention', async ({ event, say }) => {
        heard.push({ type: event.type, text: event.text })
        await say({ text: 'here', thread_ts: event.ts })
      })
      app.message(async ({ message }) => void heard.push({ type: 'message', channel_type: message.channel_type }))
    })
    const typed = '@Lakedesk is a<b & `@sam`? ask @Sam Ortiz in #support, see https://x.example/?a=1'
    const { ts, delivered } = people.post('USAM', { channel: 'CSUPPORT', text: typed })
    expect(await delivered).toMatchObject([
      { ok: true, tries: 1 },
      { ok: true, tries: 1 },
    ])
    const text = '<@UBOT> is a&lt;b &amp; `@sam`? ask <@USAM> in <#CSUPPORT|support>, see <https://x.example/?a=1>'
    await expect.poll(() => heard.length).toBe(2)
    expect(heard).toContainEqual({ type: 'app_mention', text })
    expect(heard).toContainEqual({ type: 'message', channel_type: 'channel' })
    await expect.poll(() => slack.messages('CSUPPORT', ts).map((message) => message.text)).toEqual([text, 'here'])
  })

  test('a command is answered by its acknowledgement and its response address', async () => {
    const { people, slack } = await play(via, (app) => {
      app.command('/ask', async ({ ack, command, respond }) => {
        await ack({ text: `Working on ${command.text}` })
        await respond({ response_type: 'in_channel', text: `for ${command.user_name} in ${command.channel_name}` })
      })
    })
    expect(await people.command('UANA', { channel: 'CSUPPORT', command: '/ask', text: 'a & b' })).toEqual({ ok: true })
    expect(slack.ephemeral('CSUPPORT', 'UANA')).toMatchObject([{ text: 'Working on a &amp; b' }])
    await expect.poll(() => slack.messages('CSUPPORT').map(({ text }) => text)).toEqual(['for ana in support'])
    expect(await people.command('UANA', { channel: 'CSUPPORT', command: '/dance', text: '' })).toMatchObject({
      ok: false,
    })
  })

  test('presses and choices arrive in the form of their element, with what stands in the inputs', async () => {
    const pressed: { action: object; state: object | undefined; container: object }[] = []
    const { people, slack } = await play(via, (app) => {
      app.action(/.*/, async ({ ack, action, body }) => {
        await ack()
        if (body.type === 'block_actions') pressed.push({ action, state: body.state, container: body.container })
      })
    })
    const ts = slack.world.add({ channel: 'CSUPPORT', user: 'UBOT', bot_id: 'B1', text: 'x', blocks: BLOCKS }).ts
    const where = { kind: 'message' as const, channel: 'CSUPPORT', ts }
    const act = (blockId: string, action_id: string, value?: string) =>
      people.act('UANA', {
        where,
        blockId,
        element: { action_id },
        state: { note: { text: { value: 'typed' } } },
        ...(value ? { value } : {}),
      })
    const results = [
      await act('row', 'go'),
      await act('row', 'pick', 'b'),
      await act('row', 'more', 'later'),
      await act('row', 'day', '2026-12-24'),
      await act('thumbs', 'feedback', 'negative'),
    ]
    expect(results).toEqual(Array(5).fill({ ok: true }))
    expect(pressed.map(({ action }) => action)).toMatchObject([
      { type: 'button', action_id: 'go', block_id: 'row', value: 'v3', text: plain('Go') },
      { type: 'static_select', selected_option: { value: 'b', text: plain('B') } },
      { type: 'overflow', selected_option: { value: 'later' } },
      { type: 'datepicker', selected_date: '2026-12-24' },
      { type: 'feedback_buttons', value: 'down', text: plain('Bad') },
    ])
    expect(pressed[0]?.container).toMatchObject({ type: 'message', message_ts: ts, channel_id: 'CSUPPORT' })
    expect(pressed[1]?.state).toMatchObject({
      values: {
        row: { pick: { selected_option: { value: 'b' } }, day: { selected_date: '2026-11-22' } },
        note: { text: { type: 'plain_text_input', value: 'typed' } },
      },
    })
    expect(await act('row', 'pick', 'no such option')).toMatchObject({ ok: false })
    expect(await act('gone', 'go')).toMatchObject({ ok: false })
    slack.world.remove(slack.messages('CSUPPORT')[0] ?? expect.fail())
    expect(await act('row', 'go')).toMatchObject({ ok: false })
  })

  test('a form is opened, refused field by field, changed, and closed', async () => {
    const closed: string[] = []
    const asks = (callback_id: string, extra: object = {}) => ({
      ...{ type: 'modal' as const, callback_id, title: plain('Why?'), submit: plain('Send'), notify_on_close: true },
      blocks: [
        {
          type: 'input',
          block_id: 'why',
          label: plain('Why'),
          element: { type: 'plain_text_input', action_id: 'w' },
          ...extra,
        },
      ],
    })
    const { people, slack } = await play(via, (app) => {
      app.shortcut('triage_thread', async ({ ack, client, shortcut }) => {
        await ack()
        await client.apiCall('views.open', { trigger_id: shortcut.trigger_id, view: asks('form') })
      })
      app.view('form', async ({ ack, view }) => {
        const value = view.state.values.why?.w?.value
        if (value === 'bad') return ack({ response_action: 'errors', errors: { why: 'Say more' } })
        if (value === 'next') return ack({ response_action: 'update', view: asks('last') as never })
        if (value === 'more') return ack({ response_action: 'push', view: asks('last') as never })
        await ack()
      })
      app.view('last', async ({ ack }) => ack({ response_action: 'clear' }))
      app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack, view }) => {
        await ack()
        closed.push(view.callback_id)
      })
    })
    const ts = slack.say('CSUPPORT', 'a ticket', { user: 'UBO' })
    const openForm = async () => {
      await people.shortcut('USAM', { callbackId: 'triage_thread', channel: 'CSUPPORT', ts })
      await expect.poll(() => slack.view().modals.length).toBe(1)
      return slack.view().modals[0]?.id ?? ''
    }
    const why = (value: string) => ({ why: { w: { value } } })
    const id = await openForm()
    expect(await people.submit('USAM', id, {})).toMatchObject({ ok: false })
    expect(slack.view().modals[0]?.errors).toEqual({ why: 'Please complete this required field.' })
    await people.submit('USAM', id, why('bad'))
    expect(slack.view().modals[0]?.errors).toEqual({ why: 'Say more' })
    expect(await people.submit('UANA', id, why('other hands'))).toMatchObject({ ok: false })
    await people.submit('USAM', id, why('more'))
    expect(slack.view().modals.map(({ view }) => view.callback_id)).toEqual(['form', 'last'])
    await people.submit('USAM', slack.view().modals[1]?.id ?? '', why('x'))
    expect(slack.view().modals).toEqual([])
    const second = await openForm()
    await people.submit('USAM', second, why('next'))
    expect(slack.view().modals.map(({ view }) => view.callback_id)).toEqual(['last'])
    await people.submit('USAM', second, why('x'))
    expect(await people.submit('USAM', second, why('x'))).toMatchObject({ ok: false })
    const third = await openForm()
    await people.close('USAM', third)
    await expect.poll(() => closed).toEqual(['form'])
    expect(slack.view().modals).toEqual([])
  })

  test('the Home tab is opened, published, and its buttons know their view', async () => {
    const seen: unknown[] = []
    const { people, slack } = await play(via, (app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        seen.push(event.tab)
        if (event.tab === 'home') {
          await client.views.publish({
            user_id: event.user,
            view: { type: 'home', blocks: BLOCKS.slice(0, 2) as never },
          })
        }
      })
      app.action('go', async ({ ack, body }) => {
        await ack()
        if (body.type === 'block_actions') seen.push([body.container.type, body.view?.type, body.channel])
      })
    })
    await people.open('USAM', 'messages')
    await people.open('USAM', 'home')
    await expect.poll(() => slack.view().homes.USAM?.type).toBe('home')
    const press = { where: { kind: 'home' as const }, blockId: 'row', element: { action_id: 'go' }, state: {} }
    expect(await people.act('USAM', press)).toEqual({ ok: true })
    expect(await people.act('UANA', press)).toMatchObject({ ok: false })
    await expect.poll(() => seen).toEqual(['messages', 'home', ['view', 'home', undefined]])
  })

  test('Stop ends the stream and tells the bot which', async () => {
    const stops: object[] = []
    const { people, slack, app } = await play(via, (bolt) => {
      bolt.event('agent_session_stopped' as 'app_mention', async ({ event }) => void stops.push(event))
    })
    const thread = slack.say('DSAM', 'question', { user: 'USAM' })
    const to = { channel: 'DSAM', thread_ts: thread, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
    const { ts = '' } = await app.client.chat.startStream({ ...to, markdown_text: 'a' })
    expect(await people.stop('USAM', { channel: 'DSAM', thread })).toEqual({ ok: true })
    await expect(app.client.chat.appendStream({ channel: 'DSAM', ts, markdown_text: 'b' })).rejects.toMatchObject({
      data: { error: 'stopped_by_user' },
    })
    await expect.poll(() => stops).toMatchObject([{ user: 'USAM', thread_ts: thread, streaming_message_ts: [ts] }])
  })
})

test('response addresses replace and delete what was pressed, also a private message, and work five times', async () => {
  const answers = [{ replace_original: true, text: 'replaced' }, { delete_original: true }]
  const { people, slack } = await play('http', (app) => {
    app.action('go', async ({ ack, respond, action }) => {
      await ack()
      if (action.type === 'button' && action.value === 'many') {
        for (let n = 0; n < 6; n += 1) await respond({ text: `n${n}` }).catch(() => undefined)
      } else await respond(answers.shift() ?? { text: 'none' })
    })
  })
  const button = (value: string) => [
    { type: 'actions', block_id: 'row', elements: [{ type: 'button', action_id: 'go', text: plain('Go'), value }] },
  ]
  const base = { channel: 'CSUPPORT', bot_id: 'B1', text: 'press' }
  const ts = slack.world.whisper({ ...base, user: 'USAM', blocks: button('one') })
  const press = (at: string) =>
    people.act('USAM', {
      ...{ where: { kind: 'message', channel: 'CSUPPORT', ts: at }, blockId: 'row', element: { action_id: 'go' } },
      state: {},
    })
  await press(ts)
  await expect.poll(() => slack.ephemeral('CSUPPORT', 'USAM').map(({ text }) => text)).toEqual(['replaced'])
  const seen = slack.world.add({ ...base, user: 'UBOT', blocks: button('one') })
  await press(seen.ts)
  await expect.poll(() => slack.messages('CSUPPORT')).toEqual([])
  const many = slack.world.add({ ...base, user: 'UBOT', blocks: button('many') })
  await press(many.ts)
  await expect
    .poll(() => slack.ephemeral('CSUPPORT', 'USAM').map(({ text }) => text))
    .toEqual(['replaced', 'n0', 'n1', 'n2', 'n3', 'n4'])
})

describe('delivery', () => {
  test('a bad signature is refused by the official receiver, a good one is not', async () => {
    const { slack, url } = await play('http', () => undefined)
    const event = { type: 'app_mention', channel: 'CSUPPORT', user: 'USAM', ts: '1.1', text: 'x' }
    expect((await slack.sendEvent(url, event, { secret: 'another' })).status).toBe(401)
    expect((await slack.sendEvent(url, event, { tamper: (body) => body.replace('USAM', 'UBO') })).status).toBe(401)
    expect((await slack.sendEvent(url, event, { timestamp: 1 })).status).toBe(401)
    expect((await slack.sendEvent(url, event)).status).toBe(200)
  })

  async function listen(answer: (n: number, headers: Record<string, unknown>) => number | 'hang') {
    const slack = await openWorkspace()
    closers.push(() => slack.close())
    const seen: Record<string, unknown>[] = []
    const server = createServer((req, res) => {
      seen.push(req.headers)
      const status = answer(seen.length, req.headers)
      if (status !== 'hang') res.writeHead(status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const eventsUrl = `http://127.0.0.1:${port}/slack/events`
    const people = createSlackPeople(slack, { eventsUrl, retryMs: [5, 5, 5], ackMs: 100 })
    return { slack, people, seen, close: () => new Promise((resolve) => server.close(resolve)) }
  }
  const retries = (seen: Record<string, unknown>[]) =>
    seen.map((headers) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']])

  test('what is not acknowledged is sent again three times, with number and reason', async () => {
    const { people, seen } = await listen((n) => (n === 1 ? 500 : n === 2 ? 'hang' : n === 3 ? 503 : 200))
    const [delivered] = await people.post('USAM', { channel: 'DSAM', text: 'hi' }).delivered
    expect(delivered).toMatchObject({ ok: true, tries: 4 })
    expect(retries(seen)).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_timeout'],
      ['3', 'http_error'],
    ])
  })

  test('after three retries it is given up', async () => {
    const { people, seen } = await listen(() => 500)
    const [delivered] = await people.post('USAM', { channel: 'DSAM', text: 'hi' }).delivered
    expect([delivered?.ok, seen.length]).toEqual([false, 4])
  })

  test('a command that nobody takes fails before the eyes of the person, and is not sent again', async () => {
    const late = await listen(() => 'hang')
    const ask = { channel: 'CSUPPORT', command: '/ask', text: 'x' }
    expect(await late.people.command('USAM', ask)).toMatchObject({ ok: false })
    expect(late.slack.view().messages).toMatchObject([
      { user: 'USLACKBOT', onlyTo: 'USAM', text: '`/ask` failed with the error "operation_timeout"' },
    ])
    expect(late.seen).toHaveLength(1)
    const gone = createSlackPeople(late.slack, { eventsUrl: 'http://127.0.0.1:1/slack/events' })
    await gone.command('UANA', ask)
    expect(late.slack.ephemeral('CSUPPORT', 'UANA')[0]?.text).toContain('"dispatch_failed"')
  })

  test('twice and late, when asked for', async () => {
    const { people, seen } = await listen(() => 200)
    people.disturb({ twice: true, lateMs: 60 })
    const began = Date.now()
    await people.post('USAM', { channel: 'DSAM', text: 'hi' }).delivered
    expect(Date.now() - began).toBeGreaterThan(55)
    expect(retries(seen)).toEqual([
      [undefined, undefined],
      ['1', 'http_timeout'],
    ])
    people.disturb({ twice: false, lateMs: 0 })
    await people.post('USAM', { channel: 'DSAM', text: 'hi' }).delivered
    expect(seen).toHaveLength(3)
  })

  test('nothing is posted where there is no channel or thread any more', async () => {
    const { people, slack } = await listen(() => 200)
    slack.endChannel('CRELEASES', 'delete')
    expect(() => people.post('USAM', { channel: 'CRELEASES', text: 'x' })).toThrow('does not exist')
    slack.endChannel('CSUPPORT', 'archive')
    expect(() => people.post('USAM', { channel: 'CSUPPORT', text: 'x' })).toThrow('archived')
    expect(() => people.post('USAM', { channel: 'DSAM', text: 'x', thread: '1.1' })).toThrow('thread')
  })
})

test('a file of a person arrives with the message, and stands in the view', async () => {
  const heard: object[] = []
  const { people, slack } = await play('http', (app) => {
    app.event('message', async ({ event }) => void heard.push(event))
  })
  const files = [{ name: 'error.png', mediaType: 'image/png', bytes: Buffer.from('png') }]
  await people.post('USAM', { channel: 'DSAM', text: '', files }).delivered
  await expect
    .poll(() => heard)
    .toMatchObject([
      {
        subtype: 'file_share',
        text: '',
        channel_type: 'im',
        files: [{ name: 'error.png', mimetype: 'image/png', size: 3 }],
      },
    ])
  expect(slack.view().messages[0]?.files).toMatchObject([{ name: 'error.png', mediaType: 'image/png', bytes: 3 }])
})
