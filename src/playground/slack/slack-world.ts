// What the Slack stand-in remembers: messages, streams and their states, files, views, and who hears of changes.
import { createResponseUrls, type ResponsePlace, type ResponseUrls } from './response-urls.ts'
import { createSlackDirectory, type SlackDirectory, type SlackWorkspace } from './slack-directory.ts'
import { createSlackModals, type SlackModals } from './slack-modals.ts'

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
  /** When it was last edited. */
  edited_ts?: string
  subtype?: string
  /** Ids of files that stand in it. */
  files?: string[]
  reactions?: { name: string; users: string[] }[]
}

/** A file on its way in, or there. */
export interface StoredUpload {
  id: string
  name: string
  length: number
  bytes?: Buffer
  title?: string
  mediaType?: string
  altText?: string
  /** Complete, and so to be seen by its owner. */
  complete: boolean
  /** Where it was shared, once per share. */
  shared: { channel: string; thread: string }[]
}

export interface StoredStream {
  channel: string
  ts: string
  thread: string
  startedAt: number
  /** Slack's error for the next call, once it is over. */
  over: '' | 'message_not_in_streaming_state' | 'stopped_by_user'
}

export type WorldChange =
  | { kind: 'message'; message: StoredMessage; onlyTo?: string }
  | { kind: 'removed'; channel: string; ts: string }
  /** Modals, Home tabs, statuses, prompts, titles. */
  | { kind: 'around' }

export interface SlackWorld {
  readonly team: string
  readonly botUser: string
  readonly botId: string
  readonly directory: SlackDirectory
  readonly modals: SlackModals
  readonly urls: ResponseUrls
  /** Private messages; `user` is the person who sees it. */
  readonly privately: StoredMessage[]
  /** Files by id. */
  readonly uploads: Map<string, StoredUpload>
  /** Every view that was opened, as it was sent. */
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
  /** Shows it to its `user` alone; returns its ts. */
  whisper(message: Omit<StoredMessage, 'ts'>): string
  all(): readonly StoredMessage[]
  streams(): readonly StoredStream[]
  visible(channel: string, thread?: string): StoredMessage[]
  say(channel: string, text: string, options: { user?: string; thread?: string; ts?: string; files?: string[] }): string
  /** What came to a response address. */
  respond(place: ResponsePlace, message: Record<string, unknown>): void
  startStream(message: StoredMessage): void
  /** Slack's error for a call on this stream now, or empty where it is live. */
  streamError(channel: string, ts: string): string
  endStream(channel: string, ts: string): void
  /** Marks the streams that grew too old. */
  expireStreams(): void
  /** Ends it as its age does: what follows is refused. */
  cutStream(channel: string, ts: string): void
  /** The streams that a person stopped. */
  stop(channel: string, thread: string): string[]
  setStatus(channel: string, thread: string, status: string): void
  /** Must be called after a message was changed in place. */
  changed(message: StoredMessage): void
  changedAround(): void
  watch(listener: (change: WorldChange) => void): () => void
  /** Takes over what an earlier world held. */
  fill(messages: readonly StoredMessage[], streams: readonly StoredStream[]): void
}

/** Source: https://docs.slack.dev/reference/methods/assistant.threads.setStatus (two minutes without a message). */
const STATUS_LIFE_MS = 120_000

/** Slack keeps no private messages; this many are remembered, so that pages can show them. */
const MAX_PRIVATE = 500

