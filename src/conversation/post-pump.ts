// Shows the stored posts, such as copies of a card, and edits them whenever they got another reply.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel, Delivery } from '../core/channel.ts'
import { canonicalJson, digestOf } from '../core/digest.ts'
import type { Log } from '../core/log.ts'
import type { Reply } from '../core/reply.ts'
import type { Address } from '../core/turn.ts'
import type { OutboxEntry, Post, Store } from '../store/port.ts'
import { type ConversationLimits, toBackoff } from './limits.ts'

export interface PostPump {
  /** Looks for posts that are not shown yet. Call whenever one was put; returns at once. */
  wake(): void
  /** Takes up what a crash left, and looks again at what waits. Call once every face is registered. */
  start(): void
  /** Sends nothing more and waits for what is being sent; the rest stays stored for the next start. */
  drain(timeoutMs: number): Promise<void>
}

export interface PostPumpParts {
  store: Pick<Store, 'posts' | 'outbox'>
  channels: ReadonlyMap<string, Channel>
  log: Log
  limits: ConversationLimits
}

/** Key of the post that is the reply of a turn. */
export function toTurnKey(turnId: string): string {
  return `turn:${turnId}`
}

/** The turn whose reply the post is; null for any other post. */
export function readTurnKey(key: string): string | null {
  return key.startsWith('turn:') ? key.slice('turn:'.length) : null
}

/** Digest of what a face that cannot edit has to say anew: a new state or another kind of work, not each step of it. */
function toGist(reply: Reply): string {
  const progress = reply.blocks.find((block) => block.kind === 'progress')
  return digestOf([reply.outcome ?? '', progress ? `at ${progress.label}` : reply.text])
}

/** What became of one try: shown or dropped, or waits for something that wakes the pump, or is to be tried after that time. */
type Sent = { kind: 'settled' } | { kind: 'waits' } | { kind: 'again'; afterMs: number }

