// chat.*: posting, editing, deleting, private messages, and streams with their states.
import { findBlockFaults } from './check-blocks.ts'
import { type Json, listOf, textOf } from './json.ts'
import {
  checkBlocks,
  isPictureOf,
  type Methods,
  metadataOf,
  openChannel,
  threadOf,
  toApiMessage,
} from './method-parts.ts'
import { refuse, text } from './refuse.ts'
import { findTableFault } from './slack-tables.ts'
import type { SlackWorld, StoredMessage } from './slack-world.ts'

/** Text of a stream's call, given as `markdown_text` or as chunks (the official streamer sends those). */
function readMarkdown(args: Json): string {
  const chunks = listOf(args.chunks)
  if (args.markdown_text !== undefined && chunks.length > 0) refuse('invalid_chunks')
  const whole = textOf(args.markdown_text) + chunks.map((chunk) => textOf(chunk.text)).join('')
  return whole.length > 12_000 ? refuse('msg_too_long') : whole
}

function grow(before: string, args: Json): string {
  const whole = before + readMarkdown(args)
  const fault = findTableFault(whole)
  return fault === '' ? whole : refuse('invalid_blocks', [`table: ${fault}`])
}

/** Blocks that a stream appends in the midst of its text. */
function chunkBlocks(args: Json, world: SlackWorld): Json[] {
  const blocks = listOf(args.chunks).flatMap((chunk) => (chunk.type === 'blocks' ? listOf(chunk.blocks) : []))
  if (blocks.length > 50) refuse('msg_blocks_too_many')
  return findBlockFaults(blocks, 'message', isPictureOf(world)).length > 0 ? refuse('invalid_chunks') : blocks
}

function permalinkOf(message: StoredMessage): string {
  const thread = message.thread_ts ? `?thread_ts=${message.thread_ts}&cid=${message.channel}` : ''
  return `https://lake.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}${thread}`
}

function createParts(world: SlackWorld) {
  const own = (args: Json): StoredMessage => {
    const channel = world.directory.channelOf(text(args, 'channel'))
    if (world.directory.strict && !world.directory.channels.has(channel)) refuse('channel_not_found')
    const message = world.find(channel, text(args, 'ts'))
    if (!message) return refuse('message_not_found')
    return message.bot_id === world.botId ? message : refuse('cant_update_message')
  }
  return {
    own,
    live(args: Json): StoredMessage {
      const message = own(args)
      const error = world.streamError(message.channel, message.ts)
      return error === '' ? message : refuse(error)
    },
    post(args: Json): Omit<StoredMessage, 'ts'> {
      const channel = openChannel(world, args)
      const blocks = checkBlocks(args, world)
      if (args.text === undefined && blocks.length === 0 && args.markdown_text === undefined) refuse('no_text')
      if (args.markdown_text !== undefined && (args.text !== undefined || blocks.length > 0)) {
        refuse('markdown_text_conflict')
      }
      const markdown = args.markdown_text === undefined ? [] : [{ type: 'markdown', text: readMarkdown(args) }]
      return {
        channel,
        user: world.botUser,
        bot_id: world.botId,
        text: textOf(args.text ?? args.markdown_text).slice(0, 40_000),
        blocks: [...blocks, ...markdown],
        ...threadOf(args),
        ...metadataOf(args),
      }
    },
  }
}

export function createChatMethods(world: SlackWorld): Methods {
  const { own, post } = createParts(world)
  return {
    'chat.postMessage': (args) => {
      const message = world.add(post(args))
      return { channel: message.channel, ts: message.ts, message: toApiMessage(world, message) }
    },
    'chat.postEphemeral': (args) => {
      const message = post(args)
      const user = text(args, 'user')
      const known = world.directory.channels.get(message.channel)
      if (world.directory.strict && !known?.members.includes(user)) refuse('user_not_in_channel')
      return { message_ts: world.whisper({ ...message, user }) }
    },
    'chat.update': (args) => {
      const message = own(args)
      if (world.streamError(message.channel, message.ts) === '') refuse('streaming_state_conflict')
      if (textOf(args.text).length > 4_000) refuse('msg_too_long')
      const blocks = args.blocks === undefined ? message.blocks : checkBlocks(args, world)
      const edited = { edited: true, edited_ts: world.nextTs() }
      Object.assign(message, { text: textOf(args.text), blocks, ...edited, ...metadataOf(args) })
      world.changed(message)
      const { channel, ts, text } = message
      return { channel, ts, text, message: toApiMessage(world, message) }
    },
    'chat.delete': (args) => {
      const message = own(args)
      world.remove(message)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.getPermalink': (args) => {
      const found = world.find(text(args, 'channel'), text(args, 'message_ts')) ?? refuse('message_not_found')
      return { channel: found.channel, permalink: permalinkOf(found) }
    },
  }
}

/** Sources: https://docs.slack.dev/reference/methods/chat.startStream, chat.appendStream and chat.stopStream */
export function createStreamMethods(world: SlackWorld): Methods {
  const { live } = createParts(world)
  return {
    'chat.startStream': (args) => {
      if (typeof args.thread_ts !== 'string') refuse('invalid_thread_ts')
      if (typeof args.recipient_user_id !== 'string') refuse('missing_recipient_user_id')
      if (typeof args.recipient_team_id !== 'string') refuse('missing_recipient_team_id')
      const message = world.add({
        ...{ channel: openChannel(world, args), user: world.botUser, bot_id: world.botId },
        text: grow('', args),
        blocks: chunkBlocks(args, world),
        streaming_state: 'in_progress',
        ...threadOf(args),
      })
      world.startStream(message)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.appendStream': (args) => {
      const message = live(args)
      message.text = grow(message.text, args)
      message.blocks = [...message.blocks, ...chunkBlocks(args, world)]
      world.changed(message)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.stopStream': (args) => {
      const message = live(args)
      const text = grow(message.text, args)
      const blocks = [
        ...message.blocks,
        ...chunkBlocks(args, world),
        ...checkBlocks(args, world, 'msg_blocks_too_many'),
      ]
      Object.assign(message, { text, blocks, streaming_state: 'completed', ...metadataOf(args) })
      world.endStream(message.channel, message.ts)
      world.changed(message)
      return { channel: message.channel, ts: message.ts, message: toApiMessage(world, message) }
    },
  }
}