export function createSlackWorld(streamLifeMs: number, workspace?: SlackWorkspace): SlackWorld {
  const all: StoredMessage[] = []
  const streams = new Map<string, StoredStream>()
  const listeners = new Set<(change: WorldChange) => void>()
  const team = 'T1'
  const botUser = 'UBOT'
  const botId = 'B1'
  let clock = 0
  const privately: StoredMessage[] = []
  const status = new Map<string, string>()
  const timers = new Map<string, NodeJS.Timeout>()
  const responses: { channel: string; message: Record<string, unknown> }[] = []
  const directory = createSlackDirectory(workspace, botUser)

  function tell(change: WorldChange): void {
    for (const listener of listeners) listener(change)
  }
  const changed = (message: StoredMessage) => tell({ kind: 'message', message })
  const changedAround = () => tell({ kind: 'around' })
  const now = () => Date.now()
  const modals = createSlackModals({ team, botId, strict: directory.strict, changed: changedAround, now })

  function nextTs(): string {
    clock = Math.max(clock + 1, Date.now() * 1000)
    return `${Math.floor(clock / 1e6)}.${String(clock % 1e6).padStart(6, '0')}`
  }

  function setStatus(channel: string, thread: string, text: string): void {
    const key = `${channel}:${thread}`
    clearTimeout(timers.get(key))
    status.set(key, text)
    if (text !== '') timers.set(key, setTimeout(setStatus, STATUS_LIFE_MS, channel, thread, '').unref())
    changedAround()
  }

  function add(message: Omit<StoredMessage, 'ts'>, ts = nextTs()): StoredMessage {
    const stored = { ...message, ts }
    all.push(stored)
    const thread = stored.thread_ts ?? ts
    if (stored.bot_id && (status.get(`${stored.channel}:${thread}`) ?? '') !== '') setStatus(stored.channel, thread, '')
    changed(stored)
    return stored
  }

  function whisper(message: Omit<StoredMessage, 'ts'>): string {
    const stored = { ...message, ts: nextTs() }
    privately.push(stored)
    if (privately.length > MAX_PRIVATE) privately.shift()
    tell({ kind: 'message', message: stored, onlyTo: stored.user })
    return stored.ts
  }

  const find = (channel: string, ts: string) => all.find((m) => m.channel === channel && m.ts === ts)

  function remove(message: StoredMessage): void {
    for (const list of [all, privately]) if (list.includes(message)) list.splice(list.indexOf(message), 1)
    tell({ kind: 'removed', channel: message.channel, ts: message.ts })
  }

  function end(stream: StoredStream, over: StoredStream['over'], state: StoredMessage['streaming_state']): void {
    stream.over = over
    const message = find(stream.channel, stream.ts)
    if (!message || !state) return
    message.streaming_state = state
    changed(message)
  }

  function expire(stream: StoredStream): void {
    if (stream.over !== '' || Date.now() - stream.startedAt < streamLifeMs) return
    end(stream, 'message_not_in_streaming_state', 'errored')
  }

  function expireStreams(): void {
    for (const stream of streams.values()) expire(stream)
  }

  return {
    ...{ team, botUser, botId, directory, modals, privately, status, responses, nextTs, add, find, whisper, remove },
    ...{ setStatus, changed, changedAround, expireStreams },
    urls: createResponseUrls(now),
    uploads: new Map(),
    views: [],
    titles: new Map(),
    prompts: new Map(),
    outside: new Set(),
    people: new Map(),
    all: () => all,
    streams: () => [...streams.values()],
    visible(channel, thread) {
      expireStreams()
      return all
        .filter((m) => m.channel === channel && (thread === undefined || m.thread_ts === thread || m.ts === thread))
        .sort((a, b) => (a.ts < b.ts ? -1 : 1))
    },
    say(channel, text, { thread, user = 'UASKER', ts, files }) {
      const more = { ...(thread === undefined ? {} : { thread_ts: thread }), ...(files ? { files } : {}) }
      return add({ channel, text, user, blocks: [], ...more }, ts).ts
    },
    respond(place, message) {
      const { channel, original } = place
      responses.push({ channel, message })
      const list = original?.ephemeral ? privately : all
      const found = original && list.find((m) => m.channel === channel && m.ts === original.ts)
      if (message.delete_original === true && found) remove(found)
      const blocks = (message.blocks ?? []) as Record<string, unknown>[]
      const text = String(message.text ?? '')
      if (message.replace_original === true && found) {
        Object.assign(found, { text, blocks, edited: true, edited_ts: nextTs() })
        tell({ kind: 'message', message: found, ...(original?.ephemeral ? { onlyTo: found.user } : {}) })
        return
      }
      if (message.delete_original === true) return
      const thread = typeof message.thread_ts === 'string' ? message.thread_ts : original?.ephemeral && original.thread
      const base = { channel, bot_id: botId, text, blocks, ...(thread ? { thread_ts: thread } : {}) }
      if (message.response_type === 'in_channel') add({ ...base, user: botUser })
      else whisper({ ...base, user: place.user })
    },
    startStream(message) {
      const key = `${message.channel}:${message.ts}`
      const thread = message.thread_ts ?? message.ts
      const stream: StoredStream = { channel: message.channel, ts: message.ts, thread, startedAt: Date.now(), over: '' }
      streams.set(key, stream)
      // Those who look on see that it died, also where the bot calls no more.
      setTimeout(expire, streamLifeMs + 5, stream).unref()
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
    cutStream(channel, ts) {
      const stream = streams.get(`${channel}:${ts}`)
      if (stream?.over === '') end(stream, 'message_not_in_streaming_state', 'errored')
    },
    stop(channel, thread) {
      const live = [...streams.values()].filter((s) => s.channel === channel && s.thread === thread && s.over === '')
      for (const stream of live) end(stream, 'stopped_by_user', 'completed')
      return live.map(({ ts }) => ts)
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    fill(messages, earlier) {
      all.splice(0, all.length, ...messages)
      streams.clear()
      for (const stream of earlier) streams.set(`${stream.channel}:${stream.ts}`, { ...stream })
      clock = Math.max(clock, ...messages.map(({ ts }) => Math.round(Number(ts) * 1e6)))
    },
  }
}
