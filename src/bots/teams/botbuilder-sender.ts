// Sends proactively through botbuilder's connector client. The other of the two files that know the SDK.
import { CloudAdapter } from 'botbuilder'
import { z } from 'zod'
import type { OutgoingActivity } from './activity.ts'
import { createAuthentication, type TeamsCredentials } from './botbuilder-adapter.ts'
import type { TeamsConnector } from './send-reliably.ts'
import type { TeamsReference } from './teams-address.ts'
import { TeamsCallError } from './teams-errors.ts'

interface WireRequest {
  body?: unknown
}
type Next = (request: WireRequest) => Promise<unknown>

/** The part of the SDK's connector client that is used here. Its types are not exported from the package. */
interface ConnectorClient {
  conversations: {
    sendToConversation(id: string, activity: unknown, options: unknown): Promise<{ id?: string }>
    updateActivity(id: string, activityId: string, activity: unknown, options: unknown): Promise<unknown>
    deleteActivity(id: string, activityId: string, options: unknown): Promise<unknown>
  }
  client: {
    pipeline: {
      addPolicy(policy: { name: string; sendRequest(request: WireRequest, next: Next): Promise<unknown> }): void
      removePolicy(policy: { name: string }): unknown[]
      getOrderedPolicies(): { name: string }[]
    }
  }
}

/** How long one call may take. */
const OPTIONS = { timeout: 20_000 }

const restErrorSchema = z.looseObject({
  message: z.string(),
  code: z.string().optional(),
  statusCode: z.number().optional(),
  response: z.unknown().optional(),
})
const bodySchema = z.looseObject({
  error: z.looseObject({ code: z.string().optional(), message: z.string().optional() }),
})

/**
 * The connector of one bot. The SDK's client retries 5xx and lost connections by itself, also for creating a message,
 * which would show it twice; that policy is taken out, and send-reliably.ts decides. Its serializer (4.23.3 over
 * core-client 1.x) drops every field of an entity that it does not know, among them the stream's and the citations';
 * so the body is written here and put in place of the serializer's.
 */
export function createBotbuilderConnector(credentials: TeamsCredentials): TeamsConnector {
  const adapter = new CloudAdapter(createAuthentication(credentials))

  async function withClient<T>(
    to: TeamsReference,
    body: unknown,
    call: (client: ConnectorClient) => Promise<T>,
  ): Promise<T> {
    const results: T[] = []
    const reference = {
      channelId: 'msteams',
      serviceUrl: to.serviceUrl,
      conversation: {
        id: to.conversation,
        isGroup: to.type !== 'personal',
        conversationType: to.type,
        name: '',
        tenantId: to.tenant,
      },
      bot: { id: to.bot.id, name: to.bot.name ?? '' },
    }
    await adapter.continueConversationAsync(credentials.appId, reference, async (context) => {
      const client: ConnectorClient = context.turnState.get(adapter.ConnectorClientKey)
      client.client.pipeline.removePolicy({ name: 'defaultRetryPolicy' })
      if (client.client.pipeline.getOrderedPolicies().some((policy) => /retry/i.test(policy.name))) {
        throw new Error('The connector client of botbuilder retries by itself; messages could be shown twice.')
      }
      if (body !== undefined) {
        const exact = JSON.stringify(body)
        const sendRequest = (request: WireRequest, next: Next) => next(Object.assign(request, { body: exact }))
        client.client.pipeline.addPolicy({ name: 'lakedeskExactBody', sendRequest })
      }
      results.push(await call(client).catch((error: unknown) => Promise.reject(toCallError(error))))
    })
    return results[0] as T
  }

  return {
    create(to, activity) {
      const body = toWire(to, activity)
      return withClient(to, body, async ({ conversations }) => {
        const sent = await conversations.sendToConversation(to.conversation, body, OPTIONS)
        return sent.id ?? ''
      })
    },
    update(to, id, activity) {
      const body = { ...toWire(to, activity), id }
      return withClient(to, body, async ({ conversations }) => {
        await conversations.updateActivity(to.conversation, id, body, OPTIONS)
      })
    },
    remove: (to, id) =>
      withClient(to, undefined, async ({ conversations }) => {
        await conversations.deleteActivity(to.conversation, id, OPTIONS)
      }),
  }
}

function toWire(to: TeamsReference, activity: OutgoingActivity) {
  return {
    ...activity,
    channelId: 'msteams',
    serviceUrl: to.serviceUrl,
    from: { id: to.bot.id, name: to.bot.name },
    conversation: { id: to.conversation, conversationType: to.type, tenantId: to.tenant || undefined },
  }
}

function toCallError(error: unknown): TeamsCallError {
  if (error instanceof TeamsCallError) return error
  const parsed = restErrorSchema.safeParse(error)
  if (!parsed.success) return new TeamsCallError({ status: 0, message: 'The connector call failed.', cause: error })
  const { statusCode, code, message, response } = parsed.data
  const reply = z.looseObject({ bodyAsText: z.string().nullish(), headers: z.unknown() }).safeParse(response)
  const told = reply.success ? readBody(reply.data.bodyAsText) : {}
  const unreached = statusCode === undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '')
  return new TeamsCallError({
    status: statusCode ?? 0,
    code: told.code ?? code ?? '',
    message: told.message ?? message.slice(0, 300),
    retryAfterMs: reply.success ? readRetryAfter(reply.data.headers) : null,
    unsent: unreached,
    cause: error,
  })
}

function readBody(text: string | null | undefined): { code?: string; message?: string } {
  try {
    const parsed = bodySchema.safeParse(JSON.parse(text ?? ''))
    return parsed.success ? { code: parsed.data.error.code, message: parsed.data.error.message } : {}
  } catch {
    return {}
  }
}

/** Seconds or a date, as HTTP allows both. */
function readRetryAfter(headers: unknown): number | null {
  const get = typeof headers === 'object' && headers !== null && 'get' in headers ? headers.get : undefined
  const value: unknown = typeof get === 'function' ? get.call(headers, 'retry-after') : undefined
  if (typeof value !== 'string' || value === '') return null
  const seconds = Number(value)
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}
