// What the conversation tests share: turns, a scripted agent, a recording face, and a conversation over a real store.
import type { Answer, AnswerAgent, AnswerEvent, Question } from '../../src/agent/answer.ts'
import { type ConversationOptions, createConversation } from '../../src/conversation/create-conversation.ts'
import type { Channel, Delivery, ThreadMessage } from '../../src/core/channel.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import type { Log, LogFields } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { type ActionTurn, type CommandTurn, type MessageTurn, toAddress } from '../../src/core/turn.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

let counter = 0

export function message(text: string, more: Partial<MessageTurn> = {}): MessageTurn {
  const n = ++counter
  const thread = more.thread ?? `desk:thread-${n}`
  return {
    kind: 'message',
    id: `t${n}`,
    at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    channel: 'desk',
    user: { id: 'ann', tenant: 'acme' },
    address: toAddress(thread),
    thread,
    keys: [`desk:event:${n}`, `desk:message:${n}`],
    text,
    ...more,
  }
}

export function command(name: string, text: string, more: Partial<CommandTurn> = {}): CommandTurn {
  const { kind: _, ...rest } = message(text)
  return { ...rest, kind: 'command', name, ...more }
}

export function action(name: string, value: Record<string, string>, more: Partial<ActionTurn> = {}): ActionTurn {
  const { kind: _, text: __, ...rest } = message('')
  return { ...rest, kind: 'action', action: name, value, ...more }
}

export function toAnswer(text: string, more: Partial<Answer> = {}): Answer {
  return { text, citations: [], refused: false, version: 'rag@1', footer: 'offline', ...more }
}

type Script = (question: Question, onEvent: (event: AnswerEvent) => void) => Promise<Answer>

/** An agent that does what the script says and remembers what it was asked. */
export function scriptAgent(script: Script = async ({ text }) => toAnswer(`Answer to ${text}`)) {
  const asked: Question[] = []
  const agent: AnswerAgent = {
    answer(question, onEvent) {
      asked.push(question)
      return script(question, onEvent)
    },
  }
  return { agent, asked }
}

export interface Shown {
  to: string
  reply: Reply
  delivery: Delivery
  how: 'post' | 'stream'
  written: string
}

export interface RecordedFace {
  /** Asked before each message; what it returns is thrown. */
  fail?: (attempt: number) => Error | null
  /** Of every thread; `refused` where the platform does not let it be read. */
  history?: ThreadMessage[] | 'refused'
}

/** A face that records. */
export function recordChannel(options: RecordedFace = {}) {
  const readHistory = async (): Promise<ThreadMessage[]> => {
    if (options.history === 'refused') throw channelFailure()
    return options.history ?? []
  }
  const shown: Shown[] = []
  const stops: AbortController[] = []
  let attempts = 0
  const show = async (entry: Shown): Promise<void> => {
    const error = options.fail?.(++attempts)
    if (error) throw error
    await entry.delivery.recordRef(`m${shown.length + 1}`)
    shown.push(entry)
  }
  const channel: Channel = {
    name: 'desk',
    can: { stream: true, update: true, ephemeral: true, charts: false, maxText: 4000 },
    post: (to, reply, delivery) => show({ to, reply, delivery, how: 'post', written: '' }),
    stream(to, delivery) {
      const stop = new AbortController()
      stops.push(stop)
      let written = ''
      return {
        write: (delta) => {
          written += delta
        },
        status() {},
        finish: (reply) => show({ to, reply, delivery, how: 'stream', written }),
        stopped: stop.signal,
      }
    },
    ...(options.history ? { history: readHistory } : {}),
  }
  return { channel, shown, stops }
}

export const channelFailure = () => new LakedeskError('CHANNEL_FAILED', 'The chat platform did not take the message.')

export function recordLog() {
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = []
  const at = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log }
  return { log, lines }
}

/** A conversation with a face over a store in memory; what is given replaces its part. */
export function converse(more: Partial<ConversationOptions> & { channel?: Channel; store?: Store } = {}) {
  const { log, lines } = recordLog()
  const store = more.store ?? openSqliteStore({ file: ':memory:', log })
  const face = recordChannel()
  const { agent, asked } = scriptAgent()
  const { channel, ...rest } = more
  const conversation = createConversation({ store, agent, log, ...rest, limits: { backoffMs: 5, ...more.limits } })
  conversation.register(channel ?? face.channel)
  return { conversation, store, shown: face.shown, stops: face.stops, asked, lines }
}

/** A promise with its handles outside. */
export function gate() {
  let open: () => void = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

/** Waits for a condition by looking at it each few milliseconds; the test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
