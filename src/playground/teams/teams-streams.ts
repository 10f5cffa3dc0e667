// Streams of the Teams stand-in: informative lines, the whole text so far, and the end, with the platform's checks.
import { entitiesOf, type Json, Refused } from './refused.ts'
import type { Chat, HeldMessage, Stream, TeamsWorld } from './teams-world.ts'

export interface StreamRules {
  /** Least time between two requests of a stream, in milliseconds. */
  streamIntervalMs: number
  /** Life of a stream, in milliseconds. */
  streamLifeMs: number
}

const MAX_INFORMATIVE = 1000

function notAllowed(message: string): Refused {
  return new Refused(403, 'ContentStreamNotAllowed', message)
}

function badRequest(message: string): Refused {
  return new Refused(400, 'BadRequest', message)
}

/** The entity that makes an activity a piece of a stream. */
export function streamInfoOf(activity: Json): Json | undefined {
  return entitiesOf(activity).find((entity) => entity.type === 'streaminfo')
}

function checkSteps(stream: Stream, info: Json, activity: Json): void {
  const text = String(activity.text ?? '')
  const final = info.streamType === 'final'
  if (final ? info.streamSequence !== undefined : !(Number(info.streamSequence) > stream.sequence))
    throw badRequest('streamSequence is out of order')
  if (info.streamType === 'informative' && stream.message.text !== '') throw badRequest('informative after text')
  if (info.streamType === 'informative' && text.length > MAX_INFORMATIVE)
    throw badRequest('informative text is longer than 1,000 characters')
  if (!final && activity.attachments !== undefined) throw badRequest('attachments before the end of a stream')
  if (info.streamType !== 'informative' && !text.startsWith(stream.message.text))
    throw notAllowed('The final message should contain the previously streamed content')
}

/** Source: "Stream bot messages" of Microsoft Teams, its limits and its table of errors. */
export function createStreams(world: TeamsWorld, rules: StreamRules, now: () => number, isCut: () => boolean) {
  function end(chat: Chat, how: 'done' | 'stopped'): void {
    const { stream } = chat
    chat.stream = null
    chat.stopRequested = false
    if (!stream) return
    stream.message.stream = how
    stream.message.informative = undefined
    world.changed(stream.message)
  }

  function begin(chat: Chat, activity: Json, info: Json): HeldMessage {
    if (info.streamType === 'final') throw badRequest('streamId is required')
    if (info.streamType !== 'informative' && info.streamType !== 'streaming') throw badRequest('unknown streamType')
    if (info.streamSequence !== 1) throw badRequest('streamSequence must start at 1')
    if (chat.stream) throw notAllowed('Content stream is not allowed: one is running already')
    const words = String(activity.text ?? '')
    const told = info.streamType === 'informative'
    if (told && words.length > MAX_INFORMATIVE) throw badRequest('informative text is longer than 1,000 characters')
    const message = world.add(chat, {
      ...{ id: world.nextId(), from: 'bot', activity, stream: 'open' },
      ...{ text: told ? '' : words, informative: told ? words : undefined },
    })
    chat.stream = { message, startedAt: now(), lastAt: now(), sequence: 1 }
    chat.stopRequested = false
    return message
  }

  function checkAlive(chat: Chat, stream: Stream, isEnd: boolean): void {
    if (chat.stopRequested) {
      end(chat, 'stopped')
      throw notAllowed('Content stream was canceled by user')
    }
    if (now() - stream.startedAt > rules.streamLifeMs || ((isEnd || stream.message.text !== '') && isCut())) {
      end(chat, 'done')
      throw notAllowed('Content stream is not allowed because it exceeded streaming time')
    }
    // A timer may fire a little early; the platform's own limit is no sharper.
    if (now() - stream.lastAt < rules.streamIntervalMs - 15)
      throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded')
  }

  function goOn(chat: Chat, activity: Json, info: Json): HeldMessage {
    const { stream } = chat
    if (stream?.message.id !== info.streamId) {
      const known = chat.messages.find((message) => message.id === info.streamId)
      throw notAllowed(
        known?.stream === 'stopped'
          ? 'Content stream was canceled by user'
          : 'Content stream is not allowed on an already completed streamed message',
      )
    }
    if (!stream) throw notAllowed('Content stream is not allowed')
    // A short answer is there at once: its end is all there is to cut.
    checkAlive(chat, stream, info.streamType === 'final')
    checkSteps(stream, info, activity)
    const { message } = stream
    stream.lastAt = now()
    stream.sequence = Number(info.streamSequence ?? stream.sequence)
    if (info.streamType === 'informative') message.informative = String(activity.text ?? '')
    else Object.assign(message, { text: String(activity.text ?? ''), informative: undefined })
    message.activity = activity
    if (info.streamType === 'final') end(chat, 'done')
    else world.changed(message)
    return message
  }

  return {
    end,
    /** The id of the streamed message; throws Refused. */
    take(chat: Chat, activity: Json, info: Json): string {
      if (activity.type !== (info.streamType === 'final' ? 'message' : 'typing'))
        throw badRequest('wrong activity type')
      if (chat.kind !== 'personal') throw notAllowed('Content stream is not allowed')
      return (info.streamId === undefined ? begin(chat, activity, info) : goOn(chat, activity, info)).id
    },
  }
}
