// The Web API methods of the Slack stand-in, with the checks and error codes of the real ones.
import { findBlockFault } from './slack-blocks.ts'
import { findTableFault } from './slack-tables.ts'
import type { SlackWorld, StoredMessage } from './slack-world.ts'

export interface SlackAnswer {
  status: number
  headers?: Record<string, string>
  body: string | (Record<string, unknown> & { ok?: boolean })
}

type Args = Record<string, unknown>
type Method = (args: Args) => Record<string, unknown>

class Refusal extends Error {}

function refuse(code: string): never {
  throw new Refusal(code)
}

function text(args: Args, name: string): string {
  const value = args[name]
  return typeof value === 'string' ? value : refuse('invalid_arguments')
}

function checkBlocks(args: Args, world: SlackWorld): Record<string, unknown>[] {
  const blocks = args.blocks ?? []
  if (!Array.isArray(blocks)) return refuse('invalid_blocks_format')
  if (blocks.length > 50) return refuse('msg_blocks_too_many')
  let markdown = 0
  const texts = blocks.flatMap((block) => (block.type === 'markdown' ? [String(block.text)] : []))
  if (findTableFault(texts.join('\n\n')) !== '') return refuse('invalid_blocks')
  for (const block of blocks) {
    if (block.type === 'markdown') markdown += String(block.text).length
    if (block.type === 'section' && String(block.text?.text ?? '').length > 3000) return refuse('invalid_blocks')
  }
  checkNew(blocks, world)
  for (const block of blocks) checkParts(block)
  return markdown > 12_000 ? refuse('invalid_blocks') : blocks
}

function checkNew(blocks: Record<string, unknown>[], world: SlackWorld): void {
  const pictures = (id: string) => world.uploads.get(id)?.complete === true
  if (findBlockFault(blocks, pictures) !== '') refuse('invalid_blocks')
}

/** Source: Slack's Block Kit reference of section fields, actions, buttons and the confirm object. */
function checkParts(block: Record<string, unknown>): void {
  const lengthOf = (part: unknown) => String((part as { text?: unknown } | undefined)?.text ?? '').length
  if (block.type === 'section' && Array.isArray(block.fields)) {
    if (block.fields.length > 10 || block.fields.some((field) => lengthOf(field) > 2000)) refuse('invalid_blocks')
  }
  if (block.type !== 'actions') return
  const elements = Array.isArray(block.elements) ? block.elements : refuse('invalid_blocks')
  const ids = new Set(elements.map((element) => element.action_id))
  if (elements.length > 25 || ids.size < elements.length) refuse('invalid_blocks')
  for (const { text, value, style, confirm } of elements) {
    if (lengthOf(text) > 75 || String(value ?? '').length > 2000) refuse('invalid_blocks')
    if (style !== undefined && style !== 'primary' && style !== 'danger') refuse('invalid_blocks')
    if (confirm === undefined) continue
    const parts = [lengthOf(confirm.title) > 100, lengthOf(confirm.text) > 300, lengthOf(confirm.confirm) > 30]
    if (parts.some(Boolean) || lengthOf(confirm.deny) > 30 || lengthOf(confirm.deny) === 0) refuse('invalid_blocks')
  }
}

/** Text of a stream's call, given as `markdown_text` or as chunks (the official streamer sends those). */
function readMarkdown(args: Args): string {
  const chunks = Array.isArray(args.chunks) ? args.chunks : []
  if (args.markdown_text !== undefined && chunks.length > 0) refuse('invalid_chunks')
  const text = String(args.markdown_text ?? '') + chunks.map((chunk) => String(chunk.text ?? '')).join('')
  return text.length > 12_000 ? refuse('msg_too_long') : text
}

function grow(text: string, args: Args): string {
  const whole = text + readMarkdown(args)
  return findTableFault(whole) === '' ? whole : refuse('invalid_blocks')
}