export function createPostPump({ store, channels, log, limits }: PostPumpParts): PostPump {
  const { posts, outbox } = store
  /** Posts that are being sent. */
  const sending = new Map<string, Promise<void>>()
  /** Posts that rest until their timer ends. */
  const resting = new Map<string, NodeJS.Timeout>()
  /** What a face that cannot edit was last told of a card that still changes, by key. */
  const gists = new Map<string, string>()
  let looking: Promise<void> | null = null
  let lookAgain = false
  let stopped = false

  /** Where it is shown: in the thread of the post above it, once that one is shown. */
  async function findPlace({ under, address }: Post, channel: Channel): Promise<Address | 'waits' | 'dropped'> {
    const above = under === null ? null : await posts.get(under)
    if (above === null) return address
    if (above.shown === 0) return (await posts.pending()).some(({ key }) => key === under) ? 'waits' : 'dropped'
    const [first] = above.refs
    return first !== undefined && channel.below ? channel.below(above.address, first) : address
  }

  async function deliver(channel: Channel, to: Address, post: Post, row: OutboxEntry | null): Promise<void> {
    const turnId = readTurnKey(post.key)
    const refs = [...new Set([...(row?.refs ?? []), ...post.refs])]
    const delivery: Delivery = {
      key: post.key,
      refs,
      // A new reply starts the tries again, but what an earlier one may have left unrecorded is still there.
      retry: post.attempts > 0 || (refs.length === 0 && post.revision > 1),
      since: row?.since ?? post.since,
      posted: true,
      ...(turnId === null ? {} : { taken: () => outbox.refsBeside(turnId) }),
      recordRef: (ref) => posts.recordRef(post.key, ref),
    }
    await posts.begin(post.key)
    await channel.post(to, post.reply, delivery)
  }

  /** True where the face shows that already, or has nothing new to say about it. */
  function isShown(channel: Channel, post: Post, row: OutboxEntry | null): boolean {
    if (post.shown === 0 && row?.reply && canonicalJson(row.reply) === canonicalJson(post.reply)) return true
    const last = gists.get(post.key) ?? (row?.reply ? toGist(row.reply) : undefined)
    return !channel.can.update && last === toGist(post.reply)
  }

  /** Nothing is kept of what can be edited, or has ended. */
  function remember(channel: Channel, { key, subject, reply }: Post): void {
    if (!channel.can.update && subject !== null && reply.outcome === 'waiting') gists.set(key, toGist(reply))
    else gists.delete(key)
  }

  async function giveUp(post: Post, cause: unknown): Promise<Sent> {
    gists.delete(post.key)
    log.error('A post could not be shown and was given up', { post: post.key, channel: post.channel, cause })
    await posts.drop(post.key)
    return { kind: 'settled' }
  }

  /** Rejects with STORE_* only. */
  async function send(key: string): Promise<Sent> {
    const post = await posts.get(key)
    if (!post || post.shown >= post.revision) return { kind: 'settled' }
    const channel = channels.get(post.channel)
    const turnId = readTurnKey(key)
    const row = turnId === null ? null : await outbox.get(turnId)
    // The reply of a turn is delivered by the outbox; from then on it is edited here.
    const undelivered = turnId !== null && (row === null || row.state === 'open' || row.state === 'ready')
    if (!channel || undelivered) return { kind: 'waits' }
    const place = await findPlace(post, channel)
    if (place === 'waits') return { kind: 'waits' }
    if (place === 'dropped') return giveUp(post, 'the post above it was given up')
    if (row?.state === 'dead') return giveUp(post, 'its turn was given up')
    if (!isShown(channel, post, row)) {
      try {
        await deliver(channel, place, post, row)
      } catch (error) {
        const attempt = post.attempts + 1
        if (attempt >= limits.deliveryAttempts) return giveUp(post, error)
        const afterMs = toBackoff(limits, attempt)
        log.warn('A post could not be shown and is tried again', { post: key, attempt, afterMs, cause: error })
        return { kind: 'again', afterMs }
      }
    }
    remember(channel, post)
    await posts.shown(key, post.revision)
    return { kind: 'settled' }
  }

  function rest(key: string, ms: number): void {
    if (stopped) return
    const timer = setTimeout(() => {
      resting.delete(key)
      wake()
    }, ms)
    resting.set(key, timer.unref())
  }

  /** One try, then the pause that keeps the edits of one message apart. Never rejects. */
  async function work(key: string): Promise<void> {
    try {
      const sent = await send(key)
      if (sent.kind === 'waits') return
      rest(key, Math.max(limits.postEveryMs, sent.kind === 'again' ? sent.afterMs : 0))
    } catch (error) {
      log.error('A post could not be worked on and is tried again', { post: key, cause: error })
      rest(key, Math.max(limits.postEveryMs, limits.backoffMs))
    }
  }

  function take(key: string): void {
    if (stopped || sending.has(key) || resting.has(key)) return
    sending.set(
      key,
      work(key).finally(() => sending.delete(key)),
    )
  }

  async function look(): Promise<void> {
    do {
      lookAgain = false
      try {
        // Each one once: posts that wait for something would else take the places of each other for ever.
        for (const { key } of await posts.pending()) {
          while (!stopped && sending.size >= limits.concurrency) await Promise.race(sending.values())
          take(key)
        }
      } catch (error) {
        log.error('The posts could not be read and are looked at again', { cause: error })
        rest('', limits.backoffMs)
      }
    } while (lookAgain && !stopped)
    looking = null
  }

  function wake(): void {
    if (stopped) return
    lookAgain = true
    looking ??= look()
  }

  return {
    wake,
    start: wake,
    async drain(timeoutMs) {
      stopped = true
      for (const timer of resting.values()) clearTimeout(timer)
      resting.clear()
      const all = Promise.all([looking, ...sending.values()])
      await Promise.race([all, sleep(timeoutMs, undefined, { ref: false })])
    },
  }
}
