// An answer while it is written: paced appends, rotated before Slack ends a stream, repaired by replacing it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, ReplyStream } from '../../core/channel.ts'
import type { Reply } from '../../core/reply.ts'
import { type DeliverParts, deliverReply, digestOf, toChannelError } from './deliver-slack-reply.ts'
import { type LiveKind, type LiveMessage, posted, streamed, toMetadata } from './live-message.ts'
import { renderTail, renderTailText } from './render-slack-blocks.ts'
import { stableEnd } from './render-slack-markdown.ts'
import type { SlackPlace } from './slack-address.ts'
import { SlackCallError } from './slack-api.ts'
import { preparePictures, shareFiles } from './slack-files.ts'
import { createSlackStatus } from './slack-status.ts'
import { bordersOf, type Cut, cutMarkdown } from './split-markdown.ts'

export interface StreamPace {
  /** Least time between two appends of one stream. */
  appendEveryMs: number
  /** Least time between two edits of one message: Slack advises three seconds. */
  updateEveryMs: number
  /** Age at which a stream is ended at the next block border, and the grace after which any border will do. */
  rotateAfterMs: number
  rotateGraceMs: number
  /** Longest wait for the right to start a stream; beyond it the answer is posted and edited. */
  startPatienceMs: number
}

/** Slack ends a stream about 303 seconds after its start (measured by others, not documented). */
export const STREAM_PACE: StreamPace = {
  appendEveryMs: 700,
  updateEveryMs: 3_000,
  rotateAfterMs: 240_000,
  rotateGraceMs: 30_000,
  startPatienceMs: 2_000,
}

export function createSlackReplyStream(
  parts: DeliverParts & { pace: StreamPace; reactions: boolean },
  place: SlackPlace,
  delivery: Delivery,
): ReplyStream {
  return new SlackReplyStream(parts, place, delivery)
}

class SlackReplyStream implements ReplyStream {
  readonly #parts: DeliverParts & { pace: StreamPace }
  readonly #place: SlackPlace
  readonly #delivery: Delivery
  readonly #status: ReturnType<typeof createSlackStatus>
  /**
   * Never fires. Any member of a channel can press Slack's Stop, which ends the stream like any other failure; only
   * the event that follows says who it was, and the core decides whether they may.
   */
  readonly stopped = new AbortController().signal
  readonly #closing = new AbortController()
  /** Everything written. */
  #source = ''
  /** Where the current message begins in `source`, and what stands before it (a re-opened fence or table header). */
  #start = 0
  #prefix = ''
  #kind: LiveKind = streamed
  #live: LiveMessage | null = null
  readonly #created: string[] = []
  /** Those of them that are no live stream. */
  readonly #ended = new Set<string>()
  #run: Promise<void> | null = null
  #lastCall = 0
  /** Nothing more is shown before the end, which then replaces whatever is there. */
  #broken: boolean
  #unsure = false

  constructor(parts: DeliverParts & { pace: StreamPace; reactions: boolean }, place: SlackPlace, delivery: Delivery) {
    this.#parts = parts
    this.#place = place
    this.#delivery = delivery
    this.#status = createSlackStatus(parts, place)
    // A command has no thread to stream into, and what an earlier try left must be found before anything is sent.
    this.#broken = place.thread === null || delivery.retry || delivery.refs.length > 0
  }

