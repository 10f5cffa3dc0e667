// A stand-in for Slack on loopback: Web API, streams with their states, Socket Mode, and a sender of signed events.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { readArgs, readBytes, readText } from './read-slack-args.ts'
import { signSlack } from './sign-slack.ts'
import { createSlackMethods, type SlackAnswer } from './slack-methods.ts'
import { createSlackWorld, type SlackWorld, type StoredMessage } from './slack-world.ts'

export interface RecordedCall {
  method: string
  args: Record<string, unknown>
  /** Slack's error code, or empty where it answered ok. */
  error: string
  at: number
}

export interface SendOptions {
  /** Signing secret; by default the stand-in's own. */
  secret?: string
  /** Unix seconds of the signature; by default now. */
  timestamp?: number
  /** Sent in place of the body that was signed. */
  tamper?: (body: string) => string
  /** 0 is the first delivery; from 1 on Slack adds its retry headers. */
  retry?: number
  headers?: Record<string, string>
}

export interface SentResponse {
  status: number
  body: string
}

/** Something that will go wrong the next `times` times a method is called. */
export interface Fault {
  method: string
  times?: number
  /** Slack's error code. */
  error?: string
  /** Answers HTTP 429 with this many seconds. */
  retryAfter?: number
  /** Answers this HTTP status. */
  status?: number
  /** Breaks the connection; `after` does so once the call has happened, as when an answer is lost. */
  drop?: 'before' | 'after'
  /** Milliseconds before it answers. */
  delayMs?: number
  /** Only calls of which this holds. */
  when?: (args: Record<string, unknown>) => boolean
}

export interface SlackStandIn {
  /** For WebClient's `slackApiUrl`. */
  readonly apiUrl: string
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
  /** The person presses Stop: their streams end in `stopped_by_user`. */
  pressStop(channel: string, thread: string): void
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
}

