// A stand-in for Slack on loopback: Web API, streams with their states, Socket Mode, and a sender of signed events.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Exchange } from '../wire-log.ts'
import type { SlackView } from '../words.ts'
import { type Answered, answerRequest, type RecordedCall } from './api-door.ts'
import { createApiFaults, type Disturbance, type Fault } from './api-faults.ts'
import { setFileOrigin } from './method-parts.ts'
import { type SendOptions, type SentResponse, sendSigned } from './send-signed.ts'
import type { SlackWorkspace } from './slack-directory.ts'
import { createSlackMethods } from './slack-methods.ts'
import { fillFromSnapshot, type SlackSnapshot, toSlackSnapshot } from './slack-snapshot.ts'
import { createSlackSockets } from './slack-sockets.ts'
import { mediaTypeOf, type SlackChange, toSlackChange, toSlackView } from './slack-view.ts'
import { toShownBody } from './slack-wire.ts'
import { createSlackWorld, type SlackWorld, type StoredMessage } from './slack-world.ts'

export type { Exchange } from '../wire-log.ts'
export type { RecordedCall } from './api-door.ts'
export type { Disturbance, Fault } from './api-faults.ts'
export type { SendOptions, SentResponse } from './send-signed.ts'
export type { SlackUser, SlackWorkspace } from './slack-directory.ts'
export type { SlackSnapshot } from './slack-snapshot.ts'
export type { SlackChange } from './slack-view.ts'

export interface SlackStandIn {
  /** For WebClient's `slackApiUrl`. */
  readonly apiUrl: string
  /** Where response addresses and files are, without a slash at the end. */
  readonly origin: string
  readonly signingSecret: string
  readonly botUser: string
  readonly botId: string
  readonly team: string
  /** Every Web API call, in order. */
  readonly calls: RecordedCall[]
  callsOf(method: string): RecordedCall[]
  /** What a person sees in the thread now, oldest first: own messages and those put there by `say`. */
  messages(channel: string, thread?: string): StoredMessage[]
  /** Private messages that somebody was shown. */
  ephemeral(channel: string, user: string): StoredMessage[]
  /** Puts a person's message into the channel, as if they had typed it; returns its ts. */
  say(channel: string, text: string, options?: { user?: string; thread?: string; ts?: string }): string
  fail(fault: Fault): void
  /** Sets how many calls are answered 429, and how many streams are cut in the middle, from now on. */
  disturb(next: Partial<Disturbance>): void
  /** What of it is still to come. */
  disturbance(): Disturbance
  /** The whole workspace, as a page shows it. */
  view(): SlackView
  /** Hears of every change until the returned function is called. */
  watch(listener: (change: SlackChange) => void): () => void
  /** A file by id, for the playground's own server. */
  file(id: string): { name: string; mediaType: string; bytes: Buffer } | undefined
  /** Archives or deletes a channel: from then on the bot is refused with is_archived or channel_not_found. */
  endChannel(channel: string, how: 'archive' | 'delete'): void
  /** Plain JSON, files as base64. */
  snapshot(): SlackSnapshot
  /** Goes on where a snapshot was taken. Throws where it is none. */
  restore(snapshot: unknown): void
  /** Sends a signed event_callback with this inner event; fills event_id and team where they are missing. */
  sendEvent(
    url: string,
    event: Record<string, unknown>,
    options?: SendOptions & { envelope?: Record<string, unknown> },
  ): Promise<SentResponse>
  /** Sends a slash command, form-encoded. */
  sendCommand(url: string, fields: Record<string, string>, options?: SendOptions): Promise<SentResponse>
  /** Sends an interaction (block_actions, view_submission) as the form field `payload`. */
  sendAction(url: string, payload: Record<string, unknown>, options?: SendOptions): Promise<SentResponse>
  /** Sends any body, signed. */
  sendRaw(url: string, body: string, contentType: string, options?: SendOptions): Promise<SentResponse>
  /** Sends an envelope over one socket (the last, unless `index` says which); resolves with the acknowledgement. */
  sendSocket(type: string, payload: Record<string, unknown>, index?: number): Promise<Record<string, unknown>>
  /** Sends a frame that is no envelope, such as `{type: 'disconnect'}`. */
  sendFrame(frame: Record<string, unknown>): void
  sockets(): number
  /** The envelope of an event, as Slack sends it over HTTP and over a socket. */
  envelope(event: Record<string, unknown>): Record<string, unknown>
  /** The person presses Stop: their streams end in `stopped_by_user`. Returns their ts. */
  pressStop(channel: string, thread: string): string[]
  readonly world: SlackWorld
  /** A fresh ts, later than all before it. */
  nextTs(): string
  close(): Promise<void>
}

export interface SlackStandInOptions {
  /** Age at which a stream dies, as Slack's do after five minutes. */
  streamLifeMs?: number
  port?: number
  signingSecret?: string
  /** Only this bot token is taken; without it every one that looks like a bot token. */
  token?: string
  /** Who and what is there. Without it every channel and every person is taken as existing. */
  workspace?: SlackWorkspace
  /** Hears of every HTTP exchange with the bot, in both directions. */
  onExchange?: (exchange: Exchange) => void
}

