// Kill -9 at 20 random points between accept and the last chunk: every question is answered, none twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenAiStandIn, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { createSlackStandIn } from '../stand-ins/slack.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { createRandom, eventually, makeSite, type Served, slackEnv, startServed } from './served.ts'

const KILLS = 20
/** Servers side by side, each with its own data and its own Slack: most of the time one waits. */
const SERVERS = 2
/** About the time one answer takes here: kills fall anywhere from acceptance to after the last chunk. */
const SPAN_MS = 1800
const ANSWER = `${'Open the console, go to the keys, and press rotate. [1] '.repeat(6)}That was the last sentence. [1]`

let openai: OpenAiStandIn

beforeAll(async () => {
  openai = await startOpenAiStandIn((request) =>
    request.messages.at(-1)?.role === 'user'
      ? { toolCalls: [{ name: 'search-docs', arguments: { query: 'rotate an API key' } }], delayMs: 100 }
      : { text: ANSWER, pieceChars: 8, pieceDelayMs: 25, delayMs: 100 },
  )
})
afterAll(() => openai.close())

/** One server, asked and killed once for each of these times; what it showed below each question. */
async function killAfter(times: readonly number[]): Promise<StoredMessage[][]> {
  const site = await makeSite()
  const slack = await createSlackStandIn()
  const start = (): Promise<Served> =>
    startServed({
      ...{ ...site.env, ...slackEnv(slack), LAKEDESK_LOG_LEVEL: 'info' },
      ...{ LAKEDESK_MODEL: 'scripted', LAKEDESK_MODEL_BASE_URL: openai.baseUrl },
    })
  const shown = (ts: string) => slack.messages('C1', ts).filter((message) => message.bot_id !== undefined)
  const complete = (ts: string) =>
    shown(ts).filter(({ streaming_state, text }) => streaming_state !== 'in_progress' && text.includes('last sentence'))
  const asked: string[] = []
  let served = await start()
  try {
    for (const afterMs of times) {
      const text = `<@${slack.botUser}> How do I rotate an API key, time ${asked.length}?`
      const ts = slack.say('C1', text)
      const event = { type: 'app_mention', channel: 'C1', user: 'U1', text, ts, event_ts: ts }
      expect((await slack.sendEvent(`${served.url}/slack/events`, event)).status).toBe(200)
      asked.push(ts)
      await sleep(afterMs)
      await served.stop('SIGKILL')
      served = await start()
      await eventually(() => complete(ts)[0], `an answer to the question killed after ${afterMs} ms`)
    }
    await sleep(1000)
    expect(await served.stop('SIGTERM')).toBe(0)
    return asked.map(shown)
  } finally {
    await served.stop('SIGKILL')
    await slack.close()
    site.dispose()
  }
}

describe('kill -9', () => {
  it(`loses no turn and repeats none over ${KILLS} kills`, async () => {
    const random = createRandom(20261122)
    const times = Array.from({ length: KILLS }, () => Math.round(random() * SPAN_MS))
    const lanes = Array.from({ length: SERVERS }, (_, lane) => times.filter((_, at) => at % SERVERS === lane))
    const shown = (await Promise.all(lanes.map(killAfter))).flat()
    expect(shown.map((messages) => messages.length)).toEqual(times.map(() => 1))
    for (const [message] of shown) expect(message?.text.split('last sentence')).toHaveLength(2)
  }, 600_000)
})