export async function createSlackStandIn(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  const world = createSlackWorld(options.streamLifeMs ?? 300_000)
  const calls: RecordedCall[] = []
  const faults: Fault[] = []
  const sockets: WebSocket[] = []
  const waiting = new Map<string, (ack: Record<string, unknown>) => void>()
  const signingSecret = options.signingSecret ?? 'stand-in-signing-secret'
  let events = 0

  const server = createServer((req, res) => {
    void answer(req).then((result) => {
      if (result === 'drop') return req.socket.destroy()
      const body = typeof result.body === 'string' ? result.body : JSON.stringify(result.body)
      res.writeHead(result.status, { 'content-type': 'application/json', ...result.headers }).end(body)
    })
  })
  const hub = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req, socket, head) => {
    hub.handleUpgrade(req, socket, head, (ws) => {
      sockets.push(ws)
      ws.on('close', () => sockets.splice(sockets.indexOf(ws), 1))
      ws.on('message', (data) => takeAck(String(data)))
      ws.send(JSON.stringify({ type: 'hello', num_connections: sockets.length }))
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const methods = createSlackMethods(world, `ws://127.0.0.1:${port}/link`, `${origin}/upload/`)

  function takeAck(text: string): void {
    const frame = JSON.parse(text)
    waiting.get(frame.envelope_id)?.(frame)
    waiting.delete(frame.envelope_id)
  }

  async function answer(req: IncomingMessage): Promise<SlackAnswer | 'drop'> {
    const path = new URL(req.url ?? '/', origin).pathname
    if (path.startsWith('/upload/')) return takeUpload(path.slice('/upload/'.length), await readBytes(req))
    const body = await readText(req)
    if (path.startsWith('/response/')) {
      world.respond(path.slice('/response/'.length), JSON.parse(body))
      return { status: 200, body: 'ok' }
    }
    const method = path.replace(/^\/api\//, '')
    const args = readArgs(body, req.headers['content-type'] ?? '')
    const at = faults.findIndex((fault) => fault.method === method && (fault.when?.(args) ?? true))
    const fault = at === -1 ? undefined : faults[at]
    if (fault) {
      fault.times = (fault.times ?? 1) - 1
      if (fault.times <= 0) faults.splice(at, 1)
      if (fault.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
    }
    const record: RecordedCall = { method, args, error: '', at: Date.now() }
    calls.push(record)
    const planned = fault ? planFault(fault) : null
    if (planned && fault?.drop !== 'after') {
      record.error = planned === 'drop' ? 'dropped' : String(fault?.error ?? planned.status)
      return planned
    }
    const result = methods(method, args, req.headers.authorization ?? '')
    if (typeof result.body === 'object' && result.body.ok === false) record.error = String(result.body.error)
    return planned ?? result
  }

  function takeUpload(id: string, bytes: Buffer): SlackAnswer | 'drop' {
    const at = faults.findIndex((fault) => fault.method === 'upload')
    const fault = faults[at]
    if (fault) {
      fault.times = (fault.times ?? 1) - 1
      if (fault.times <= 0) faults.splice(at, 1)
      return planFault(fault) ?? { status: 500, body: 'broken' }
    }
    const upload = world.uploads.get(id)
    if (!upload || bytes.byteLength !== upload.length) return { status: 400, body: 'wrong size' }
    upload.bytes = bytes
    return { status: 200, body: `OK - ${bytes.byteLength}` }
  }

  async function sendRaw(
    url: string,
    body: string,
    contentType: string,
    send: SendOptions = {},
  ): Promise<SentResponse> {
    const timestamp = send.timestamp ?? Math.floor(Date.now() / 1000)
    const retry: Record<string, string> = send.retry
      ? { 'x-slack-retry-num': String(send.retry), 'x-slack-retry-reason': 'http_timeout' }
      : {}
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signSlack(send.secret ?? signingSecret, timestamp, body),
        ...retry,
        ...send.headers,
      },
      body: send.tamper ? send.tamper(body) : body,
    })
    return { status: response.status, body: await response.text() }
  }

  return {
    apiUrl: `${origin}/api/`,
    signingSecret,
    botUser: world.botUser,
    botId: world.botId,
    team: world.team,
    calls,
    world,
    nextTs: world.nextTs,
    callsOf: (method) => calls.filter((call) => call.method === method),
    messages: (channel, thread) => world.visible(channel, thread),
    ephemeral: (channel, user) => world.privately.filter((m) => m.channel === channel && m.user === user),
    say: (channel, text, say = {}) => world.say(channel, text, say),
    fail: (fault) => void faults.push({ ...fault }),
    sendRaw,
    sendEvent(url, event, send = {}) {
      events += 1
      const envelope = {
        type: 'event_callback',
        token: 'old',
        team_id: world.team,
        context_team_id: world.team,
        api_app_id: 'A1',
        event_id: `Ev${Date.now()}${events}`,
        event_time: Math.floor(Date.now() / 1000),
        authorizations: [{ team_id: world.team, user_id: world.botUser, is_bot: true, is_enterprise_install: false }],
        event,
        ...send.envelope,
      }
      return sendRaw(url, JSON.stringify(envelope), 'application/json', send)
    },
    sendCommand(url, fields, send) {
      const all = {
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
        ...fields,
      }
      return sendRaw(url, new URLSearchParams(all).toString(), 'application/x-www-form-urlencoded', send)
    },
    sendAction(url, payload, send) {
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
      return sendRaw(url, body, 'application/x-www-form-urlencoded', send)
    },
    sendSocket(type, payload, index = sockets.length - 1) {
      const id = `envelope-${world.nextTs()}`
      const frame = { envelope_id: id, type, accepts_response_payload: type !== 'events_api', payload }
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        sockets[index]?.send(JSON.stringify(frame))
      })
    },
    sendFrame: (frame) => {
      for (const socket of sockets) socket.send(JSON.stringify(frame))
    },
    sockets: () => sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length,
    pressStop: (channel, thread) => world.stop(channel, thread),
    async close() {
      for (const socket of hub.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function planFault(fault: Fault): SlackAnswer | 'drop' | null {
  if (fault.drop) return 'drop'
  if (fault.retryAfter !== undefined) {
    return {
      status: 429,
      headers: { 'retry-after': String(fault.retryAfter) },
      body: { ok: false, error: 'ratelimited' },
    }
  }
  if (fault.status !== undefined) return { status: fault.status, body: 'broken' }
  return fault.error === undefined ? null : { status: 200, body: { ok: false, error: fault.error } }
}
