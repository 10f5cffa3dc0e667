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
import type { Conversation } from './port.ts'
import { createTurnWorker } from './turn-worker.ts'

export interface ConversationOptions {
  store: Store
  agent: AnswerAgent
  /** Commands beside `ask`, by name. */
  commands?: Readonly<Record<string, Command>>
  log: Log
  limits?: Partial<ConversationLimits>
}

const SWEEP_EVERY_MS = 60 * 60_000

function parseTurn(turn: Turn): Turn {
  try {
    return turnSchema.parse(turn)
  } catch (error) {
    throw new LakedeskError('INTERNAL', 'The event could not be read, so nothing was done. Please try again.', error)
  }
}

export function createConversation(options: ConversationOptions): Conversation {
  const { store, log } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const channels = new Map<string, Channel>()
  const commands = new Map(Object.entries(options.commands ?? {}))
  const worker = createTurnWorker({ store, agent: options.agent, log, limits, commands, channels, held: new Map() })
  let sweeper: NodeJS.Timeout | undefined

  async function sweep(): Promise<void> {
    try {
      const removed = await store.claims.sweep()
      log.debug('Old claims were swept', { removed })
    } catch (error) {
      log.error('Old claims could not be swept', { cause: error })
    }
  }

  async function take(given: Turn, onAccepted: () => void): Promise<'accepted' | 'duplicate'> {
    const turn = parseTurn(given)
    if (!channels.has(turn.channel)) {
      throw new LakedeskError(
        'CHANNEL_FAILED',
        `No face named ${turn.channel} is running. Check its settings and restart.`,
      )
    }
    const verdict = await store.inbox.accept(turn)
    log.debug('A turn came in', { turn: turn.id, kind: turn.kind, verdict })
    if (verdict === 'duplicate') return verdict
    onAccepted()
    worker.take(turn)
    return verdict
  }

  return {
    register(channel) {
      channels.set(channel.name, channel)
    },
    accept: (turn) => take(turn, () => {}),
    async handle(turn) {
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
