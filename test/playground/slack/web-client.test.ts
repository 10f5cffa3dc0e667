// The playground's Slack, held against the official Web API client: streams, uploads, pages, views, errors and limits.
import { ErrorCode, WebClient } from '@slack/web-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exchange, SlackStandIn } from '../../../src/playground/slack/slack-stand-in.ts'
import { openWorkspace, plain, refusedWith, TOKEN, withHomeTab } from './workspace.ts'

let slack: SlackStandIn
let client: WebClient
let wire: Exchange[]

beforeEach(async () => {
  wire = []
  slack = await openWorkspace({ onExchange: (exchange) => wire.push(exchange), workspace: withHomeTab(true) })
  client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
})
afterEach(() => slack.close())

const say = (channel: string, text = 'x') => client.chat.postMessage({ channel, text })

describe('who calls', () => {
  test('only the token of the workspace is taken', async () => {
    const other = new WebClient('xoxb-another', { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
    await expect(other.auth.test()).rejects.toMatchObject(refusedWith('invalid_auth'))
    expect(await client.auth.test()).toMatchObject({ ok: true, team: 'Tallyport', user_id: slack.botUser })
    await expect(client.apps.connections.open({})).rejects.toMatchObject(refusedWith('not_allowed_token_type'))
  })

  test('the log of the wire holds no token', async () => {
    await say('CSUPPORT', `my token is ${TOKEN}`)
    expect(wire.map(({ name, direction, status }) => [name, direction, status])).toEqual([
      ['chat.postMessage', 'in', 200],
    ])
    expect(JSON.stringify(wire)).not.toContain(TOKEN)
  })
})

describe('channels and people', () => {
  test('a channel that is unknown, archived, deleted or without the bot is refused by its name', async () => {
    await expect(say('CNOWHERE')).rejects.toMatchObject(refusedWith('channel_not_found'))
    slack.endChannel('CSUPPORT', 'archive')
    await expect(say('CSUPPORT')).rejects.toMatchObject(refusedWith('is_archived'))
    const { ts = '' } = await say('CRELEASES')
    slack.endChannel('CRELEASES', 'delete')
    await expect(say('CRELEASES')).rejects.toMatchObject(refusedWith('channel_not_found'))
    await expect(client.chat.update({ channel: 'CRELEASES', ts, text: 'y' })).rejects.toMatchObject(
      refusedWith('channel_not_found'),
    )
    await slack.close()
    const channels = [{ id: 'CALONE', name: 'alone' }]
    slack = await openWorkspace({ workspace: { ...withHomeTab(true), channels } })
    const members = slack.world.directory.channels.get('CALONE')?.members ?? []
    members.splice(members.indexOf(slack.botUser), 1)
    client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
    await expect(say('CALONE')).rejects.toMatchObject(refusedWith('not_in_channel'))
  })

  test('are listed in pages, named, and opened for a direct message', async () => {
    const names: string[] = []
    for await (const page of client.paginate('conversations.list', { limit: 1 })) {
      const { channels } = page as unknown as { channels: { name: string }[] }
      names.push(...channels.map(({ name }) => name))
    }
    expect(names).toEqual(['support', 'ml-releases'])
    const users = await client.users.list({})
    expect(users.members?.map(({ name }) => name)).toContain('sam')
    expect((await client.users.info({ user: 'UANA' })).user?.real_name).toBe('Ana Maier')
    await expect(client.users.info({ user: 'UNOBODY' })).rejects.toMatchObject(refusedWith('user_not_found'))
    const { channel } = await client.conversations.open({ users: 'USAM' })
    expect(channel?.id).toBe('DSAM')
    await say('USAM', 'hello')
    expect(slack.messages('DSAM')).toMatchObject([{ text: 'hello' }])
    const info = await client.conversations.info({ channel: 'CSUPPORT' })
    expect(info.channel).toMatchObject({ name: 'support', is_member: true, num_members: 4 })
  })

  test('a private message is for a member, and stands in the view of that person alone', async () => {
    await client.chat.postEphemeral({ channel: 'CSUPPORT', user: 'USAM', text: 'psst' })
    expect(slack.view().messages).toMatchObject([{ text: 'psst', onlyTo: 'USAM', bot: true, user: slack.botUser }])
    await expect(
      client.chat.postEphemeral({ channel: 'CSUPPORT', user: 'UNOBODY', text: 'psst' }),
    ).rejects.toMatchObject(refusedWith('user_not_in_channel'))
  })
})

describe('messages', () => {
  test('a thread of 500 is read in pages, each once', async () => {
    const root = slack.say('CSUPPORT', 'root')
    for (let n = 0; n < 500; n += 1) slack.say('CSUPPORT', `r${n}`, { thread: root })
    const texts: string[] = []
    for await (const page of client.paginate('conversations.replies', { channel: 'CSUPPORT', ts: root, limit: 200 })) {
      const { messages } = page as unknown as { messages: { text: string }[] }
      texts.push(...messages.map(({ text }) => text))
    }
    expect(texts).toHaveLength(501)
    expect(new Set(texts).size).toBe(501)
  })

  test('a permalink, a reaction that is set once, and a private word about text and Markdown together', async () => {
    const { ts = '' } = await say('CSUPPORT')
    const { permalink } = await client.chat.getPermalink({ channel: 'CSUPPORT', message_ts: ts })
    expect(permalink).toBe(`https://lake.slack.com/archives/CSUPPORT/p${ts.replace('.', '')}`)
    const eyes = { channel: 'CSUPPORT', timestamp: ts, name: 'eyes' }
    await client.reactions.add(eyes)
    await expect(client.reactions.add(eyes)).rejects.toMatchObject(refusedWith('already_reacted'))
    await client.reactions.remove(eyes)
    await expect(client.reactions.remove(eyes)).rejects.toMatchObject(refusedWith('no_reaction'))
    await expect(
      client.apiCall('chat.postMessage', { channel: 'CSUPPORT', text: 'a', markdown_text: 'b' }),
    ).rejects.toMatchObject(refusedWith('markdown_text_conflict'))
  })

  test('the official streamer writes, and what it wrote is in the view as Markdown with its end', async () => {
    const root = slack.say('CSUPPORT', 'question', { user: 'USAM' })
    const to = { channel: 'CSUPPORT', thread_ts: root, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
    const streamer = client.chatStream({ ...to, buffer_size: 4 })
    await streamer.append({ markdown_text: '**Yes**, ' })
    await streamer.append({ markdown_text: 'it does.' })
    expect(slack.view().messages.at(-1)).toMatchObject({ stream: 'in_progress', markdown: true, thread: root })
    await streamer.stop({ blocks: [{ type: 'divider' }] })
    expect(slack.view().messages.at(-1)).toMatchObject({
      text: '**Yes**, it does.',
      stream: 'completed',
      blocks: [{ type: 'divider' }],
    })
  })

  test('a stream that is cut in the middle is refused like one that grew too old, and can be edited', async () => {
    const root = slack.say('CSUPPORT', 'question')
    const to = { channel: 'CSUPPORT', thread_ts: root, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
    const { ts = '' } = await client.chat.startStream({ ...to, markdown_text: 'a' })
    slack.disturb({ cut: 1 })
    await expect(client.chat.appendStream({ channel: 'CSUPPORT', ts, markdown_text: 'b' })).rejects.toMatchObject(
      refusedWith('message_not_in_streaming_state'),
    )
    expect(slack.disturbance()).toEqual({ limited: 0, cut: 0 })
    expect(slack.view().messages.at(-1)).toMatchObject({ stream: 'errored', text: 'a' })
    await client.chat.update({ channel: 'CSUPPORT', ts, text: 'whole', blocks: [] })
    expect(slack.view().messages.at(-1)).toMatchObject({ text: 'whole', markdown: false, edited: true })
    expect(wire.some(({ fault }) => fault === 'stream cut')).toBe(true)
  })

  test('the status of a thread ends with the next message in it', async () => {
    const root = slack.say('CSUPPORT', 'question')
    const at = { channel_id: 'CSUPPORT', thread_ts: root }
    await client.assistant.threads.setStatus({ ...at, status: 'is searching' })
    expect(slack.view().statuses).toEqual({ [`CSUPPORT:${root}`]: 'is searching' })
    await client.chat.postMessage({ channel: 'CSUPPORT', thread_ts: root, text: 'answer' })
    expect(slack.view().statuses).toEqual({})
  })
})

test('429 names its seconds, and the official client waits and then succeeds', async () => {
  slack.disturb({ limited: 1 })
  const began = Date.now()
  const patient = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl })
  await patient.auth.test()
  expect(Date.now() - began).toBeGreaterThan(900)
  expect(wire.map(({ status, fault }) => [status, fault])).toEqual([
    [429, '429'],
    [200, undefined],
  ])
  const strict = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl, rejectRateLimitedCalls: true })
  slack.disturb({ limited: 1 })
  await expect(strict.auth.test()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 1 })
})

