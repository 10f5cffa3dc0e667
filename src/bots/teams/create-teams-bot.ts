// Builds the Teams face: the door at /api/messages, and the channel through which the conversation core speaks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Conversation } from '../../conversation/port.ts'
import type { Channel } from '../../core/channel.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { type Activity, activitySchema, tenantOf, tenantsAgree } from './activity.ts'
import { createReceiver, PUBLIC_CLOUD, type TeamsCredentials } from './botbuilder-adapter.ts'
import { createBotbuilderConnector } from './botbuilder-sender.ts'
import { createGreeter } from './greet.ts'
import { type StreamPace, TEAMS_PACE } from './personal-stream.ts'
import { readJsonBody } from './read-json-body.ts'
import { readTeamsActivity } from './read-teams-activity.ts'
import { createReliableConnector } from './send-reliably.ts'
import { createTeamsChannel } from './teams-channel.ts'

export interface TeamsBotOptions {
  conversation: Conversation
  log: Log
  /** Microsoft app id of the bot. May be missing only with `insecureLocal`. */
  appId?: string
  appPassword?: string
  appType?: 'SingleTenant' | 'MultiTenant'
  /** The bot's own tenant; required for SingleTenant. */
  tenantId?: string
  /** Tenants whose people may ask. SingleTenant: the bot's own where none is named. MultiTenant: must be named. */
  allowedTenants?: readonly string[]
  /** For the Agents Playground: no token is checked. The server must then listen on loopback only. */
  insecureLocal?: boolean
  /** Other clouds, and stand-ins. Each defaults to the public cloud. */
  openIdMetadataUrl?: string
  tokenIssuer?: string
  loginUrl?: string
  oauthScope?: string
  pace?: Partial<StreamPace>
  /** First wait before a refused call is tried again, in milliseconds. */
  retryWaitMs?: number
}

