// Streams a reply into a one-to-one chat: informative lines, then the whole text so far, once a second, then the final message.
import type { ReplyStream } from '../../core/channel.ts'
import type { Reply } from '../../core/reply.ts'
import type { OutgoingActivity } from './activity.ts'
import { renderAiEntity } from './ai-entity.ts'
import type { StreamParts } from './collected-stream.ts'
import { deliverParts, toPartRef } from './deliver-parts.ts'
import { MAX_STREAMED, renderTeamsMessage } from './render-teams-message.ts'
import { pause } from './send-reliably.ts'
import { TeamsCallError, toChannelFailed, toStreamEnd } from './teams-errors.ts'
import { offerFiles } from './teams-file.ts'
import { renderTeamsPrefix } from './teams-text.ts'

export interface StreamPace {
  /** Shortest time between two requests of one stream, counted from the answer to the first. Teams allows one a second. */
  intervalMs: number
  /** How long a stream is kept open. Teams ends it after two minutes. */
  lifeMs: number
}

export const TEAMS_PACE: StreamPace = { intervalMs: 1000, lifeMs: 105_000 }

/** What a stream shows that had to be closed before any text was written. */
const STILL_WORKING = 'This takes longer than usual. The answer will appear here.'

/** Teams takes informative lines of at most 1,000 characters. */
const MAX_INFORMATIVE = 1000

/** Longest wait that is taken over from Retry-After while an answer is being written. */
const MAX_WAIT_MS = 30_000

type State = 'live' | 'closed' | 'broken' | 'stopped'

interface Chunk {
  kind: 'informative' | 'streaming'
  words: string
}

/** Answers after which the same request may succeed. */
function isPassing(status: number): boolean {
  return status === 0 || status === 408 || status === 412 || status === 429 || status >= 500
}

class PersonalStream implements ReplyStream {
  readonly #parts: StreamParts & { pace: StreamPace }
  readonly #stopped = new AbortController()
  #state: State = 'live'
  #streamId = ''
  #sequence = 0
  /** When the first request went out and the last one was answered, in milliseconds since 1970; 0 before. */
  #startedAt = 0
  #sentAt = 0
  /** Pieces in a row that were not taken. */
  #failures = 0
  #text = ''
  #status = ''
  #informed = ''
  /** The text that the platform has taken; every later text must begin with it. */
  #shown = ''
  #finishing = false
  #pump: Promise<void> | null = null
  #wake: () => void = () => {}

  constructor(parts: StreamParts & { pace: StreamPace }) {
    this.#parts = parts
  }

  get stopped(): AbortSignal {
    return this.#stopped.signal
  }

  write(delta: string): void {
    this.#text += delta
    this.#start()
  }

  status(words: string): void {
    this.#status = words.slice(0, MAX_INFORMATIVE)
    this.#start()
  }

  async finish(reply: Reply): Promise<void> {
    try {
      await this.#deliver(reply)
    } catch (error) {
      throw toChannelFailed(error)
    }
  }