export async function createSlackStandIn(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  const world = createSlackWorld(options.streamLifeMs ?? 300_000, options.workspace)
  const calls: RecordedCall[] = []
  const faults = createApiFaults()
  const tell = (exchange: Exchange) => options.onExchange?.(exchange)
  const secret = options.signingSecret ?? 'stand-in-signing-secret'

  const server = createServer((req, res) => {
    const began = Date.now()
    const end = ({ name, request, answer, fault }: Answered) => {
      const { status, body, headers } = answer === 'drop' ? { status: 0, body: '', headers: {} } : answer
      tell({
        at: new Date(began).toISOString(),
        ...{ platform: 'slack', direction: 'in', name, method: req.method ?? '', path: req.url ?? '', status },
        ...{ took: Date.now() - began, request: toShownBody(request), response: toShownBody(body) },
        ...(fault ? { fault } : {}),
      })
      if (answer === 'drop') return void req.socket.destroy()
      const isText = typeof body === 'string' || Buffer.isBuffer(body)
      const type = { 'content-type': 'application/json' }
      res.writeHead(status, { ...type, ...headers }).end(isText ? body : JSON.stringify(body))
    }
    const parts = { world, calls, faults, methods, token: options.token }
    answerRequest(parts, req).then(end, (error: unknown) => {
      // A fault of the stand-in itself: Slack's own name for such a thing, with the reason.
      const body = { ok: false, error: 'fatal_error', reason: String(error) }
      end({ name: req.url ?? '', request: '', answer: { status: 500, body } })
    })
  })
  const sockets = createSlackSockets(server, world.nextTs)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  setFileOrigin(world, origin)
  const methods = createSlackMethods(world, `ws://127.0.0.1:${port}/link`, `${origin}/upload/`, options.token)

  const sendRaw: SlackStandIn['sendRaw'] = (url, body, contentType, send = {}) =>
    sendSigned({ url, body, contentType, secret }, send, tell)
  const envelopeOf = createEnvelopes(world)

  return {
    ...{ apiUrl: `${origin}/api/`, origin, signingSecret: secret, calls, world, nextTs: world.nextTs, sendRaw },
    ...{ botUser: world.botUser, botId: world.botId, team: world.team },
    callsOf: (method) => calls.filter((call) => call.method === method),
    messages: (channel, thread) => world.visible(channel, thread),
    ephemeral: (channel, user) => world.privately.filter((m) => m.channel === channel && m.user === user),
    say: (channel, text, say = {}) => world.say(channel, text, say),
    fail: faults.fail,
    disturb: (next) => void Object.assign(faults.disturbance, next),
    disturbance: () => ({ ...faults.disturbance }),
    view: () => toSlackView(world),
    watch: (listener) => world.watch((change) => listener(toSlackChange(world, change))),
    file(id) {
      const file = world.uploads.get(id)
      return file?.bytes && { name: file.name, mediaType: mediaTypeOf(file), bytes: file.bytes }
    },
    endChannel(channel, how) {
      const known = world.directory.channels.get(channel)
      if (how === 'delete') world.directory.channels.delete(channel)
      else if (known) known.archived = true
    },
    snapshot: () => toSlackSnapshot(world),
    restore: (snapshot) => fillFromSnapshot(world, snapshot),
    envelope: envelopeOf,
    sendEvent(url, event, send = {}) {
      const envelope = { ...envelopeOf(event), ...send.envelope }
      return sendRaw(url, JSON.stringify(envelope), 'application/json', send)
    },
    sendCommand(url, fields, send) {
      const all = { ...usualCommand(world, origin, fields), ...fields }
      return sendRaw(url, new URLSearchParams(all).toString(), 'application/x-www-form-urlencoded', send)
    },
    sendAction(url, payload, send) {
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
      return sendRaw(url, body, 'application/x-www-form-urlencoded', send)
    },
    sendSocket: sockets.send,
    sendFrame: sockets.sendFrame,
    sockets: sockets.count,
    pressStop: (channel, thread) => world.stop(channel, thread),
    async close() {
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function createEnvelopes(world: SlackWorld): SlackStandIn['envelope'] {
  let events = 0
  return (event) => {
    events += 1
    return {
      type: 'event_callback',
      token: 'old',
      team_id: world.team,
      context_team_id: world.team,
      api_app_id: 'A1',
      event_id: `Ev${Date.now()}${events}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: world.team, user_id: world.botUser, is_bot: true, is_enterprise_install: false }],
      event,
    }
  }
}

/** What a test need not say of a command. */
function usualCommand(world: SlackWorld, origin: string, fields: Record<string, string>): Record<string, string> {
  return {
    command: '/ask',
    text: '',
    team_id: world.team,
    user_id: 'UASKER',
    user_name: 'asker',
    channel_id: 'C1',
    channel_name: 'general',
    trigger_id: `trigger-${world.nextTs()}`,
    response_url: `${origin}/response/${fields.channel_id ?? 'C1'}`,
    api_app_id: 'A1',
    is_enterprise_install: 'false',
  }
}
