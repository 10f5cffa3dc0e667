// The Bot Framework connector of the Teams stand-in: what the bot may do to conversations, with the platform's checks.
import { checkContent, checkNotEmpty } from './check-content.ts'
import { badSyntax, isJson, type Json, listOf, Refused } from './refused.ts'
import type { TeamsFaults } from './teams-faults.ts'
import { createStreams, type StreamRules, streamInfoOf } from './teams-streams.ts'
import { splitConversation, threadId } from './teams-workspace.ts'
import { type Chat, type HeldMessage, messageOf, type TeamsWorld, textOf } from './teams-world.ts'

export type { Fault } from './teams-faults.ts'
export type { ShownMessage } from './teams-world.ts'

export interface ConnectorCall {
  method: 'POST' | 'PUT' | 'DELETE'
  conversation: string
  id: string | null
  activity: Record<string, unknown>
  at: number
  status: number
}

export interface ConnectorRules extends StreamRules {
  /** Messages that one conversation takes in a second. Source: "Rate limiting for bots": 7. Unlimited where not given. */
  sendsPerSecond?: number
}

interface ConnectorParts {
  world: TeamsWorld
  faults: TeamsFaults
  rules: ConnectorRules
  now: () => number
}

export function createConnector({ world, faults, rules, now }: ConnectorParts) {
  const calls: ConnectorCall[] = []
  const blocked = new Set<string>()
  const typed = new Map<string, number>()
  const sends = new Map<string, number[]>()
  const streams = createStreams(world, rules, now, faults.cut)

  /** The chat that the bot may write to. */
  function reach(conversation: string): { chat: Chat; root: string | undefined } {
    if (blocked.has(conversation))
      throw new Refused(403, 'MessageWritesBlocked', 'The bot is blocked in this conversation')
    const found = world.find(conversation)
    if (!found.chat.bot)
      throw new Refused(403, 'BotNotInConversationRoster', 'The bot is not part of the conversation roster.')
    const strange = found.root !== undefined && (found.chat.kind !== 'channel' || !found.chat.roots.has(found.root))
    if (world.strict && strange) throw new Refused(404, 'ConversationNotFound', 'The thread does not exist.')
    return found
  }

  function pace(chat: Chat): void {
    const most = rules.sendsPerSecond ?? Number.POSITIVE_INFINITY
    const recent = (sends.get(chat.id) ?? []).filter((at) => now() - at < 1000)
    if (recent.length >= most)
      throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded! maximum admitted', 1)
    sends.set(chat.id, [...recent, now()])
  }

  function add(chat: Chat, root: string | undefined, activity: Json): HeldMessage {
    const words = { text: textOf(activity), activity }
    return world.add(chat, { id: world.nextId(), root, from: 'bot', stream: 'none', ...words })
  }

  function create(conversation: string, activity: Json): string {
    const { chat, root } = reach(conversation)
    checkContent(activity, chat.kind === 'personal')
    const info = streamInfoOf(activity)
    if (info) return streams.take(chat, activity, info)
    if (activity.type === 'typing') {
      typed.set(conversation, (typed.get(conversation) ?? 0) + 1)
      world.startTyping(chat)
      return world.nextId()
    }
    if (activity.type !== 'message') throw badSyntax(`An activity of type ${String(activity.type)} cannot be sent`)
    checkNotEmpty(activity)
    pace(chat)
    return add(chat, root, activity).id
  }

  function update(conversation: string, id: string, activity: Json): string {
    const { chat } = reach(conversation)
    checkContent(activity, chat.kind === 'personal')
    const message = messageOf(chat, id)
    if (message.from !== 'bot') throw new Refused(403, 'Forbidden', 'The bot did not send this message')
    // As Microsoft's own Playground answers: text and a card together would become two messages.
    if (String(activity.text ?? '') !== '' && listOf(activity.attachments).length > 0)
      throw badSyntax('Activity resulted into multiple skype activities')
    checkNotEmpty(activity)
    if (chat.stream?.message === message) streams.end(chat, 'done')
    const open = message.stream === 'open' ? 'done' : message.stream
    const changes = { stream: open, text: textOf(activity), activity, edits: message.edits + 1, cards: undefined }
    world.changed(Object.assign(message, changes))
    return id
  }

  function remove(conversation: string, id: string): string {
    const { chat } = reach(conversation)
    if (chat.stream?.message.id === id) streams.end(chat, 'done')
    if (!world.remove(chat, id) && world.strict) messageOf(chat, id)
    return id
  }

  /** Source: "Send proactive messages": a one-to-one chat with a member, or a new post with its thread in a channel. */
  function open(body: Json): { id: string; activityId?: string } {
    const activity = isJson(body.activity) ? body.activity : undefined
    const data = isJson(body.channelData) ? body.channelData : {}
    const channel = isJson(data.channel) ? String(data.channel.id) : data.teamsChannelId
    if (channel !== undefined) {
      if (!activity) throw badSyntax('A new thread needs its first message in `activity`')
      const base = splitConversation(String(channel)).chat
      const activityId = create(base, activity)
      return { id: threadId(base, activityId), activityId }
    }
    const members = listOf(body.members)
    if (body.isGroup === true || members.length !== 1)
      throw new Refused(400, 'BadArgument', 'A bot can create a conversation with one member only')
    const person = String(members[0]?.id).replace(/^29:/, '')
    const known = [...world.chats.values()].find(({ kind, members: of }) => kind === 'personal' && of.includes(person))
    if (!known && world.strict)
      throw new Refused(403, 'Forbidden', 'Invalid user identity in provided tenant, or the app is not installed')
    const id = known?.id ?? `a:${person}`
    return activity ? { id, activityId: create(id, activity) } : { id }
  }

  /** Does what was asked, and returns the id; throws Refused. */
  function handle(method: ConnectorCall['method'], conversation: string, id: string | null, activity: Json): string {
    const call: ConnectorCall = { method, conversation, id, activity, at: now(), status: 200 }
    calls.push(call)
    if (calls.length > MAX_CALLS) calls.shift()
    const work = () => {
      if (method === 'PUT') return update(conversation, id ?? '', activity)
      return method === 'DELETE' ? remove(conversation, id ?? '') : create(conversation, activity)
    }
    try {
      faults.limit()
      return faults.around(method, activity, work)
    } catch (error) {
      call.status = error instanceof Refused ? error.status : 500
      throw error
    }
  }

  return {
    handle,
    open(body: Json) {
      faults.limit()
      return open(body)
    },
    reach,
    calls,
    block: (conversation: string) => void blocked.add(conversation),
    typed: (conversation: string): number => typed.get(conversation) ?? 0,
    /** The person presses Stop: the next piece of the running stream is refused. */
    pressStop(conversation: string): boolean {
      const { chat } = world.find(conversation)
      chat.stopRequested = true
      return chat.stream !== null
    },
  }
}
export type TeamsConnector = ReturnType<typeof createConnector>

/** A playground runs for days. */
const MAX_CALLS = 5_000
