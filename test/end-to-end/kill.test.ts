// Kill -9 at 20 random points between accept and the last chunk: every question is answered, none twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenAiStandIn, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { createSlackStandIn, type SlackStandIn } from '../stand-ins/slack.ts'
import { createRandom, eventually, makeSite, type Served, type Site, slackEnv, startServed } from './served.ts'

const KILLS = 20
/** About the time one answer takes here: kills fall anywhere from acceptance to after the last chunk. */
const SPAN_MS = 1800
const ANSWER = `${'Open the console, go to the keys, and press rotate. [1] '.repeat(6)}That was the last sentence. [1]`

let site: Site
let slack: SlackStandIn
let openai: OpenAiStandIn

beforeAll(async () => {
  site = await makeSite()
  slack = await createSlackStandIn()
  openai = await startOpenAiStandIn((request) =>
    request.messages.at(-1)?.role === 'user'
      ? { toolCalls: [{ name: 'search-docs', arguments: { query: 'rotate an API key' } }], delayMs: 100 }
      : { text: ANSWER, pieceChars: 8, pieceDelayMs: 25, delayMs: 100 },
  )
})

afterAll(async () => {
  await slack.close()
  await openai.close()
  site.dispose()
})

function start(): Promise<Served> {
  return startServed({
    ...site.env,
    ...slackEnv(slack),
    LAKEDESK_MODEL: 'scripted',
    LAKEDESK_MODEL_BASE_URL: openai.baseUrl,
    LAKEDESK_LOG_LEVEL: 'info',
  })
}

describe('kill -9', () => {
  it(`loses no turn and repeats none over ${KILLS} kills`, async () => {
    const random = createRandom(20261122)
    const asked: string[] = []
    const complete = (ts: string) =>
      slack
        .messages('C1', ts)
        .filter((message) => message.bot_id !== undefined)
        .filter((message) => message.streaming_state !== 'in_progress' && message.text.includes('last sentence'))
    let served = await start()
    for (let i = 0; i < KILLS; i++) {
      const text = `<@${slack.botUser}> How do I rotate an API key, time ${i}?`
      const ts = slack.say('C1', text)
      const event = { type: 'app_mention', channel: 'C1', user: 'U1', text, ts, event_ts: ts }
      expect((await slack.sendEvent(`${served.url}/slack/events`, event)).status).toBe(200)
      asked.push(ts)
      const killedAfterMs = Math.round(random() * SPAN_MS)
      await sleep(killedAfterMs)
      await served.stop('SIGKILL')
      served = await start()
      await eventually(() => complete(ts)[0], `an answer to the question killed after ${killedAfterMs} ms`)
    }
    await sleep(1000)
    const shown = asked.map((ts) => slack.messages('C1', ts).filter((message) => message.bot_id !== undefined))
    expect(shown.map((messages) => messages.length)).toEqual(asked.map(() => 1))
    for (const [message] of shown) expect(message?.text.split('last sentence')).toHaveLength(2)
    expect(await served.stop('SIGTERM')).toBe(0)
  }, 300_000)
})
