// THE conversation core: takes turns, answers each exactly once, and is the only voice of the bot.
import type { AnswerAgent } from '../agent/answer.ts'
import { createPeople, type People } from '../approvals/people.ts'
import type { Channel } from '../core/channel.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Reply } from '../core/reply.ts'
import { type Person, type Turn, turnSchema } from '../core/turn.ts'
import type { Store } from '../store/port.ts'
import type { AnyTool, ToolContext } from '../tools/define-tool.ts'
import { createCatalogue } from './catalogue.ts'
import type { Command } from './commands.ts'
import { type ConversationLimits, DEFAULT_LIMITS } from './limits.ts'
import { createNotices } from './notices.ts'
import type { Conversation } from './port.ts'
import { createPostPump, readTurnKey } from './post-pump.ts'
import { createTurnWorker } from './turn-worker.ts'

export interface ConversationOptions {
  store: Store
  agent: AnswerAgent
  /** Commands beside `ask`, by name. */
  commands?: Readonly<Record<string, Command>>
  /** What people can call by command and by button. */
  tools?: readonly AnyTool[]
  /** Where the gate asks for approvals; without it tools that need one are refused. */
  approvals?: ToolContext['approvals']
  /** Who is who over all faces; by default nobody is linked to anybody. */
  people?: People
  /**
   * Told as soon as the card of an approval is kept where it was asked for, and again where that turn is repeated: makes the
   * copies for other places, and brings every copy to the state the approval is in by then. The turn waits for it.
   */
  onWaiting?: (approval: string, turn: Turn) => Promise<void>
  /** Told the id of a record of the ledger `feedback` whenever somebody rated an answer; what it does is not waited for. */
  onFeedback?: (id: string) => void
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
  const catalogue = createCatalogue(options.tools, options.commands)
  const pump = createPostPump({ store, channels, log, limits })
  const notices = createNotices({ channels, log })
  const worker = createTurnWorker({
    ...{ store, agent, log, limits, catalogue, channels, notices },
    approvals: options.approvals,
    people: options.people ?? createPeople([]),
    onWaiting: options.onWaiting ?? (async () => {}),
    onFeedback: options.onFeedback ?? (() => {}),
    wake: pump.wake,
    held: new Map(),
  })
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
    commands: catalogue.list,
    wake: pump.wake,
    homeOf: (channel, to) => channels.get(channel)?.home?.(to) ?? null,
    topOf: (channel, to) => channels.get(channel)?.top?.(to) ?? to,
    async sent(key) {
      const turnId = readTurnKey(key)
      const post = await store.posts.get(key)
      if (post) return { channel: post.channel, address: post.address, reply: post.reply }
      const row = turnId === null ? null : await store.outbox.get(turnId)
      return row?.reply ? { channel: row.channel, address: row.address, reply: row.reply } : null
    },
    knows: (thread) => store.conversations.knows(thread),
    async start() {
      const unfinished = await store.inbox.unfinished()
      if (unfinished.length > 0) log.info('Taking up unfinished turns', { turns: unfinished.length })
      for (const { turn } of unfinished) worker.take(turn)
      pump.start()
      await sweep()
      sweeper = setInterval(() => void sweep(), SWEEP_EVERY_MS)
      sweeper.unref()
    },
    async drain(timeoutMs = limits.drainMs) {
      clearInterval(sweeper)
      await worker.drain(timeoutMs)
      await pump.drain(timeoutMs)
    },
  }
}
