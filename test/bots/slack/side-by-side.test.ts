// Several unfinished answers in one thread, and messages that are gone: no answer takes the place of another.
import { WebClient } from '@slack/web-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type SlackPlace, toSlackAddress } from '../../../src/bots/slack/slack-address.ts'
import type { Delivery } from '../../../src/core/channel.ts'
import { type Reply, toPlainReply } from '../../../src/core/reply.ts'
import { answers, createSlackRig, mention, type SlackRig, settled, shown, speak, until, wait } from './slack-rig.ts'

let rig: SlackRig
let root: string

beforeEach(async () => {
  rig = await createSlackRig(async (question, emit) =>
    speak(`Answer to ${question.text} that goes on and on and on.`, emit, 10, 8),
  )
  root = rig.slack.say('C1', 'The question')
})
afterEach(() => rig.close())

const reply = (turn: string, text = `Answer ${turn}.`): Reply =>
  toPlainReply(turn, text, { generated: true, footer: 'Small print.' })

const place = (more: Partial<SlackPlace> = {}) =>
  toSlackAddress({
    team: 'T1',
    channel: 'C1',
    thread: root,
    user: 'UASKER',
    userTeam: 'T1',
    direct: false,
    ...more,
  })

function delivery(turn: string, refs: string[] = [], more: Partial<Delivery> = {}): Delivery & { recorded: string[] } {
  const recorded = [...refs]
  return {
    key: `turn:${turn}`,
    refs,
    retry: true,
    since: new Date(Date.now() - 1_000).toISOString(),
    recorded,
    async recordRef(ref) {
      recorded.push(ref)
    },
    ...more,
  }
}

async function begin(text: string): Promise<string> {
  const client = new WebClient('xoxb-test-token', { slackApiUrl: rig.slack.apiUrl, retryConfig: { retries: 0 } })
  const started = await client.chat.startStream({
    channel: 'C1',
    thread_ts: root,
    recipient_user_id: 'UASKER',
    recipient_team_id: 'T1',
    markdown_text: text,
  })
  return String(started.ts)
}

test('two answers of one thread that Slack did not let end are both shown in the end', async () => {
  let broken = true
  rig.slack.fail({
    method: 'chat.stopStream',
    error: 'internal_error',
    times: 2,
    when: (args) => args.metadata !== undefined,
  })
  rig.slack.fail({ method: 'chat.update', error: 'is_archived', times: 1_000, when: () => broken })
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'one', { ts: root }))
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'two', { thread_ts: root }))
  await until(() => rig.lines.filter(({ message }) => message.startsWith('The reply could not')).length >= 3)
  await until(() => rig.questions.length === 2)
  await wait(150)
  broken = false
  await settled(rig)
  expect(answers(rig.slack, 'C1').map(shown)).toEqual([
    'Answer to one that goes on and on and on.',
    'Answer to two that goes on and on and on.',
  ])
})

test('a stream that another turn owns is left to it, one that nobody owns is adopted', async () => {
  const a = await begin('Answer A, be')
  const b = await begin('Answer B, be')
  const c = await begin('Answer C, be')
  const mine = delivery('C', [], { taken: async () => [`C1:${a}`, `C1:${b}`] })
  await rig.bot.channel.post(place(), reply('C'), mine)
  expect(mine.recorded).toEqual([`C1:${c}`])
  await rig.bot.channel.post(place(), reply('A'), delivery('A', [`C1:${a}`], { taken: async () => [`C1:${b}`] }))
  await rig.bot.channel.post(place(), reply('B'), delivery('B', [`C1:${b}`], { taken: async () => [`C1:${a}`] }))
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Answer A.', 'Answer B.', 'Answer C.'])
})

test('a recorded message that somebody deleted is posted anew, at once', async () => {
  const mine = delivery('A', ['C1:1111.000001'])
  await rig.bot.channel.post(place(), reply('A'), mine)
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Answer A.'])
  expect(mine.recorded).toHaveLength(2)
  const before = rig.slack.callsOf('chat.postMessage').length
  await rig.bot.channel.post(place(), reply('A'), delivery('A', mine.recorded))
  expect(rig.slack.callsOf('chat.postMessage')).toHaveLength(before)
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Answer A.'])
})

test('of a long answer whose first message was deleted nothing is missing', async () => {
  const text = Array.from({ length: 60 }, (_, n) => `Paragraph ${n} ${'with many words '.repeat(30)}`).join('\n\n')
  const mine = delivery('A', [], { retry: false })
  await rig.bot.channel.post(place(), reply('A', text), mine)
  const [gone] = answers(rig.slack, 'C1')
  if (gone) rig.slack.world.remove(gone)
  await rig.bot.channel.post(place(), reply('A', text), delivery('A', mine.recorded))
  const seen = answers(rig.slack, 'C1').map(shown).join('\n')
  for (let n = 0; n < 60; n += 1) expect(seen.split(`Paragraph ${n} `)).toHaveLength(2)
})

test('an answer that went through the response address is not sent again', async () => {
  rig.slack.world.outside.add('C9')
  const outside = place({
    channel: 'C9',
    thread: null,
    responseUrl: rig.slack.apiUrl.replace('/api/', '/response/C9'),
  })
  const mine = delivery('A', [], { retry: false })
  const long = reply('A', 'Many words here. '.repeat(1_500))
  await rig.bot.channel.post(outside, long, mine)
  const sent = rig.slack.world.responses.length
  expect(sent).toBeGreaterThan(1)
  await rig.bot.channel.post(outside, long, delivery('A', mine.recorded))
  expect(rig.slack.world.responses).toHaveLength(sent)
  await rig.bot.channel.post(outside, long, delivery('A', mine.recorded.slice(0, 1)))
  expect(rig.slack.world.responses).toHaveLength(2 * sent - 1)
})

test('a stream that Slack is too busy to end is not written over', async () => {
  const ts = await begin('Answer A, be')
  rig.slack.fail({ method: 'chat.stopStream', status: 500, times: 4 })
  await expect(rig.bot.channel.post(place(), reply('A'), delivery('A', [`C1:${ts}`]))).rejects.toThrow('HTTP 500')
  expect(rig.slack.callsOf('chat.stopStream')).toHaveLength(4)
  expect(rig.slack.callsOf('chat.update')).toHaveLength(0)
})

test('a message that was posted is edited without asking Slack to end a stream', async () => {
  await rig.bot.channel.post(place(), reply('A', 'Another text.'), delivery('A', [], { retry: false }))
  await rig.bot.channel.post(place(), reply('A'), delivery('A'))
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Answer A.'])
  expect(rig.slack.callsOf('chat.stopStream')).toHaveLength(0)
})

test('a stream that Slack opened late, after an error, is found and completed', async () => {
  rig.slack.fail({ method: 'chat.startStream', status: 504 })
  const stream = rig.bot.channel.stream(place(), delivery('A', [], { retry: false }))
  stream.write('Answer A. And')
  await until(() => rig.slack.callsOf('chat.startStream').length > 0)
  const done = stream.finish(reply('A'))
  await until(() => rig.slack.callsOf('conversations.replies').length > 0)
  await begin('Answer A.')
  await done
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Answer A.'])
})
