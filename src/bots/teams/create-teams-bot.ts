// Builds the Teams face: the door at /api/messages, and the channel through which the conversation core speaks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toCommandList } from '../../conversation/catalogue.ts'
import type { Channel } from '../../core/channel.ts'
import { answerRequest, type DoorParts, type HttpAnswer } from './answer-request.ts'
import { createReceiver } from './botbuilder-adapter.ts'
import { createBotbuilderConnector } from './botbuilder-sender.ts'
import { checkTeamsOptions, type TeamsBotOptions } from './check-teams-options.ts'
import { createGreeter } from './greet.ts'
import { createFileGiver } from './hand-over-file.ts'
import { TEAMS_PACE } from './personal-stream.ts'
import { rememberBlocked } from './remember-blocked.ts'
import { createReliableConnector } from './send-reliably.ts'
import { createTeamsChannel } from './teams-channel.ts'
import { renderTeamsText } from './teams-text.ts'

export type { TeamsBotOptions } from './check-teams-options.ts'

/** In Teams a question needs no command, and help is what the face itself gives. */
const ANSWERED_OTHERWISE = new Set(['ask', 'help'])

export interface TeamsBot {
  channel: Channel
  /** Answers a request to /api/messages. Never rejects. */
  handleHttp(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** Gives up waiting retries. Drain the conversation first. */
  close(): Promise<void>
}

export function createTeamsBot(options: TeamsBotOptions): TeamsBot {
  const { conversation, insecureLocal = false } = options
  const log = options.log.with({ face: 'teams' })
  const { credentials, tenants } = checkTeamsOptions(options)
  const closing = new AbortController()
  const { connector: once, unblock } = rememberBlocked(createBotbuilderConnector(credentials))
  const retry = { log, signal: closing.signal, ...(options.retryWaitMs ? { waitMs: options.retryWaitMs } : {}) }
  const connector = createReliableConnector(once, retry)
  const channel = createTeamsChannel({ connector, once, log, pace: { ...TEAMS_PACE, ...options.pace } })
  const greeter = createGreeter({
    connector,
    log,
    commands: renderTeamsText(toCommandList(conversation.commands.filter(({ name }) => !ANSWERED_OTHERWISE.has(name)))),
  })
  const door: DoorParts = {
    conversation,
    receiver: createReceiver(credentials),
    greeter,
    files: createFileGiver({ conversation, connector, log }),
    log,
    tenants,
    insecureLocal,
    // A bot without a tenant of its own has as members the people of the tenants that are named.
    read: { homeTenants: credentials.tenantId === '' ? tenants : new Set([credentials.tenantId.toLowerCase()]) },
    onHeard: unblock,
  }
  conversation.register(channel)

  return {
    channel,
    async handleHttp(req, res) {
      const { status, body } = await answerRequest(req, door).catch((error: unknown): HttpAnswer => {
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
