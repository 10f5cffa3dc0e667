// Reads an Events API envelope: a turn, a request to stop, an opened pane, or nothing for us (and why).
import type { Person, Turn } from '../../core/turn.ts'
import { toHomeTurn } from './home-turn.ts'
import { leadingMention, mentions, readSlackText } from './read-slack-text.ts'
import { toSlackAddress } from './slack-address.ts'
import { threadOf, turnIdOf } from './slack-keys.ts'
import {
  type Envelope,
  envelopeSchema,
  homeEventSchema,
  type MessageEvent,
  messageEventSchema,
  stopEventSchema,
} from './slack-payloads.ts'

/** Who the bot is in this workspace, from auth.test. */
export interface SlackIdentity {
  botUser: string
  botId: string
  team: string
}

export type SlackReading =
  /** `onlyIfKnown`: a thread reply that is ours only where the bot has taken part in the thread. `next`: what follows it. */
  | { kind: 'turn'; turn: Turn; onlyIfKnown?: boolean; next?: Turn }
  | { kind: 'stop'; thread: string; by: Person; channel: string; threadTs: string }
  | { kind: 'home'; channel: string }
  | { kind: 'ignored'; why: string }

/** Subtypes that are still a person speaking; every other one is an edit, a join or a bot. */
const SPOKEN = new Set<string | undefined>([undefined, 'file_share', 'thread_broadcast'])

export function ignored(why: string): SlackReading {
  return { kind: 'ignored', why }
}

/** Slack's `ts` is seconds with six decimals; for ordering by time only, never as an id. */
export function timeOf(ts: string): string {
  const seconds = Number(ts)
  return new Date(Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? seconds * 1000 : 0).toISOString()
}

/** Null where the body is no well-formed envelope of the Events API. */
export function readSlackEvent(body: unknown, me: SlackIdentity): SlackReading | null {
  const parsed = envelopeSchema.safeParse(body)
  if (!parsed.success) return null
  const envelope = parsed.data
  switch (envelope.event.type) {
    case 'app_mention':
    case 'message':
      return readMessage(envelope, me)
    case 'agent_session_stopped':
      return readStop(envelope, me)
    case 'app_home_opened':
      return readHome(envelope, me)
    default:
      return ignored(`event type ${envelope.event.type.slice(0, 60)}`)
  }
}

/** The workspace whose installation hears this event, which is not always the author's (shared channels). */
function homeTeam(envelope: Envelope, me: SlackIdentity): string {
  return envelope.authorizations?.[0]?.team_id ?? envelope.context_team_id ?? envelope.team_id ?? me.team
}

type Teams = Pick<MessageEvent, 'user_team' | 'source_team' | 'team'>

/** External unless the author's own workspace is known to be ours; unknown counts as external in a shared channel. */
function readPerson(id: string, event: Teams, envelope: Envelope, home: string): Person {
  const own = event.user_team ?? event.source_team
  const tenant = own ?? (envelope.is_ext_shared_channel ? (event.team ?? '') : home)
  return { id, tenant, external: tenant !== home || (envelope.is_ext_shared_channel === true && own === undefined) }
}

function readMessage(envelope: Envelope, me: SlackIdentity): SlackReading {
  const parsed = messageEventSchema.safeParse(envelope.event)
  if (!parsed.success) return ignored('a message without channel or ts')
  const event = parsed.data
  if (!SPOKEN.has(event.subtype)) return ignored(`message subtype ${event.subtype}`)
  if (event.bot_id || event.user === undefined || event.user === me.botUser || event.user === 'USLACKBOT')
    return ignored('a message of a bot')
  const raw = event.text ?? ''
  const named = mentions(raw, me.botUser)
  const direct = event.channel_type === 'im'
  if (event.type === 'app_mention' && !named) return ignored('a mention inside code only')
  if (!direct && !named) {
    if (event.thread_ts === undefined) return ignored('a message that is not for the bot')
    if (leadingMention(raw) !== null) return ignored('a message to somebody else')
  }
  const turn = toMessageTurn(event, envelope, me, direct)
  // Under the bot's own message, such as the answer to a command, a reply is meant for it.
  const ours = direct || named || event.parent_user_id === me.botUser
  return ours ? { kind: 'turn', turn } : { kind: 'turn', turn, onlyIfKnown: true }
}

function toMessageTurn(event: MessageEvent, envelope: Envelope, me: SlackIdentity, direct: boolean): Turn {
  const team = homeTeam(envelope, me)
  const root = event.thread_ts ?? event.ts
  const key = `slack:message:${team}:${event.channel}:${event.ts}`
  const user = readPerson(event.user ?? '', event, envelope, team)
  const attachments = (event.files ?? []).map((file) => ({
    name: file.name ?? file.title ?? 'file',
    ...(file.mimetype ? { mediaType: file.mimetype } : {}),
  }))
  return {
    kind: 'message',
    id: turnIdOf(key),
    at: timeOf(event.ts),
    channel: 'slack',
    user,
    address: toSlackAddress({
      team,
      channel: event.channel,
      thread: root,
      user: user.id,
      userTeam: user.tenant === '' ? team : user.tenant,
      direct,
      message: event.ts,
    }),
    thread: threadOf(team, event.channel, root),
    keys: [`slack:event:${envelope.event_id}`, key],
    text: readSlackText(event.text ?? '', me.botUser),
    ...(attachments.length > 0 ? { attachments } : {}),
  }
}

function readStop(envelope: Envelope, me: SlackIdentity): SlackReading {
  const parsed = stopEventSchema.safeParse(envelope.event)
  if (!parsed.success) return ignored('a stop without channel, user or thread')
  const { channel, thread_ts, user } = parsed.data
  const team = homeTeam(envelope, me)
  const by = readPerson(user, parsed.data, envelope, team)
  return { kind: 'stop', thread: threadOf(team, channel, thread_ts), by, channel, threadTs: thread_ts }
}

function readHome(envelope: Envelope, me: SlackIdentity): SlackReading {
  const parsed = homeEventSchema.safeParse(envelope.event)
  if (!parsed.success) return ignored('an opened tab without person or channel')
  const { tab, channel, user, event_ts } = parsed.data
  if (tab === 'messages') return { kind: 'home', channel }
  if (tab !== 'home') return ignored('a tab that is neither the agent pane nor Home')
  const team = homeTeam(envelope, me)
  const by = readPerson(user, {}, envelope, team)
  const at = event_ts === undefined ? new Date().toISOString() : timeOf(event_ts)
  return { kind: 'turn', turn: toHomeTurn({ key: `slack:event:${envelope.event_id}`, at, team, channel, user: by }) }
}