export function createSlackMethods(world: SlackWorld, socketUrl: string, uploadUrl: string) {
  const own = (args: Args): StoredMessage => {
    const message = world.find(text(args, 'channel'), text(args, 'ts'))
    if (!message) return refuse('message_not_found')
    return message.bot_id === world.botId ? message : refuse('cant_update_message')
  }
  const member = (channel: string) => (world.outside.has(channel) ? refuse('channel_not_found') : channel)
  const thread = (args: Args) => (typeof args.thread_ts === 'string' ? { thread_ts: args.thread_ts } : {})
  const metadata = (args: Args) =>
    args.metadata === undefined ? {} : { metadata: args.metadata as NonNullable<StoredMessage['metadata']> }

  function post(args: Args): StoredMessage {
    const blocks = checkBlocks(args, world)
    if (args.text === undefined && blocks.length === 0) refuse('no_text')
    return {
      channel: member(text(args, 'channel')),
      ts: '',
      user: world.botUser,
      bot_id: world.botId,
      text: String(args.text ?? '').slice(0, 40_000),
      blocks,
      ...thread(args),
      ...metadata(args),
    }
  }

  function live(args: Args): StoredMessage {
    const message = own(args)
    const error = world.streamError(message.channel, message.ts)
    return error === '' ? message : refuse(error)
  }

  const methods: Record<string, Method> = {
    'auth.test': () => ({
      url: 'https://x.slack.com/',
      team: 'Lake',
      user: 'lakedesk',
      team_id: world.team,
      user_id: world.botUser,
      bot_id: world.botId,
    }),
    'apps.connections.open': () => ({ url: socketUrl }),
    'users.info': (args) => {
      const id = text(args, 'user')
      const member = { deleted: false, is_restricted: false, is_ultra_restricted: false, is_bot: false }
      return { user: { id, team_id: world.team, name: 'asker', ...member, ...world.people.get(id) } }
    },
    'chat.postMessage': (args) => {
      const message = world.add(post(args))
      return { channel: message.channel, ts: message.ts, message }
    },
    'chat.postEphemeral': (args) => {
      const ts = world.nextTs()
      world.privately.push({ ...post(args), user: text(args, 'user'), ts })
      return { message_ts: ts }
    },
    'chat.update': (args) => {
      const message = own(args)
      if (world.streamError(message.channel, message.ts) === '') refuse('streaming_state_conflict')
      if (String(args.text ?? '').length > 4_000) refuse('msg_too_long')
      const blocks = args.blocks === undefined ? message.blocks : checkBlocks(args, world)
      Object.assign(message, { text: String(args.text ?? ''), blocks, edited: true, ...metadata(args) })
      return { channel: message.channel, ts: message.ts, text: message.text }
    },
    'chat.delete': (args) => {
      const message = own(args)
      world.remove(message)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.startStream': (args) => {
      if (typeof args.thread_ts !== 'string') refuse('invalid_thread_ts')
      if (typeof args.recipient_user_id !== 'string') refuse('missing_recipient_user_id')
      if (typeof args.recipient_team_id !== 'string') refuse('missing_recipient_team_id')
      const markdown = readMarkdown(args)
      const base = { channel: member(text(args, 'channel')), user: world.botUser, bot_id: world.botId }
      const message = world.add({
        ...base,
        text: markdown,
        blocks: [],
        streaming_state: 'in_progress',
        ...thread(args),
      })
      world.startStream(message)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.appendStream': (args) => {
      const message = live(args)
      message.text = grow(message.text, args)
      return { channel: message.channel, ts: message.ts }
    },
    'chat.stopStream': (args) => {
      const message = live(args)
      message.text = grow(message.text, args)
      Object.assign(message, { blocks: checkBlocks(args, world), streaming_state: 'completed', ...metadata(args) })
      world.endStream(message.channel, message.ts)
      return { channel: message.channel, ts: message.ts, message }
    },
    'conversations.replies': (args) => page(args, world.visible(member(text(args, 'channel')), text(args, 'ts'))),
    'conversations.history': (args) =>
      page(
        args,
        world.visible(member(text(args, 'channel'))).filter((m) => m.thread_ts === undefined || m.thread_ts === m.ts),
      ),
    'files.getUploadURLExternal': (args) => {
      const length = Number(args.length)
      if (!(length > 0)) refuse('invalid_arguments')
      const id = `F${world.uploads.size + 1}`
      world.uploads.set(id, { id, name: text(args, 'filename'), length, complete: false, shared: [] })
      return { file_id: id, upload_url: uploadUrl + id }
    },
    'files.completeUploadExternal': (args) => {
      const files = Array.isArray(args.files) ? args.files : refuse('invalid_arguments')
      const found = files.map(({ id, title }) => ({ title, upload: world.uploads.get(String(id)) }))
      for (const { upload } of found) if (!upload?.bytes || upload.complete) refuse('file_not_found')
      const channel = args.channel_id === undefined ? '' : member(text(args, 'channel_id'))
      for (const { upload, title } of found) {
        if (!upload) continue
        Object.assign(upload, { complete: true, title: String(title ?? '') })
        if (channel !== '') upload.shared.push({ channel, thread: String(args.thread_ts ?? '') })
      }
      return { files: found.map(({ upload }) => ({ id: upload?.id, title: upload?.title })) }
    },
    'views.open': (args) => {
      text(args, 'trigger_id')
      const view = args.view as Record<string, unknown>
      world.views.push(view)
      return { view: { ...view, id: `V${world.views.length}` } }
    },
    'assistant.threads.setStatus': (args) => {
      world.status.set(`${text(args, 'channel_id')}:${text(args, 'thread_ts')}`, text(args, 'status'))
      return {}
    },
    'assistant.threads.setTitle': (args) => {
      world.titles.set(`${text(args, 'channel_id')}:${text(args, 'thread_ts')}`, text(args, 'title'))
      return {}
    },
    'assistant.threads.setSuggestedPrompts': (args) => {
      if (!Array.isArray(args.prompts) || args.prompts.length > 4) refuse('invalid_arguments')
      world.prompts.set(text(args, 'channel_id'), args.prompts)
      return {}
    },
    'agents.sessions.setStatus': () => ({}),
    'agents.sessions.rename': () => ({}),
    'reactions.add': () => ({}),
    'reactions.remove': () => ({}),
  }

  return (method: string, args: Args, authorization: string): SlackAnswer => {
    if (!/^Bearer x(oxb|app)-/.test(authorization)) return { status: 200, body: { ok: false, error: 'not_authed' } }
    try {
      const run = methods[method] ?? refuse('unknown_method')
      return { status: 200, body: { ok: true, ...run(args) } }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: 200, body: { ok: false, error: error.message } }
    }
  }
}

function page(args: Args, messages: StoredMessage[]): Record<string, unknown> {
  const oldest = typeof args.oldest === 'string' ? args.oldest : ''
  const limit = Number(args.limit ?? 100)
  const from = Number(args.cursor ?? 0)
  const inside = messages.filter((m) => m.ts >= oldest || m.ts === args.ts)
  const shown = inside.slice(from, from + limit).map(({ metadata, ...rest }) => {
    return args.include_all_metadata === true && metadata ? { ...rest, metadata } : rest
  })
  const next = from + limit < inside.length ? String(from + limit) : ''
  return { messages: shown, has_more: next !== '', response_metadata: { next_cursor: next } }
}
