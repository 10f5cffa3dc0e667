// The Slack stand-in, held against the official client: what it answers, refuses and remembers.
import { ErrorCode, WebClient } from '@slack/web-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSlackStandIn, type SlackStandIn } from '../../stand-ins/slack.ts'

let slack: SlackStandIn
let client: WebClient

beforeEach(async () => {
  slack = await createSlackStandIn({ streamLifeMs: 150 })
  client = new WebClient('xoxb-1', {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  })
})
afterEach(() => slack.close())

const refused = (error: string) => ({ code: ErrorCode.PlatformError, data: { ok: false, error } })
const stream = { channel: 'C1', recipient_user_id: 'U1', recipient_team_id: 'T1' }

test('auth, posting, editing, deleting and reading, with metadata only on request', async () => {
  expect(await client.auth.test()).toMatchObject({ ok: true, user_id: slack.botUser, bot_id: slack.botId })
  const metadata = { event_type: 'x', event_payload: { key: 'k' } }
  const posted = await client.chat.postMessage({ channel: 'C1', text: 'one', metadata, blocks: [{ type: 'divider' }] })
  await client.chat.update({ channel: 'C1', ts: String(posted.ts), text: '[2]' })
  slack.say('C1', 'reply', { thread: String(posted.ts) })
  const plain = await client.conversations.replies({ channel: 'C1', ts: String(posted.ts) })
  expect(plain.messages?.map(({ text }) => text)).toEqual(['[2]', 'reply'])
  expect(plain.messages?.[0]).not.toHaveProperty('metadata')
  const full = await client.conversations.history({ channel: 'C1', include_all_metadata: true })
  expect(full.messages).toMatchObject([{ metadata, edited: { user: expect.any(String), ts: expect.any(String) } }])
  await client.chat.delete({ channel: 'C1', ts: String(posted.ts) })
  await expect(client.chat.update({ channel: 'C1', ts: String(posted.ts), text: 'x' })).rejects.toMatchObject(
    refused('message_not_found'),
  )
})

test('pages by cursor', async () => {
  const root = slack.say('C1', 'root')
  for (let n = 0; n < 5; n += 1) slack.say('C1', `r${n}`, { thread: root })
  const first = await client.conversations.replies({ channel: 'C1', ts: root, limit: 4 })
  const cursor = first.response_metadata?.next_cursor ?? ''
  const second = await client.conversations.replies({ channel: 'C1', ts: root, limit: 4, cursor })
  expect([first.messages?.length, second.messages?.length, second.has_more]).toEqual([4, 2, false])
})

test('a stream begins, grows, conflicts with an edit, ends, and is then editable', async () => {
  await expect(client.apiCall('chat.startStream', stream)).rejects.toMatchObject(refused('invalid_thread_ts'))
  await expect(client.apiCall('chat.startStream', { channel: 'C1', thread_ts: '1.1' })).rejects.toMatchObject(
    refused('missing_recipient_user_id'),
  )
  const { ts = '' } = await client.chat.startStream({ ...stream, thread_ts: '1.1', markdown_text: 'a ' })
  await client.chat.appendStream({ channel: 'C1', ts, markdown_text: 'b ' })
  await expect(client.chat.update({ channel: 'C1', ts, text: 'x' })).rejects.toMatchObject(
    refused('streaming_state_conflict'),
  )
  expect(slack.messages('C1', '1.1')).toMatchObject([{ text: 'a b ', streaming_state: 'in_progress' }])
  await client.chat.stopStream({ channel: 'C1', ts, markdown_text: 'c', blocks: [{ type: 'divider' }] })
  expect(slack.messages('C1', '1.1')).toMatchObject([
    { text: 'a b c', streaming_state: 'completed', blocks: [{ type: 'divider' }] },
  ])
  await expect(client.chat.appendStream({ channel: 'C1', ts, markdown_text: 'd' })).rejects.toMatchObject(
    refused('message_not_in_streaming_state'),
  )
  await client.chat.update({ channel: 'C1', ts, text: 'now' })
})

