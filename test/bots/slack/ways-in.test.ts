// Every way a person reaches the bot in Slack: mentions, threads, direct messages, the pane, the command, buttons.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Turn } from '../../../src/core/turn.ts'
import { answers, createSlackRig, mention, type SlackRig, settled, shown, speak, until } from './slack-rig.ts'

let rig: SlackRig
let turns: Turn[]

beforeEach(async () => {
  turns = []
  rig = await createSlackRig(async (question, emit) => speak(`Answer to: ${question.text}`, emit), {
    conversation: (real) => ({
      ...real,
      accept: (turn) => {
        turns.push(turn)
        return real.accept(turn)
      },
    }),
  })
})
afterEach(() => rig.close())

const message = (text: string, more: Record<string, unknown> = {}) => ({
  type: 'message',
  channel_type: 'channel',
  user: 'UASKER',
  channel: 'C1',
  text,
  ts: rig.slack.nextTs(),
  ...more,
})
const send = (event: Record<string, unknown>, envelope: Record<string, unknown> = {}) =>
  rig.slack.sendEvent(rig.url, event, { envelope })

describe('threads', () => {
  test('a reply in a thread the bot is part of is for it, without a mention', async () => {
    const first = mention(rig.slack, 'How do I sign in?')
    await send(first)
    await settled(rig)
    await send(message('and on Azure?', { thread_ts: first.ts }))
    await settled(rig)
    expect(rig.questions.map(({ text }) => text)).toEqual(['How do I sign in?', 'and on Azure?'])
    expect(rig.questions[1]?.history.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(answers(rig.slack, 'C1', String(first.ts))).toHaveLength(2)
  })

  test('what is said to somebody else, in other threads, or at the top is not', async () => {
    const first = mention(rig.slack, 'How do I sign in?')
    await send(first)
    await settled(rig)
    await send(message('<@UOTHER> can you look?', { thread_ts: first.ts }))
    await send(message('talk of others', { thread_ts: '1700000000.000001' }))
    await send(message('at the top'))
    await settled(rig)
    expect(rig.questions).toHaveLength(1)
  })

  test('called into an older thread, it reads what was said there, and the bot as assistant', async () => {
    rig.slack.world.people.set('UOTHER', { profile: { display_name: 'Kim  \u202Eolleh', real_name: 'Kim Lee' } })
    rig.slack.world.people.set('UASKER', { profile: { display_name: '' }, real_name: 'Ana Maier' })
    const root = rig.slack.say('C1', 'Our SSO is &lt;broken&gt; since <https://x.example/a|the update>', {
      user: 'UOTHER',
    })
    rig.slack.say('C1', 'It says error 42', { thread: root })
    await send(mention(rig.slack, 'why?', { thread_ts: root }))
    await settled(rig)
    expect(rig.questions[0]?.history).toEqual([
      { role: 'user', text: 'Our SSO is <broken> since the update (https://x.example/a)', name: 'Kim olleh' },
      { role: 'user', text: 'It says error 42', name: 'Ana Maier' },
    ])
  })

  test('called into a thread of 700 messages, it reads the newest', async () => {
    const root = rig.slack.say('C1', 'said 0')
    for (let n = 1; n < 700; n += 1) rig.slack.say('C1', `said ${n}`, { thread: root })
    await send(mention(rig.slack, 'so?', { thread_ts: root }))
    await settled(rig)
    expect(rig.questions[0]?.history.at(-1)?.text).toBe('said 699')
  })

  test.each([
    ['a bot', { bot_id: 'B9', user: 'UOTHERBOT' }],
    ['itself', { user: 'UBOT' }],
    ['an edit', { subtype: 'message_changed' }],
    ['a bot by subtype', { subtype: 'bot_message' }],
    ['nobody', { user: undefined }],
  ])('a message of %s is ignored', async (_name, more) => {
    await send(message('<@UBOT> loop?', more))
    await send(mention(rig.slack, 'loop?', more))
    await settled(rig)
    expect(rig.questions).toHaveLength(0)
  })

  test('a mention that stands in code only is ignored, one outside is not', async () => {
    await send(mention(rig.slack, '', { text: 'look: `<@UBOT> deploy` and ```\n<@UBOT>\n```' }))
    await settled(rig)
    expect(rig.questions).toHaveLength(0)
    await send(mention(rig.slack, '', { text: 'hey <@UBOT>, what is `<@UBOT>`?' }))
    await settled(rig)
    expect(rig.questions[0]?.text).toBe('hey what is `@UBOT`?')
  })
})

describe('direct messages and the agent pane', () => {
  const direct = (text: string, more = {}) => message(text, { channel: 'D1', channel_type: 'im', ...more })

  test('a direct message is answered, gets a title, and a file alone is a turn too', async () => {
    const first = direct('How do I reset my password?')
    await send(first)
    await settled(rig)
    expect(answers(rig.slack, 'D1', first.ts).map(shown)).toEqual(['Answer to: How do I reset my password?'])
    expect(rig.slack.world.titles.get(`D1:${first.ts}`)).toBe('How do I reset my password?')
    await send(direct('', { subtype: 'file_share', files: [{ name: 'invoice.pdf', mimetype: 'application/pdf' }] }))
    await settled(rig)
    const last = turns.at(-1)
    expect(last?.kind === 'message' && last.attachments).toEqual([
      { name: 'invoice.pdf', mediaType: 'application/pdf' },
    ])
  })

  test('an opened pane gets prompts, the home tab none', async () => {
    await send({ type: 'app_home_opened', tab: 'home', channel: 'D1', user: 'UASKER' })
    expect(rig.slack.world.prompts.size).toBe(0)
    await send({ type: 'app_home_opened', tab: 'messages', channel: 'D1', user: 'UASKER' })
    await settled(rig)
    expect(rig.slack.world.prompts.get('D1')).toHaveLength(3)
  })

  test('somebody else may not stop an answer', async () => {
    const stopped = await rig.conversation.stop('slack:T1:D1:1.1', { id: 'UOTHER', tenant: 'T1' })
    expect(stopped).toBe(false)
    const sent = await send({ type: 'agent_session_stopped', channel: 'D1', user: 'UOTHER', thread_ts: '1.1' })
    expect(sent.status).toBe(200)
  })
})

describe('/ask', () => {
  test('is acknowledged privately and answered in the channel, with the question above it', async () => {
    const sent = await rig.slack.sendCommand(rig.url, { text: 'How do I <reset> & sign in?' })
    expect(JSON.parse(sent.body)).toMatchObject({ response_type: 'ephemeral' })
    await settled(rig)
    const [answer] = answers(rig.slack, 'C1')
    expect(answer && shown(answer)).toContain('Answer to: How do I')
    expect(JSON.stringify(answer?.blocks[0])).toContain('&lt;reset&gt; &amp; sign in')
    expect(turns[0]).toMatchObject({ kind: 'command', name: 'ask' })
  })

  test('where the bot is no member the answer goes through the response address', async () => {
    rig.slack.world.outside.add('C9')
    await rig.slack.sendCommand(rig.url, { text: 'Outside?', channel_id: 'C9' })
    await settled(rig)
    expect(rig.slack.world.responses[0]?.message).toMatchObject({ response_type: 'in_channel', unfurl_links: false })
  })

  test('a reply under the answer is for the bot, which knows what was asked and answered there', async () => {
    const said = { text: 'See the *page* [1].', footer: 'Small print: 3 pages searched.' }
    const citation = { n: 1, doc_id: 'd', title: 'SSO', url: 'https://docs.example/sso', passage: '' }
    const other = await createSlackRig(async ({ text }) =>
      text === 'How do I <sign> in?' ? { ...said, citations: [citation] } : 'So.',
    )
    await other.slack.sendCommand(other.url, { text: 'How do I <sign> in?' })
    await settled(other)
    const [answer] = answers(other.slack, 'C1')
    const reply = { thread_ts: answer?.ts, parent_user_id: other.slack.botUser, ts: other.slack.nextTs() }
    await other.slack.sendEvent(other.url, message('<@UOTHER> look', reply))
    await other.slack.sendEvent(other.url, message('and on Azure?', { ...reply, ts: other.slack.nextTs() }))
    await settled(other)
    expect(other.questions.map(({ text }) => text)).toEqual(['How do I <sign> in?', 'and on Azure?'])
    expect(other.questions[1]?.history).toEqual([
      { role: 'user', text: 'How do I <sign> in?' },
      { role: 'assistant', text: 'See the _page_ [1].' },
    ])
    await other.close()
  })

  test('the same trigger twice is one answer; a command that nobody knows is told so privately', async () => {
    await rig.slack.sendCommand(rig.url, { text: 'Once?', trigger_id: 't.1' })
    await rig.slack.sendCommand(rig.url, { text: 'Once?', trigger_id: 't.1' })
    const other = await rig.slack.sendCommand(rig.url, { command: '/deploy', text: 'prod' })
    expect(other.status).toBe(200)
    await settled(rig)
    expect(rig.questions).toHaveLength(1)
    expect(answers(rig.slack, 'C1')).toHaveLength(1)
    expect(rig.slack.ephemeral('C1', 'UASKER').map(({ text }) => text)[0]).toContain('do not know the command `deploy`')
  })
})

describe('feedback', () => {
  async function answered() {
    const event = mention(rig.slack, 'Good?')
    await send(event)
    await settled(rig)
    const [answer] = answers(rig.slack, 'C1', String(event.ts))
    const block = answer?.blocks.find(({ type }) => type === 'context_actions')
    const [buttons] = (block?.elements ?? []) as {
      positive_button: { value: string }
      negative_button: { value: string }
    }[]
    if (!answer || !buttons) throw new Error('no answer with buttons')
    const press = (value: string, user = 'UASKER') => ({
      type: 'block_actions',
      trigger_id: `t.${rig.slack.nextTs()}`,
      team: { id: 'T1' },
      user: { id: user, team_id: 'T1' },
      channel: { id: 'C1' },
      message: { ts: answer.ts, thread_ts: event.ts },
      container: { type: 'message', message_ts: answer.ts, channel_id: 'C1' },
      actions: [
        { type: 'feedback_buttons', action_id: 'feedback', block_id: 'b', value, action_ts: rig.slack.nextTs() },
      ],
    })
    return { press, up: buttons.positive_button.value, down: buttons.negative_button.value }
  }

  test('a thumb up is a rating at once, thanked privately', async () => {
    const { press, up } = await answered()
    expect((await rig.slack.sendAction(rig.url, press(up))).status).toBe(200)
    await settled(rig)
    const [line] = await rig.store.audit.list({ limit: 1, what: 'give-feedback' })
    expect(line).toMatchObject({ outcome: 'done', detail: { rating: 'up', turn: turns[0]?.id } })
    expect(rig.slack.ephemeral('C1', 'UASKER')).toHaveLength(1)
    expect(rig.slack.world.views).toHaveLength(0)
  })

  test('a thumb down is a rating at once, and the form adds the reason', async () => {
    const { press, down } = await answered()
    await rig.slack.sendAction(rig.url, press(down))
    await settled(rig)
    const [view] = rig.slack.world.views
    expect(view).toMatchObject({ type: 'modal', callback_id: 'feedback-reason' })
    expect(view?.title).toEqual({ type: 'plain_text', text: 'What went wrong?' })
    const submit = (value: string | null, user = 'UASKER') => ({
      type: 'view_submission',
      team: { id: 'T1' },
      user: { id: user, team_id: 'T1' },
      view: {
        ...view,
        id: `V${value}${user}`,
        state: { values: { reason: { reason: { type: 'plain_text_input', value } } } },
      },
    })
    expect((await rig.slack.sendAction(rig.url, submit(null))).status).toBe(200)
    expect((await rig.slack.sendAction(rig.url, submit('not mine', 'UOTHER'))).status).toBe(200)
    expect((await rig.slack.sendAction(rig.url, submit('The link was old'))).body).toBe('')
    await settled(rig)
    const lines = await rig.store.audit.list({ limit: 5, what: 'give-feedback' })
    expect(lines.map(({ detail }) => detail.reason)).toEqual(['The link was old', undefined])
  })

  test('a thumb down is acknowledged before the form is asked for, which is tried once', async () => {
    const { press, down } = await answered()
    rig.slack.fail({ method: 'views.open', retryAfter: 60, delayMs: 300 })
    const sent = await rig.slack.sendAction(rig.url, press(down))
    expect(sent.status).toBe(200)
    expect(rig.slack.callsOf('views.open')).toHaveLength(0)
    await until(() => rig.slack.callsOf('views.open').length > 0)
    await settled(rig)
    expect(rig.slack.callsOf('views.open')).toHaveLength(1)
    expect(rig.lines.some(({ message }) => message === 'Slack did not take a side call')).toBe(true)
  })

  test('a button of another app, or one without a value, is acknowledged and changes nothing', async () => {
    const { press } = await answered()
    const foreign = press('x')
    const sent = await rig.slack.sendAction(rig.url, { ...foreign, actions: [{ action_id: 'else', value: '1' }] })
    expect(sent.status).toBe(200)
    expect((await rig.slack.sendAction(rig.url, { ...foreign, actions: [{ action_id: 'feedback' }] })).status).toBe(200)
    await settled(rig)
    expect(await rig.store.audit.list({ limit: 5, what: 'give-feedback' })).toMatchObject([{ outcome: 'refused' }])
  })
})

describe('who it is', () => {
  test.each([
    ['a member', {}, {}, { tenant: 'T1', external: false }],
    ['a member by user_team', { user_team: 'T1' }, {}, { tenant: 'T1', external: false }],
    [
      'a stranger of a shared channel',
      { user_team: 'T2' },
      { is_ext_shared_channel: true },
      { tenant: 'T2', external: true },
    ],
    ['an unknown author in a shared channel', {}, { is_ext_shared_channel: true }, { tenant: '', external: true }],
    [
      'a member in a channel of another workspace',
      { user_team: 'T1' },
      { team_id: 'T2', is_ext_shared_channel: true },
      { tenant: 'T1', external: false },
    ],
  ])('%s', async (_name, event, envelope, expected) => {
    await send(mention(rig.slack, 'Who am I?', event), envelope)
    await settled(rig)
    expect(turns[0]?.user).toEqual({ id: 'UASKER', ...expected })
    expect(turns[0]?.thread).toMatch(/^slack:T1:C1:/)
  })
})

test('eyes are shown while it works only where that is allowed', async () => {
  await send(mention(rig.slack, 'Eyes?'))
  await settled(rig)
  expect(rig.slack.callsOf('reactions.add')).toHaveLength(0)
  const other = await createSlackRig(
    async (_question, emit) => {
      emit({ kind: 'status', text: 'Searching' })
      return 'Seen.'
    },
    { bot: { allowReactions: true } },
  )
  await other.slack.sendEvent(other.url, mention(other.slack, 'Eyes?'))
  await settled(other)
  expect(other.slack.calls.map(({ method }) => method).filter((method) => method.startsWith('reactions'))).toEqual([
    'reactions.add',
    'reactions.remove',
  ])
  await other.close()
})