describe('files', () => {
  const PNG = Buffer.from('89504e470d0a1a0a00', 'hex')

  test('are uploaded by the official client, stand in the thread, and are served with a token alone', async () => {
    const root = slack.say('CSUPPORT', 'question')
    await client.files.uploadV2({
      ...{
        channel_id: 'CSUPPORT',
        thread_ts: root,
        filename: 'tickets.csv',
        title: 'Tickets',
        initial_comment: 'Here',
      },
      file: Buffer.from('a,b\n1,2\n'),
    })
    const shared = slack.view().messages.at(-1)
    expect(shared).toMatchObject({ thread: root, text: 'Here', bot: true })
    const file = shared?.files[0]
    expect(file).toMatchObject({ name: 'tickets.csv', mediaType: 'text/csv', bytes: 8, title: 'Tickets' })
    expect(file?.url).toBe(`/files/slack/${file?.id}/tickets.csv`)
    expect(slack.file(file?.id ?? '')?.bytes.toString()).toBe('a,b\n1,2\n')
    const info = await client.files.info({ file: file?.id ?? '' })
    const address = info.file?.url_private_download ?? ''
    const given = await fetch(address, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect([await given.text(), given.headers.get('content-disposition')]).toEqual(['a,b\n1,2\n', 'attachment'])
    const stranger = await fetch(address)
    expect([stranger.status, await stranger.text()]).toEqual([200, expect.stringContaining('Sign in')])
  })

  test('a picture block names a picture that is complete, and gets its address in the view', async () => {
    const image = (id: string) => [{ type: 'image', slack_file: { id }, alt_text: 'a chart' }]
    const ticket = await client.files.getUploadURLExternal({ filename: 'chart.png', length: PNG.byteLength })
    const post = () =>
      client.apiCall('chat.postMessage', { channel: 'CSUPPORT', text: 'x', blocks: image(ticket.file_id ?? '') })
    await expect(post()).rejects.toMatchObject(refusedWith('invalid_blocks'))
    await fetch(ticket.upload_url ?? '', { method: 'POST', body: PNG })
    await client.files.completeUploadExternal({ files: [{ id: ticket.file_id ?? '' }] })
    await post()
    expect(slack.view().messages.at(-1)?.blocks).toMatchObject([
      { image_url: `/files/slack/${ticket.file_id}/chart.png` },
    ])
    await expect(client.files.completeUploadExternal({ files: [{ id: ticket.file_id ?? '' }] })).rejects.toMatchObject(
      refusedWith('file_not_found'),
    )
  })
})

describe('views', () => {
  const view = (more: object = {}) => ({ type: 'modal' as const, title: plain('Why?'), blocks: [], ...more })
  const open = (trigger_id: string, given: object = view()) => client.apiCall('views.open', { trigger_id, view: given })
  const trigger = () => slack.world.modals.issueTrigger('USAM')

  test('a trigger opens one modal, within three seconds', async () => {
    const once = trigger()
    await open(once)
    expect(slack.view().modals).toMatchObject([{ user: 'USAM', view: { title: { text: 'Why?' } }, errors: {} }])
    await expect(open(once)).rejects.toMatchObject(refusedWith('exchanged_trigger_id'))
    await expect(open('1.2.made-up')).rejects.toMatchObject(refusedWith('invalid_trigger_id'))
    const old = trigger()
    await new Promise((resolve) => setTimeout(resolve, 3_050))
    await expect(open(old)).rejects.toMatchObject(refusedWith('expired_trigger_id'))
  })

  test('a modal is updated by its hash, pushed upon at most twice, and gone when it is not known', async () => {
    const opened = (await open(trigger())) as unknown as { view: { id: string; hash: string } }
    const update = (hash: string, view_id = opened.view.id) =>
      client.apiCall('views.update', { view_id, hash, view: view({ title: plain('Next') }) })
    await expect(update('0.stale')).rejects.toMatchObject(refusedWith('hash_conflict'))
    await update(opened.view.hash)
    expect(slack.view().modals[0]?.view).toMatchObject({ title: { text: 'Next' } })
    await expect(update('x', 'VNOWHERE')).rejects.toMatchObject(refusedWith('not_found'))
    const push = () => client.apiCall('views.push', { trigger_id: trigger(), view: view() })
    await push()
    await push()
    await expect(push()).rejects.toMatchObject(refusedWith('push_limit_reached'))
  })

  test('a Home tab is published for a person, by its hash, and only where the app has one', async () => {
    const home = { type: 'home', blocks: [{ type: 'section', text: plain('Queue') }] }
    const publish = (more: object = {}) => client.apiCall('views.publish', { user_id: 'USAM', view: home, ...more })
    await publish()
    expect(slack.view().homes.USAM).toMatchObject({ type: 'home', blocks: [{ type: 'section' }] })
    await expect(publish({ hash: 'stale' })).rejects.toMatchObject(refusedWith('hash_conflict'))
    const bare = await openWorkspace({ workspace: withHomeTab(false) })
    const other = new WebClient(TOKEN, { slackApiUrl: bare.apiUrl, retryConfig: { retries: 0 } })
    await expect(other.apiCall('views.publish', { user_id: 'USAM', view: home })).rejects.toMatchObject(
      refusedWith('not_enabled'),
    )
    await bare.close()
  })

  test.each([
    ['a title over 24', view({ title: plain('x'.repeat(25)) }), '/view/title/text'],
    ['a submit over 24', view({ submit: plain('x'.repeat(25)) }), '/view/submit/text'],
    ['private metadata over 3,000', view({ private_metadata: 'x'.repeat(3_001) }), '/view/private_metadata'],
    ['over 100 blocks', view({ blocks: Array(101).fill({ type: 'divider' }) }), '/view/blocks'],
    [
      'an input without a submit',
      view({ blocks: [{ type: 'input', label: plain('L'), element: { type: 'plain_text_input' } }] }),
      '/view/submit',
    ],
    ['a block for messages alone', view({ blocks: [{ type: 'markdown', text: 'x' }] }), '/view/blocks/0/type'],
  ])('%s is refused with its place', async (_, given, place) => {
    const error = await open(trigger(), given).catch((reason: unknown) => reason)
    expect(error).toMatchObject(refusedWith('invalid_arguments'))
    expect(JSON.stringify(error)).toContain(`[json-pointer:${place}]`)
    expect(slack.view().modals).toEqual([])
  })

  test('a view over 250 kB is refused by its own name', async () => {
    const blocks = Array.from({ length: 99 }, () => ({ type: 'section', text: plain('x'.repeat(2_900)) }))
    await expect(open(trigger(), view({ blocks }))).rejects.toMatchObject(refusedWith('view_too_large'))
  })
})
