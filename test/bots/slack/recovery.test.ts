// What a crash left in Slack is completed, never said twice: every point at which an earlier try may have ended.
import { WebClient } from '@slack/web-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toSlackAddress } from '../../../src/bots/slack/slack-address.ts'
import type { Delivery } from '../../../src/core/channel.ts'
import { LakedeskError } from '../../../src/core/errors.ts'
import { type Reply, toPlainReply } from '../../../src/core/reply.ts'
import { answers, createSlackRig, type SlackRig, shown, wait } from './slack-rig.ts'

let rig: SlackRig
let root: string
let client: WebClient

beforeEach(async () => {
  rig = await createSlackRig(async () => 'unused')
  root = rig.slack.say('C1', 'The question')
  client = new WebClient('xoxb-test-token', { slackApiUrl: rig.slack.apiUrl, retryConfig: { retries: 0 } })
})
afterEach(() => rig.close())

const reply = (text = 'The **complete** answer.'): Reply =>
  toPlainReply('turn1', text, { generated: true, footer: 'Small print.' })
const place = (thread: string | null) =>
  toSlackAddress({ team: 'T1', channel: 'C1', thread, user: 'UASKER', userTeam: 'T1', direct: false })

/** A delivery as the core makes it on a second try. */
function retry(refs: string[] = []): Delivery & { recorded: string[] } {
  const recorded: string[] = []
  return {
    key: 'turn:turn1',
    refs,
    retry: true,
    since: new Date(Date.now() - 1_000).toISOString(),
    recorded,
    async recordRef(ref) {
      recorded.push(ref)
    },
  }
}
const first = (): Delivery => ({ ...retry(), retry: false })

async function begin(): Promise<string> {
  const started = await client.chat.startStream({
    channel: 'C1',
    thread_ts: root,
    recipient_user_id: 'UASKER',
    recipient_team_id: 'T1',
    markdown_text: 'The com',
  })
  return String(started.ts)
}

async function expectOnce() {
  const all = answers(rig.slack, 'C1')
  expect(all.map(shown)).toEqual(['The **complete** answer.'])
  expect(JSON.stringify(all[0]?.blocks)).toContain('Small print.')
  expect(all[0]?.streaming_state).not.toBe('in_progress')
}

describe.each(['post', 'stream'] as const)('by %s', (way) => {
  async function again(delivery: Delivery, to = place(root), what = reply()) {
    if (way === 'post') return rig.bot.channel.post(to, what, delivery)
    const stream = rig.bot.channel.stream(to, delivery)
    stream.status('Searching')
    stream.write('The **comp')
    await wait(20)
    stream.write('lete** answer.')
    await stream.finish(what)
  }

  test('nothing was sent: it is sent', async () => {
    await again(retry())
    await expectOnce()
  })

  test('a recorded stream is still live', async () => {
    await again(retry([`C1:${await begin()}`]))
    await expectOnce()
  })

  test('a stream was started and not recorded', async () => {
    const ts = await begin()
    const delivery = retry()
    await again(delivery)
    await expectOnce()
    expect(delivery.recorded).toEqual([`C1:${ts}`])
  })

  test('a stream was started, not recorded, and has died since', async () => {
    const ts = await begin()
    rig.slack.world.endStream('C1', ts)
    const message = rig.slack.world.find('C1', ts)
    if (message) message.streaming_state = 'errored'
    await again(retry())
    await expectOnce()
  })

  test('the whole reply was posted and not recorded: it is left as it is', async () => {
    await rig.bot.channel.post(place(root), reply(), first())
    const before = rig.slack.calls.length
    await again(retry())
    await expectOnce()
    const since = rig.slack.calls.slice(before).map(({ method }) => method)
    expect(since.filter((method) => method.startsWith('chat.'))).toEqual([])
  })

  test('another text was posted by the earlier try: it is replaced', async () => {
    await rig.bot.channel.post(place(root), reply('An answer that was never stored.'), first())
    await again(retry())
    await expectOnce()
  })

  test('an earlier try had sent more messages than are needed: the rest is removed', async () => {
    await rig.bot.channel.post(place(root), reply('Many words here. '.repeat(2_000)), first())
    expect(answers(rig.slack, 'C1').length).toBeGreaterThan(2)
    await again(retry())
    await expectOnce()
  })

  test('of a long reply only the first message had been sent', async () => {
    const long = Array.from({ length: 60 }, (_, n) => `Paragraph ${n} ${'with many words '.repeat(30)}`).join('\n\n')
    rig.slack.fail({
      method: 'chat.postMessage',
      error: 'fatal_test',
      when: () => answers(rig.slack, 'C1').length === 1,
    })
    await expect(rig.bot.channel.post(place(root), reply(long), first())).rejects.toThrow(LakedeskError)
    await again(retry(), place(root), reply(long))
    const text = answers(rig.slack, 'C1').map(shown).join('\n').replace(/\s+/g, ' ')
    expect(text.match(/Paragraph \d+ /g)).toHaveLength(60)
  })

  test('messages of other turns and of other people are left alone', async () => {
    await rig.bot.channel.post(
      place(root),
      { ...reply('Earlier answer.'), turn: 'turn0' },
      { ...first(), key: 'turn:turn0' },
    )
    rig.slack.say('C1', 'thanks', { thread: root })
    await again(retry())
    expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Earlier answer.', 'The **complete** answer.'])
  })

  test('a command was answered in the channel and not recorded', async () => {
    await rig.bot.channel.post(place(null), reply(), first())
    await again(retry(), place(null))
    await expectOnce()
  })

  test('where Slack cannot be asked what is there, nothing is guessed', async () => {
    rig.slack.fail({ method: 'conversations.replies', status: 500, times: 50 })
    await expect(again(retry())).rejects.toMatchObject({ code: 'CHANNEL_FAILED' })
    expect(answers(rig.slack, 'C1')).toEqual([])
  })

  test('where the bot may not read, what was recorded is replaced', async () => {
    rig.slack.fail({ method: 'conversations.replies', error: 'missing_scope', times: 50 })
    await again(retry([`C1:${await begin()}`]))
    await expectOnce()
  })
})

test('a private reply goes to one person, and a retry does not repeat it', async () => {
  const secret = { ...reply(), onlyTo: 'UASKER' }
  const delivery = retry()
  await rig.bot.channel.post(place(root), secret, delivery)
  expect(answers(rig.slack, 'C1')).toEqual([])
  expect(rig.slack.ephemeral('C1', 'UASKER')).toHaveLength(1)
  await rig.bot.channel.post(place(root), secret, retry(delivery.recorded))
  expect(rig.slack.ephemeral('C1', 'UASKER')).toHaveLength(1)
})

test('an edited message shows text alone where its blocks are refused', async () => {
  const ts = await begin()
  rig.slack.fail({ method: 'chat.update', error: 'invalid_blocks' })
  await rig.bot.channel.post(place(root), reply(), retry([`C1:${ts}`]))
  const [only] = answers(rig.slack, 'C1')
  expect(only?.text).toContain('The *complete* answer.')
  expect(only?.blocks).toEqual([])
})

test('an address of another face is refused', async () => {
  const foreign = JSON.stringify({ face: 'other' }) as Parameters<typeof rig.bot.channel.post>[0]
  expect(() => rig.bot.channel.stream(foreign, first())).toThrow(LakedeskError)
})
