// The Slack face: builds Bolt, the Web API client and the Channel, and hands turns to the conversation core.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { App, type Logger, type LogLevel, type Receiver } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { z } from 'zod'
import type { Conversation } from '../../conversation/port.ts'
import type { Channel } from '../../core/channel.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Chart } from '../../core/reply.ts'
import { acceptFirst } from './accept-first.ts'
import { createPacer, type Pace, SLACK_PACES } from './pacer.ts'
import type { SlackIdentity } from './read-slack-event.ts'
import { createSlackApi, type SlackApi, SlackCallError } from './slack-api.ts'
import { createSlackChannel } from './slack-channel.ts'
import { createSlackHttpReceiver } from './slack-http.ts'
import { addSlackListeners, type Prompt } from './slack-listeners.ts'
import { STREAM_PACE, type StreamPace } from './slack-reply-stream.ts'
import { createSocketReceiver } from './slack-socket.ts'
import { DEFAULT_PROMPTS } from './surface.ts'

export interface SlackBotOptions {
  conversation: Conversation
  /** `xoxb-` token of the installation. */
  botToken: string
  /** Required unless events come over a socket. */
  signingSecret?: string
  /** `xapp-` token; where it is given, `start` also opens Socket Mode. */
  appToken?: string
  /** Base address of the Web API, ending in `/api/`; for tests. */
  apiUrl?: string
  log: Log
  /** Path that `handleHttp` answers. */
  path?: string
  /** Adds eyes to the question while working; needs the optional scope reactions:write. */
  allowReactions?: boolean
  prompts?: readonly Prompt[]
  pace?: Partial<StreamPace>
  limits?: Readonly<Record<string, Pace>>
  /** Draws the charts that Slack's own chart block cannot hold; without it those are shown as text. */
  renderChart?: (chart: Chart) => Promise<Uint8Array>
  /** Milliseconds before looking again for a message whose sending ended in an unknown way. */
  lookAgainMs?: number
}

export interface SlackBot {
  /** Registered with the conversation already. */
  readonly channel: Channel
  /** For POST /slack/events in a shared server. Never rejects; resolves when the request is answered. */
  handleHttp(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** Asks Slack who the bot is, and opens the socket where an app token was given. Rejects with a fix. */
  start(): Promise<void>
  /** Closes the socket. Running answers are the conversation's to drain, before this. */
  close(): Promise<void>
}

/** Throws CONFIG_INVALID where neither a signing secret nor an app token was given: unsigned requests are never taken. */
export function createSlackBot(options: SlackBotOptions): SlackBot {
  checkOptions(options)
  const { conversation, log } = options
  const { client, logger, clientOptions } = createClient(options)
  const api = createSlackApi(client, createPacer(options.limits ?? SLACK_PACES), log)
  let identity: SlackIdentity | null = null
  const me = () => {
    if (identity) return identity
    throw new LakedeskError('CHANNEL_FAILED', 'The Slack face has not been started yet. Please try again in a moment.')
  }
  const channel = createSlackChannel({
    api,
    me,
    log,
    lookAgainMs: options.lookAgainMs ?? 2_000,
    renderChart: options.renderChart,
    pace: { ...STREAM_PACE, ...options.pace },
    reactions: options.allowReactions ?? false,
  })
  conversation.register(channel)
  const onStopped = (place: { channel: string; threadTs: string }) => clearStatus(api, place, log)
  const accepting = { conversation, me, log, now: () => new Date(), onStopped }
  const build = (receiver: Receiver) => {
    const authorize = async () => ({ botToken: options.botToken, botId: me().botId, botUserId: me().botUser })
    const gated = acceptFirst(receiver, accepting)
    const app = new App({ receiver: gated, authorize, clientOptions, logger, convoStore: false })
    app.error(async (error) => log.error('A Slack listener failed', { error }))
    addSlackListeners(app, { api, log, me, prompts: options.prompts ?? DEFAULT_PROMPTS })
  }
  const { http, socket } = createReceivers(options, logger)
  if (http) build(http)
  if (socket) build(socket.receiver)

  return {
    channel,
    async handleHttp(req, res) {
      if (http) return http.handle(req, res)
      log.warn('Refused a request to the Slack address', { status: 404, why: 'events come over the socket only' })
      res.writeHead(404).end()
    },
    async start() {
      identity = await askIdentity(api)
      if (socket) await openSocket(socket.receiver)
      log.info('Slack is ready', { team: identity.team, socket: socket !== null, http: http !== null })
    },
    async close() {
      await socket?.close()
    },
  }
}

function createClient(options: SlackBotOptions) {
  const logger = toBoltLogger(options.log)
  const base = options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }
  // Retries are ours: the SDK would repeat a post that Slack may already have taken, and stop all methods on one 429.
  const clientOptions = { ...base, logger, retryConfig: { retries: 0 }, timeout: 10_000, rejectRateLimitedCalls: true }
  const client = new WebClient(options.botToken, { ...clientOptions, allowAbsoluteUrls: false })
  return { client, logger, clientOptions }
}

