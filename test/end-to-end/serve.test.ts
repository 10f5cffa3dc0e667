// One server process, two platforms: the same question, each event as often as platforms send it, and what must be refused.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { words } from '../../src/core/text/analyze.ts'
import { createSlackStandIn, type SlackStandIn } from '../stand-ins/slack.ts'
import { createTeamsStandIn, type TeamsStandIn } from '../stand-ins/teams.ts'
import { BOT_TOKEN, eventually, makeSite, type Served, type Site, slackEnv, startServed } from './served.ts'

const QUESTION = 'How do I rotate an API key?'

let site: Site
let slack: SlackStandIn
let teams: TeamsStandIn
let served: Served

beforeAll(async () => {
  site = await makeSite()
  slack = await createSlackStandIn()
  teams = await createTeamsStandIn({ requireToken: false, rules: { streamIntervalMs: 0 } })
  served = await startServed({
    ...site.env,
    ...slackEnv(slack),
    LAKEDESK_TEAMS_INSECURE_LOCAL: 'true',
    LAKEDESK_DOCS: site.docs,
    LAKEDESK_SYNC: 'CONTINUOUS',
  })
})

afterAll(async () => {
  await served.stop('SIGTERM')
  await slack.close()
  await teams.close()
  site.dispose()
})

const eventsUrl = (): string => `${served.url}/slack/events`

/** Messages of the bot in a thread that are complete. */
function answersIn(channel: string, thread: string): string[] {
  return slack
    .messages(channel, thread)
    .filter((message) => message.bot_id !== undefined && message.streaming_state !== 'in_progress')
    .map((message) => message.text)
}

async function askInDm(text: string, channel: string): Promise<string> {
  const ts = slack.say(channel, text)
  const event = { type: 'message', channel_type: 'im', channel, user: 'U1', text, ts, event_ts: ts }
  expect((await slack.sendEvent(eventsUrl(), event)).status).toBe(200)
  return eventually(() => answersIn(channel, ts)[0], `an answer to ${text}`)
}

describe('one core behind Slack and Teams', () => {
  it('answers the same question with the same content on both, streamed', async () => {
    const inSlack = await askInDm(QUESTION, 'D1')
    expect(slack.callsOf('chat.startStream').length).toBeGreaterThan(0)
    expect(slack.callsOf('chat.stopStream').length).toBeGreaterThan(0)

    const conversation = 'a:one-to-one'
    const sent = await teams.sendMessage(`${served.url}/api/messages`, { text: QUESTION, conversation, token: null })
    expect(sent.status).toBe(200)
    const inTeams = await eventually(
      () => teams.conversation(conversation).messages.find((message) => message.stream === 'done'),
      'a streamed answer in Teams',
    )
    expect(inSlack).toContain('Rotate')
    // Slack wants & < > escaped; the footer stands in blocks there and in the text here.
    const plain = inSlack.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
    expect(words(inTeams.text).slice(0, words(plain).length)).toEqual(words(plain))
    expect(JSON.stringify(inTeams.activity)).toContain('AIGeneratedContent')
    expect(JSON.stringify(inTeams.activity)).toContain('https://docs.acme.example/rotate-keys')
    expect(JSON.stringify(slack.messages('D1'))).toContain('https://docs.acme.example/rotate-keys')
  })

  it('answers once, however often and under whatever name the event comes', async () => {
    const ts = slack.say('C1', `<@${slack.botUser}> ${QUESTION}`)
    const event = { channel: 'C1', user: 'U1', text: `<@${slack.botUser}> ${QUESTION}`, ts, event_ts: ts }
    const mention = { type: 'app_mention', ...event }
    const message = { type: 'message', channel_type: 'channel', ...event }
    const envelope = { event_id: 'Ev-same' }
    const sent = await Promise.all([
      slack.sendEvent(eventsUrl(), mention, { envelope }),
      slack.sendEvent(eventsUrl(), mention, { envelope, retry: 1 }),
    ])
    sent.push(await slack.sendEvent(eventsUrl(), mention, { envelope, retry: 2 }))
    sent.push(await slack.sendEvent(eventsUrl(), message))
    sent.push(await slack.sendEvent(eventsUrl(), mention, { envelope: { event_id: 'Ev-other' } }))
    expect(sent.map((response) => response.status)).toEqual([200, 200, 200, 200, 200])
    await eventually(() => answersIn('C1', ts)[0], 'the answer')
    await sleep(1500)
    expect(answersIn('C1', ts)).toHaveLength(1)
  })

  it('follows the documentation while it runs', async () => {
    writeFileSync(join(site.docs, 'parking.md'), '# Parking\n\nVisitors park on level seven of the garage.\n')
    await sleep(2000)
    expect(await askInDm('On which level do visitors park?', 'D2')).toContain('level seven')
  })

  it('refuses what is unsigned, forged, stale or from the future, and stores nothing', async () => {
    const event = { type: 'app_mention', channel: 'C9', user: 'U1', text: 'hi', ts: '9.9', event_ts: '9.9' }
    const now = Math.floor(Date.now() / 1000)
    const forged = await slack.sendEvent(eventsUrl(), event, { secret: 'another secret' })
    const stale = await slack.sendEvent(eventsUrl(), event, { timestamp: now - 310 })
    const future = await slack.sendEvent(eventsUrl(), event, { timestamp: now + 310 })
    const tampered = await slack.sendEvent(eventsUrl(), event, { tamper: (body) => body.replace('"hi"', '"ho"') })
    const unsigned = await fetch(eventsUrl(), {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect([forged, stale, future, tampered, unsigned].map((response) => response.status)).toEqual([
      401, 401, 401, 401, 401,
    ])
    const malformed = await slack.sendRaw(eventsUrl(), '{"type":', 'application/json')
    expect(malformed.status).toBe(400)
    const unknown = await slack.sendEvent(eventsUrl(), { type: 'emoji_changed', event_ts: '1.1' })
    expect(unknown.status).toBe(200)
    await sleep(300)
    // Other threads may still be tidied up; nothing was said about these.
    expect(slack.calls.filter((call) => JSON.stringify(call.args).includes('C9'))).toEqual([])
  })

  it('tells its health, and knows no other path', async () => {
    const health = await fetch(`${served.url}/healthz`)
    expect(await health.json()).toMatchObject({ status: 'ok' })
    expect((await fetch(`${served.url}/nothing`)).status).toBe(404)
  })

  it('never writes a secret into its log', () => {
    expect(served.log().length).toBeGreaterThan(500)
    expect(served.log()).not.toContain(BOT_TOKEN)
    expect(served.log()).not.toContain(slack.signingSecret)
  })

  it('ends with exit code 0 on SIGTERM, and refuses nothing that was stored', async () => {
    const text = 'How long are backups kept?'
    const ts = slack.say('D5', text)
    const event = { type: 'message', channel_type: 'im', channel: 'D5', user: 'U1', text, ts, event_ts: ts }
    expect((await slack.sendEvent(eventsUrl(), event)).status).toBe(200)
    expect(await served.stop('SIGTERM')).toBe(0)
    served = await startServed({ ...site.env, ...slackEnv(slack) })
    await eventually(() => answersIn('D5', ts)[0], 'the answer after the restart')
    expect(answersIn('D5', ts)).toHaveLength(1)
  })
})
