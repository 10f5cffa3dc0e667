// The processes that the acknowledgement benchmark measures: a bare Bolt app, Lakedesk, and the stand-in for Slack.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { App, HTTPReceiver } from '@slack/bolt'
import type { AnswerAgent } from '../../src/agent/answer.ts'
import { createSlackBot } from '../../src/bots/slack/slack-bot.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import { silentLog } from '../../src/core/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createSlackStandIn } from '../../test/stand-ins/slack.ts'

export const SECRET = 'bench-signing-secret'

export type Role = 'bare' | 'lakedesk' | 'answering' | 'slack'

/** What a child tells its parent once it listens; a message back is answered with the CPU time used so far. */
export interface Ready {
  port: number
}

const WORDS = 'The lake is calm in the morning and the boats go out before the wind comes up from the south. '
const ANSWER_MS = 1_500
const DELTAS = 40

/** Writes an answer of about 4,000 characters in 40 pieces over a second and a half, as a model would. */
const writingAgent: AnswerAgent = {
  async answer(_question, onEvent) {
    let text = ''
    for (let n = 0; n < DELTAS; n += 1) {
      await sleep(ANSWER_MS / DELTAS)
      onEvent({ kind: 'text', delta: WORDS })
      text += WORDS
    }
    return { text, citations: [], refused: false, version: 'bench/1', footer: 'Bench.' }
  },
}

/** Never answers, so that a round measures nothing but taking events in. */
const waitingAgent: AnswerAgent = {
  answer: ({ signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  // Longer than the benchmark, so that no idle connection is closed under the load generator.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function runBare(): Promise<number> {
  const receiver = new HTTPReceiver({ signingSecret: SECRET })
  const authorize = async () => ({ botToken: 'xoxb-bench', botId: 'B1', botUserId: 'UBOT' })
  const app = new App({ receiver, authorize })
  app.event('app_mention', async () => {})
  return listen(receiver.requestListener)
}

async function runLakedesk(apiUrl: string, agent: AnswerAgent): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const store = openSqliteStore({ file: join(folder, 'store.db'), log: silentLog })
  const conversation = createConversation({ store, agent, log: silentLog })
  // Without Slack's limits on the way out, so that every answer is streamed, which is the most work.
  const bot = createSlackBot({
    conversation,
    botToken: 'xoxb-bench',
    signingSecret: SECRET,
    apiUrl,
    log: silentLog,
    limits: {},
  })
  await bot.start()
  return listen((req, res) => void bot.handleHttp(req, res))
}

/** Runs one role in this process and tells the parent its port. */
export async function runRole(role: Role, apiUrl: string): Promise<void> {
  const port =
    role === 'slack'
      ? await runSlack()
      : role === 'bare'
        ? await runBare()
        : await runLakedesk(apiUrl, role === 'answering' ? writingAgent : waitingAgent)
  process.send?.({ port } satisfies Ready)
  process.on('message', () => process.send?.(process.cpuUsage()))
  process.once('disconnect', () => process.exit(0))
}

async function runSlack(): Promise<number> {
  const slack = await createSlackStandIn({ signingSecret: SECRET })
  return Number(new URL(slack.apiUrl).port)
}
