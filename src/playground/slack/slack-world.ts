// What the Slack stand-in remembers: channels, messages, streams and their states.

export interface StoredMessage {
  channel: string
  ts: string
  thread_ts?: string
  user: string
  bot_id?: string
  /** mrkdwn of an ordinary message; of a stream all that was appended, as Markdown. */
  text: string
  blocks: Record<string, unknown>[]
  metadata?: { event_type: string; event_payload: Record<string, unknown> }
  streaming_state?: 'in_progress' | 'completed' | 'errored'
  edited?: boolean
}

/** A file on its way in, or there. */
export interface StoredUpload {
  id: string
  name: string
  length: number
  bytes?: Buffer
  title?: string
  /** Complete, and so to be seen by its owner. */
  complete: boolean
  /** Where it was shared, once per share. */
  shared: { channel: string; thread: string }[]
}

interface Stream {
  channel: string
  ts: string
  thread: string
  startedAt: number
  /** Slack's error for the next call, once it is over. */
  over: '' | 'message_not_in_streaming_state' | 'stopped_by_user'
}

export interface SlackWorld {
  readonly team: string
  readonly botUser: string
  readonly botId: string
  readonly privately: StoredMessage[]
  /** Files by id. */
  readonly uploads: Map<string, StoredUpload>
  readonly views: Record<string, unknown>[]
  /** Status text by `channel:thread`. */
  readonly status: Map<string, string>
  readonly titles: Map<string, string>
  readonly prompts: Map<string, unknown>
  /** Messages that were sent to a response_url. */
  readonly responses: { channel: string; message: Record<string, unknown> }[]
  /** Channels in which the bot is no member. */
  readonly outside: Set<string>
  /** What users.info gives of a person beside the flags of an ordinary member, by id. */
  readonly people: Map<string, Record<string, unknown>>
  nextTs(): string
  add(message: Omit<StoredMessage, 'ts'>, ts?: string): StoredMessage
  find(channel: string, ts: string): StoredMessage | undefined
  remove(message: StoredMessage): void
  visible(channel: string, thread?: string): StoredMessage[]
  say(channel: string, text: string, options: { user?: string; thread?: string; ts?: string }): string
  respond(channel: string, message: Record<string, unknown>): void
  startStream(message: StoredMessage): void
  /** Slack's error for a call on this stream now, or empty where it is live. */
  streamError(channel: string, ts: string): string
  endStream(channel: string, ts: string): void
  stop(channel: string, thread: string): void
}

export function createSlackWorld(streamLifeMs: number): SlackWorld {
  const all: StoredMessage[] = []
  const streams = new Map<string, Stream>()
  const botUser = 'UBOT'
  const botId = 'B1'
  let clock = 0
  const privately: StoredMessage[] = []
  const responses: { channel: string; message: Record<string, unknown> }[] = []

  function nextTs(): string {
    clock = Math.max(clock + 1, Date.now() * 1000)
    return `${Math.floor(clock / 1e6)}.${String(clock % 1e6).padStart(6, '0')}`
  }

  function add(message: Omit<StoredMessage, 'ts'>, ts = nextTs()): StoredMessage {
    const stored = { ...message, ts }
    all.push(stored)
    return stored
  }

  const find = (channel: string, ts: string) => all.find((m) => m.channel === channel && m.ts === ts)

  function expire(stream: Stream): void {
    if (stream.over !== '' || Date.now() - stream.startedAt < streamLifeMs) return
    stream.over = 'message_not_in_streaming_state'
    const message = find(stream.channel, stream.ts)
    if (message) message.streaming_state = 'errored'
  }

  return {
    team: 'T1',
    botUser,
    botId,
    privately,
    uploads: new Map(),
    views: [],
    status: new Map(),
    titles: new Map(),
    prompts: new Map(),
    responses,
    outside: new Set(),
    people: new Map(),
    nextTs,
    add,
    find,
    remove: (message) => void all.splice(all.indexOf(message), 1),
    visible(channel, thread) {
      for (const stream of streams.values()) expire(stream)
      return all
        .filter((m) => m.channel === channel && (thread === undefined || m.thread_ts === thread || m.ts === thread))
        .sort((a, b) => (a.ts < b.ts ? -1 : 1))
    },
    say(channel, text, options) {
      const thread = options.thread === undefined ? {} : { thread_ts: options.thread }
      return add({ channel, text, user: options.user ?? 'UASKER', blocks: [], ...thread }, options.ts).ts
    },
    respond(channel, message) {
      responses.push({ channel, message })
      const stored = {
        channel,
        user: message.response_type === 'in_channel' ? botUser : 'UASKER',
        bot_id: botId,
        text: String(message.text ?? ''),
        blocks: (message.blocks ?? []) as Record<string, unknown>[],
      }
      if (message.response_type === 'in_channel') add(stored)
      else privately.push({ ...stored, ts: nextTs() })
    },
    startStream(message) {
      const key = `${message.channel}:${message.ts}`
      const thread = message.thread_ts ?? message.ts
      streams.set(key, { channel: message.channel, ts: message.ts, thread, startedAt: Date.now(), over: '' })
    },
    streamError(channel, ts) {
      const stream = streams.get(`${channel}:${ts}`)
      if (!stream) return find(channel, ts) ? 'message_not_in_streaming_state' : 'message_not_found'
      expire(stream)
      return stream.over
    },
    endStream(channel, ts) {
      const stream = streams.get(`${channel}:${ts}`)
      if (stream) stream.over = 'message_not_in_streaming_state'
    },
    stop(channel, thread) {
      for (const stream of streams.values()) {
        if (stream.channel !== channel || stream.thread !== thread || stream.over !== '') continue
        stream.over = 'stopped_by_user'
        const message = find(channel, stream.ts)
        if (message) message.streaming_state = 'completed'
      }
    },
  }
}
