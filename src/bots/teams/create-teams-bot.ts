// Builds the Teams face: the door at /api/messages, and the channel through which the conversation core speaks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { assertNever } from '../../core/assert-never.ts'
import type { Channel } from '../../core/channel.ts'
import { type Activity, activitySchema, tenantOf } from './activity.ts'
import { createReceiver } from './botbuilder-adapter.ts'
import { createBotbuilderConnector } from './botbuilder-sender.ts'
import { toRefusal } from './check-origin.ts'
import { checkTeamsOptions, type TeamsBotOptions } from './check-teams-options.ts'
import { createGreeter } from './greet.ts'
import { TEAMS_PACE } from './personal-stream.ts'
import { createRatedAnswers } from './rated-answers.ts'
import { readJsonBody } from './read-json-body.ts'
import { readTeamsActivity } from './read-teams-activity.ts'
import { rememberBlocked } from './remember-blocked.ts'
import { createReliableConnector } from './send-reliably.ts'
import { createTeamsChannel } from './teams-channel.ts'
import type { TeamsEvent } from './teams-turn.ts'

export type { TeamsBotOptions } from './check-teams-options.ts'

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

/** What one bot is made of. */
function assemble(options: TeamsBotOptions) {
  const log = options.log.with({ face: 'teams' })
  const { credentials, tenants } = checkTeamsOptions(options)
  const closing = new AbortController()
  const rated = createRatedAnswers()
  const { connector: once, unblock } = rememberBlocked(createBotbuilderConnector(credentials))
  const retry = { log, signal: closing.signal, ...(options.retryWaitMs ? { waitMs: options.retryWaitMs } : {}) }
  const connector = createReliableConnector(once, retry)
  const channel = createTeamsChannel({ connector, once, log, rated, pace: { ...TEAMS_PACE, ...options.pace } })
  const greeter = createGreeter({ connector, log })
  const receiver = createReceiver(credentials)
  return { log, credentials, tenants, closing, rated, unblock, channel, greeter, receiver }
}

export function createTeamsBot(options: TeamsBotOptions): TeamsBot {
  const { conversation, insecureLocal = false } = options
  const parts = assemble(options)
  const { log, channel, greeter, closing } = parts
  conversation.register(channel)

  /** Resolves once nothing can be lost any more; rejects where the turn could not be stored. */
  async function act(event: TeamsEvent, activity: Activity): Promise<HttpAnswer> {
    switch (event.kind) {
      case 'turn': {
        const outcome = await conversation.accept(event.turn)
        log.debug('an activity was taken', { turn: event.turn.id, outcome })
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
      default:
        return assertNever(event)
    }
  }

  async function take(activity: Activity): Promise<HttpAnswer> {
    const refusal = toRefusal(activity, parts.tenants, insecureLocal)
    if (refusal !== null) {
      log.warn('an activity was refused', { why: refusal, tenant: tenantOf(activity) })
      return { status: 403, body: { error: { code: 'Forbidden', message: refusal } } }
    }
    parts.unblock(activity.conversation.id)
    const homeTenant = parts.credentials.tenantId || undefined
    return act(readTeamsActivity(activity, { homeTenant, turnOf: parts.rated.turnOf }), activity)
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
      const message = 'The body is not a Bot Framework activity.'
      return { status: 400, body: { error: { code: 'BadSyntax', message } } }
    }
    let result: HttpAnswer = { status: 500 }
    const { verdict, why } = await parts.receiver.receive(req.headers.authorization ?? '', parsed.data, async () => {
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
      const text = body === undefined ? '' : JSON.stringify(body)
      res.writeHead(status, {
        'content-length': String(Buffer.byteLength(text)),
        ...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...(status === 413 ? { connection: 'close' } : {}),
      })
      // The rest of a body that is too large is not waited for.
      res.end(text, () => (status === 413 ? req.destroy() : req.resume()))
    },
    async close() {
      closing.abort()
      await greeter.settle()
    },
  }
}
