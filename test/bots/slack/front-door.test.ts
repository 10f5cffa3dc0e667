// Signed requests at the front door: who is let in, and that every event becomes one turn and one reply.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlackBot } from '../../../src/bots/slack/slack-bot.ts'
import { silentLog } from '../../../src/core/log.ts'
import { answers, createSlackRig, mention, type SlackRig, settled, shown, speak } from './slack-rig.ts'

const ANSWER = 'Open **Settings**, then choose Reset. [1]'
let rig: SlackRig

beforeEach(async () => {
  rig = await createSlackRig(async (_question, emit) => speak(ANSWER, emit))
})
afterEach(() => rig.close())

describe('one event, one answer', () => {
  test('a mention is answered in its thread, streamed, with feedback buttons and metadata', async () => {
    const event = mention(rig.slack, 'How do I reset my password?')
    const sent = await rig.slack.sendEvent(rig.url, event)
    expect(sent.status).toBe(200)
    await settled(rig)
    const [answer, ...more] = answers(rig.slack, 'C1', String(event.ts))
    expect(more).toEqual([])
    expect(answer && shown(answer)).toBe(ANSWER)
    expect(answer?.streaming_state).toBe('completed')
    expect(answer?.metadata?.event_type).toBe('lakedesk_reply')
    expect(answer?.blocks.at(-1)?.type).toBe('context_actions')
    expect(rig.questions[0]?.text).toBe('How do I reset my password?')
    const start = rig.slack.callsOf('chat.startStream')[0]?.args
    expect(start).toMatchObject({ thread_ts: event.ts, recipient_user_id: 'UASKER', recipient_team_id: 'T1' })
  })

  test('the same event four times, two of them in parallel, is one turn and one reply', async () => {
    const event = mention(rig.slack, 'Once?')
    const send = (retry: number) => rig.slack.sendEvent(rig.url, event, { retry, envelope: { event_id: 'EvSame' } })
    const first = await Promise.all([send(0), send(1)])
    const rest = [await send(2), await send(3)]
    expect([...first, ...rest].map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await settled(rig)
    expect(rig.questions).toHaveLength(1)
    expect(answers(rig.slack, 'C1')).toHaveLength(1)
  })

  test('a first retry whose first delivery never arrived is answered', async () => {
    await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Lost before?'), { retry: 1 })
    await settled(rig)
    expect(rig.questions).toHaveLength(1)
  })

  test('app_mention and message.channels of one ts, and two event ids of one ts, are one turn', async () => {
    const event = mention(rig.slack, 'Twice?')
    await Promise.all([
      rig.slack.sendEvent(rig.url, event),
      rig.slack.sendEvent(rig.url, { ...event, type: 'message', channel_type: 'channel' }),
      rig.slack.sendEvent(rig.url, event),
    ])
    await settled(rig)
    expect(rig.questions).toHaveLength(1)
    expect(answers(rig.slack, 'C1')).toHaveLength(1)
  })

  test('two fast messages of one thread are answered in order, both', async () => {
    const first = mention(rig.slack, 'First?')
    const second = mention(rig.slack, 'Second?', { thread_ts: first.ts })
    await rig.slack.sendEvent(rig.url, first)
    await rig.slack.sendEvent(rig.url, second)
    await settled(rig)
    expect(rig.questions.map(({ text }) => text)).toEqual(['First?', 'Second?'])
    expect(answers(rig.slack, 'C1', String(first.ts))).toHaveLength(2)
  })
})

describe('who is let in', () => {
  const stored = async () => (await rig.store.inbox.unfinished()).length + rig.questions.length
  const now = () => Math.floor(Date.now() / 1000)

  test.each([
    ['a wrong secret', { secret: 'another' }],
    ['a body changed by one byte', { tamper: (body: string) => body.replace('?', '!') }],
    ['a timestamp of 301 seconds ago', { timestamp: now() - 302 }],
    ['a timestamp of 301 seconds ahead', { timestamp: now() + 330 }],
    ['no signature', { headers: { 'x-slack-signature': '' } }],
    ['a timestamp that is no number', { headers: { 'x-slack-request-timestamp': 'soon' } }],
  ])('%s is 401 and nothing is stored', async (_name, options) => {
    const sent = await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Forged?'), options)
    expect(sent.status).toBe(401)
    expect(await stored()).toBe(0)
  })

  test.each(['null', '5', '[]', '"x"', '{"type":', '', '\u0000\u0001'])('the signed body %j is 400', async (body) => {
    const sent = await rig.slack.sendRaw(rig.url, body, 'application/json')
    expect(sent.status).toBe(400)
    expect(await stored()).toBe(0)
  })

  test('a form whose payload is no object is 400', async () => {
    const sent = await rig.slack.sendRaw(rig.url, 'payload=null', 'application/x-www-form-urlencoded')
    expect(sent.status).toBe(400)
  })

  test('a body over the limit is 413, another path 404, another method 405', async () => {
    const big = await rig.slack.sendRaw(rig.url, `{"a":"${'x'.repeat(1_100_000)}"}`, 'application/json')
    expect(big.status).toBe(413)
    expect((await rig.slack.sendRaw(rig.url.replace('/events', '/other'), '{}', 'application/json')).status).toBe(404)
    expect((await fetch(rig.url)).status).toBe(405)
  })

  test('url_verification is answered when it is signed, and only then', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc', token: 't' })
    const sent = await rig.slack.sendRaw(rig.url, body, 'application/json')
    expect(sent).toMatchObject({ status: 200 })
    expect(sent.body).toContain('abc')
    expect((await rig.slack.sendRaw(rig.url, body, 'application/json', { secret: 'no' })).status).toBe(401)
  })

  test('ssl_check is 200 and smuggles nothing in', async () => {
    const body = `ssl_check=1&payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions' }))}`
    const response = await fetch(rig.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect(response.status).toBe(200)
    expect(await stored()).toBe(0)
  })

  test.each([
    ['an unknown event', { type: 'star_added', user: 'U1' }],
    ['a message with a subtype', { type: 'message', subtype: 'message_changed', channel: 'C1', ts: '1.1' }],
    ['a message without a channel', { type: 'message', ts: '1.1' }],
  ])('%s is 200 and leaves a debug line', async (_name, event) => {
    const sent = await rig.slack.sendEvent(rig.url, event)
    expect(sent.status).toBe(200)
    expect(rig.lines.some(({ level, message }) => level === 'debug' && message.startsWith('Ignored'))).toBe(true)
    expect(await stored()).toBe(0)
  })

  test('a body that is no event at all, such as app_rate_limited, is 200', async () => {
    const sent = await rig.slack.sendRaw(rig.url, '{"type":"app_rate_limited"}', 'application/json')
    expect(sent.status).toBe(200)
  })
})

test('where the turn cannot be stored Slack gets a failure, and its redelivery is answered', async () => {
  let broken = 1
  const other = await createSlackRig(async (_question, emit) => speak(ANSWER, emit), {
    conversation: (real) => ({
      ...real,
      accept: (turn) => (broken-- > 0 ? Promise.reject(new Error('disk full')) : real.accept(turn)),
    }),
  })
  const event = mention(other.slack, 'Stored?')
  const first = await other.slack.sendEvent(other.url, event, { envelope: { event_id: 'EvX' } })
  expect(first.status).toBe(500)
  const second = await other.slack.sendEvent(other.url, event, { envelope: { event_id: 'EvX' }, retry: 1 })
  expect(second.status).toBe(200)
  await settled(other)
  expect(answers(other.slack, 'C1')).toHaveLength(1)
  await other.close()
})

test('without a signing secret and without a socket it refuses to start', () => {
  const make = (more: object) => () =>
    createSlackBot({ conversation: rig.conversation, botToken: 'xoxb-1', log: silentLog, ...more })
  expect(make({})).toThrow(/SLACK_SIGNING_SECRET/)
  expect(make({ signingSecret: ' ' })).toThrow(/SLACK_SIGNING_SECRET/)
  expect(make({ botToken: '', signingSecret: 's' })).toThrow(/SLACK_BOT_TOKEN/)
})

test('no token and no secret stands in the log of a whole run', async () => {
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Secrets?'))
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Forged'), { secret: 'x' })
  rig.slack.fail({ method: 'chat.startStream', error: 'invalid_auth' })
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Refused?'))
  await settled(rig)
  const all = rig.lines
    .map((line) =>
      JSON.stringify(line, (_key, value) =>
        value instanceof Error ? String(value.stack) + String(value.cause) : value,
      ),
    )
    .join('\n')
  expect(all).not.toContain('xoxb-test-token')
  expect(all).not.toContain(rig.slack.signingSecret)
})
