// The connector's REST paths of the Teams stand-in: conversations, activities, members and teams.
import { badSyntax, isJson, type Json, Refused } from './refused.ts'
import type { TeamsConnector } from './teams-connector.ts'
import { splitConversation, toMember } from './teams-workspace.ts'
import type { TeamsWorld } from './teams-world.ts'

export interface RestAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export interface RestRequest {
  method: string
  /** Decoded pieces of the path below `/v3/`. */
  pieces: readonly string[]
  query: URLSearchParams
  body: string
}

function read(body: string): Json {
  if (body === '') return {}
  try {
    const parsed: unknown = JSON.parse(body)
    if (isJson(parsed)) return parsed
  } catch {
    throw badSyntax('The body is not JSON')
  }
  throw badSyntax('The body is not an object')
}

const MAX_PAGE = 500

/** Source: "Bot Framework connector REST API" and "Get Teams-specific context for your bot". */
export function createTeamsRest(
  world: TeamsWorld,
  connector: TeamsConnector,
  tenantId: string,
  serviceUrl: () => string,
) {
  function membersOf(conversation: string): Record<string, unknown>[] {
    const { chat } = connector.reach(conversation)
    return world.people.filter(({ id }) => chat.members.includes(id)).map((person) => toMember(person, tenantId))
  }

  function answerMembers(conversation: string, id: string | undefined): RestAnswer {
    const members = membersOf(conversation)
    if (id === undefined) return { status: 200, body: members }
    const member = members.find((one) => one.id === id || one.aadObjectId === id)
    if (!member) throw new Refused(404, 'MemberNotFoundInConversation', 'The member is not in the conversation')
    return { status: 200, body: member }
  }

  function answerPage(conversation: string, query: URLSearchParams): RestAnswer {
    const members = membersOf(conversation)
    const size = Math.min(Number(query.get('pageSize') ?? MAX_PAGE) || MAX_PAGE, MAX_PAGE)
    const from = Number(query.get('continuationToken') ?? 0) || 0
    const next = from + size < members.length ? { continuationToken: String(from + size) } : {}
    return { status: 200, body: { members: members.slice(from, from + size), ...next } }
  }

  function answerTeam(id: string, list: boolean): RestAnswer {
    const channels = [...world.chats.values()].filter(({ team, deleted }) => team?.id === id && !deleted)
    const [first] = channels
    if (!first?.team) throw new Refused(404, 'TeamNotFound', 'The team does not exist')
    if (list) return { status: 200, body: { conversations: channels.map((one) => ({ id: one.id, name: one.name })) } }
    return { status: 200, body: { ...first.team, channelCount: channels.length, memberCount: first.members.length } }
  }

  function answerActivity({ method, pieces, body }: RestRequest): RestAnswer {
    const [, conversation = '', , id, more] = pieces
    if (method === 'GET' && more === 'members') return answerMembers(conversation, undefined)
    if (method !== 'POST' && method !== 'PUT' && method !== 'DELETE')
      throw new Refused(405, 'MethodNotAllowed', `${method} is not known here`)
    const made = connector.handle(method, conversation, id ?? null, read(body))
    return { status: method === 'POST' ? 201 : 200, body: { id: made } }
  }

  function answer(request: RestRequest): RestAnswer {
    const { method, pieces, query, body } = request
    const [root, id = '', part, last] = pieces
    if (root === 'teams' && method === 'GET') return answerTeam(splitConversation(id).chat, part === 'conversations')
    if (root !== 'conversations') throw new Refused(404, 'NotFound', pieces.join('/'))
    if (id === '' && method === 'POST')
      return { status: 201, body: { ...connector.open(read(body)), serviceUrl: serviceUrl() } }
    if (part === 'activities') return answerActivity(request)
    if (part === 'members' && method === 'GET') return answerMembers(id, last)
    if (part === 'pagedmembers' && method === 'GET') return answerPage(id, query)
    throw new Refused(404, 'NotFound', pieces.join('/'))
  }

  return {
    /** Never throws what the platform would answer. */
    answer(request: RestRequest): RestAnswer {
      try {
        return answer(request)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        const { status, code, message, retryAfter } = error
        const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
        return { status, body: { error: { code, message } }, headers }
      }
    },
  }
}
