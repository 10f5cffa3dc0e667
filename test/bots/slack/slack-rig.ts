// A whole Slack bot on loopback for tests: stand-in, real conversation core and store, an agent that follows a script.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, AnswerAgent, AnswerEvent, Question } from '../../../src/agent/answer.ts'
import { createSlackBot, type SlackBotOptions } from '../../../src/bots/slack/slack-bot.ts'
import { createConversation } from '../../../src/conversation/create-conversation.ts'
import type { Conversation } from '../../../src/conversation/port.ts'
import type { Log } from '../../../src/core/log.ts'
import type { Store } from '../../../src/store/port.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import type { AnyTool } from '../../../src/tools/define-tool.ts'
import { createSlackStandIn, type SlackStandIn, type SlackStandInOptions } from '../../stand-ins/slack.ts'
import type { StoredMessage } from '../../stand-ins/slack-world.ts'

export type Script = (question: Question, emit: (event: AnswerEvent) => void) => Promise<Partial<Answer> | string>

export interface LogLine {
  level: string
  message: string
  fields: unknown
}

export interface SlackRig {
  slack: SlackStandIn
  url: string
  questions: Question[]
  conversation: Conversation
  bot: ReturnType<typeof createSlackBot>
  store: Store
  lines: LogLine[]
  close(): Promise<void>
}

/** Says the whole text in words, a few at a time, as a model would. */
export async function speak(text: string, emit: (event: AnswerEvent) => void, pauseMs = 0, size = 24): Promise<string> {
  for (let at = 0; at < text.length; at += size) {
    emit({ kind: 'text', delta: text.slice(at, at + size) })
    if (pauseMs > 0) await wait(pauseMs)
  }
  return text
}

export const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export async function until<T>(what: () => T | undefined | null | false, ms = 20_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const value = what()
    if (value) return value
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain for ${what}`)
    await wait(10)
  }
}

export function toLog(lines: LogLine[]): Log {
  const at = (level: string) => (message: string, fields?: unknown) => void lines.push({ level, message, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log }
  return log
}

const QUICK = { appendEveryMs: 5, updateEveryMs: 10 }

export async function createSlackRig(
  script: Script,
  options: {
    bot?: Partial<SlackBotOptions>
    slack?: SlackStandInOptions
    conversation?: (real: Conversation) => Conversation
    tools?: readonly AnyTool[]
    /** The store of an earlier rig that broke off; it is not closed with this one. */
    store?: Store
  } = {},
): Promise<SlackRig> {
  const slack = await createSlackStandIn(options.slack)
  const questions: Question[] = []
  const lines: LogLine[] = []
  const log = toLog(lines)
  const store = options.store ?? openSqliteStore({ file: ':memory:', log })
  const agent: AnswerAgent = {
    async answer(question, onEvent) {
      questions.push(question)
      const said = await script(question, onEvent)
      const given = typeof said === 'string' ? { text: said } : said
      return { text: '', citations: [], refused: false, version: 'test/1', footer: 'Test model.', ...given }
    },
  }
  const tools = options.tools ?? []
  const real = createConversation({ store, agent, log, tools, limits: { backoffMs: 20 } })
  const conversation = options.conversation?.(real) ?? real
  const { pace, ...rest } = options.bot ?? {}
  const bot = createSlackBot({
    conversation,
    botToken: 'xoxb-test-token',
    signingSecret: slack.signingSecret,
    apiUrl: slack.apiUrl,
    log,
    limits: {},
    lookAgainMs: 20,
    pace: { ...QUICK, ...pace },
    ...rest,
  })
  const server = createServer((req, res) => void bot.handleHttp(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await bot.start()
  await conversation.start()
  const { port } = server.address() as AddressInfo
  return {
    slack,
    url: `http://127.0.0.1:${port}/slack/events`,
    questions,
    conversation,
    bot,
    store,
    lines,
    async close() {
      await bot.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await conversation.drain(500)
      if (!options.store) await store.close()
      await slack.close()
    },
  }
}

/** A question that mentions the bot in a channel, as app_mention delivers it. */
export function mention(
  slack: SlackStandIn,
  text: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const ts = String(more.ts ?? slack.nextTs())
  return {
    type: 'app_mention',
    user: 'UASKER',
    channel: 'C1',
    text: `<@${slack.botUser}> ${text}`,
    ts,
    event_ts: ts,
    ...more,
  }
}

/** The bot's own messages in the thread, but those that only hold a file. */
export function answers(slack: SlackStandIn, channel: string, thread?: string): StoredMessage[] {
  const own = slack.messages(channel, thread).filter((message) => message.bot_id === slack.botId)
  return own.filter(({ subtype }) => subtype !== 'file_share')
}

/** What a person reads of one message: streamed text, or its markdown blocks. */
export function shown(message: StoredMessage): string {
  if (message.streaming_state !== undefined && !message.edited) return message.text
  const blocks = message.blocks.filter((block) => block.type === 'markdown').map((block) => String(block.text))
  return blocks.length > 0 ? blocks.join('\n') : message.text
}

/** Resolves when every turn that was accepted is answered. */
export async function settled(rig: SlackRig): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    quiet = (await rig.store.inbox.unfinished()).length === 0 ? quiet + 1 : 0
    await wait(15)
  }
}