test('the official streamer works, a stream dies of age, and Stop ends one', async () => {
  const streamer = client.chatStream({ ...stream, thread_ts: '2.2', buffer_size: 4 })
  await streamer.append({ markdown_text: 'hello world' })
  await streamer.stop()
  expect(slack.messages('C1', '2.2')).toMatchObject([{ text: 'hello world', streaming_state: 'completed' }])
  const old = await client.chat.startStream({ ...stream, thread_ts: '3.3', markdown_text: 'x' })
  await new Promise((resolve) => setTimeout(resolve, 170))
  await expect(client.chat.stopStream({ channel: 'C1', ts: String(old.ts) })).rejects.toMatchObject(
    refused('message_not_in_streaming_state'),
  )
  const next = await client.chat.startStream({ ...stream, thread_ts: '4.4', markdown_text: 'x' })
  slack.pressStop('C1', '4.4')
  await expect(
    client.chat.appendStream({ channel: 'C1', ts: String(next.ts), markdown_text: 'y' }),
  ).rejects.toMatchObject(refused('stopped_by_user'))
})

test('limits of size are Slack’s', async () => {
  const posted = await client.chat.postMessage({ channel: 'C1', text: 'x'.repeat(41_000) })
  expect(slack.messages('C1')[0]?.text).toHaveLength(40_000)
  await expect(
    client.chat.update({ channel: 'C1', ts: String(posted.ts), text: 'x'.repeat(4_001) }),
  ).rejects.toMatchObject(refused('msg_too_long'))
  const markdown = { type: 'markdown' as const, text: 'x'.repeat(6_001) }
  await expect(
    client.chat.postMessage({ channel: 'C1', text: 'x', blocks: [markdown, markdown] }),
  ).rejects.toMatchObject(refused('invalid_blocks'))
})

test('faults: an error, a 429, a broken status, a lost answer, and then all is well again', async () => {
  slack.fail({ method: 'auth.test', error: 'invalid_auth' })
  await expect(client.auth.test()).rejects.toMatchObject(refused('invalid_auth'))
  slack.fail({ method: 'auth.test', retryAfter: 7 })
  await expect(client.auth.test()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 7 })
  slack.fail({ method: 'auth.test', status: 503 })
  await expect(client.auth.test()).rejects.toMatchObject({ code: ErrorCode.HTTPError })
  slack.fail({ method: 'chat.postMessage', drop: 'after' })
  await expect(client.chat.postMessage({ channel: 'C1', text: 'lost' })).rejects.toMatchObject({
    code: ErrorCode.RequestError,
  })
  expect(slack.messages('C1').map(({ text }) => text)).toEqual(['lost'])
  expect((await client.auth.test()).ok).toBe(true)
})

test('a method it does not know and a token it does not know are refused', async () => {
  await expect(client.apiCall('chat.dance')).rejects.toMatchObject(refused('unknown_method'))
  const other = new WebClient('nothing', { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
  await expect(other.auth.test()).rejects.toMatchObject(refused('not_authed'))
})

test('private messages, views, statuses, titles and prompts are remembered', async () => {
  await client.chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'psst' })
  expect(slack.ephemeral('C1', 'U1')).toMatchObject([{ text: 'psst' }])
  await client.assistant.threads.setStatus({ channel_id: 'D1', thread_ts: '1.1', status: 'thinking' })
  await client.assistant.threads.setTitle({ channel_id: 'D1', thread_ts: '1.1', title: 'T' })
  await client.assistant.threads.setSuggestedPrompts({ channel_id: 'D1', prompts: [{ title: 'a', message: 'b' }] })
  expect(slack.world.status.get('D1:1.1')).toBe('thinking')
  expect(slack.world.titles.get('D1:1.1')).toBe('T')
  expect(slack.world.prompts.get('D1')).toEqual([{ title: 'a', message: 'b' }])
  expect((await client.users.info({ user: 'U1' })).user?.id).toBe('U1')
  expect((await client.apps.connections.open({})).url).toMatch(/^ws:/)
})