function createReceivers(options: SlackBotOptions, logger: Logger) {
  const { log, appToken, apiUrl } = options
  const path = options.path ?? '/slack/events'
  const signingSecret = options.signingSecret?.trim()
  const http = signingSecret ? createSlackHttpReceiver({ signingSecret, path, log, now: Date.now }) : null
  return { http, socket: appToken ? createSocketReceiver({ appToken, apiUrl, logger, log }) : null }
}

function checkOptions(options: SlackBotOptions): void {
  const missing = options.botToken.trim() === '' ? 'the bot token (SLACK_BOT_TOKEN, starts with xoxb-)' : ''
  const door = options.signingSecret?.trim() || options.appToken?.trim()
  const what = missing || (door ? '' : 'the signing secret (SLACK_SIGNING_SECRET)')
  if (what === '') return
  throw new LakedeskError(
    'CONFIG_INVALID',
    `Slack cannot be started without ${what}: requests could not be verified. Copy it from the app's page at api.slack.com/apps, or give SLACK_APP_TOKEN to use Socket Mode.`,
  )
}

const identitySchema = z.object({ user_id: z.string(), bot_id: z.string(), team_id: z.string() })

async function askIdentity(api: SlackApi): Promise<SlackIdentity> {
  try {
    const { user_id, bot_id, team_id } = identitySchema.parse(await api.call('auth.test', {}))
    return { botUser: user_id, botId: bot_id, team: team_id }
  } catch (error) {
    const reason = error instanceof SlackCallError ? error.reason : 'an answer of an unknown shape'
    throw new LakedeskError(
      error instanceof SlackCallError && error.kind === 'refused' ? 'CONFIG_INVALID' : 'CHANNEL_FAILED',
      `Slack did not accept the bot token (${reason}). Check SLACK_BOT_TOKEN (xoxb-...) and that this machine reaches slack.com.`,
      error,
    )
  }
}

async function openSocket(receiver: { start(): Promise<unknown> }): Promise<void> {
  try {
    await receiver.start()
  } catch (error) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      'Slack did not open a socket. Check SLACK_APP_TOKEN (xapp-..., scope connections:write) and that Socket Mode is on.',
      error,
    )
  }
}

/** Slack ends the streams of a stopped session but leaves its status standing. */
function clearStatus(api: SlackApi, place: { channel: string; threadTs: string }, log: Log): void {
  const args = { channel_id: place.channel, thread_ts: place.threadTs, status: '' }
  api.callOnce('assistant.threads.setStatus', args).catch((error: unknown) => {
    log.debug('Slack did not clear the status', { error: String(error) })
  })
}

/** Bolt's chatter goes to debug: our own lines say what matters, and theirs may quote payloads. */
function toBoltLogger(log: Log): Logger {
  const text = (parts: unknown[]) =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')
  return {
    debug: () => undefined,
    info: (...parts: unknown[]) => log.debug(text(parts), { from: 'bolt' }),
    warn: (...parts: unknown[]) => log.debug(text(parts), { from: 'bolt' }),
    error: (...parts: unknown[]) => log.warn(text(parts), { from: 'bolt' }),
    setLevel: () => undefined,
    getLevel: () => 'info' as LogLevel,
    setName: () => undefined,
  }
}
