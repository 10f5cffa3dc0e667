// Gathers what was said earlier in a thread, from the store and, where that knows nothing, from the platform.
import type { HistoryMessage } from '../agent/answer.ts'
import type { Channel, ThreadMessage } from '../core/channel.ts'
import type { Log } from '../core/log.ts'
import type { Turn } from '../core/turn.ts'
import type { Store } from '../store/port.ts'
import type { EarlierThread } from '../tools/define-tool.ts'
import type { ConversationLimits } from './limits.ts'

export interface HistoryParts {
  store: Store
  limits: ConversationLimits
  log: Log
}

interface Sources extends HistoryParts {
  channel: Channel
}

function toKey(message: { role: string; text: string }): string {
  return `${message.role}:${message.text.replace(/\s+/g, ' ').trim()}`
}

/** Null where the platform refused. */
async function readPlatform(turn: Turn, { channel, log }: Sources): Promise<ThreadMessage[] | null> {
  if (!channel.history) return []
  try {
    return await channel.history(turn.address)
  } catch (error) {
    // The question can be answered without what came before; losing it over that would be worse.
    log.warn('The earlier messages of the thread could not be read', { turn: turn.id, cause: error })
    return null
  }
}

/** The newest messages that fit both limits; a message that alone is too long keeps its end, marked. */
function cutToLimits(messages: readonly HistoryMessage[], limits: ConversationLimits): HistoryMessage[] {
  const kept: HistoryMessage[] = []
  let left = limits.historyChars
  for (const message of messages.slice(-limits.historyMessages).reverse()) {
    if (left <= 0) break
    if (message.text.length > left) {
      if (kept.length === 0) kept.push({ ...message, text: `[beginning left out] ${message.text.slice(-left)}` })
      break
    }
    left -= message.text.length
    kept.push(message)
  }
  return kept.reverse()
}

/** Messages the platform has from before the turn; the turn itself stands in the thread too and is left out. */
function keepEarlier(messages: readonly ThreadMessage[], turn: Turn, text: string): HistoryMessage[] {
  const own = toKey({ role: 'user', text })
  return messages
    .filter((message) => message.text.trim() !== '' && toKey(message) !== own)
    .filter((message) => !(Date.parse(message.at) > Date.parse(turn.at)))
    .map(({ role, text, name }) => (name === undefined ? { role, text } : { role, text, name }))
}

/** What is asked about stands in the first message, so that one is kept whole as long as it can be, and then the newest. */
export function keepThread(
  messages: readonly HistoryMessage[],
  { threadMessages, threadChars }: Pick<ConversationLimits, 'threadMessages' | 'threadChars'>,
): EarlierThread {
  const [root, ...others] = messages
  if (!root) return { messages: [], leftOut: 0, cut: 0 }
  const text = root.text.slice(0, threadChars).replace(/[\uD800-\uDBFF]$/, '')
  let left = threadChars - text.length
  let from = others.length
  while (from > 0 && others.length - from < threadMessages - 1) {
    left -= others[from - 1]?.text.length ?? 0
    if (left < 0) break
    from -= 1
  }
  return {
    messages: [{ ...root, text }, ...others.slice(from)],
    leftOut: others.slice(0, from).filter(({ role }) => role === 'user').length,
    cut: root.text.length - text.length,
  }
}

/** Rejects with STORE_* only. */
async function readStored(turn: Turn, store: Store, most: number): Promise<HistoryMessage[]> {
  const stored = await store.conversations.recent(turn.thread, most)
  return stored.filter(({ turnId }) => turnId !== turn.id).map(({ role, text }) => ({ role, text }))
}

/**
 * Oldest first, without the turn itself. What the store holds of a thread is complete from the bot's first turn on, so
 * the platform is asked only where that is nothing: no message can then come from both. Rejects with STORE_* only.
 */
export async function readHistory(turn: Turn, text: string, sources: Sources): Promise<HistoryMessage[]> {
  const { store, limits } = sources
  const stored = await readStored(turn, store, limits.historyMessages + 2)
  const earlier = stored.length > 0 ? stored : keepEarlier((await readPlatform(turn, sources)) ?? [], turn, text)
  return cutToLimits(earlier, limits)
}

/** Messages that the store is asked for: more than a thread ever has, so that its first one is among them. */
const WHOLE_THREAD = 10_000

/**
 * The thread as the platform has it, with what was said before the bot came; where the platform does not tell it, what the
 * store holds. Without the turn itself. Rejects with STORE_* only.
 */
export async function readThread(turn: Turn, sources: Sources): Promise<EarlierThread> {
  const own = turn.kind === 'action' ? '' : turn.text
  const platform = await readPlatform(turn, sources)
  const told = keepEarlier(platform ?? [], turn, own)
  const messages = told.length > 0 ? told : await readStored(turn, sources.store, WHOLE_THREAD)
  const thread = keepThread(messages, sources.limits)
  return platform === null && messages.length === 0 ? { ...thread, unreadable: true } : thread
}
