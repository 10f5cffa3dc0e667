// What the Web API methods of the Slack stand-in share: who may write where, and blocks that Slack takes.
import { findBlockFaults } from './check-blocks.ts'
import { isObject, type Json } from './json.ts'
import { refuse, text } from './refuse.ts'
import { mediaTypeOf } from './slack-view.ts'
import type { SlackWorld, StoredMessage } from './slack-world.ts'

export type Method = (args: Json) => Json
export type Methods = Record<string, Method>

export const isPictureOf = (world: SlackWorld) => (id: string) => {
  const file = world.uploads.get(id)
  return file?.complete === true && /^image\/(png|jpeg|gif)$/.test(mediaTypeOf(file))
}

/** `crowded` is Slack's name for too many blocks, which its streams call otherwise. */
export function checkBlocks(args: Json, world: SlackWorld, crowded = 'invalid_blocks'): Json[] {
  const blocks = args.blocks ?? []
  if (!Array.isArray(blocks) || !blocks.every(isObject)) return refuse('invalid_blocks_format')
  const faults = findBlockFaults(blocks, 'message', isPictureOf(world))
  if (blocks.length > 50) refuse(crowded, faults)
  return faults.length > 0 ? refuse('invalid_blocks', faults) : blocks
}

/** The channel, where the bot may write in it. */
export function openChannel(world: SlackWorld, args: Json, name = 'channel'): string {
  const channel = world.directory.channelOf(text(args, name))
  if (world.outside.has(channel)) refuse('channel_not_found')
  if (!world.directory.strict) return channel
  const known = world.directory.channels.get(channel)
  if (!known) return refuse('channel_not_found')
  if (known.archived) refuse('is_archived')
  if (!known.members.includes(world.botUser)) refuse('not_in_channel')
  return channel
}

/** A channel that the bot may look at. */
export function readableChannel(world: SlackWorld, args: Json): string {
  const channel = world.directory.channelOf(text(args, 'channel'))
  if (world.outside.has(channel)) refuse('channel_not_found')
  if (!world.directory.strict) return channel
  const known = world.directory.channels.get(channel) ?? refuse('channel_not_found')
  if (!known.members.includes(world.botUser)) refuse('not_in_channel')
  return channel
}

export const threadOf = (args: Json) => (typeof args.thread_ts === 'string' ? { thread_ts: args.thread_ts } : {})

export function metadataOf(args: Json): Pick<StoredMessage, 'metadata'> {
  return args.metadata === undefined ? {} : { metadata: args.metadata as NonNullable<StoredMessage['metadata']> }
}

/** Pages of any list, by a cursor that is the place of the next one. */
export function pageOf<T>(args: Json, all: readonly T[], usual = 100): { shown: T[]; more: boolean; cursor: string } {
  const limit = Math.min(Math.max(Number(args.limit ?? usual), 1), 1000)
  const from = Number(args.cursor ?? 0)
  if (!Number.isInteger(from)) refuse('invalid_cursor')
  const more = from + limit < all.length
  return { shown: all.slice(from, from + limit), more, cursor: more ? String(from + limit) : '' }
}

/** A message as the Web API and the events show it. */
export function toApiMessage(world: SlackWorld, message: StoredMessage): Json {
  const { files, channel: _, metadata: __, edited, edited_ts, reactions, ...rest } = message
  const replies = world
    .all()
    .filter((m) => m.channel === message.channel && m.thread_ts === message.ts && m !== message)
  return {
    type: 'message',
    ...rest,
    ...(files ? { files: files.map((id) => toApiFile(world, id)) } : {}),
    ...(edited ? { edited: { user: message.user, ts: edited_ts ?? message.ts } } : {}),
    ...(reactions ? { reactions: reactions.map((one) => ({ ...one, count: one.users.length })) } : {}),
    ...(replies.length > 0 ? { thread_ts: message.ts, ...countReplies(replies) } : {}),
  }
}

function countReplies(replies: readonly StoredMessage[]): Json {
  const users = [...new Set(replies.map(({ user }) => user))]
  return {
    ...{ reply_count: replies.length, reply_users: users, reply_users_count: users.length },
    latest_reply: replies.at(-1)?.ts,
  }
}

export function toApiFile(world: SlackWorld, id: string): Json {
  const file = world.uploads.get(id)
  if (!file) return { id, mode: 'tombstone' }
  return {
    id,
    name: file.name,
    title: file.title ?? file.name,
    mimetype: mediaTypeOf(file),
    filetype: file.name.split('.').at(-1) ?? '',
    size: file.bytes?.byteLength ?? file.length,
    mode: 'hosted',
    ...(file.altText ? { alt_txt: file.altText } : {}),
    url_private: `${fileOrigin(world)}/files/${id}/${encodeURIComponent(file.name)}`,
    url_private_download: `${fileOrigin(world)}/files/${id}/download/${encodeURIComponent(file.name)}`,
    permalink: `https://lake.slack.com/files/${id}`,
    shares: {
      public: Object.fromEntries(file.shared.map(({ channel, thread }) => [channel, [{ thread_ts: thread }]])),
    },
  }
}

const origins = new WeakMap<SlackWorld, string>()
/** Where the files of this world are served. */
export function setFileOrigin(world: SlackWorld, origin: string): void {
  origins.set(world, origin)
}
function fileOrigin(world: SlackWorld): string {
  return origins.get(world) ?? ''
}
