// The Web API of the Slack stand-in: who calls, which method, and Slack's answer in its own shape.
import { createAgentMethods } from './agent-methods.ts'
import { createChatMethods, createStreamMethods } from './chat-methods.ts'
import { createFileMethods } from './file-methods.ts'
import type { Json } from './json.ts'
import type { Methods } from './method-parts.ts'
import { createReadingMethods } from './reading-methods.ts'
import { Refusal, refuse, toErrorBody } from './refuse.ts'
import type { SlackWorld } from './slack-world.ts'
import { createViewMethods } from './view-methods.ts'

export interface SlackAnswer {
  status: number
  headers?: Record<string, string>
  body: string | Buffer | (Record<string, unknown> & { ok?: boolean })
}

/** `token`: only this bot token is taken. Without one every bot token is. */
export function createSlackMethods(world: SlackWorld, socketUrl: string, uploadUrl: string, token?: string) {
  const methods: Methods = {
    'api.test': (args) => ({ args }),
    'auth.test': () => ({
      url: 'https://lake.slack.com/',
      team: world.directory.team,
      user: world.directory.botName.toLowerCase(),
      team_id: world.team,
      user_id: world.botUser,
      bot_id: world.botId,
      is_enterprise_install: false,
    }),
    'apps.connections.open': () => ({ url: socketUrl }),
    ...createChatMethods(world),
    ...createStreamMethods(world),
    ...createReadingMethods(world),
    ...createFileMethods(world, uploadUrl),
    ...createViewMethods(world),
    ...createAgentMethods(world),
  }

  /** Slack's name of what is wrong with the token, or empty. */
  function tokenError(method: string, authorization: string): string {
    const given = authorization.replace(/^Bearer /, '')
    const isApp = given.startsWith('xapp-')
    if (token === undefined) return /^x(oxb|app)-/.test(given) ? '' : 'not_authed'
    if (given === '') return 'not_authed'
    if (method === 'apps.connections.open') return isApp ? '' : 'not_allowed_token_type'
    return given === token ? '' : 'invalid_auth'
  }

  return (method: string, args: Json, authorization: string): SlackAnswer => {
    const error = tokenError(method, authorization)
    if (error !== '') return { status: 200, body: { ok: false, error } }
    try {
      const run = methods[method] ?? refuse('unknown_method')
      return { status: 200, body: { ok: true, ...run(args) } }
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      return { status: 200, body: toErrorBody(refusal) }
    }
  }
}