  write(delta: string): void {
    if (this.#closing.signal.aborted) return
    this.#source += delta
    this.#kick()
  }

  status(text: string): void {
    if (this.#live === null && !this.#closing.signal.aborted) this.#status.set(text)
  }

  async finish(reply: Reply): Promise<void> {
    this.#closing.abort()
    await this.#run
    try {
      if (!(await this.#endLive(reply))) {
        const state = { known: this.#created, ended: [...this.#ended], unsure: this.#unsure }
        await deliverReply(this.#parts, this.#place, reply, this.#delivery, state)
      } else await this.#share(reply)
    } finally {
      this.#status.clear()
    }
  }

  async #share(reply: Reply): Promise<void> {
    const thread = this.#place.thread ?? this.#created[0] ?? null
    try {
      await shareFiles(this.#parts, { channel: this.#place.channel, thread }, reply, this.#delivery)
    } catch (error) {
      throw toChannelError(error)
    }
  }

  #candidate(): string {
    return this.#prefix + this.#source.slice(this.#start)
  }

  #hasNews(): boolean {
    const candidate = this.#candidate()
    // What was re-opened is no news by itself.
    const from = this.#live?.shown.length ?? this.#prefix.length
    const end = stableEnd(candidate)
    return end > from && candidate.slice(from, end).trim() !== ''
  }

  #kick(): void {
    if (this.#run || this.#broken || this.#closing.signal.aborted || !this.#hasNews()) return
    this.#run = this.#pump().finally(() => {
      this.#run = null
      this.#kick()
    })
  }

  async #pump(): Promise<void> {
    while (!this.#broken && !this.#closing.signal.aborted && this.#hasNews()) {
      await this.#slot()
      if (this.#closing.signal.aborted) return
      try {
        const candidate = this.#candidate()
        await this.#step(candidate.slice(0, stableEnd(candidate)))
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  /** Waits for the next moment to send, or until the answer is complete. */
  async #slot(): Promise<void> {
    const { appendEveryMs, updateEveryMs } = this.#parts.pace
    const wait = this.#lastCall + (this.#kind === streamed ? appendEveryMs : updateEveryMs) - Date.now()
    if (wait > 0) await sleep(wait, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    this.#lastCall = Date.now()
  }

  /** Shows `visible` in the current message, or ends it at a border where it is full or old. */
  async #step(visible: string, room = this.#kind.max): Promise<void> {
    const cut = this.#cutFor(visible, room)
    const text = cut?.head ?? visible
    if (this.#live === null) this.#live = await this.#open(text)
    else if (!cut) await this.#live.show(text)
    if (!cut) return
    const live = this.#live
    await live.end(text, [], '', toMetadata(this.#delivery.key, this.#created.length - 1))
    this.#ended.add(live.ts)
    this.#live = null
    this.#start += cut.taken - this.#prefix.length
    this.#prefix = cut.reopen
  }

  #cutFor(visible: string, room: number): Cut | null {
    const shown = this.#live?.shown.length ?? 0
    const size = this.#kind.measure(visible)
    if (size > room) {
      let limit = Math.min(visible.length, room)
      let cut = cutMarkdown(visible, limit, shown)
      while (this.#kind.measure(cut.head) > room && limit > shown + 16) {
        limit = shown + Math.floor((limit - shown) * 0.8)
        cut = cutMarkdown(visible, limit, shown)
      }
      return cut
    }
    return this.#live && this.#kind === streamed ? this.#cutOld(visible, shown, Date.now() - this.#live.openedAt) : null
  }

  #cutOld(visible: string, shown: number, ageMs: number): Cut | null {
    const { rotateAfterMs, rotateGraceMs } = this.#parts.pace
    if (ageMs < rotateAfterMs) return null
    const ahead = bordersOf(visible).filter((border) => border.at >= shown && border.at > this.#prefix.length)
    const best =
      ahead.findLast((border) => border.rank === 0) ??
      (ageMs > rotateAfterMs + rotateGraceMs ? ahead.at(-1) : undefined)
    if (best) return { head: visible.slice(0, best.at) + best.close, reopen: best.reopen, taken: best.at }
    return ageMs > rotateAfterMs + rotateGraceMs ? cutMarkdown(visible, visible.length + 8, shown - 1) : null
  }

  async #open(text: string): Promise<LiveMessage> {
    const { api, pace, log } = this.#parts
    if (this.#kind === streamed && api.delay('chat.startStream', this.#place.channel) > pace.startPatienceMs) {
      log.debug('Too many streams a minute; this answer is posted and edited instead')
      this.#kind = posted
    }
    try {
      return await this.#record(await this.#kind.open(api, this.#place, this.#delivery, text))
    } catch (error) {
      if (this.#kind === posted || !(error instanceof SlackCallError) || error.kind === 'unknown') throw error
      log.warn('Slack does not let this answer be streamed; it is posted and edited instead', { reason: error.reason })
      this.#kind = posted
      const room = this.#kind.max
      const fitting = this.#kind.measure(text) > room ? cutMarkdown(text, Math.floor(room / 2)).head : text
      return await this.#record(await this.#kind.open(api, this.#place, this.#delivery, fitting))
    }
  }

  #record(live: LiveMessage): LiveMessage {
    this.#created.push(live.ts)
    if (this.#kind === posted) this.#ended.add(live.ts)
    return live
  }

  #onError(error: unknown): void {
    this.#broken = true
    if (!(error instanceof SlackCallError)) {
      // A reference that could not be recorded: the message may stand in Slack unknown to the store.
      this.#unsure = true
      this.#parts.log.error('An answer could not be streamed', { error, key: this.#delivery.key })
      return
    }
    // Only an opening can leave a message behind that nobody knows of.
    if (error.kind === 'unknown' && this.#live === null) this.#unsure = true
    this.#parts.log.warn('A streamed answer broke off; its end will replace it', {
      reason: error.reason,
      key: this.#delivery.key,
    })
  }

  /** Ends the live messages with exactly `reply`; false where they must be replaced. */
  async #endLive(reply: Reply): Promise<boolean> {
    if (this.#broken || this.#created.length === 0 || reply.onlyTo !== undefined) return false
    if (!reply.text.startsWith(this.#source)) return false
    this.#source = reply.text
    const tail = renderTail(reply, await preparePictures(this.#parts, reply, this.#delivery))
    const tailText = renderTailText(reply)
    const room =
      this.#kind.max - tail.reduce((sum, block) => sum + (block.type === 'markdown' ? String(block.text).length : 0), 0)
    try {
      while (
        this.#live === null
          ? this.#source.slice(this.#start).trim() !== ''
          : this.#kind.measure(this.#candidate()) > room
      ) {
        await this.#step(this.#candidate(), room)
      }
      if (this.#live === null) return false
      const metadata = toMetadata(this.#delivery.key, this.#created.length - 1, digestOf(reply))
      await this.#live.end(this.#candidate(), tail, tailText, metadata)
      return true
    } catch (error) {
      this.#onError(error)
      return false
    }
  }
}