export interface TeamsBot {
  channel: Channel
  /** Answers a request to /api/messages. Never rejects. */
  handleHttp(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** Gives up waiting retries. Drain the conversation first. */
  close(): Promise<void>
}

interface HttpAnswer {
  status: number
  body?: unknown
}

function invalid(userMessage: string): never {
  throw new LakedeskError('CONFIG_INVALID', userMessage)
}

/** Fails closed: without an app id nothing starts, except the local run that says so itself. */
function checkOptions(options: TeamsBotOptions): {
  credentials: TeamsCredentials
  tenants: ReadonlySet<string> | null
} {
  const { appId = '', appPassword = '', appType = 'SingleTenant', tenantId = '', insecureLocal = false } = options
  const named = (options.allowedTenants ?? []).map((id) => id.toLowerCase())
  const credentials = {
    appId,
    appPassword,
    appType,
    tenantId,
    openIdMetadataUrl: options.openIdMetadataUrl ?? PUBLIC_CLOUD.openIdMetadataUrl,
    tokenIssuer: options.tokenIssuer ?? PUBLIC_CLOUD.tokenIssuer,
    loginUrl: (options.loginUrl ?? PUBLIC_CLOUD.loginUrl).replace(/\/+$/, ''),
    oauthScope: options.oauthScope ?? PUBLIC_CLOUD.oauthScope,
  }
  if (insecureLocal) {
    if (appId) invalid('Teams cannot run without token checks while an app id is set. Remove one of the two settings.')
    return { credentials, tenants: named.length > 0 ? new Set(named) : null }
  }
  if (!appId)
    invalid('Teams needs the Microsoft app id of the bot, since without it no request could be trusted. Set it.')
  if (!appPassword)
    invalid('Teams needs the client secret of the app, since without it no answer could be sent. Set it.')
  if (appType === 'SingleTenant' && !tenantId) {
    invalid('Teams needs the tenant id of a single-tenant bot, since its tokens come from there. Set it.')
  }
  if (appType === 'MultiTenant' && named.length === 0) {
    invalid('A multi-tenant Teams bot answers only tenants that are named. List the allowed tenant ids.')
  }
  return { credentials, tenants: new Set(named.length > 0 ? named : [tenantId.toLowerCase()]) }
}

function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

/** Why this bot does not talk to where the activity comes from; null where it does. */
function refusalOf(activity: Activity, tenants: ReadonlySet<string> | null, insecureLocal: boolean): string | null {
  const local = isLoopback(activity.serviceUrl)
  if (insecureLocal && !local) return 'a local run answers this machine only'
  if (!local && new URL(activity.serviceUrl).protocol !== 'https:') return 'the service is not reached over https'
  if (!tenantsAgree(activity)) return 'the activity names two tenants'
  if (tenants !== null && !tenants.has(tenantOf(activity).toLowerCase())) return 'the tenant is not allowed'
  return null
}

export function createTeamsBot(options: TeamsBotOptions): TeamsBot {
  const { conversation, insecureLocal = false } = options
  const log = options.log.with({ face: 'teams' })
  const { credentials, tenants } = checkOptions(options)
  const closing = new AbortController()
  const receiver = createReceiver(credentials)
  const once = createBotbuilderConnector(credentials)
  const connector = createReliableConnector(once, {
    log,
    signal: closing.signal,
    ...(options.retryWaitMs ? { waitMs: options.retryWaitMs } : {}),
  })
  const channel = createTeamsChannel({ connector, once, log, pace: { ...TEAMS_PACE, ...options.pace } })
  const greeter = createGreeter({ connector, log })
  conversation.register(channel)

  /** Resolves once nothing can be lost any more; rejects where the turn could not be stored. */
  async function take(activity: Activity): Promise<HttpAnswer> {
    const refusal = refusalOf(activity, tenants, insecureLocal)
    if (refusal !== null) {
      log.warn('an activity was refused', { why: refusal, tenant: tenantOf(activity) })
      return { status: 403, body: { error: { code: 'Forbidden', message: refusal } } }
    }
    const event = readTeamsActivity(activity, { homeTenant: credentials.tenantId || undefined })
    switch (event.kind) {
      case 'turn': {
        const outcome = await conversation.accept(event.turn)
        log.debug('activity', { turn: event.turn.id, outcome })
        return { status: event.invoke?.status ?? 200, body: event.invoke?.body }
      }
      case 'stop':
        if (!(await conversation.stop(event.turn.thread, event.turn.user))) await conversation.accept(event.turn)
        return { status: 200 }
      case 'greet':
        greeter.greet(activity)
        return { status: 200 }
      case 'answer':
        log.debug('an invoke was answered without a turn', { why: event.why })
        return event.invoke
      case 'ignore':
        log.debug('an activity was ignored', { why: event.why })
        return { status: 200 }
    }
  }

  async function answer(req: IncomingMessage): Promise<HttpAnswer> {
    if (req.method !== 'POST') return { status: 405 }
    const body = await readJsonBody(req)
    if (body.kind === 'too-large') return { status: 413 }
    const parsed = body.kind === 'json' ? activitySchema.safeParse(body.value) : null
    if (!parsed?.success) {
      log.debug('a malformed request was refused', {
        issues: parsed?.error.issues.map((issue) => issue.path.join('.')),
      })
      return {
        status: 400,
        body: { error: { code: 'BadSyntax', message: 'The body is not a Bot Framework activity.' } },
      }
    }
    let result: HttpAnswer = { status: 500 }
    const { verdict, why } = await receiver.receive(req.headers.authorization ?? '', parsed.data, async () => {
      result = await take(parsed.data)
    })
    if (verdict === 'genuine') return result
    log.warn('a request was refused', { verdict, why })
    return { status: verdict === 'forged' ? 401 : 503 }
  }

  return {
    channel,
    async handleHttp(req, res) {
      const { status, body } = await answer(req).catch((error: unknown): HttpAnswer => {
        log.error('an activity could not be stored; Teams is asked to send it again', { cause: error })
        return { status: 500 }
      })
      if (body === undefined) res.writeHead(status, { 'content-length': '0' }).end()
      else res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
      // The rest of a body that was not read must not be taken for the next request.
      if (!req.complete) req.destroy()
    },
    async close() {
      closing.abort()
      await greeter.settle()
    },
  }
}
