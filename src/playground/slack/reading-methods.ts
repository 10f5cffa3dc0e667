// conversations.*, users.* and reactions.*: what the bot may look at, and the small signs it sets.
import { type Json, objectOf } from './json.ts'
import { type Methods, openChannel, pageOf, readableChannel, toApiMessage } from './method-parts.ts'
import { refuse, text } from './refuse.ts'
import type { SlackChannel } from './slack-directory.ts'
import type { SlackWorld, StoredMessage } from './slack-world.ts'

function pageOfMessages(world: SlackWorld, args: Json, messages: readonly StoredMessage[]): Json {
  const oldest = typeof args.oldest === 'string' ? args.oldest : ''
  const latest = typeof args.latest === 'string' ? args.latest : '9'
  const inside = messages.filter((m) => (m.ts >= oldest && m.ts <= latest) || m.ts === args.ts)
  const { shown, more, cursor } = pageOf(args, inside)
  const rows = shown.map((message) => {
    const row = toApiMessage(world, message)
    return args.include_all_metadata === true && message.metadata ? { ...row, metadata: message.metadata } : row
  })
  return { messages: rows, has_more: more, response_metadata: { next_cursor: cursor } }
}

function toApiUser(world: SlackWorld, id: string): Json {
  const member = { deleted: false, is_restricted: false, is_ultra_restricted: false, is_bot: id === world.botUser }
  const known = world.directory.users.get(id)
  const own = known && {
    name: known.name,
    real_name: known.realName,
    profile: { real_name: known.realName, display_name: known.realName, title: known.title ?? '' },
  }
  return { id, team_id: world.team, name: 'asker', ...member, ...own, ...world.people.get(id) }
}

function toApiChannel(world: SlackWorld, channel: SlackChannel): Json {
  const direct = channel.kind === 'direct'
  return {
    id: channel.id,
    ...(direct ? { user: channel.members[0] } : { name: channel.name, topic: { value: channel.topic } }),
    ...{ is_channel: !direct, is_im: direct, is_private: false, is_archived: channel.archived },
    is_member: channel.members.includes(world.botUser) && !world.outside.has(channel.id),
    num_members: channel.members.length,
  }
}

function findChannel(world: SlackWorld, args: Json): SlackChannel {
  const id = world.directory.channelOf(text(args, 'channel'))
  const known = world.directory.channels.get(id)
  if (known) return known
  if (world.directory.strict) return refuse('channel_not_found')
  return { id, name: id.toLowerCase(), topic: '', kind: 'channel', members: [world.botUser], archived: false }
}

export function createReadingMethods(world: SlackWorld): Methods {
  return {
    'conversations.replies': (args) => {
      const channel = readableChannel(world, args)
      const thread = world.visible(channel, text(args, 'ts'))
      // Slack says so for a thread that is not there; the tests' own threads may have no root.
      if (world.directory.strict && thread.length === 0) refuse('thread_not_found')
      return pageOfMessages(world, args, thread)
    },
    'conversations.history': (args) => {
      const all = world.visible(readableChannel(world, args))
      return pageOfMessages(
        world,
        args,
        all.filter((m) => m.thread_ts === undefined || m.thread_ts === m.ts),
      )
    },
    'conversations.list': (args) => {
      const types = String(args.types ?? 'public_channel').split(',')
      const wanted = [...world.directory.channels.values()].filter(({ kind, archived }) => {
        if (archived && (args.exclude_archived === true || args.exclude_archived === 'true')) return false
        return types.includes(kind === 'direct' ? 'im' : 'public_channel')
      })
      const { shown, cursor } = pageOf(args, wanted)
      return {
        channels: shown.map((channel) => toApiChannel(world, channel)),
        response_metadata: { next_cursor: cursor },
      }
    },
    'conversations.info': (args) => ({ channel: toApiChannel(world, findChannel(world, args)) }),
    'conversations.members': (args) => {
      const { shown, cursor } = pageOf(args, findChannel(world, args).members)
      return { members: shown, response_metadata: { next_cursor: cursor } }
    },
    'conversations.open': (args) => {
      const users = text(args, 'users').split(',')
      const [user = ''] = users
      if (users.length > 1) refuse('not_supported')
      const id = world.directory.directOf(user)
      if (world.directory.strict && !world.directory.channels.has(id)) refuse('user_not_found')
      return { channel: { id } }
    },
    'users.info': (args) => {
      const id = text(args, 'user')
      const known = world.directory.users.has(id) || world.people.has(id) || id === world.botUser
      if (world.directory.strict && !known) refuse('user_not_found')
      return { user: toApiUser(world, id) }
    },
    'users.list': (args) => {
      const { shown, cursor } = pageOf(args, [...world.directory.users.keys(), world.botUser])
      return { members: shown.map((id) => toApiUser(world, id)), response_metadata: { next_cursor: cursor } }
    },
    'reactions.add': (args) => react(world, args, true),
    'reactions.remove': (args) => react(world, args, false),
  }
}

function react(world: SlackWorld, args: Json, adds: boolean): Json {
  const name = text(args, 'name')
  const channel = openChannel(world, args)
  const message = world.find(channel, text(args, 'timestamp'))
  // Questions that a test only tells of are in no channel.
  if (!message) return world.directory.strict ? refuse('message_not_found') : {}
  const others = (message.reactions ?? []).filter((one) => one.name !== name)
  const is = others.length < (message.reactions ?? []).length
  if (adds && is) refuse('already_reacted')
  if (!adds && !is) refuse('no_reaction')
  message.reactions = adds ? [...others, { name, users: [world.botUser] }] : others
  world.changed(message)
  return objectOf(undefined)
}