  #start(): void {
    this.#pump ??= this.#run()
    this.#wake()
  }

  async #run(): Promise<void> {
    while (this.#state === 'live' && !this.#finishing) {
      if (this.#startedAt !== 0 && Date.now() - this.#startedAt >= this.#parts.pace.lifeMs) {
        await this.#close(this.#shown || STILL_WORKING)
        return
      }
      await this.#keepPace()
      if (this.#finishing) return
      const chunk = this.#nextChunk()
      if (chunk) await this.#send(chunk)
      else await this.#waitForNews()
    }
  }

  /** The next thing worth a request, or null while nothing new is there. */
  #nextChunk(): Chunk | null {
    const shown = this.#shown
    const visible = shown.length >= MAX_STREAMED ? shown : renderTeamsPrefix(this.#text.slice(0, MAX_STREAMED))
    if (visible !== shown && visible.startsWith(shown)) return { kind: 'streaming', words: visible }
    const news = this.#status !== '' && this.#status !== this.#informed
    return shown === '' && news ? { kind: 'informative', words: this.#status } : null
  }

  async #waitForNews(): Promise<void> {
    const { lifeMs } = this.#parts.pace
    const left = this.#startedAt === 0 ? lifeMs : this.#startedAt + lifeMs - Date.now()
    const timer = new AbortController()
    const news = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    await Promise.race([news, pause(Math.max(1, left), timer.signal)])
    timer.abort()
  }

  async #keepPace(): Promise<void> {
    const left = this.#sentAt + this.#parts.pace.intervalMs - Date.now()
    if (left > 0) await pause(left)
  }

  #streamInfo(streamType: 'informative' | 'streaming' | 'final'): Record<string, unknown> {
    return {
      streamType,
      ...(streamType === 'final' ? {} : { streamSequence: ++this.#sequence }),
      ...(this.#streamId ? { streamId: this.#streamId } : {}),
    }
  }

  async #noteId(id: string): Promise<void> {
    this.#streamId = id
    await this.#parts.delivery.recordRef(toPartRef(0, id))
  }

  /** Sends one piece. The stream's id is written down before anything else happens. */
  async #send({ kind, words }: Chunk): Promise<void> {
    const { connector, once, to } = this.#parts
    const first = this.#streamId === ''
    const info = this.#streamInfo(kind)
    const entities = [{ type: 'streaminfo', ...info }]
    if (this.#startedAt === 0) this.#startedAt = Date.now()
    try {
      // A piece that got lost is not repeated: the next one carries the whole text anyway.
      const id = await (first ? connector : once).create(to, {
        type: 'typing',
        text: words,
        entities,
        channelData: info,
      })
      if (first && id === '') throw new TeamsCallError({ status: 502, message: 'Teams returned no id for the stream.' })
      if (first) await this.#noteId(id)
      if (kind === 'streaming') this.#shown = words
      else this.#informed = words
      this.#failures = 0
    } catch (error) {
      await this.#onRefused(error)
    } finally {
      this.#sentAt = Date.now()
    }
  }

  #onStopped(): void {
    this.#state = 'stopped'
    this.#stopped.abort()
  }

  async #onRefused(error: unknown): Promise<void> {
    const end = toStreamEnd(error)
    if (end === 'stopped') {
      this.#onStopped()
      return
    }
    this.#failures++
    const call = error instanceof TeamsCallError ? error : null
    const status = call?.status ?? 0
    this.#parts.log.debug('Teams did not take a piece of the stream', { end, status, cause: error })
    const passing = end === null && this.#streamId !== '' && isPassing(status) && this.#failures < 4
    if (!passing) this.#state = 'broken'
    else if (call?.retryAfterMs) await pause(Math.min(call.retryAfterMs, MAX_WAIT_MS))
  }

  /** Ends the stream with what it already shows, so that the message can be updated like any other. */
  async #close(words: string): Promise<void> {
    await this.#keepPace()
    this.#state = 'closed'
    await this.#sendFinal({
      type: 'message',
      text: words,
      textFormat: 'markdown',
      entities: [renderAiEntity(words, [])],
    })
  }

  /**
   * True where Teams took it as the end of the stream, or the person stopped it. Repeating the end is safe, since a
   * stream ends once; where that fails too the message can still be updated in place.
   */
  async #sendFinal(activity: OutgoingActivity): Promise<boolean> {
    const { once, to, log, pace } = this.#parts
    const info = this.#streamInfo('final')
    const entities = [...(activity.entities ?? []), { type: 'streaminfo', ...info }]
    const final = { ...activity, entities, channelData: { ...activity.channelData, ...info } }
    let unclear = false
    for (let tried = 1; ; tried++) {
      try {
        const id = await once.create(to, final)
        if (id !== '' && id !== this.#streamId) await this.#noteId(id)
        return true
      } catch (error) {
        const end = toStreamEnd(error)
        const call = error instanceof TeamsCallError ? error : null
        log.debug('Teams did not take the end of the stream', { end, status: call?.status, cause: error })
        if (end === 'stopped') this.#onStopped()
        // `completed` after a try without an answer: that try was delivered.
        if (end === 'stopped' || (end === 'completed' && unclear)) return true
        if (end !== null || call === null || !isPassing(call.status) || tried >= 3) return false
        unclear ||= call.status !== 429
        await pause(Math.max(pace.intervalMs, Math.min(call.retryAfterMs ?? 0, MAX_WAIT_MS)))
      } finally {
        this.#sentAt = Date.now()
      }
    }
  }

  /** True where the first part of the reply became the end of the stream. */
  async #finishLive(first: OutgoingActivity | undefined): Promise<boolean> {
    if (first === undefined || this.#streamId === '') return false
    if (first.text?.startsWith(this.#shown)) {
      await this.#keepPace()
      return this.#sendFinal(first)
    }
    // Teams refuses a final text that does not contain the streamed one, so the stream ends first.
    await this.#close(this.#shown)
    return false
  }

  /** Where the person stopped the stream, Teams keeps what it shows and nothing is added. */
  async #deliver(reply: Reply): Promise<void> {
    const { connector, to, delivery } = this.#parts
    this.#finishing = true
    this.#wake()
    await this.#pump
    const activities = renderTeamsMessage(reply, true)
    const done = this.#state === 'live' && (await this.#finishLive(activities[0]))
    if (this.#stopped.signal.aborted) return
    const known = new Map(this.#streamId === '' ? [] : [[0, this.#streamId] as const])
    await deliverParts(connector, to, delivery, activities, known, done ? 1 : 0)
    await offerFiles(connector, to, delivery, reply)
  }
}

/** Returns at once; the first request goes out with the first status or text. */
export function createPersonalStream(parts: StreamParts & { pace: StreamPace }): ReplyStream {
  return new PersonalStream(parts)
}
