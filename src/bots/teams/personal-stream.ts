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

type State = 'live' | 'closed' | 'broken' | 'stopped'

export function createPersonalStream(parts: StreamParts & { pace: StreamPace }): ReplyStream {
  const { connector, once, to, delivery, log, pace } = parts
  const stopped = new AbortController()
  let state: State = 'live'
  let streamId = ''
  let sequence = 0
  let startedAt = 0
  let sentAt = 0
  let failures = 0
  let text = ''
  let wanted = ''
  let informed = ''
  let shown = ''
  let finishing = false
  let pump: Promise<void> | null = null
  let wake: () => void = () => {}

  function streamInfo(streamType: 'informative' | 'streaming' | 'final'): Record<string, unknown> {
    return {
      streamType,
      ...(streamType === 'final' ? {} : { streamSequence: ++sequence }),
      ...(streamId ? { streamId } : {}),
    }
  }

  function activityOf(streamType: 'informative' | 'streaming', words: string): OutgoingActivity {
    const info = streamInfo(streamType)
    return { type: 'typing', text: words, entities: [{ type: 'streaminfo', ...info }], channelData: info }
  }

  /** The next thing worth a request, or null while nothing new is there. */
  function nextChunk(): { kind: 'informative' | 'streaming'; words: string } | null {
    const visible = shown.length >= MAX_STREAMED ? shown : renderTeamsPrefix(text.slice(0, MAX_STREAMED))
    if (visible !== shown && visible.startsWith(shown)) return { kind: 'streaming', words: visible }
    if (shown === '' && wanted !== '' && wanted !== informed) return { kind: 'informative', words: wanted }
    return null
  }

  async function waitForNews(): Promise<void> {
    const left = startedAt === 0 ? pace.lifeMs : startedAt + pace.lifeMs - Date.now()
    const timer = new AbortController()
    const news = new Promise<void>((resolve) => {
      wake = resolve
    })
    await Promise.race([news, pause(Math.max(1, left), timer.signal)])
    timer.abort()
  }

  async function keepPace(): Promise<void> {
    const left = sentAt + pace.intervalMs - Date.now()
    if (left > 0) await pause(left)
  }

  /** Sends one request of the stream and remembers the stream's id before anything else happens. */
  async function send(chunk: { kind: 'informative' | 'streaming'; words: string }): Promise<void> {
    const first = streamId === ''
    const activity = activityOf(chunk.kind, chunk.words)
    if (startedAt === 0) startedAt = Date.now()
    try {
      // A chunk that got lost is not repeated: the next one carries the whole text anyway.
      const id = await (first ? connector : once).create(to, activity)
      if (first) {
        if (id === '') throw new TeamsCallError({ status: 502, message: 'Teams returned no id for the stream.' })
        streamId = id
        await delivery.recordRef(toPartRef(0, id))
      }
      if (chunk.kind === 'streaming') shown = chunk.words
      else informed = chunk.words
      failures = 0
    } catch (error) {
      await onRefused(error)
    } finally {
      sentAt = Date.now()
    }
  }

  async function onRefused(error: unknown): Promise<void> {
    const end = toStreamEnd(error)
    if (end === 'stopped') {
      state = 'stopped'
      stopped.abort()
      return
    }
    failures++
    const status = error instanceof TeamsCallError ? error.status : 0
    log.debug('Teams did not take a piece of the stream', { end, status, cause: error })
    const passing = end === null && streamId !== '' && status !== 403 && status !== 401 && failures < 4
    if (!passing) state = 'broken'
    else if (error instanceof TeamsCallError && error.retryAfterMs) await pause(Math.min(error.retryAfterMs, 30_000))
  }

  async function run(): Promise<void> {
    while (state === 'live' && !finishing) {
      if (startedAt !== 0 && Date.now() - startedAt >= pace.lifeMs) {
        await close(shown || STILL_WORKING, 'closed')
        return
      }
      await keepPace()
      if (finishing) return
      const chunk = nextChunk()
      if (chunk)
        await send({
          ...chunk,
          words: chunk.kind === 'informative' ? chunk.words.slice(0, MAX_INFORMATIVE) : chunk.words,
        })
      else await waitForNews()
    }
  }

  /** Ends the stream with what it already shows, so that the message can be updated like any other. */
  async function close(words: string, then: State): Promise<void> {
    await keepPace()
    state = then
    await sendFinal({ type: 'message', text: words, textFormat: 'markdown', entities: [renderAiEntity(words, [])] })
  }

  /** True where Teams took it as the end of the stream. */
  async function sendFinal(activity: OutgoingActivity): Promise<boolean> {
    const info = streamInfo('final')
    const final: OutgoingActivity = {
      ...activity,
      entities: [...(activity.entities ?? []), { type: 'streaminfo', ...info }],
      channelData: { ...activity.channelData, ...info },
    }
    let unclear = false
    for (let tried = 1; ; tried++) {
      try {
        const id = await once.create(to, final)
        if (id !== '' && id !== streamId) {
          streamId = id
          await delivery.recordRef(toPartRef(0, id))
        }
        return true
      } catch (error) {
        const end = toStreamEnd(error)
        // The first try was delivered although its answer got lost.
        if (end === 'completed' && unclear) return true
        if (end === 'stopped') {
          state = 'stopped'
          stopped.abort()
          return true
        }
        const status = error instanceof TeamsCallError ? error.status : -1
        const wait = error instanceof TeamsCallError ? (error.retryAfterMs ?? 0) : 0
        log.debug('Teams did not take the end of the stream', { end, status, cause: error })
        // Repeating the end is safe, since one stream ends once. After that, the message is updated in place.
        if (end !== null || status === 403 || status === 401 || tried >= 3) return false
        if (status !== 429) unclear = true
        await pause(Math.max(pace.intervalMs, Math.min(wait, 30_000)))
      } finally {
        sentAt = Date.now()
      }
    }
  }

  async function finishLive(activities: readonly OutgoingActivity[]): Promise<boolean> {
    const first = activities[0]
    if (first === undefined || streamId === '') return false
    if (first.text?.startsWith(shown)) {
      await keepPace()
      return sendFinal(first)
    }
    // Teams refuses a final text that does not contain the streamed one, so the stream ends first.
    await close(shown, 'closed')
    return false
  }

  async function deliver(reply: Reply): Promise<void> {
    finishing = true
    wake()
    await pump
    if (state === 'stopped') return
    const activities = renderTeamsMessage(reply)
    const done = state === 'live' && (await finishLive(activities))
    if (stopped.signal.aborted) return
    const known = new Map(streamId === '' ? [] : [[0, streamId] as const])
    await deliverParts(connector, to, delivery, activities, known, done ? 1 : 0)
  }

  return {
    stopped: stopped.signal,
    write(delta) {
      text += delta
      pump ??= run()
      wake()
    },
    status(words) {
      wanted = words
      pump ??= run()
      wake()
    },
    async finish(reply) {
      try {
        await deliver(reply)
      } catch (error) {
        throw toChannelFailed(error)
      }
    },
  }
}
