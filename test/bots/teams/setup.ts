// What the Teams tests share: the face at a real HTTP door, a real conversation core, a scripted agent, the stand-in.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, AnswerAgent, AnswerEvent, Question } from '../../../src/agent/answer.ts'
import { createTeamsBot, type TeamsBotOptions } from '../../../src/bots/teams/create-teams-bot.ts'
import { createConversation } from '../../../src/conversation/create-conversation.ts'
import type { ConversationLimits } from '../../../src/conversation/limits.ts'
import type { Log, LogFields } from '../../../src/core/log.ts'
import type { Citation } from '../../../src/core/passage.ts'
import type { Store } from '../../../src/store/port.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import type { AnyTool } from '../../../src/tools/define-tool.ts'
import { createTeamsStandIn, type TeamsStandInOptions } from '../../stand-ins/teams.ts'

export type Script = (question: Question, tell: (event: AnswerEvent) => void) => Promise<Answer>

export function toAnswer(text: string, more: Partial<Answer> = {}): Answer {
  return { text, citations: [], refused: false, version: 'docs@1', footer: 'Quoted from the documentation', ...more }
}

export function citation(n: number, more: Partial<Citation> = {}): Citation {
  return {
    n,
    doc_id: `doc-${n}`,
    title: `Page ${n}`,
    url: `https://docs.example.com/page-${n}`,
    passage: `Passage ${n} says how it is done.`,
    ...more,
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export interface LogLine {
  level: string
  message: string
  fields: LogFields
}

export function recordLog(lines: LogLine[], base: LogFields = {}): Log {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields: { ...base, ...fields } })
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => recordLog(lines, { ...base, ...fields }),
  }
}

export interface SetupOptions {
  script?: Script
  standIn?: TeamsStandInOptions
  bot?: Partial<TeamsBotOptions>
  limits?: Partial<ConversationLimits>
  /** Wraps the store, to break it or to watch it. */
  store?: (store: Store) => Store
  tools?: readonly AnyTool[]
}

/** Pace of the tests: ten times faster than Teams, with the stand-in's checks set to the same. */
const FAST = { intervalMs: 100, lifeMs: 10_000 }

export async function setup(options: SetupOptions = {}) {
  const teams = await createTeamsStandIn({ rules: { streamIntervalMs: FAST.intervalMs }, ...options.standIn })
  const lines: LogLine[] = []
  const log = recordLog(lines)
  const memory = openSqliteStore({ file: ':memory:', log })
  const store = options.store?.(memory) ?? memory
  const asked: Question[] = []
  const agent: AnswerAgent = {
    answer(question, tell) {
      asked.push(question)
      return (options.script ?? (async () => toAnswer(`Answer to ${question.text}`)))(question, tell)
    },
  }
  const limits = { backoffMs: 50, longestBackoffMs: 200, deliveryAttempts: 4, ...options.limits }
  const conversation = createConversation({ store, agent, log, limits, tools: options.tools ?? [] })
  const bot = createTeamsBot({
    conversation,
    log,
    appId: teams.appId,
    appPassword: teams.appPassword,
    tenantId: teams.tenantId,
    openIdMetadataUrl: teams.metadataUrl,
    loginUrl: teams.loginUrl,
    pace: FAST,
    retryWaitMs: 30,
    ...options.bot,
  })
  const server = createServer((req, res) => void bot.handleHttp(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`
  await conversation.start()

  /** Waits until no turn is left to be worked on. */
  async function settled(): Promise<void> {
    for (let tries = 0; tries < 1000; tries++) {
      if ((await memory.inbox.unfinished()).length === 0) return
      await sleep(20)
    }
    throw new Error(`turns never ended: ${JSON.stringify(lines.slice(-5))}`)
  }

  async function close(): Promise<void> {
    await conversation.drain(200)
    await bot.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await memory.close()
    await teams.close()
  }

  return { teams, bot, url, asked, store: memory, conversation, lines, settled, close }
}

export type Setup = Awaited<ReturnType<typeof setup>>
