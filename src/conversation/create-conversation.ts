// THE conversation core: takes turns, answers each exactly once, and is the only voice of the bot.
import type { AnswerAgent } from '../agent/answer.ts'
import type { Channel } from '../core/channel.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Reply } from '../core/reply.ts'
import { type Person, type Turn, turnSchema } from '../core/turn.ts'
import type { Store } from '../store/port.ts'
import type { Command } from './commands.ts'
import { type ConversationLimits, DEFAULT_LIMITS } from './limits.ts'
import { createNotices } from './notices.ts'
import type { Conversation } from './port.ts'
import { createTurnWorker } from './turn-worker.ts'

export interface ConversationOptions {
  store: Store
  agent: AnswerAgent
  /** Commands beside `ask`, by name. */
  commands?: Readonly<Record<string, Command>>
  log: Log
  limits?: Partial<ConversationLimits>
  /** Milliseconds that the model may take for an answer: the limit of a run is never shorter than that and a little more. */
  modelTimeoutMs?: number
}

const SWEEP_EVERY_MS = 60 * 60_000
/** What reading the thread and storing the answer may take beside the model. */
const MODEL_MARGIN_MS = 60_000
/** A longer timer would fire at once (Node's limit). */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const NOT_STORED = 'Your message is not stored yet. If no answer follows within a few minutes, please send it again.'

function toLimits(options: ConversationOptions): ConversationLimits {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { modelTimeoutMs = 0 } = options
  const answerTimeoutMs = Math.min(LONGEST_TIMER_MS, Math.max(limits.answerTimeoutMs, modelTimeoutMs + MODEL_MARGIN_MS))
  return modelTimeoutMs > 0 ? { ...limits, answerTimeoutMs } : limits
}

function isStoreError(error: unknown): error is LakedeskError {
  return error instanceof LakedeskError && error.code.startsWith('STORE_')
}

function parseTurn(turn: Turn): Turn {
  try {
    return turnSchema.parse(turn)
  } catch (error) {
    throw new LakedeskError('INTERNAL', 'The event could not be read, so nothing was done. Please try again.', error)
  }
}

export function createConversation(options: ConversationOptions): Conversation {
  const { store, log, agent } = options
  const limits = toLimits(options)
  const channels = new Map<string, Channel>()
  const commands = new Map(Object.entries(options.commands ?? {}))
  const notices = createNotices({ channels, log })
  const worker = createTurnWorker({ store, agent, log, limits, commands, channels, notices, held: new Map() })
  let sweeper: NodeJS.Timeout | undefined

  async function sweep(): Promise<void> {
    try {
      const removed = await store.claims.sweep()
      log.debug('Old claims were swept', { removed })
    } catch (error) {
      log.error('Old claims could not be swept', { cause: error })
    }
  }

  /** True where the turn was a stop and ended an answer: it is done then, and has nothing to say. */
  async function stopsAnswer(turn: Turn): Promise<boolean> {
    if (turn.kind !== 'action' || turn.action !== 'stop' || !worker.stop(turn.thread, turn.user)) return false
    try {
      await store.inbox.finish(turn.id)
    } catch (error) {
      log.error('A stop worked but could not be closed', { turn: turn.id, cause: error })
    }
    return true
  }

  async function take(turn: Turn, onAccepted: () => void): Promise<'accepted' | 'duplicate'> {
    if (!channels.has(turn.channel)) {
      throw new LakedeskError(
        'CHANNEL_FAILED',
        `No face named ${turn.channel} is running. Check its settings and restart.`,
      )
    }
    const verdict = await store.inbox.accept(turn)
    log.debug('A turn came in', { turn: turn.id, kind: turn.kind, verdict })
    if (verdict === 'duplicate' || (await stopsAnswer(turn))) return verdict
    onAccepted()
    worker.take(turn)
    return verdict
  }

  return {
    register(channel) {
      channels.set(channel.name, channel)
    },
    async accept(given) {
      const turn = parseTurn(given)
      try {
        return await take(turn, () => {})
      } catch (error) {
        // The platform is not kept waiting for the notice, which goes out to it as well.
        if (isStoreError(error)) void notices.tell(turn, error, NOT_STORED)
        throw error
      }
    },
    async handle(given) {
      const turn = parseTurn(given)
      let reply: Promise<Reply> | null = null
      await take(turn, () => {
        reply = worker.waitFor(turn.id)
      })
      return reply
    },
    stop: async (thread: string, by: Person) => worker.stop(thread, by),
    knows: (thread) => store.conversations.knows(thread),
    async start() {
      const unfinished = await store.inbox.unfinished()
      if (unfinished.length > 0) log.info('Taking up unfinished turns', { turns: unfinished.length })
      for (const { turn } of unfinished) worker.take(turn)
      await sweep()
      sweeper = setInterval(() => void sweep(), SWEEP_EVERY_MS)
      sweeper.unref()
    },
    async drain(timeoutMs = limits.drainMs) {
      clearInterval(sweeper)
      await worker.drain(timeoutMs)
    },
  }
}
